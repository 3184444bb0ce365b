"""The kind of a recording: a voicemail, or something that must not be judged as one.

Without a voice, the sound decides. With words, phrases and answers tell a greeting (what a mailbox plays
before the tone) or a conversation. Both need clear evidence, and everything else is a voicemail: a caller's
message that is taken for something else gets no advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.playback_speed import wrong_speed
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language import phrases
from aftertone.language.content import SUPPORTED_LANGUAGES
from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import Token, tokens, word_parts
from aftertone.language.transcript import Span, Transcript

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis

KindName = Literal[
    "voicemail",
    "greeting",
    "conversation",
    "another language",
    "wrong speed",
    "music",
    "tones",
    "noise",
    "nobody speaks",
]


@dataclass(frozen=True, slots=True)
class KindOptions:
    """Settings of the kinds, with points for their evidence.

    Fitted on `fit` of benchmarks/recording_kinds.toml: see benchmarks/experiments/recording_kinds.md.
    """

    speech_s_min: float = 4.0  # speech that may be noise; less is a message
    voice_share_min: float = 0.1  # of the speech in which silero finds a voice; people have 0.45 and more
    faint_share_min: float = 0.5  # the same where words are few
    words_per_s_min: float = 0.25  # in the speech; fewer words are few
    mailbox_points: int = 2  # of a phrase that only mailboxes say; one that they may say has 1
    greeting_points_min: int = 2
    greeting_points_min_of_caller: int = 4  # where phrases of a caller occur too
    words_after_max: int = 25  # after the last phrase of a greeting; more are a caller's message
    share_after_max: float = 0.4  # the same, as a share of all words; a message has more than both
    answer_points: int = 2  # of a question with an answer; a phrase of a conversation and a reply have 1
    replies_max: int = 4  # replies that count
    answer_words_max: int = 4  # words of a sentence that is an answer by its length
    call_back_points: int = 2  # taken away by a request to call back
    dialogue_points_min: int = 5
    dialogue_points_min_of_two_voices: int = 2
    voices_apart_st: float = 5.5
    """Distance of the mean pitches of two voices. With the next two limits, 3 of 4 dialogues of a man and a
    woman, or of two unlike voices, have two voices, and 1 of 540 recordings of one person."""
    voice_turns_min: int = 4  # changes from one voice to the other
    voice_time_share_min: float = 0.15  # of the voiced frames, for each voice
    voiced_frames_min: int = 15  # of 10 ms, in a stretch of speech whose pitch counts


KINDS = KindOptions()

_REPLIES = frozenset(
    """yes yeah yep yup no nope ok okay right sure great perfect fine good oh really exactly absolutely
    speaking alright""".split()  # noqa: SIM905 - a table to read
)
_ANSWER_BEGINNINGS = frozenset(
    "yes yeah yep no nope ok okay sure speaking not fine good great oh right well i'm from".split()  # noqa: SIM905
)
_NO_ANSWER_BEGINNINGS = frozenset(
    """let call please ring text thank thanks anyway bye if so and or because my give would could can we you
    hi hello that's i'd i'll it'd""".split()  # noqa: SIM905 - a table to read
)
_MAILBOX_REQUESTS = frozenset({("leave",), ("press",)})  # requests of a mailbox that callers seldom make

_QUOTED_MAX = 3  # spans that `found` quotes


@dataclass(frozen=True, slots=True)
class RecordingKind:
    """What a recording is, with what shows that it is no voicemail, and where."""

    name: KindName
    found: str = ""
    evidence: tuple[Span, ...] = ()


def kind_of(sound: AcousticAnalysis, transcript: Transcript | None = None) -> RecordingKind | None:
    """The kind of a recording; None where somebody speaks and the words are not known.

    The transcript has the words of the message that have sound under them, in any language.
    """
    if sound.non_speech is not None:
        where = tuple(Span(*part) for part in sound.non_speech.where)
        return RecordingKind(sound.non_speech.name, sound.non_speech.found, where)
    if transcript is None:
        return None
    speech = tuple(Span(*part) for part in sound.speech)
    if (wrong := wrong_speed(sound)) is not None:
        times = "twice" if wrong.factor > 1 else "half"
        found = (
            f"this is not speech at this rate: {times} as fast as a voice, at {wrong.median_hz:.0f} Hz and "
            f"{wrong.syl_per_s:.1f} syllables a second; the sampling rate or the number of channels is wrong"
        )
        return RecordingKind("wrong speed", found, speech)
    if transcript.language not in SUPPORTED_LANGUAGES:
        return RecordingKind("another language", f"the words are in language {transcript.language!r}", speech)
    return (
        _noise(transcript, sound)
        or _greeting(transcript)
        or _conversation(transcript, sound)
        or RecordingKind("voicemail")
    )


def _noise(transcript: Transcript, sound: AcousticAnalysis) -> RecordingKind | None:
    """Noise, if the speech has hardly any voice in it, or a faint voice and few words."""
    if sound.speech_time_s < KINDS.speech_s_min or sound.voice.is_whisper:
        return None
    share = sound.voice.share_of(sound.speech)
    n_words = sum(not is_filled_pause(word.text) for word in transcript.words)
    has_few_words = n_words < KINDS.words_per_s_min * sound.speech_time_s
    if share >= (KINDS.faint_share_min if has_few_words else KINDS.voice_share_min):
        return None
    found = (
        f"a voice in {share:.0%} of {sound.speech_time_s:.0f} s that sound like speech, and {n_words} words"
    )
    return RecordingKind("noise", found, tuple(Span(*part) for part in sound.speech))


def _greeting(transcript: Transcript) -> RecordingKind | None:
    sure, perhaps = phrases.spans(transcript, "greeting"), phrases.spans(transcript, "greeting_perhaps")
    has_caller = bool(phrases.spans(transcript, "purpose") or phrases.spans(transcript, "call_back"))
    least = KINDS.greeting_points_min_of_caller if has_caller else KINDS.greeting_points_min
    has_request = any(word_parts(span.text.split()[0])[:1] in _MAILBOX_REQUESTS for span in perhaps)
    if KINDS.mailbox_points * len(sure) + len(perhaps) < least or not (sure or has_request):
        return None
    found = tuple(sorted((*sure, *perhaps), key=lambda span: span.start_s))
    n_after = sum(word.start_s >= found[-1].end_s for word in transcript.words)
    if n_after > max(KINDS.words_after_max, KINDS.share_after_max * len(transcript.words)):
        return None
    return RecordingKind("greeting", f"what a mailbox says: {_quoted(found)}", found)


def _conversation(transcript: Transcript, sound: AcousticAnalysis) -> RecordingKind | None:
    dialogue = phrases.spans(transcript, "dialogue")
    answers, n_replies = _answers(transcript)
    points = len(dialogue) + KINDS.answer_points * len(answers) + min(n_replies, KINDS.replies_max)
    points -= KINDS.call_back_points * len(phrases.spans(transcript, "call_back"))
    is_two = points >= KINDS.dialogue_points_min_of_two_voices and has_two_voices(sound)
    if points < KINDS.dialogue_points_min and not is_two:
        return None
    found = tuple(sorted((*dialogue, *answers), key=lambda span: span.start_s))
    voices = "two voices, and " if is_two else ""
    return RecordingKind("conversation", f"{voices}people who answer each other: {_quoted(found)}", found)


def _quoted(spans: Sequence[Span]) -> str:
    return ", ".join(f"“{span.text}”" for span in spans[:_QUOTED_MAX])


def _answers(transcript: Transcript) -> tuple[tuple[Span, ...], int]:
    """Questions with an answer, and the number of sentences that are nothing but a reply."""
    sentences: list[list[Token]] = [[]]
    for token in tokens(transcript):
        sentences[-1].append(token)
        if token.mark in (".", "?"):
            sentences.append([])
    sentences = [sentence for sentence in sentences if sentence]
    answered = [
        transcript.span(question[-1].word_index, answer[0].word_index)
        for question, answer in pairwise(sentences)
        if question[-1].mark == "?" and len(question) > 1 and _is_answer(answer)
    ]
    n_replies = sum(all(token.text in _REPLIES for token in sentence) for sentence in sentences)
    return tuple(answered), n_replies


def _is_answer(sentence: Sequence[Token]) -> bool:
    """Whether a sentence after a question begins as answers do, or is as short as an answer."""
    if sentence[-1].mark == "?":
        return False
    first = sentence[0].text
    is_short = len(sentence) <= KINDS.answer_words_max
    return first in _ANSWER_BEGINNINGS or (is_short and first not in _NO_ANSWER_BEGINNINGS)


def has_two_voices(sound: AcousticAnalysis) -> bool:
    """Whether the stretches of speech have two pitches that take turns.

    The split of their pitches into two groups with the least variance inside the groups (k-means for two
    groups in one dimension); see `KindOptions` for its limits.
    """
    pitches_st, voiced_frames = [], []
    for part in sound.speech:
        hz = sound.pitch.hz[round(part.start_s / HOP_S) : round(part.end_s / HOP_S)]
        voiced_hz = hz[np.isfinite(hz)]
        if voiced_hz.size >= KINDS.voiced_frames_min:
            pitches_st.append(12 * np.log2(np.median(voiced_hz)))
            voiced_frames.append(float(voiced_hz.size))
    if len(pitches_st) <= KINDS.voice_turns_min:
        return False
    pitch_st, weight = np.array(pitches_st), np.array(voiced_frames)
    order = np.argsort(pitch_st)
    splits = []
    for n in range(1, order.size):
        (low_st, low_spread), (high_st, high_spread) = (
            _mean_and_spread(pitch_st[group], weight[group]) for group in (order[:n], order[n:])
        )
        splits.append((low_spread + high_spread, high_st - low_st, n))
    _, apart_st, n = min(splits)
    is_high = np.isin(np.arange(order.size), order[n:])
    high_share = weight[is_high].sum() / weight.sum()
    turns = np.count_nonzero(np.diff(is_high.astype(np.int8)))
    least = KINDS.voice_time_share_min
    return bool(
        apart_st >= KINDS.voices_apart_st
        and least <= high_share <= 1 - least
        and turns >= KINDS.voice_turns_min
    )


def _mean_and_spread(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Weighted mean, and weighted sum of squared distances from it."""
    mean = float(np.average(values, weights=weights))
    return mean, float(np.sum(weights * (values - mean) ** 2))

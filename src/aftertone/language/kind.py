"""What kind of recording it is: a voicemail, or something that must not be judged as one.

Where nothing has a voice, the sound says what it is instead. Where there are words, they tell a greeting
(what a mailbox says before the tone) and a conversation. Both must be clear: what is not named is a
voicemail, since a caller's message that is taken for something else is one that nobody gets advice on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from aftertone.acoustics.no_voice import NoVoice
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.speed import wrong_speed
from aftertone.language import phrases
from aftertone.language.fillers import is_filled_pause
from aftertone.language.said import SUPPORTED_LANGUAGES
from aftertone.language.tokens import Token, tokens, word_parts
from aftertone.language.transcript import Span, Transcript

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

Kind = Literal[
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

# Chosen on `fit` of benchmarks/recording_kinds.toml: see benchmarks/experiments/recording_kinds.md
EMPTY_S, WORDS_PER_S_MIN = 4.0, 0.25  # so much speech with fewer words is said to nobody
VOICE_SHARE_MIN, FAINT_SHARE = 0.1, 0.5  # of it in which silero is for a voice; of people's recordings 0.8
SURE_POINTS = 2  # of a phrase that only a mailbox says
GREETING_POINTS = 2
GREETING_POINTS_OF_CALLER = 4  # where something sounds like a caller
WORDS_AFTER, SHARE_AFTER = 25, 0.4  # more words after the last of them: a caller speaks
ANSWER_POINTS, REPLIES_MAX = 2, 4
ANSWER_WORDS_MAX = 4
CALLER_POINTS = 2  # taken away for a phrase that only a caller says
DIALOGUE_POINTS, DIALOGUE_POINTS_OF_TWO_VOICES = 5, 2

# Two voices by their pitch: in 3 of 4 dialogues of a man and a woman, or of two unlike voices; in 1 of 540
# recordings of one person.
VOICES_APART_ST, LEAST_SHARE, FEWEST_TURNS = 5.5, 0.15, 4
_VOICED_FRAMES = 15  # in a stretch of speech, for its pitch to count
_REFERENCE_HZ = 100.0

_REPLIES = frozenset(
    """yes yeah yep yup no nope ok okay right sure great perfect fine good oh really exactly absolutely
    speaking alright""".split()  # noqa: SIM905 - a table to read
)
_ASKED_FOR = frozenset({("leave",), ("press",)})  # what a mailbox asks for, and a caller seldom
_NO_ANSWER = frozenset(
    """let call please ring text thank thanks anyway bye if so and or because my give would could can we you
    hi hello that's i'd i'll it'd""".split()  # noqa: SIM905 - a table to read
)
_ANSWERS = frozenset(
    "yes yeah yep no nope ok okay sure speaking not fine good great oh right well i'm from".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class RecordingKind:
    """What a recording is.

    Attributes
    ----------
    name : str
        "voicemail", "greeting", "conversation", "another language", "wrong speed", "music", "tones", "noise"
        or "nobody speaks".
    found : str
        What it was told by; empty for a voicemail.
    evidence : tuple of Span
        Where.
    """

    name: Kind
    found: str = ""
    evidence: tuple[Span, ...] = ()


def kind_of(sound: Sound, transcript: Transcript | None = None) -> RecordingKind | None:
    """What a recording is; None where somebody speaks and the words are not known.

    Parameters
    ----------
    sound : Sound
    transcript : Transcript or None
        The words of the message that have sound under them; in any language.
    """
    if sound.no_voice is not None:
        return kind_without_voice(sound.no_voice)
    if transcript is None:
        return None
    if (wrong := wrong_speed(sound)) is not None:
        how = "twice" if wrong.speed > 1 else "half"
        found = (
            f"this is not speech at this rate: {how} as fast as a voice, at {wrong.median_hz:.0f} Hz and "
            f"{wrong.syl_per_s:.1f} syllables a second; the sampling rate or the number of channels is wrong"
        )
        return RecordingKind("wrong speed", found, tuple(Span(*part) for part in sound.speech))
    if transcript.language not in SUPPORTED_LANGUAGES:
        where = tuple(Span(*part) for part in sound.speech)
        return RecordingKind("another language", f"the words are in language {transcript.language!r}", where)
    return (
        _nobody(transcript, sound)
        or _greeting(transcript)
        or _conversation(transcript, sound)
        or RecordingKind("voicemail")
    )


def kind_without_voice(no_voice: NoVoice) -> RecordingKind:
    """What a recording is in which nobody speaks."""
    spans = tuple(Span(*part) for part in no_voice.where)
    return RecordingKind(no_voice.name, no_voice.found, spans)


def _nobody(transcript: Transcript, sound: Sound) -> RecordingKind | None:
    """Noise, where what sounds like speech has hardly a voice, or few words and a faint one."""
    if sound.speech_time_s < EMPTY_S or sound.voice.is_whisper:
        return None
    share = sound.voice.share_of(sound.speech)
    n_words = sum(not is_filled_pause(word.text) for word in transcript.words)
    is_few = n_words < WORDS_PER_S_MIN * sound.speech_time_s
    if share >= (FAINT_SHARE if is_few else VOICE_SHARE_MIN):
        return None
    found = (
        f"a voice in {share:.0%} of {sound.speech_time_s:.0f} s that sound like speech, and {n_words} words"
    )
    return RecordingKind("noise", found, tuple(Span(*part) for part in sound.speech))


def _greeting(transcript: Transcript) -> RecordingKind | None:
    sure, perhaps = phrases.spans(transcript, "greeting"), phrases.spans(transcript, "greeting_perhaps")
    points = SURE_POINTS * len(sure) + len(perhaps)
    is_caller = bool(phrases.spans(transcript, "purpose") or phrases.spans(transcript, "call_back"))
    is_asked = any(word_parts(span.text.split()[0])[:1] in _ASKED_FOR for span in perhaps)
    if points < (GREETING_POINTS_OF_CALLER if is_caller else GREETING_POINTS) or not (sure or is_asked):
        return None
    found = tuple(sorted((*sure, *perhaps), key=lambda span: span.start_s))
    n_after = sum(word.start_s >= found[-1].end_s for word in transcript.words)
    if n_after > WORDS_AFTER and n_after > SHARE_AFTER * len(transcript.words):
        return None
    return RecordingKind("greeting", f"what a mailbox says: {_quoted(found)}", found)


def _conversation(transcript: Transcript, sound: Sound) -> RecordingKind | None:
    said = phrases.spans(transcript, "dialogue")
    answers, n_replies = _answers(transcript)
    points = len(said) + ANSWER_POINTS * len(answers) + min(n_replies, REPLIES_MAX)
    points -= CALLER_POINTS * len(phrases.spans(transcript, "call_back"))
    is_two = points >= DIALOGUE_POINTS_OF_TWO_VOICES and has_two_voices(sound)
    if points < DIALOGUE_POINTS and not is_two:
        return None
    found = tuple(sorted((*said, *answers), key=lambda span: span.start_s))
    voices = "two voices, and " if is_two else ""
    return RecordingKind("conversation", f"{voices}people who answer each other: {_quoted(found)}", found)


def _quoted(spans: Sequence[Span], most: int = 3) -> str:
    return ", ".join(f"“{span.text}”" for span in spans[:most])


def _answers(transcript: Transcript) -> tuple[tuple[Span, ...], int]:
    """Questions that are answered, and how many sentences are nothing but a reply."""
    sentences: list[list[Token]] = [[]]
    for token in tokens(transcript):
        sentences[-1].append(token)
        if token.mark in (".", "?"):
            sentences.append([])
    sentences = [sentence for sentence in sentences if sentence]
    answered = [
        transcript.span(asked[-1].word_index, answer[0].word_index)
        for asked, answer in pairwise(sentences)
        if asked[-1].mark == "?" and len(asked) > 1 and _is_answer(answer)
    ]
    n_replies = sum(all(token.text in _REPLIES for token in sentence) for sentence in sentences)
    return tuple(answered), n_replies


def _is_answer(sentence: Sequence[Token]) -> bool:
    """Whether it begins as answers do, or is so short that it answers."""
    if sentence[-1].mark == "?":
        return False
    first = sentence[0].text
    return first in _ANSWERS or (len(sentence) <= ANSWER_WORDS_MAX and first not in _NO_ANSWER)


def has_two_voices(sound: Sound) -> bool:
    """Whether the stretches of speech are of two pitches that take turns."""
    pitch, weight = [], []
    for part in sound.speech:
        hz = sound.pitch.hz[round(part.start_s / HOP_S) : round(part.end_s / HOP_S)]
        voiced_hz = hz[np.isfinite(hz)]
        if voiced_hz.size >= _VOICED_FRAMES:
            pitch.append(12 * np.log2(np.median(voiced_hz) / _REFERENCE_HZ))
            weight.append(float(voiced_hz.size))
    if len(pitch) <= FEWEST_TURNS:
        return False
    pitch_st, weights = np.array(pitch), np.array(weight)
    order = np.argsort(pitch_st)
    splits = []
    for n in range(1, order.size):
        low, high = order[:n], order[n:]
        means = [float(np.average(pitch_st[side], weights=weights[side])) for side in (low, high)]
        spread = sum(
            np.sum(weights[side] * (pitch_st[side] - mean) ** 2)
            for side, mean in zip((low, high), means, strict=True)
        )
        splits.append((float(spread), float(means[1] - means[0]), n))
    _, apart_st, n = min(splits)
    is_high = np.isin(np.arange(order.size), order[n:])
    share = weights[is_high].sum() / weights.sum()
    turns = np.count_nonzero(np.diff(is_high.astype(np.int8)))
    return bool(
        apart_st >= VOICES_APART_ST and LEAST_SHARE <= share <= 1 - LEAST_SHARE and turns >= FEWEST_TURNS
    )

"""A message spoken as a good voicemail: an easy pace, and the number slowly, digit by digit, in groups.

A text is cut into phrases at the ends of sentences, at blanks and at telephone numbers. Each phrase is
synthesised by itself and cut where its sound begins and ends. So every pause between phrases has the length
that is asked for, and the number the pace.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import soundfile
from numpy.typing import NDArray

from aftertone.errors import SynthesisError
from aftertone.language.brief import DIGITS_MIN
from aftertone.language.callback.numbering_plan import spoken_groups
from aftertone.language.tokens import is_initials, mark_after, spoken_words, word_parts
from aftertone.playbook.rewriting import RewritePart
from aftertone.synthesis.kokoro import RATE_HZ, Samples, active_level_dbov, network, say


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that is offered.

    The speeds are those of the network. They give all voices one pace: in sentences 155 to 190 words a minute
    between pauses, in numbers 0.42 s a digit (benchmarks/experiments/synthesis.md).
    """

    description: str
    speed: float
    number_speed: float


VOICES = {
    "af_heart": Voice("a woman, American", 0.92, 0.68),
    "am_michael": Voice("a man, American", 0.98, 0.75),
    "bf_emma": Voice("a woman, British", 0.93, 0.83),
    "bm_george": Voice("a man, British", 1.05, 0.97),
}
"""The voices that are offered, by the network's names."""

DEFAULT_VOICE = "af_heart"  # the network's makers rate it best

# A telephone number in a text; a comma parts groups only before a space.
_NUMBER = re.compile(rf"\+?\(?\d(?:(?:[\s().…-]|,\s)*\d){{{DIGITS_MIN - 1},}}")


@dataclass(frozen=True, slots=True)
class SpeakingOptions:
    """How a message is spoken. Measured by aftertone itself (benchmarks/experiments/synthesis.md)."""

    digits_per_s: float = 1.9  # of a number with its pauses: under the playbooks' 2.0
    group_pause_min_s: float = 0.35  # between groups of a number; at least 0.25 s are heard as a pause
    group_pause_max_s: float = 1.0
    group_digits_max: int = 5  # a longer group is cut (`spoken_groups`)
    sentence_pause_s: float = 0.5
    clause_pause_s: float = 0.3  # before and after a number
    blank_pause_s: float = 0.6  # in place of a blank
    phrase_words_max: int = 40  # the network takes about 500 phones at once, and a word has 5 to 8
    margin_s: float = 0.04  # of each phrase before and after its audible part, faded
    level_dbov: float = -26.0  # active level: the nominal level on a telephone line (ITU-T G.169)


OPTIONS = SpeakingOptions()


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is spoken in one breath, and the pause after it."""

    groups: tuple[str, ...]  # the groups of a number; else one text
    pause_s: float
    digit_count: int = 0  # 0: no number


def spoken(parts: str | Sequence[RewritePart], voice: str = DEFAULT_VOICE) -> tuple[NDArray[np.float32], int]:
    """A message as sound.

    The network is loaded by the first call. Phrases are synthesised in parallel, each on one core.

    Parameters
    ----------
    parts : str or sequence of RewritePart
        A text, or the parts of a rewritten message. A blank is a pause of 0.6 s. Telephone numbers are
        spoken digit by digit with a pause between the groups, at 1.9 digits a second.
    voice : str
        One of `VOICES`.

    Returns
    -------
    samples : array of float32, shape (n,)
        At an active level of -26 dBov.
    rate_hz : int
        24,000.

    Raises
    ------
    SynthesisError
        The voices are not installed or are damaged, there is no such voice, nothing is to be said, or a word
        has no pronunciation.
    """
    if voice not in VOICES:
        raise SynthesisError(f"no voice {voice!r}; there are {', '.join(VOICES)}")
    said = phrases(parts)
    if not said:
        raise SynthesisError("nothing is to be said: the text has no words")
    each = {(group, phrase.digit_count > 0) for phrase in said for group in phrase.groups}
    wanted = sorted(each, key=lambda one: len(one[0]), reverse=True)  # the longest first
    network()  # loaded before the threads start
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        made = dict(zip(wanted, threads.map(lambda one: _said(one[0], one[1], voice), wanted), strict=True))
    sounds: list[Samples] = []
    for phrase in said:
        own = [made[group, phrase.digit_count > 0] for group in phrase.groups]
        gap_s = _group_pause_s(phrase.digit_count, own)
        for at, sound in enumerate(own):
            sounds += [sound, _silence(gap_s if at + 1 < len(own) else phrase.pause_s)]
    samples = np.concatenate(sounds[:-1])
    samples *= 10 ** ((OPTIONS.level_dbov - active_level_dbov(samples, RATE_HZ)) / 20)
    return samples.astype(np.float32), RATE_HZ


def spoken_wav(parts: str | Sequence[RewritePart], voice: str = DEFAULT_VOICE) -> bytes:
    """A message as a WAV file of 16 bits; see `spoken`."""
    samples, rate_hz = spoken(parts, voice)
    target = io.BytesIO()
    soundfile.write(target, samples, rate_hz, format="WAV", subtype="PCM_16")
    return target.getvalue()


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────


def phrases(parts: str | Sequence[RewritePart]) -> list[Phrase]:
    """The phrases of a message, as words that are spoken, with the pause after each.

    >>> [phrase.groups for phrase in phrases("Call me at 312-555-0143 by 5 p.m.")]
    [('Call me at,',), ('three one two,', 'five five five,', 'zero one four three.'), ('by five p m,',)]
    """
    found: list[Phrase] = []
    for phrase in _phrases([RewritePart(parts)] if isinstance(parts, str) else parts):
        if phrase.groups:
            found.append(phrase)
        elif found:  # a pause alone
            found[-1] = replace(found[-1], pause_s=max(found[-1].pause_s, phrase.pause_s))
    return found


def _phrases(parts: Sequence[RewritePart]) -> Iterator[Phrase]:
    """The phrases of a message, and pauses alone."""
    text = ""
    for part in parts:
        if not (part.is_blank or part.fact == "number"):
            text += part.text
            continue
        yield from _text(text)
        text = ""
        if part.is_blank:
            yield Phrase((), OPTIONS.blank_pause_s)
        else:
            yield from _number(part.text)
    yield from _text(text)


def _text(text: str) -> Iterator[Phrase]:
    """The phrases of a text that may have telephone numbers."""
    at = 0
    for found in _NUMBER.finditer(text):
        yield from _prose(text[at : found.start()])
        yield from _number(found[0])
        at = found.end()
    yield from _prose(text[at:])


def _prose(text: str) -> Iterator[Phrase]:
    """Phrases of a text without telephone numbers; a pause alone where it begins with punctuation."""
    words: list[str] = []
    written = text.split()
    for word, following in zip(written, [*written[1:], ""], strict=False):
        parts, mark = spoken_words(word), mark_after(word, "".join(word_parts(word)[-1:]))
        if is_initials(word) or any(map(str.isdigit, word)):
            parts = ["ay" if part == "a" else part for part in parts]  # the letter, not the article
            mark = "." if word.endswith(".") and following[:1].isupper() else mark
        elif len(parts) == 1:
            plain = re.sub(r"^\W+|\W+$", "", word)
            parts = [plain if plain.lower() == parts[0] else parts[0]]  # names keep their capitals
        if parts:
            words += [*parts[:-1], parts[-1] + mark]
        elif words:
            words[-1] = words[-1].rstrip(",") + mark
        elif mark:
            yield Phrase((), _pause_s(mark))
        if words and (mark in (".", "?") or len(words) >= OPTIONS.phrase_words_max):
            yield Phrase((" ".join(words),), _pause_s(mark))
            words = []
    if words:
        yield Phrase((" ".join(words).rstrip(",") + ",",), OPTIONS.clause_pause_s)


def _pause_s(mark: str) -> float:
    return OPTIONS.sentence_pause_s if mark in (".", "?") else OPTIONS.clause_pause_s


def _number(text: str) -> Iterator[Phrase]:
    """A telephone number, or a text in its place.

    >>> next(_number("+44 20 7946 0958")).groups
    ('plus four four,', 'two zero,', 'seven nine four six,', 'zero nine five eight.')
    """
    groups: list[str] = []
    for group in re.findall(r"\+?\d+", text):
        groups += spoken_groups(group, "") if len(group) > OPTIONS.group_digits_max else [group]
    if not groups:
        yield from _prose(text)
        return
    said = ",|".join(" ".join(spoken_words(" ".join(group))) for group in groups) + "."
    digit_count = sum(character.isdigit() for group in groups for character in group)
    yield Phrase(tuple(said.split("|")), OPTIONS.clause_pause_s, digit_count)


# ── how it sounds ────────────────────────────────────────────────────────────────────────────────────


def _said(text: str, is_number: bool, voice: str) -> Samples:
    """A phrase, from `margin_s` before its audible part to `margin_s` after it, faded within that."""
    utterance = say(text, voice, VOICES[voice].number_speed if is_number else VOICES[voice].speed)
    words = utterance.words
    margin = round(OPTIONS.margin_s * RATE_HZ)
    first, last = (round(at_s * RATE_HZ) for at_s in (words[0].start_s, words[-1].end_s))
    sound = np.pad(utterance.samples, margin)[first : last + 2 * margin]
    fade = np.sin(np.linspace(0, np.pi / 2, margin)) ** 2
    sound[:margin] *= fade
    sound[-margin:] *= fade[::-1]
    return sound


def _silence(audible_s: float) -> Samples:
    """The silence between two phrases whose audible parts are this far apart."""
    return np.zeros(max(0, round((audible_s - 2 * OPTIONS.margin_s) * RATE_HZ)))


def _group_pause_s(digit_count: int, groups: Sequence[Samples]) -> float:
    """The pause between the groups of a number that makes its pace `digits_per_s`."""
    audible_s = sum(group.size / RATE_HZ - 2 * OPTIONS.margin_s for group in groups)
    spare_s = digit_count / OPTIONS.digits_per_s - audible_s
    pause_s = spare_s / max(1, len(groups) - 1)
    return min(max(pause_s, OPTIONS.group_pause_min_s), OPTIONS.group_pause_max_s)

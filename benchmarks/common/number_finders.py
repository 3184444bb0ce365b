"""Contenders that find the call-back number in a recording, and the comparison of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.language.brief import Brief
from aftertone.language.fillers import is_filled_pause
from aftertone.language.transcript import Transcript
from benchmarks.common.natural_messages import COUNTRY_CODES
from benchmarks.common.plain_whisper import load_plain, plain_segments, words_of
from sample_audio.annotations import SLOW_DIGITS_PER_S
from sample_audio.phone_numbers import NUMERALS

READING_DIGITS_MIN = 7
NATIONAL_DIGITS = {"US": 10, "GB": 10, "AU": 9}  # without country code and trunk 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a contender finds in a message; None for what it does not find."""

    digits: str | None = None
    digits_per_s: float | None = None
    slow: bool | None = None
    repeated: bool | None = None
    agree: bool | None = None
    span: tuple[float, float] | None = None
    fillers_s: tuple[float, ...] = ()
    trusted: bool | None = True


def is_filled(found: str | None, region: str) -> bool:
    """Whether a number has as many digits as the region's.

    >>> is_filled("212555014", "US"), is_filled("12125550143", "US"), is_filled(None, "US")
    (False, True, False)
    """
    return found is not None and len(_national(found, region)) >= NATIONAL_DIGITS[region]


def is_same(found: str | None, said: str, region: str) -> bool:
    """Whether two strings of digits are one number, with or without its country code.

    >>> is_same("15125550143", "5125550143", "US"), is_same("442079460000", "02079460000", "GB")
    (True, True)
    """
    return found is not None and _national(found, region) == _national(said, region)


def _national(digits: str, region: str) -> str:
    code = COUNTRY_CODES[region]
    is_international = digits.startswith(code) and len(digits) >= len(code) + 9
    return digits.removeprefix(code if is_international else "0" if region != "US" else "")


@dataclass(slots=True)
class TrueWords:
    """An engine that returns the true words."""

    transcript: Transcript
    name: str = "truth"

    def transcribe(self, recording: Recording) -> Transcript:  # noqa: ARG002
        """The true transcript, whatever the recording."""
        return self.transcript


Finder = Callable[[Recording, str], Found]
"""Takes a recording and a region."""


def by_aftertone(recording: Recording, region: str, engine: at.Engine) -> Found:
    """The number that aftertone finds with an engine."""
    m = at.review(recording, engine=engine, brief=Brief(region=region)).measurements
    spans = m.evidence.get("number.readings", ())
    return Found(
        digits=m.number.digits,
        digits_per_s=m.number.digits_per_s,
        slow=m.number.slow,
        repeated=m.number.repeated,
        agree=m.number.agree,
        span=(spans[0].start_s, spans[-1].end_s) if spans else None,
        fillers_s=tuple(span.start_s for span in m.evidence.get("fillers.count", ())),
        trusted=m.number.trusted,
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Numerals in a row, without another word between them."""

    digits: str
    start_s: float
    end_s: float


def runs_of(words: Iterable[tuple[str, float, float]], region: str = "US") -> Iterator[Run]:
    """Readings in a text: numerals and digit words in a row, up to a full stop or a whole number.

    >>> text = "Call 555 01 43. That's five five five, 0143, ask for Al."
    >>> [run.digits for run in runs_of((word, 0.0, 1.0) for word in text.split())]
    ['5550143', '5550143']
    >>> [run.digits for run in runs_of([("512-555-0143,", 0, 1), ("512-555-0143", 2, 3)])]
    ['5125550143', '5125550143']
    """
    digits, start_s, end_s = "", 0.0, 0.0
    for word, from_s, to_s in [*words, ("", 0.0, 0.0)]:
        own = _digits_of(word)
        if own:
            start_s, end_s = (start_s if digits else from_s), to_s
            digits += own
        code = COUNTRY_CODES[region]
        whole = NATIONAL_DIGITS[region] + (len(code) if digits.startswith(code) else region != "US")
        is_ended = word.endswith((".", "?", "!")) and len(digits) >= READING_DIGITS_MIN
        if not own or is_ended or len(digits) >= whole:
            if len(digits) >= READING_DIGITS_MIN:
                yield Run(digits, start_s, end_s)
            digits = ""


def _digits_of(word: str) -> str:
    bare = word.strip(" .,;:!?…\"'").lower()
    if bare in ("oh", "o"):
        return "0"
    if bare in NUMERALS:
        return str(NUMERALS.index(bare))
    return re.sub(r"\D", "", bare) if re.fullmatch(r"[-+().,/\d]*\d[-().,/\d]*", bare) else ""


def by_pattern(model: str) -> Finder:
    """Plain faster-whisper, and a pattern over its text."""
    import ctranslate2

    whisper = load_plain(model)

    def find(recording: Recording, region: str) -> Found:
        ctranslate2.set_random_seed(0)  # words of low probability are sampled
        words = [(w.text, w.start_s, w.end_s) for w in words_of(plain_segments(whisper, recording))]
        fillers_s = tuple(start_s for text, start_s, _ in words if is_filled_pause(text))
        runs = list(runs_of(words, region))
        if not runs:
            return Found(fillers_s=fillers_s, repeated=False)
        pace = min(len(run.digits) / max(run.end_s - run.start_s, 0.01) for run in runs)
        numbers = {run.digits for run in runs}
        return Found(
            digits=max(runs, key=lambda run: len(run.digits)).digits,
            digits_per_s=pace,
            slow=pace <= SLOW_DIGITS_PER_S,
            repeated=len(numbers) < len(runs),
            agree=len(numbers) == 1,
            span=(runs[0].start_s, runs[-1].end_s),
            fillers_s=fillers_s,
        )

    return find


def finder_of(name: str, model: str) -> Finder:
    """The contender "plain" or "aftertone", with its weights loaded."""
    if name == "plain":
        return by_pattern(model)
    return partial(by_aftertone, engine=at.load_engine("whisper", model=model, threads=1))

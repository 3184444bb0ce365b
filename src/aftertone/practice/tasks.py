"""What the practice page asks of its process: reviews of takes, drills of the number, and a dry run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.batch import Options, Reviewer, with_shared_cores
from aftertone.batch.workers import IsNew
from aftertone.corpus import Item
from aftertone.errors import AftertoneError, AudioSilentError, unexpected
from aftertone.language.brief import DIGITS_MIN, Brief
from aftertone.language.callback import DEFAULT_REGION, CallbackNumber
from aftertone.language.callback.numbering_plan import (
    dialled,
    edits,
    national_format,
    plan_validity,
)
from aftertone.language.content import understand
from aftertone.language.transcript import CROSS_ATTENTION, NumeralRequest, Transcript, Word
from aftertone.outcome import Outcome
from aftertone.pipeline import finish, transcribe, understood
from aftertone.playbook import load_playbook
from aftertone.recognition.engine import Engine, decode_numerals

_NOTHING_HEARD = "nothing was heard: check the microphone"
_DRY_RATE_HZ, _DRY_S = 16_000, 4.0
_DRY_WORDS = ("hi", "mary", "it's", "bob", "um", "call", "me", "at", "312", "555", "0143", "thanks")
_DRY_VOICE_HZ, _DRY_SYLLABLES_PER_S = 120.0, 4.0  # a man's voice at the pace of conversation
_DRY_FORMANTS_HZ = (700.0, 1200.0, 2600.0)  # of an open vowel
_DRY_BANDWIDTH_HZ = 100.0


@dataclass(frozen=True, slots=True)
class DryRun:
    """All stages of a review of a made sound, so that the first take does not wait for their start."""

    path: Path = Path("a made sound")


@dataclass(frozen=True, slots=True)
class DrillTask:
    """A recording of a number alone, and the number that should be said, if one is known."""

    path: Path
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Drill:
    """How a number alone was said.

    Attributes
    ----------
    digits : str or None
        The digits that were said; None where no number was heard.
    written : str
        The same as their country writes them; "" without digits.
    digits_per_s : float or None
    groups : tuple of str
        The digits between pauses.
    is_right : bool or None
        Whether they are the digits that should be said; None where none are known, and where other digits
        are in doubt.
    differing : tuple of int
        Indices into `digits` of those that differ from what should be said.
    expected_count : int or None
        How many digits should be said, without a country code; None where none are known.
    is_slow : bool or None
        Whether the pace is at most 2 digits a second, which can be written down.
    why : str
        Why there are no digits, or why they are in doubt; else "".
    """

    digits: str | None = None
    written: str = ""
    digits_per_s: float | None = None
    groups: tuple[str, ...] = ()
    is_right: bool | None = None
    differing: tuple[int, ...] = ()
    expected_count: int | None = None
    is_slow: bool | None = None
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The drill as plain values, for JSON."""
        return {
            "digits": self.digits,
            "written": self.written,
            "digits_per_s": None if self.digits_per_s is None else round(self.digits_per_s, 2),
            "groups": list(self.groups),
            "is_right": self.is_right,
            "differing": list(self.differing),
            "expected_count": self.expected_count,
            "is_slow": self.is_slow,
            "why": self.why,
        }


PracticeTask: TypeAlias = Item | DrillTask | DryRun
PracticeResult: TypeAlias = Outcome | Drill | AftertoneError | bool


class PracticeRunner:
    """Runs the tasks of the practice page in its process, with all cores for each recording."""

    def __init__(self, options: Options) -> None:
        self._reviewer = Reviewer(with_shared_cores(options, count=1))

    def prepare(self) -> Engine | None:
        """The engine, loaded once; EngineError if it cannot be loaded."""
        return self._reviewer.prepare()

    def results(
        self, tasks: Sequence[PracticeTask], is_new: IsNew | None = None
    ) -> Iterator[tuple[PracticeTask, PracticeResult | None]]:
        """The outcome of each take, the drill or its error of each number, True for a dry run."""
        for task in tasks:
            if isinstance(task, Item):
                yield from self._reviewer.results([task], is_new)
            elif isinstance(task, DrillTask):
                yield task, self._drill(task)
            else:
                dry_run(self.prepare())
                yield task, True

    def _drill(self, task: DrillTask) -> Drill | AftertoneError:
        try:
            recording = self._reviewer.options.read(task.path)
            return drill(recording, self.prepare(), Brief(number=task.number))
        except AudioSilentError:
            return Drill(why=_NOTHING_HEARD)
        except Exception as error:  # of any library
            return unexpected(error, task.path)


def drill(recording: Recording, engine: Engine | None, brief: Brief) -> Drill:
    """How the number alone was said in a recording; `brief` has the number that should be said, or none."""
    sound = listen(recording)
    if sound.message is None:
        return Drill(why=_NOTHING_HEARD)
    if engine is None:
        return Drill(why="the digits are not known: no engine writes the words")
    (words,) = transcribe(engine, [sound], [brief])
    content = understood(sound, words, engine, brief).content
    number = CallbackNumber() if content is None else content.number
    if number.digits is None or (len(number.readings) == 1 and not number.trusted):
        number = _number_of_sound(sound, sound.message, engine, brief, number)
    if number.digits is None:
        return Drill(why=f"no number of {DIGITS_MIN} digits or more was heard")
    return _drill_of(number, brief.dialled_number)


def _number_of_sound(
    sound: AcousticAnalysis, said: Interval, engine: Engine, brief: Brief, by_words: CallbackNumber
) -> CallbackNumber:
    """The number that is decoded from all that was said, without its words; that of the words without one.

    A drill has nothing but digits. Where Whisper's words are in doubt, they often make a run of one digit
    longer.
    """
    also = tuple(reading.digits for reading in by_words.readings)
    decoded = decode_numerals(engine, sound.recording, [NumeralRequest(said, also)])
    digits = next((string.digits for stretch in decoded for string in stretch.strings), "")
    if len(digits) < DIGITS_MIN:
        return by_words
    by_sound = understand(Transcript((Word(digits, *said),), numerals=decoded), sound, brief).number
    return by_words if by_sound.digits is None else by_sound


def _drill_of(number: CallbackNumber, expected: str | None) -> Drill:
    reading = number.slowest
    said, pace, is_right = reading.number, reading.pace, number.as_expected
    differing: tuple[int, ...] = ()
    wanted = plan_validity(dialled(expected), "+" in expected, DEFAULT_REGION).number if expected else ""
    if wanted and not is_right:
        differing = edits(said, wanted)
    return Drill(
        digits=said,
        written=national_format(number.e164) if said == number.digits and number.e164 else said,
        digits_per_s=None if pace is None else pace.digits_per_s,
        groups=tuple(group.digits for group in reading.groups if group.digits),
        is_right=None if is_right is False and not number.trusted else is_right,
        differing=differing,
        expected_count=len(wanted) or None,
        is_slow=None if pace is None else pace.is_slow,
        why=number.why_untrusted or "",
    )


def dry_run(engine: Engine | None) -> None:
    """Run all stages on a made sound, so that what they load and compile is there for the first take."""
    sound, brief = listen(dry_sound()), Brief(recipient="Mary")
    transcribe(engine, [sound], [brief])
    step_s = _DRY_S / len(_DRY_WORDS)
    words = tuple(Word(text, at * step_s, (at + 1) * step_s) for at, text in enumerate(_DRY_WORDS))
    transcript = Transcript(words, settings={"word_times": CROSS_ATTENTION})
    finish(sound, transcript, engine, brief, load_playbook("general"))


def dry_sound() -> Recording:
    """Seconds of a buzz with the formants, the pitch and the syllables of a voice.

    >>> listen(dry_sound()).message is not None
    True
    """
    at_s = np.arange(round(_DRY_RATE_HZ * _DRY_S)) / _DRY_RATE_HZ
    harmonics_hz = np.arange(_DRY_VOICE_HZ, 4_000.0, _DRY_VOICE_HZ)
    distances = (harmonics_hz[:, None] - np.array(_DRY_FORMANTS_HZ)) / _DRY_BANDWIDTH_HZ
    gains = (1 / (1 + distances**2)).sum(axis=1)
    voice = gains @ np.sin(2 * np.pi * harmonics_hz[:, None] * at_s)
    syllables = np.clip(np.sin(2 * np.pi * _DRY_SYLLABLES_PER_S * at_s), 0.0, 1.0)
    samples = 0.1 * voice * syllables + np.random.default_rng(0).normal(0, 1e-4, at_s.size)
    return Recording.from_samples(samples.astype(np.float32), rate_hz=_DRY_RATE_HZ)

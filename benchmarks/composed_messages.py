"""Compose any number of voicemails with a call-back number and known truth.

    python -m benchmarks.composed_messages FOLDER --source natural --n 100 --split held-out --seed 0 [--cut]

The command writes WAV files and truth/NAME.json, for ``aftertone bench FOLDER``. Sources:

natural        whole messages with wording of this project, spoken by the voices of sample_audio
an4            telephone numbers of 47 people (23 or 24 in a split) between sentences of sample_audio
moshi_numbers  telephone numbers of one reader, many with runs of one digit, between such sentences
fsdd           single digits of four men (two in a split) at a chosen pace, between such sentences; 8 kHz

A number of an4 or moshi_numbers is said twice only where there are two recordings of it. Words of these
recordings have no times. Such a recording starts and ends where its level is within 30 dB of its loudest
10 ms. A message depends on source, split, seed and index alone. With --cut, for fsdd and natural, American
callers say their number once and stop before its last digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import soundfile

from aftertone.acoustics.audio import read_audio
from aftertone.language.transcript import Word
from aftertone.synthesis import packages
from benchmarks.common.command import parser_of
from benchmarks.common.composition import (
    CLEAN,
    CONDITIONS,
    NOISY,
    Kind,
    Message,
    Part,
    Samples,
    Script,
    Split,
    audible,
    composed,
    faded,
    gain,
    resampled,
)
from benchmarks.common.machine import ROOT, SAMPLES, SHARED_DATA
from benchmarks.common.natural_messages import (
    AMERICAN,
    KINDS,
    drawn_number,
    groups_of,
    natural_script,
    readings_of,
)
from benchmarks.common.truth import metadata
from sample_audio.phone_numbers import NUMERALS
from sample_audio.voices import FIT_VOICES, HELD_OUT_VOICES

SPEAKERS: dict[str, dict[Split, tuple[str, ...]]] = {
    "natural": {"fit": FIT_VOICES, "held-out": HELD_OUT_VOICES},
    "an4": {"fit": (), "held-out": ()},  # every second woman and man by name
    "moshi_numbers": {"fit": (), "held-out": ("reader",)},
    "fsdd": {"fit": ("jackson", "nicolas"), "held-out": ("lucas", "theo")},
}
SOURCES = tuple(SPEAKERS)
SPLITS: tuple[Split, ...] = get_args(Split)
FSDD_RATE_HZ, RATE_HZ = 8_000, 16_000
TELEPHONE_LENGTHS = (7, 10, 11)  # digits; other numbers of an4 and moshi_numbers are left out
CUT_SOURCES = ("natural", "fsdd")  # their numbers are composed digit by digit
CONDITIONS_SHIFT = 12  # conditions shift by one after so many messages: each voice gets all conditions
MARGIN_S = 0.03  # faded margin of a real recording around its audible part

_JOINT_S = 0.02  # least gap between digits
_SHORTEST_SHARE = 0.5  # of a digit's own length; a shorter digit is not intelligible
_INTRO_S, _CLOSING_S, _BETWEEN_WORDS = 4.0, 3.0, 5  # most of what is taken from sample_audio


def message(
    source: str, index: int, seed: int = 0, split: Split = "held-out", *, cut: bool = False
) -> Message:
    """One message. Speakers, kinds and conditions alternate; the rest is drawn.

    With `cut`, an American caller stops before the last digit.

    Raises
    ------
    LookupError
        The source is unknown, has no speakers in this split, or cannot be cut.
    FileNotFoundError
        The recordings or the voices are not installed.
    """
    speakers = speakers_of(source, split)
    if not speakers:
        raise LookupError(f"{source} has no speakers in {split}")
    if cut and source not in CUT_SOURCES:
        raise LookupError(f"numbers of {source} cannot be cut")
    draw = np.random.default_rng(
        [seed, index, SOURCES.index(source), SPLITS.index(split), *([1] if cut else [])]
    )
    condition = CONDITIONS[(index + index // CONDITIONS_SHIFT) % len(CONDITIONS)]
    if source == "natural":
        if cut:
            speakers = tuple(voice for voice in speakers if voice[0] == AMERICAN)
        kind: Kind = "cut" if cut else KINDS[index // 4 % len(KINDS)]
        script = natural_script(draw, speakers[index % len(speakers)], kind)
    elif source == "fsdd":
        script = _from_digits(draw, index, speakers, "cut" if cut else KINDS[index % 4])
        condition = (CLEAN, NOISY)[index // 16 % 2]
    elif source == "an4":
        script = _from_takes(
            draw, [take for take in _takes(source) if take.speaker == speakers[index % len(speakers)]]
        )
    else:
        script = _from_takes(draw, _same_number(_takes(source), index))
    name = f"{source}-{split}-{seed}-{index:04d}{'-cut' if cut else ''}"
    return composed(script, name, source, split, condition, draw)


def messages(
    source: str, n: int, seed: int = 0, split: Split = "held-out", *, cut: bool = False
) -> Iterator[Message]:
    """The first `n` messages of a source."""
    return (message(source, index, seed, split, cut=cut) for index in range(n))


def speakers_of(source: str, split: Split) -> tuple[str, ...]:
    """The speakers of a split.

    >>> speakers_of("fsdd", "held-out")
    ('lucas', 'theo')
    """
    if source not in SPEAKERS:
        raise LookupError(f"no source {source!r}; there are {', '.join(SOURCES)}")
    if source != "an4":
        return SPEAKERS[source][split]
    names = sorted({take.speaker for take in _takes("an4")})
    first = SPLITS.index(split)
    return tuple(name for sex in "fm" for name in [each for each in names if each[0] == sex][first::2])


def is_installed(source: str) -> bool:
    """Whether the recordings or voices of a source, and the noises, are installed."""
    has_source = packages.is_installed() if source == "natural" else (SHARED_DATA / source).is_dir()
    return has_source and (SHARED_DATA / "noise").is_dir()


# ── real numbers ─────────────────────────────────────────────────────────────────────────────────────


class _Take(NamedTuple):
    """A recording of a number."""

    path: Path
    number: str
    speaker: str


@cache
def _takes(source: str) -> tuple[_Take, ...]:
    return tuple(
        _Take(path, row["number"], row.get("speaker", "reader"))
        for path, row in metadata(SHARED_DATA / source)
        if len(row["number"]) in TELEPHONE_LENGTHS
    )


def _same_number(takes: Sequence[_Take], index: int) -> list[_Take]:
    """A take, and every second time another take of the same number where one exists."""
    first = takes[index % len(takes)]
    others = [take for take in takes if take.number == first.number and take != first]
    return [first, *others[: (index + index // len(takes)) % 2]]


def _from_takes(draw: np.random.Generator, takes: Sequence[_Take]) -> Script:
    """A number of takes, between sentences of sample_audio."""
    parts = []
    for reading, take in enumerate(takes, start=1):
        recording = read_audio(take.path)
        samples = resampled(recording.samples, recording.rate_hz, RATE_HZ)
        trimmed, margin_s = audible(samples, RATE_HZ, MARGIN_S)
        parts.append(Part(trimmed, (), (take.number,), reading, margin_s))
    return Script(
        parts=_in_sentences(draw, parts, RATE_HZ),
        readings=tuple(take.number for take in takes),
        kind="once" if len(takes) == 1 else "twice",
        speaker=takes[0].speaker,
        number=takes[0].number,
        rate_hz=RATE_HZ,
        manner="as read",
    )


# ── single digits ────────────────────────────────────────────────────────────────────────────────────


def _from_digits(draw: np.random.Generator, index: int, speakers: Sequence[str], kind: Kind) -> Script:
    """A number of single digits, between sentences of sample_audio."""
    speaker = speakers[index // 4 % len(speakers)]
    is_grouped = index // 8 % 2 == 0
    region = "GB" if draw.random() < 0.2 and kind != "cut" else "US"
    number = drawn_number(draw, region)[: -1 if kind == "cut" else None]
    sizes = groups_of(number, region)
    strings = readings_of(draw, number, region, kind)
    pace = _pace(draw)
    readings = [
        # the pace of readings varies by a tenth
        _reading_of(draw, speaker, digits, pace * draw.uniform(0.9, 1.1), sizes if is_grouped else (), at)
        for at, digits in enumerate(strings, start=1)
    ]
    return Script(
        parts=_in_sentences(draw, readings, FSDD_RATE_HZ),
        readings=tuple(strings),
        kind=kind,
        speaker=speaker,
        number=number,
        rate_hz=FSDD_RATE_HZ,
        region=region,
        manner="groups" if is_grouped else "run on",
    )


def _pace(draw: np.random.Generator) -> float:
    """1 to 5 digits a second, at least a tenth from the threshold of 2."""
    while True:
        pace = float(draw.uniform(1.0, 2.2) if draw.random() < 0.5 else draw.uniform(2.2, 5.0))
        if not 1.7 < pace < 2.35:  # the readings vary by a tenth
            return pace


@cache
def _digits_of(speaker: str) -> dict[str, list[Samples]]:
    found: dict[str, list[Samples]] = {digit: [] for digit in "0123456789"}
    for digit, takes in found.items():
        for path in sorted((SHARED_DATA / "fsdd").glob(f"{digit}_{speaker}_*.wav")):
            takes.append(audible(soundfile.read(path)[0], FSDD_RATE_HZ)[0])
    return found


def _reading_of(
    draw: np.random.Generator, speaker: str, digits: str, pace: float, sizes: Sequence[int], reading: int
) -> Part:
    """Digits at a pace, each time with another take."""
    voice = _digits_of(speaker)
    wanted_s = len(digits) / pace
    ends = set(np.cumsum(sizes)[:-1].tolist()) if sizes and len(digits) > 6 else set()
    pause_s = min(0.6, max(0.3, 0.12 * wanted_s)) if ends else 0.0
    slot_s = (wanted_s - pause_s * len(ends)) / len(digits)
    takes = []
    for digit in digits:
        some = [voice[digit][at] for at in draw.choice(len(voice[digit]), 4, replace=False)]
        fits = [take for take in some if take.size <= (slot_s - _JOINT_S) * FSDD_RATE_HZ]
        takes.append(fits[0] if fits else min(some, key=len))
    sounded_s = sum(take.size for take in takes) / FSDD_RATE_HZ
    room_s = slot_s * len(digits) - _JOINT_S * (len(digits) - 1)
    if sounded_s > room_s:
        share = max(_SHORTEST_SHARE, room_s / sounded_s)
        takes = [_shortened(take, share) for take in takes]
    gap_s = max(_JOINT_S, slot_s - sum(take.size for take in takes) / FSDD_RATE_HZ / len(digits))
    pieces, words, at = [], [], 0
    for index, (digit, take) in enumerate(zip(digits, takes, strict=True)):
        if index:
            gap = round((gap_s * draw.uniform(0.8, 1.2) + (pause_s if index in ends else 0.0)) * FSDD_RATE_HZ)
            pieces.append(np.zeros(gap))
            at += gap
        pieces.append(take * 10 ** (draw.normal(0, 1.5) / 20))
        words.append(Word(NUMERALS[int(digit)], at / FSDD_RATE_HZ, (at + take.size) / FSDD_RATE_HZ))
        at += take.size
    return Part(np.concatenate(pieces), tuple(words), tuple(digits), reading)


def _shortened(samples: Samples, share: float) -> Samples:
    """Samples in a share of their time, at the same pitch (phase vocoder)."""
    import librosa

    shorter = librosa.effects.time_stretch(samples, rate=1 / share, n_fft=256, hop_length=32)
    return faded(np.asarray(shorter, np.float64), FSDD_RATE_HZ)


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────


def _in_sentences(
    draw: np.random.Generator, readings: Sequence[Part], rate_hz: int
) -> tuple[Part | float, ...]:
    """Readings between the sentences of a message of sample_audio."""
    before, between, after = _sentences(rate_hz)[int(draw.integers(len(_sentences(rate_hz))))]
    parts: list[Part | float] = [before]
    for at, reading in enumerate(readings):
        parts.append(float(draw.uniform(0.4, 1.0) if at else draw.uniform(0.08, 0.5)))
        if at and between is not None and draw.random() < 0.6:
            parts += [between, float(draw.uniform(0.05, 0.3))]
        parts.append(reading)
    return (*parts, float(draw.uniform(0.3, 0.8)), after) if after is not None else tuple(parts)


@cache
def _sentences(rate_hz: int) -> list[tuple[Part, Part | None, Part | None]]:
    """Parts before a number, between its readings and after it, of each clean message with a number."""
    found = []
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if not truth["number"] or truth["condition"] != "clean":
            continue
        words, digits = truth["words"], truth["digits"]
        first_s, last_s = digits[0]["start_s"], digits[-1]["end_s"]
        before = [w for w in words if w["end_s"] <= first_s + 1e-3]
        before = [w for w in before if before[-1]["end_s"] - w["start_s"] <= _INTRO_S]
        second_s = min((d["start_s"] for d in digits if d["reading"] == 2), default=0.0)
        end_s = max((d["end_s"] for d in digits if d["reading"] == 1), default=last_s)
        between = [w for w in words if w["start_s"] >= end_s - 1e-3 and w["end_s"] <= second_s + 1e-3]
        after = [w for w in words if w["start_s"] >= last_s - 1e-3 and w["end_s"] - last_s <= _CLOSING_S]
        recording = read_audio(SAMPLES / truth["file"])
        samples = resampled(recording.samples, recording.rate_hz, rate_hz)
        found.append(
            (
                _cut(samples, before, rate_hz),
                _cut(samples, between, rate_hz) if 0 < len(between) <= _BETWEEN_WORDS else None,
                _cut(samples, after, rate_hz) if after else None,
            )
        )
    return found


def _cut(samples: Samples, words: list[dict[str, Any]], rate_hz: int) -> Part:
    start_s, end_s = words[0]["start_s"], words[-1]["end_s"]
    part = samples[round(start_s * rate_hz) : round(end_s * rate_hz)]
    timed = tuple(Word(w["text"], w["start_s"] - start_s, w["end_s"] - start_s) for w in words)
    return Part(faded(part * gain(part, rate_hz), rate_hz), timed, ("",) * len(timed))


# ── files ────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Write messages and their truth into a folder outside the repository."""
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", choices=SOURCES, default="natural")
    parser.add_argument("--split", choices=SPLITS, default="held-out")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cut", action="store_true", help="callers stop before the last digit")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if folder.resolve().is_relative_to(ROOT):
        parser.error(f"{folder} is inside the repository; recordings of people must stay outside")
    if arguments.cut and arguments.source not in CUT_SOURCES:
        parser.error(f"--cut is for {' and '.join(CUT_SOURCES)}")
    if not is_installed(arguments.source):
        parser.error(f"the recordings or voices of {arguments.source}, or the noises, are not installed")
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    drawn = messages(arguments.source, arguments.n, arguments.seed, arguments.split, cut=arguments.cut)
    for each in drawn:
        recording = each.recording
        own_hz = recording.source_rate_hz
        samples = resampled(recording.samples, recording.rate_hz, own_hz)
        subtype = "ULAW" if each.condition.is_telephone else "PCM_16"
        soundfile.write(folder / f"{each.name}.wav", samples, own_hz, subtype)
        (folder / "truth" / f"{each.name}.json").write_text(json.dumps(each.truth, indent=1) + "\n")
        print(each.name)


if __name__ == "__main__":
    main()

"""The practice voicemails: what their truth says is what their sound holds."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import phonenumbers
import pytest
import soundfile
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "sample_audio"
TRUTHS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("truth/*.json"))
}
SPOKEN = [name for name, truth in TRUTHS.items() if truth["message"]]
NOISY = {"noisy_10db"}  # the noise covers the edges of words: they are known from the clean voice alone
QUIET_LINE = [name for name in SPOKEN if name not in NOISY]
PLAYBOOKS = {
    *("collections", "message-taker", "cold-prospect", "known-contact", "follow-up-1", "follow-up-2"),
    *("follow-up-3", "sales-appointment", "general"),
}

Levels = NDArray[np.float64]


def rows() -> list[dict[str, str]]:
    with (FOLDER / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def levels_dbov(name: str) -> tuple[Levels, float]:
    """Level of each 10 ms, one every millisecond, and the seconds of one step."""
    samples, rate_hz = soundfile.read(FOLDER / TRUTHS[name]["file"])
    width, hop = round(0.010 * rate_hz), rate_hz // 1000
    energy = np.concatenate([[0.0], np.cumsum(samples**2)])
    centres = np.arange(0, samples.size, hop)
    first, last = np.maximum(centres - width // 2, 0), np.minimum(centres + width // 2, samples.size)
    return 10 * np.log10((energy[last] - energy[first]) / (last - first) + 1e-12), hop / rate_hz


def inside(levels: Levels, step_s: float, start_s: float, end_s: float) -> Levels:
    return levels[round(start_s / step_s) : round(end_s / step_s)]


def test_every_row_has_audio_and_truth_and_nothing_lies_about() -> None:
    names = [row["file_name"] for row in rows()]
    assert 26 <= len(names) <= 36
    assert len(set(names)) == len(names)
    assert {truth["file"] for truth in TRUTHS.values()} == set(names)
    audio = {path.name for path in FOLDER.iterdir() if path.suffix in {".flac", ".wav", ".mp3", ".ogg"}}
    assert audio == set(names)
    assert {name: Path(truth["file"]).stem for name, truth in TRUTHS.items()} == {n: n for n in TRUTHS}


def test_the_readme_names_every_message() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [truth["file"] for truth in TRUTHS.values() if truth["file"] not in text] == []


def test_every_playbook_has_a_message() -> None:
    assert {row["playbook"] for row in rows()} == PLAYBOOKS


def test_all_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 12e6


def test_formats_as_promised() -> None:
    kinds: dict[tuple[str, str, int], int] = {}
    for truth in TRUTHS.values():
        info = soundfile.info(FOLDER / truth["file"])
        assert info.channels == 1
        kind = (info.format, info.subtype, info.samplerate)
        kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds.pop(("WAV", "ULAW", 8000)) >= 4
    assert kinds.pop(("MP3", "MPEG_LAYER_III", 16000)) == 1
    assert kinds.pop(("OGG", "OPUS", 16000)) == 1
    assert set(kinds) == {("FLAC", "PCM_16", 16000)}


@pytest.mark.parametrize("name", TRUTHS)
def test_duration(name: str) -> None:
    truth = TRUTHS[name]
    samples, rate_hz = soundfile.read(FOLDER / truth["file"])
    assert samples.size / rate_hz == pytest.approx(truth["duration_s"], abs=0.002)
    assert 5 <= truth["duration_s"] <= 46


@pytest.mark.parametrize("name", TRUTHS)
def test_times_are_in_order(name: str) -> None:
    truth = TRUTHS[name]
    for kind in ("words", "digits", "pauses", "fillers"):
        for earlier, later in pairwise(truth[kind]):
            assert earlier["end_s"] <= later["start_s"] + 2e-4
        assert all(0 <= item["start_s"] < item["end_s"] <= truth["duration_s"] for item in truth[kind])
    if truth["message"]:
        assert truth["words"][0]["start_s"] == truth["message"]["start_s"]
        assert truth["words"][-1]["end_s"] == truth["message"]["end_s"]
        spoken = [word.strip(".,?!") for word in truth["transcript"].split()]
        assert [word["text"] for word in truth["words"]] == spoken
        minutes = (truth["message"]["end_s"] - truth["message"]["start_s"]) / 60
        assert truth["words_per_min"] == pytest.approx(len(spoken) / minutes, abs=0.1)


@pytest.mark.parametrize("name", QUIET_LINE)
def test_pauses_are_silent_and_words_are_not(name: str) -> None:
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    silent_dbov = truth["level_dbov"] - 27
    for pause in truth["pauses"]:
        assert pause["end_s"] - pause["start_s"] >= 0.2499
        middle = inside(levels, step_s, pause["start_s"] + 0.02, pause["end_s"] - 0.02)
        assert middle.max() < silent_dbov, pause
    for word in truth["words"]:
        assert inside(levels, step_s, word["start_s"], word["end_s"]).max() > truth["level_dbov"] - 20, word


@pytest.mark.parametrize("name", QUIET_LINE)
def test_every_silence_in_the_message_is_a_pause_of_the_truth(name: str) -> None:
    """Runs of silence found in the sound alone are the truth's pauses, edges within 50 ms."""
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    start_s, end_s = truth["message"]["start_s"], truth["message"]["end_s"]
    loud = np.flatnonzero(levels > truth["level_dbov"] - 29) * step_s
    heard = loud[(loud > start_s - 0.2) & (loud < end_s + 0.2)]
    assert heard[0] == pytest.approx(start_s, abs=0.05)
    assert heard[-1] == pytest.approx(end_s, abs=0.05)
    silences = [(a, b) for a, b in pairwise(heard) if b - a >= 0.21]  # the edges of words may take 40 ms
    for pause in truth["pauses"]:
        off_s = [max(abs(a - pause["start_s"]), abs(b - pause["end_s"])) for a, b in silences]
        assert min(off_s, default=9.0) < 0.05, pause
    for a, b in silences:
        known = any(abs(a - p["start_s"]) < 0.05 and abs(b - p["end_s"]) < 0.05 for p in truth["pauses"])
        assert known or b - a < 0.25, (a, b)


@pytest.mark.parametrize("name", SPOKEN)
def test_level_is_as_said(name: str) -> None:
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    active = inside(levels, step_s, truth["message"]["start_s"], truth["message"]["end_s"])
    active = active[active > active.max() - 25]
    if name != "clipped":  # clipping takes some of it away
        assert 10 * np.log10(np.mean(10 ** (active / 10))) == pytest.approx(truth["level_dbov"], abs=1.5)
    tail = inside(levels, step_s, truth["message"]["end_s"] + 0.1, truth["duration_s"] - 0.1)
    assert 10 * np.log10(np.mean(10 ** (tail / 10))) == pytest.approx(truth["noise_dbov"], abs=2)


def test_the_noisy_message_has_10_db_of_signal_to_noise() -> None:
    truth = TRUTHS["noisy_10db"]
    assert truth["level_dbov"] - truth["noise_dbov"] == 10


def test_the_clipped_message_is_clipped() -> None:
    samples, _ = soundfile.read(FOLDER / "clipped.flac")
    assert np.mean(np.abs(samples) >= 0.9999) > 0.01


@pytest.mark.parametrize("name", [name for name, truth in TRUTHS.items() if truth["beep"]])
def test_beep(name: str) -> None:
    truth = TRUTHS[name]
    samples, rate_hz = soundfile.read(FOLDER / truth["file"])
    start_s, end_s = truth["beep"]["start_s"], truth["beep"]["end_s"]
    assert end_s - start_s == pytest.approx(0.4, abs=0.001)
    tone = samples[round(start_s * rate_hz) : round(end_s * rate_hz)]
    power = np.abs(np.fft.rfft(tone * np.hanning(tone.size))) ** 2
    hz = np.fft.rfftfreq(tone.size, 1 / rate_hz)
    assert power[np.abs(hz - 1000) < 15].sum() > 0.99 * power.sum()
    levels, step_s = levels_dbov(name)
    loud = np.flatnonzero(levels > -40) * step_s
    heard = loud[(loud > start_s - 0.3) & (loud < end_s + 0.3)]
    assert (heard[0], heard[-1]) == (pytest.approx(start_s, abs=0.02), pytest.approx(end_s, abs=0.02))
    assert truth["greeting"]["end_s"] < start_s < end_s < truth["message"]["start_s"]


def test_the_freeze_is_a_freeze() -> None:
    truth = TRUTHS["freeze_after_beep"]
    assert truth["message"]["start_s"] - truth["beep"]["end_s"] == pytest.approx(3.5, abs=0.001)


def test_nobody_speaks_in_the_hang_up() -> None:
    truth = TRUTHS["hang_up"]
    assert (truth["message"], truth["words"], truth["words_per_min"]) == (None, [], None)
    levels, step_s = levels_dbov("hang_up")
    loud = np.flatnonzero(levels > -45) * step_s
    assert 0 < loud[-1] - loud[0] < 0.05  # the click and nothing else
    assert truth["duration_s"] > 5


@pytest.mark.parametrize("name", [name for name, truth in TRUTHS.items() if truth["number"]])
def test_numbers(name: str) -> None:
    truth = TRUTHS[name]
    number = truth["number"]
    readings: dict[int, list[dict[str, Any]]] = {}
    for digit in truth["digits"]:
        readings.setdefault(digit["reading"], []).append(digit)
    aside = readings.pop(0, [])
    assert ("".join(d["digit"] for d in aside) or None) == number["extension_or_partial"]
    strings = ["".join(d["digit"] for d in reading) for _, reading in sorted(readings.items())]
    assert number["each_reading"] == strings
    assert (number["digits"], number["readings"]) == (strings[0], len(strings))
    assert number["agree"] == (len(set(strings)) == 1)
    assert number["repeated"] == (number["agree"] and len(strings) >= 2)
    pace = min(len(r) / (r[-1]["end_s"] - r[0]["start_s"]) for r in readings.values())
    assert number["digits_per_s"] == pytest.approx(pace, rel=1e-3)
    assert number["slow"] == (pace <= 2.0)
    assert not 1.95 < pace < 2.15  # no message stands on the line
    for digits in strings:
        assert phonenumbers.is_valid_number(phonenumbers.parse(digits, truth["region"]))


def test_each_fault_is_there() -> None:
    assert TRUTHS["hurried_number"]["number"]["digits_per_s"] > 3
    assert TRUTHS["dentist_callback"]["number"]["repeated"]
    assert TRUTHS["number_once"]["number"]["readings"] == 1
    assert TRUTHS["number_twice_slowly"]["number"]["slow"]
    first, second = TRUTHS["number_one_digit_changed"]["number"]["each_reading"]
    assert sum(a != b for a, b in zip(first, second, strict=True)) == 1
    assert len(TRUTHS["full_of_fillers"]["fillers"]) >= 6
    assert TRUTHS["too_long"]["duration_s"] > 40
    assert max(p["end_s"] - p["start_s"] for p in TRUTHS["long_hesitations"]["pauses"]) > 1
    assert sum(bool(truth["fillers"]) for truth in TRUTHS.values()) == 1


def test_metadata_agrees_with_the_truth() -> None:
    for row in rows():
        truth = TRUTHS[Path(row["file_name"]).stem]
        assert row["transcript"] == truth["transcript"]
        for column in ("playbook", "recipient", "caller", "company", "region", "voice"):
            assert (row[column] or None) == truth[column], column
        if row["number"]:
            assert truth["number"]["agree"]
            assert row["number"].replace(" ", "") == truth["number"]["digits"]
    assert not next(row for row in rows() if row["file_name"] == "number_one_digit_changed.flac")["number"]


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_audio_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_spoken_digits(make: ModuleType) -> None:
    for words, digits in {
        "oh two oh": "020",
        "eight hundred": "800",
        "double five triple nine": "55999",
        "one double oh": "100",
    }.items():
        assert "".join(digit for digit, _ in make.digits_of(words.split())) == digits


def test_words_are_found_among_phones_that_differ(make: ModuleType) -> None:
    """ "and" loses its d and "to" its vowel; the rest still falls in place."""
    alone = [*("ae", "n", "d"), *("t", "uw"), *("m", "eh", "r", "iy")]
    heard = [*("ax", "n"), *("t", "ax"), *("m", "eh", "r", "iy")]
    assert make.aligned(alone, heard) == [0, 1, None, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", ["follow_up_2", "hang_up"])
def test_made_again_is_the_same(name: str, make: ModuleType, tmp_path: Path) -> None:
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed (Debian package flite)")
    message = next(message for message in make.messages() if message.name == name)
    make.write_message(message, tmp_path)
    for made in (message.file_name, f"truth/{name}.json"):
        assert (tmp_path / made).read_bytes() == (FOLDER / made).read_bytes(), (
            f"{made} differs: made with another flite, numpy or soundfile? See sample_audio/README.md"
        )


def test_without_flite_the_error_names_the_package(make: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="apt install flite espeak-ng ffmpeg"):
        make.run("flite", "--version")

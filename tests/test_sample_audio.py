"""The practice voicemails: their sound agrees with their truth."""

from __future__ import annotations

import csv
import json
import re
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import phonenumbers
import pytest
import soundfile
from numpy.typing import NDArray

from aftertone import read_audio
from aftertone.language.transcript import Word
from aftertone.language.word_times import aligned
from aftertone.playbook import load_playbook
from aftertone.synthesis.packages import is_installed
from aftertone.synthesis.phones import PUNCTUATION
from sample_audio import make, phone_numbers
from sample_audio.script import Message, messages
from sample_audio.voices import HELD_OUT_VOICES

FOLDER = Path(__file__).parents[1] / "sample_audio"
TRUTHS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("truth/*.json"))
}
SPOKEN = [name for name, truth in TRUTHS.items() if truth["message"]]
# Noise, echo and telephone codecs cover the edges of words. There only the clean voice shows the edges.
COVERED = ("noise 10 dB", "noise 20 dB", "far")
SHARP = [
    name
    for name in SPOKEN
    if TRUTHS[name]["condition"] not in COVERED and TRUTHS[name]["codec"] not in ("GSM 06.10", "AMR")
]
CLEAN = [name for name in SPOKEN if TRUTHS[name]["condition"] == "clean"]
KINDS = {
    *("voicemail", "greeting and message", "hang-up", "pocket call", "another language", "conversation"),
}
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
    recording = read_audio(FOLDER / TRUTHS[name]["file"])
    samples, rate_hz = recording.samples.astype(np.float64), 16_000
    width, hop = round(0.010 * rate_hz), rate_hz // 1000
    energy = np.concatenate([[0.0], np.cumsum(samples**2)])
    centres = np.arange(0, samples.size, hop)
    first, last = np.maximum(centres - width // 2, 0), np.minimum(centres + width // 2, samples.size)
    return 10 * np.log10((energy[last] - energy[first]) / (last - first) + 1e-12), hop / rate_hz


def inside(levels: Levels, step_s: float, start_s: float, end_s: float) -> Levels:
    return levels[round(start_s / step_s) : round(end_s / step_s)]


def test_audio_truth_and_metadata_name_the_same_messages() -> None:
    names = [row["file_name"] for row in rows()]
    assert len(names) >= 40
    assert len(set(names)) == len(names)
    assert {truth["file"] for truth in TRUTHS.values()} == set(names)
    audio = {
        path.name for path in FOLDER.iterdir() if path.suffix in {".flac", ".wav", ".mp3", ".ogg", ".amr"}
    }
    assert audio == set(names)
    assert {name: Path(truth["file"]).stem for name, truth in TRUTHS.items()} == {n: n for n in TRUTHS}


def test_the_readme_names_every_message() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [truth["file"] for truth in TRUTHS.values() if truth["file"] not in text] == []


def test_every_playbook_has_a_message() -> None:
    assert {row["playbook"] for row in rows()} == PLAYBOOKS


def test_the_folder_is_small() -> None:
    files = (path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert sum(path.stat().st_size for path in files) < 15e6


def test_formats() -> None:
    kinds: dict[tuple[str, str, int], int] = {}
    for truth in TRUTHS.values():
        path = FOLDER / truth["file"]
        if path.suffix == ".amr":
            assert path.read_bytes().startswith(b"#!AMR\n")
            kind = ("AMR", "NB", 8000)
        else:
            info = soundfile.info(path)
            assert info.channels == 1
            kind = (info.format, info.subtype, info.samplerate)
        kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds.pop(("WAV", "ULAW", 8000)) >= 4
    for kind in (
        ("MP3", "MPEG_LAYER_III", 16000),
        ("OGG", "OPUS", 16000),
        ("WAV", "GSM610", 8000),
        ("AMR", "NB", 8000),
    ):
        assert kinds.pop(kind) == 1
    assert set(kinds) == {("FLAC", "PCM_16", 16000)}


def test_every_kind_condition_region_and_accent_occurs() -> None:
    assert {truth["kind"] for truth in TRUTHS.values()} == KINDS
    conditions = {truth["condition"] for truth in TRUTHS.values()}
    assert conditions == {
        *("clean", "telephone", "noise 10 dB", "noise 20 dB", "clipped", "quiet", "far", "music before"),
    }
    assert {truth["region"] for truth in TRUTHS.values()} == {"US", "GB", "AU"}
    speakers = {truth["voice"] for truth in TRUTHS.values() if truth["voice"]}
    assert {voice[:2] for voice in speakers} >= {"af", "am", "bf", "bm"}
    assert speakers - {"ef_dora"} <= set(HELD_OUT_VOICES)


@pytest.mark.parametrize("name", TRUTHS)
def test_duration(name: str) -> None:
    truth = TRUTHS[name]
    assert read_audio(FOLDER / truth["file"]).duration_s == pytest.approx(truth["duration_s"], abs=0.002)
    assert 5 <= truth["duration_s"] <= 60


@pytest.mark.parametrize("name", TRUTHS)
def test_times_are_in_order(name: str) -> None:
    truth = TRUTHS[name]
    for kind in ("words", "digits", "pauses", "fillers", "restarts"):
        for earlier, later in pairwise(truth[kind]):
            assert earlier["end_s"] <= later["start_s"] + 2e-4
        assert all(0 <= item["start_s"] < item["end_s"] <= truth["duration_s"] + 2e-4 for item in truth[kind])
    if truth["message"]:
        assert truth["words"][0]["start_s"] == pytest.approx(truth["message"]["start_s"], abs=2e-4)
        assert truth["words"][-1]["end_s"] == pytest.approx(truth["message"]["end_s"], abs=2e-4)
        spoken = [word.strip(PUNCTUATION) for word in truth["transcript"].split()]
        assert [word["text"] for word in truth["words"]] == spoken
        minutes = (truth["message"]["end_s"] - truth["message"]["start_s"]) / 60
        assert truth["words_per_min"] == pytest.approx(len(spoken) / minutes, abs=0.1)


@pytest.mark.parametrize("name", SHARP)
def test_pauses_are_silent_and_words_are_audible(name: str) -> None:
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    silent_dbov = truth["level_dbov"] - 27
    for pause in truth["pauses"]:
        assert pause["end_s"] - pause["start_s"] >= 0.2499
        middle = inside(levels, step_s, pause["start_s"] + 0.02, pause["end_s"] - 0.02)
        assert middle.max() < silent_dbov, pause
    for word in truth["words"]:
        assert inside(levels, step_s, word["start_s"], word["end_s"]).max() > truth["level_dbov"] - 20, word


@pytest.mark.parametrize("name", SHARP)
def test_every_silence_in_the_message_is_a_pause_of_the_truth(name: str) -> None:
    """Silences that are found in the sound alone match the truth's pauses within 50 ms."""
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    start_s, end_s = truth["message"]["start_s"], truth["message"]["end_s"]
    loud = np.flatnonzero(levels > truth["level_dbov"] - 29) * step_s
    audible_s = loud[(loud > start_s - 0.2) & (loud < end_s + 0.2)]
    assert audible_s[0] == pytest.approx(start_s, abs=0.05)
    assert audible_s[-1] == pytest.approx(end_s, abs=0.05)
    silences = [(a, b) for a, b in pairwise(audible_s) if b - a >= 0.21]  # the edges of words may take 40 ms
    for pause in truth["pauses"]:
        off_s = [max(abs(a - pause["start_s"]), abs(b - pause["end_s"])) for a, b in silences]
        assert min(off_s, default=9.0) < 0.05, pause
    for a, b in silences:
        known = any(abs(a - p["start_s"]) < 0.05 and abs(b - p["end_s"]) < 0.05 for p in truth["pauses"])
        assert known or b - a < 0.25, (a, b)


@pytest.mark.parametrize("name", SPOKEN)
def test_levels_of_speech_and_noise_match_the_truth(name: str) -> None:
    truth = TRUTHS[name]
    levels, step_s = levels_dbov(name)
    active = inside(levels, step_s, truth["message"]["start_s"], truth["message"]["end_s"])
    active = active[active > active.max() - 25]
    if truth["condition"] != "clipped":  # clipping takes some of it away
        assert 10 * np.log10(np.mean(10 ** (active / 10))) == pytest.approx(truth["level_dbov"], abs=1.5)
    if truth["duration_s"] - truth["message"]["end_s"] < 0.3 or truth["condition"] == "far":
        return  # the recording is cut off, or echo rings on
    tail = inside(levels, step_s, truth["message"]["end_s"] + 0.1, truth["duration_s"] - 0.1)
    assert 10 * np.log10(np.mean(10 ** (tail / 10))) == pytest.approx(truth["noise_dbov"], abs=3)


def test_the_condition_names_the_signal_to_noise_ratio() -> None:
    for truth in TRUTHS.values():
        if named := re.fullmatch(r"noise (\d+) dB", truth["condition"]):
            assert truth["level_dbov"] - truth["noise_dbov"] == int(named[1])


def test_the_clipped_message_is_clipped() -> None:
    samples, _ = soundfile.read(FOLDER / "clipped.flac")
    assert np.mean(np.abs(samples) >= 0.9999) > 0.01


def test_word_times_match_forced_alignment() -> None:
    """An independent method: pocketsphinx aligns the words, given 0.1 s late."""
    off_s: list[float] = []
    for name in CLEAN[::4]:
        truth = TRUTHS[name]
        late = [Word(w["text"], w["start_s"] + 0.1, w["end_s"] + 0.1) for w in truth["words"]]
        found = aligned(late, read_audio(FOLDER / truth["file"]))
        off_s += [word.start_s - w["start_s"] for word, w in zip(found, truth["words"], strict=True)]
    assert len(off_s) > 300
    assert abs(median(off_s)) < 0.025
    assert median(abs(off) for off in off_s) < 0.04


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
    audible_s = loud[(loud > start_s - 0.3) & (loud < end_s + 0.3)]
    assert (audible_s[0], audible_s[-1]) == (pytest.approx(start_s, abs=0.02), pytest.approx(end_s, abs=0.02))
    assert truth["greeting"]["end_s"] < start_s < end_s < truth["message"]["start_s"]


def test_the_freeze_lasts_three_and_a_half_seconds() -> None:
    truth = TRUTHS["freeze_after_beep"]
    assert truth["message"]["start_s"] - truth["beep"]["end_s"] == pytest.approx(3.5, abs=0.001)


def test_music_comes_before_the_message_on_hold() -> None:
    truth = TRUTHS["hold_music"]
    levels, step_s = levels_dbov("hold_music")
    held = inside(levels, step_s, truth["music"]["start_s"] + 0.1, truth["music"]["end_s"] - 0.4)
    assert truth["music"]["end_s"] < truth["message"]["start_s"]
    assert 10 * np.log10(np.mean(10 ** (held / 10))) == pytest.approx(-24, abs=1)


def test_the_cut_off_recording_ends_within_the_number() -> None:
    truth = TRUTHS["cut_off"]
    assert truth["number"] is None
    assert 4 <= len(truth["digits"]) < 10
    assert truth["duration_s"] == pytest.approx(truth["words"][-1]["end_s"], abs=0.01)


def test_the_pocket_call_has_sound_and_no_words() -> None:
    truth = TRUTHS["pocket_call"]
    assert (truth["message"], truth["words"]) == (None, [])
    levels, _ = levels_dbov("pocket_call")
    assert np.percentile(levels, 95) > -45


def test_two_people_talk_in_the_conversation() -> None:
    turns = TRUTHS["conversation"]["turns"]
    assert len({turn["voice"] for turn in turns}) == 2
    assert len(turns) > 6


def test_the_hang_up_has_a_click_and_no_words() -> None:
    truth = TRUTHS["hang_up"]
    assert (truth["message"], truth["words"], truth["words_per_min"]) == (None, [], None)
    levels, step_s = levels_dbov("hang_up")
    loud = np.flatnonzero(levels > -45) * step_s
    assert 0 < loud[-1] - loud[0] < 0.05  # the click alone
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
    strings = number["each_reading"]
    for text, (_, reading) in zip(strings, sorted(readings.items()), strict=True):
        spoken = "".join(d["digit"] for d in reading)
        assert spoken == text or (name == "area_code_after" and spoken == text[3:] + text[:3])
    assert (number["digits"], number["readings"]) == (strings[0], len(strings))
    assert number["agree"] == (len(set(strings)) == 1)
    assert number["repeated"] == (number["agree"] and len(strings) >= 2)
    pace = min(len(r) / (r[-1]["end_s"] - r[0]["start_s"]) for r in readings.values())
    assert number["digits_per_s"] == pytest.approx(pace, rel=1e-3)
    assert number["slow"] == (pace <= 2.0)
    assert not 1.93 < pace < 2.07  # no message is near the threshold
    for digits in strings:
        assert phonenumbers.is_valid_number(phonenumbers.parse(digits, truth["region"]))


def test_each_message_has_its_fault() -> None:
    assert TRUTHS["hurried_number"]["number"]["digits_per_s"] > 3
    assert TRUTHS["dentist_callback"]["number"]["repeated"]
    assert TRUTHS["number_once"]["number"]["readings"] == 1
    assert TRUTHS["number_twice_slowly"]["number"]["slow"]
    first, second = TRUTHS["number_one_digit_changed"]["number"]["each_reading"]
    assert sum(a != b for a, b in zip(first, second, strict=True)) == 1
    assert len(TRUTHS["full_of_fillers"]["fillers"]) == 9
    assert TRUTHS["too_long"]["duration_s"] > 40
    assert max(p["end_s"] - p["start_s"] for p in TRUTHS["long_hesitations"]["pauses"]) > 1
    assert TRUTHS["run_of_zeros"]["number"]["digits"] == "8005550003"
    assert {"oh", "zero"} <= {word["text"] for word in TRUTHS["oh_and_zero"]["words"]}
    assert TRUTHS["two_numbers"]["other_numbers"] != [TRUTHS["two_numbers"]["number"]["digits"]]
    assert len(TRUTHS["restarts"]["restarts"]) == 5
    assert "pound" in TRUTHS["pound_key"]["transcript"]
    assert TRUTHS["slow_speaker"]["words_per_min"] < 100
    assert TRUTHS["rushed"]["words_per_min"] > 200


def test_numbers_are_reserved_for_fiction() -> None:
    """All but one toll-free number with a run of zeros."""
    for truth in TRUTHS.values():
        numbers = [truth["number"]["digits"]] if truth["number"] else []
        for digits in (*numbers, *truth["other_numbers"]):
            plans = [plan for plan in phone_numbers.PLANS.values() if plan.region == truth["region"]]
            beginnings = [start.replace("?", r"\d") for plan in plans for start in plan.beginnings]
            assert digits == "8005550003" or any(re.match(start, digits) for start in beginnings), digits


def test_verdicts_name_rules_of_the_playbook() -> None:
    for truth in TRUTHS.values():
        rules = {rule.id for rule in load_playbook(truth["playbook"]).rules}
        assert set(truth["verdicts"]["meets"]) | set(truth["verdicts"]["misses"]) <= rules, truth["file"]


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


def test_spoken_digits() -> None:
    for words, digits in {
        "oh two oh": "020",
        "eight hundred": "800",
        "double five triple nine": "55999",
        "one double oh": "100",
    }.items():
        assert "".join(digit for digit, _ in phone_numbers.digits_of(words.split())) == digits


def test_the_same_name_draws_the_same_number() -> None:
    one, same, other = (Message(name, "", "", number="us") for name in ("a", "a", "b"))
    assert one.digits == same.digits != other.digits
    assert one.spoken["3*"] != one.spoken["3"]


def test_the_marks_of_a_line() -> None:
    message = Message("m", "", "1> <I want,> I want /0.5 this | and that. /0.2", voice="v")
    first, second = message.own_lines
    assert (first.words, first.taken_back, first.pause_s) == (["I", "want", "I", "want"], (0, 1), 0.5)
    assert (second.words, second.mark, second.pause_s) == (["this"], "1", 0.2)
    assert message.transcript == "I want, I want this"


@pytest.mark.skipif(not is_installed(), reason="Kokoro is not installed (the extra voices, npm pack)")
@pytest.mark.parametrize("name", ["follow_up_2", "hang_up"])
def test_made_again_is_the_same(name: str, tmp_path: Path) -> None:
    """Words agree within 10 ms and samples nearly: another processor rounds differently."""
    message = next(message for message in messages() if message.name == name)
    truth = make.write_message(message, tmp_path)
    for word, same in zip(truth["words"], TRUTHS[name]["words"], strict=True):
        assert word["start_s"] == pytest.approx(same["start_s"], abs=0.01)
    again, before = (read_audio(folder / message.file_name).samples for folder in (tmp_path, FOLDER))
    size = min(again.size, before.size)
    assert np.corrcoef(again[:size], before[:size])[0, 1] > 0.9

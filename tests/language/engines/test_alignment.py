from __future__ import annotations

import csv
import json
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.language.engines.alignment import aligned
from aftertone.language.transcript import Transcript, Word
from aftertone.pipeline import measure

ROOT = Path(__file__).parents[3]
MFA = ROOT.parent / "shared" / "data" / "mfa"


def sample(name: str) -> tuple[Recording, list[dict[str, Any]], dict[str, Any]]:
    truth = json.loads((ROOT / "sample_audio" / "truth" / f"{name}.json").read_text())
    return read_audio(ROOT / "sample_audio" / truth["file"]), truth["words"], truth


def smeared(words: list[dict[str, Any]], by_s: float = 0.1) -> Transcript:
    """Words at wrong times, as a recogniser gives them."""
    late = (Word(w["text"], w["start_s"] + by_s, w["end_s"] + by_s, 0.9) for w in words)
    return Transcript(tuple(late), engine="truth")


def test_words_are_found_where_they_are_said() -> None:
    recording, words, _ = sample("number_once")
    result = aligned(smeared(words), recording)
    assert [word.text for word in result.words] == [w["text"] for w in words]
    off_s = [abs(word.start_s - w["start_s"]) for word, w in zip(result.words, words, strict=True)]
    assert median(off_s) < 0.04  # they were given 0.1 s late
    assert result.settings["aligned"] == f"{len(words)} of {len(words)} words"
    assert result.engine == "truth"
    assert {word.confidence for word in result.words} == {0.9}


def test_a_written_number_becomes_its_digits() -> None:
    recording, words, truth = sample("number_once")
    digits = truth["digits"]
    first, last = digits[0]["start_s"], digits[-1]["end_s"]
    before = [w for w in words if w["end_s"] <= first + 0.01]
    after = [w for w in words if w["start_s"] >= last - 0.01]
    tail = digits[3:]
    area = [w for w in words if first - 0.01 <= w["start_s"] < tail[0]["start_s"] - 0.01]
    text = "".join(digit["digit"] for digit in tail)
    written = Word(f"{text[:3]}-{text[3:]}", tail[0]["start_s"], last, 0.8)
    given = (*smeared([*before, *area], 0.0).words, written, *smeared(after, 0.0).words)
    result = aligned(Transcript(given), recording)
    spelled = [word for word in result.words if word.confidence == 0.8]
    assert [word.text for word in spelled] == [
        w["text"] for w in words if tail[0]["start_s"] <= w["start_s"] < last
    ]
    for word, digit in zip(spelled, tail, strict=True):
        assert word.start_s == pytest.approx(digit["start_s"], abs=0.1)


def test_a_text_that_is_not_there_keeps_its_times() -> None:
    hiss = np.random.default_rng(0).normal(0, 1e-3, 8_000)
    given = Transcript((Word("supercalifragilistic", 0.1, 0.2), Word("expialidocious", 0.2, 0.3)))
    result = aligned(given, Recording.from_samples(hiss, 16_000))
    assert [(w.text, w.start_s, w.end_s) for w in result.words] == [
        (w.text, w.start_s, w.end_s) for w in given.words
    ] or result.settings["aligned"] == "2 of 2 words"


def test_nothing_is_aligned_to_nothing() -> None:
    silence = Recording.from_samples(np.zeros(16_000), 16_000)
    assert aligned(Transcript(), silence).words == ()
    odd = Transcript((Word("…", 0.2, 0.3), Word("日本", 0.4, 0.5)))
    assert aligned(odd, silence).words == odd.words


def test_the_pipeline_aligns_where_asked() -> None:
    recording, words, truth = sample("number_once")

    class Late:
        name = "late"

        def transcribe(self, recording: Recording) -> Transcript:
            return smeared(words, 0.12)

    number = truth["number"]
    plain, better = (measure(recording, engine=Late(), align=align) for align in (False, True))
    assert better.number.digits == plain.number.digits == number["digits"]
    assert better.number.digits_per_s == pytest.approx(number["digits_per_s"], rel=0.1)


def test_edges_on_a_persons_speech() -> None:
    path = MFA / "words" / "acoustic_corpus.csv"
    if not path.is_file():
        pytest.skip("shared/data/mfa not found beside the checkout")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["end"]) < 12]
    given = Transcript(tuple(Word(r["word"], float(r["start"]), float(r["end"])) for r in rows))
    result = aligned(given, read_audio(MFA / "acoustic_corpus.wav"))
    off_s = [abs(word.start_s - float(row["start"])) for word, row in zip(result.words, rows, strict=True)]
    assert median(off_s) < 0.05

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.errors import ReportError
from aftertone.report.annotation_files import annotation, write_annotations
from tests.browser import sample_outcome, truth

NAMES = ("full_of_fillers", "dentist_callback", "number_one_digit_changed")
EDGE_S = 0.1


@pytest.fixture(scope="module")
def reviews() -> dict[str, at.Review]:
    found = {name: sample_outcome(name).review for name in NAMES}
    return {name: review for name, review in found.items() if review is not None}


def tiers_of(path: Path) -> Any:
    textgrid = pytest.importorskip("praatio.textgrid", reason="praatio is not installed")
    return textgrid.openTextgrid(str(path), includeEmptyIntervals=False)


def edges(spans: list[Any]) -> list[tuple[float, float]]:
    return [(span["start_s"], span["end_s"]) for span in spans]


@pytest.mark.parametrize("name", NAMES)
def test_praatio_reads_the_true_words_pauses_and_digits(
    reviews: dict[str, at.Review], name: str, tmp_path: Path
) -> None:
    true = truth(name)
    nuclei_s = [0.75, 1.5]
    (path,) = write_annotations(reviews[name], ["textgrid"], tmp_path / name, nuclei_s)
    grid = tiers_of(path)
    assert grid.maxTimestamp == pytest.approx(true["duration_s"], abs=0.001)
    words = grid.getTier("words").entries
    assert [entry.label for entry in words] == [word["text"] for word in true["words"]]
    np.testing.assert_allclose([entry[:2] for entry in words], edges(true["words"]), atol=0.001)
    pauses = grid.getTier("pauses").entries
    assert len(pauses) == len(true["pauses"])
    np.testing.assert_allclose([entry[:2] for entry in pauses], edges(true["pauses"]), atol=EDGE_S)
    filled = [entry for entry in grid.getTier("fillers").entries if entry.label in ("um", "uh")]
    assert [entry.label for entry in filled] == [
        word["text"] for word in true["words"] if word["text"] in ("um", "uh")
    ]
    readings = grid.getTier("number").entries
    for index, entry in enumerate(readings, start=1):
        digits = [digit for digit in true["digits"] if digit["reading"] == index]
        assert entry.label == "".join(digit["digit"] for digit in digits)
        assert entry.start == pytest.approx(digits[0]["start_s"], abs=EDGE_S)
        assert entry.end == pytest.approx(digits[-1]["end_s"], abs=EDGE_S)
    assert len(readings) == true["number"]["readings"]
    assert [entry.time for entry in grid.getTier("nuclei").entries] == nuclei_s
    marked = {label for entry in grid.getTier("findings").entries for label in entry.label.split("; ")}
    review = reviews[name]
    assert marked == {f"{f.verdict}: {f.title}" for f in review.findings if f.evidence}


CUE = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d+):(\d\d):(\d\d)[,.](\d{3})\n(.+)")


def cues_of(text: str) -> list[tuple[float, float, str]]:
    cues = []
    for found in CUE.finditer(text):
        h1, m1, s1, ms1, h2, m2, s2, ms2 = map(int, found.groups()[:8])
        cues.append((h1 * 3600 + m1 * 60 + s1 + ms1 / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000, found[9]))
    return cues


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@pytest.mark.parametrize("name", NAMES)
def test_captions_show_every_word_at_its_time(reviews: dict[str, at.Review], name: str, kind: str) -> None:
    true = truth(name)["words"]
    text = annotation(reviews[name], kind)
    assert text.startswith("WEBVTT\n\n" if kind == "vtt" else "1\n")
    cues = cues_of(text)
    assert " ".join(cue[2] for cue in cues).split() == [word["text"] for word in true]
    index = 0
    for start_s, end_s, line in cues:
        words = true[index : index + len(line.split())]
        index += len(words)
        assert start_s == pytest.approx(words[0]["start_s"], abs=0.001)
        assert end_s == pytest.approx(words[-1]["end_s"], abs=0.001)
        assert len(line) <= 84
        assert end_s - start_s <= 7
    assert all(before[1] <= after[0] for before, after in pairwise(cues))


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_lines_of_start_end_and_text(reviews: dict[str, at.Review], name: str) -> None:
    rows = [line.split("\t") for line in annotation(reviews[name], "labels").splitlines()]
    assert all(len(row) == 3 and float(row[0]) <= float(row[1]) for row in rows)
    assert [float(row[0]) for row in rows] == sorted(float(row[0]) for row in rows)
    pauses = [(float(start), float(end)) for start, end, text in rows if text == "pause"]
    np.testing.assert_allclose(pauses, edges(truth(name)["pauses"]), atol=EDGE_S)
    readings = [text for _, _, text in rows if text.startswith("number: ")]
    assert readings == [f"number: {digits}" for digits in truth(name)["number"]["each_reading"]]


def test_overlapping_and_empty_intervals_make_a_valid_textgrid(
    review_of: Callable[..., at.Review], tmp_path: Path
) -> None:
    words = (
        at.Word('he said "hi"', 0.5, 1.5),
        at.Word("there\n<b>", 1.2, 1.2),
        at.Word("again", 1.3, 2.0),
        at.Word("beyond", 21.0, 99.0),
    )
    review = replace(review_of(), transcript=at.Transcript(words))
    (path,) = write_annotations(review, ["textgrid"], tmp_path / "odd")
    entries = tiers_of(path).getTier("words").entries
    assert [tuple(entry) for entry in entries] == [
        (0.5, 1.5, 'he said "hi"'),
        (1.5, 2.0, "again"),
        (21.0, 21.5, "beyond"),
    ]
    vtt = annotation(replace(review, transcript=at.Transcript((at.Word("<b>a --> b&", 0, 1),))), "vtt")
    assert vtt.endswith("\n&lt;b&gt;a --&gt; b&amp;\n")


def test_a_review_without_words_has_empty_captions(review_of: Callable[..., at.Review]) -> None:
    review = replace(review_of(), transcript=None)
    assert annotation(review, "srt") == ""
    assert annotation(review, "vtt") == "WEBVTT\n\n"
    assert "number: " not in annotation(review, "srt")


def test_an_unknown_kind_is_refused(review_of: Callable[..., at.Review]) -> None:
    with pytest.raises(ReportError, match="no annotation 'elan'; known are textgrid, srt"):
        annotation(review_of(), "elan")

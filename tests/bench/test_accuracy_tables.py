"""The tables of the documents follow from the records, and tuned corpora are marked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from benchmarks import accuracy_tables, number_accuracy
from benchmarks.accuracy_tables import BLOCKS, MARKED, SUMMARY, pages, rewritten
from benchmarks.common import truth
from benchmarks.common.command import read_record
from benchmarks.common.machine import ROOT
from benchmarks.common.tables import TUNED, TUNED_NOTE, Table, beside, beside_columns, interval_cell
from benchmarks.sample_accuracy import Row, messages_table, others_table, read_rows

TASK_OF = {"vad": "speech", "silence": "speech"}  # task of the command: name in `TUNED_ON`


@pytest.mark.parametrize("page", [path.name for path in pages()])
def test_a_document_holds_the_tables_of_the_records(page: str) -> None:
    (path,) = (each for each in pages() if each.name == page)
    text = path.read_text(encoding="utf-8")
    assert text == rewritten(text), "the tables are old: run `python -m benchmarks.accuracy_tables --write`"


def test_every_table_is_in_a_document_and_every_mark_is_closed() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in pages()}
    assert {name for text in texts.values() for _, name, _ in MARKED.findall(text)} == set(BLOCKS)
    for text in texts.values():
        assert text.count("<!-- table: ") == text.count("<!-- end of table -->") == len(MARKED.findall(text))
    assert [name for _, name, _ in MARKED.findall(texts[ROOT / "README.md"])] == list(SUMMARY)


def test_only_the_text_between_the_marks_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(accuracy_tables.BLOCKS, "words", lambda: "| new |")
    page = "above\n<!-- table: words -->\n| old |\n\nnote\n<!-- end of table -->\nbelow"
    done = "above\n<!-- table: words -->\n| new |\n<!-- end of table -->\nbelow"
    assert rewritten(page) == rewritten(done) == done
    with pytest.raises(KeyError):
        rewritten(page.replace("words", "nothing"))


@pytest.mark.parametrize("task", ["vad", "silence", "pitch", "nuclei", "filled_pauses", "tones"])
def test_rows_of_tuned_corpora_are_marked(task: str) -> None:
    tuned = truth.TUNED_ON[TASK_OF.get(task, task)]
    corpora = {"librispeech", "an4", "ami", "emodb", "fsdd", "mfa", "telephone", "sample_audio"}
    labels = [
        label
        for table in read_record("acoustic_accuracy")["tasks"][task]
        for label, _ in table["rows"]
        if label.removesuffix(TUNED).split(", ")[0] in corpora
    ]
    assert labels
    for label in labels:
        assert label.endswith(TUNED) is (label.removesuffix(TUNED).split(", ")[0] in tuned), label


def test_people_come_before_practice_messages() -> None:
    for table in map(Table.of_json, read_record("acoustic_accuracy")["tasks"]["nuclei"]):
        is_synthetic = [label.startswith("sample_audio") for label, _ in table.rows]
        assert is_synthetic == sorted(is_synthetic)
        assert 0 < sum(is_synthetic) < len(is_synthetic)


ONE = number_accuracy.Row(
    name="a", source="fsdd", split="held-out", words="aftertone", speaker="theo", kind="once",
    manner="groups", region="US", condition="clean", found=True, exact=True, pace=True, slow=None,
    repeated=True, changed=None, ends=True, fillers=0, fillers_found=0, fillers_right=0,
)  # fmt: skip


def test_the_number_has_people_first_and_marks_fitted_speakers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = ONE
    rows = [
        replace(one, source="natural", speaker="af_heart"),
        *(replace(one, speaker=speaker) for speaker in ("theo", "theo", "lucas")),
        replace(one, source="natural", split="fit", speaker="af_sky", exact=False),
    ]
    monkeypatch.setattr(accuracy_tables, "number_rows", lambda: rows)
    table = accuracy_tables.number()
    labels = ["digit by digit (fsdd), aftertone" + TUNED, "natural voices, aftertone"]
    assert [label for label, _ in table.rows] == [*labels, labels[1] + TUNED]
    people, held_out, fitted = (values for _, values in table.rows)
    assert (people["n"], people["speakers"], held_out["n"], fitted["n"]) == (3, "2", 1, 1)
    assert str(held_out["number exact %"]).startswith("100")
    assert str(fitted["number exact %"]).startswith("0")


def test_the_number_has_rows_by_tempo_a_paired_note_and_a_table_of_cut_numbers() -> None:
    whole_rows = [
        replace(
            ONE, name=f"m{at}", words=words, exact=exact, trusted=True, trusted_wrong=not exact, tempo=tempo
        )
        for words, flags in (("plain", (True, False, False)), ("aftertone", (True, True, False)))
        for at, (exact, tempo) in enumerate(zip(flags, ("fast", "slow", ""), strict=True))
    ]
    cut = [replace(ONE, name=name, kind="cut", exact=False, filled=True, trusted=False) for name in "cd"]
    whole, *_, tempo, nine = number_accuracy.tables([*whole_rows, *cut])
    assert "fsdd 1 and 0 of 3." in whole.note
    assert [label.split(", ", 2)[2] for label, _ in tempo.rows] == [
        "plain, slow",
        "aftertone, slow",
        "plain, fast",
        "aftertone, fast",
    ]
    (_, values), (_, ours) = whole.rows
    assert (values["n"], str(values["wrong of trusted %"])[:2], str(ours["wrong of trusted %"])[:2]) == (
        3,
        "67",
        "33",
    )
    ((label, values),) = nine.rows
    assert label == "fsdd, held-out, aftertone"
    assert str(values["filled up to ten %"]) == "100 (16 to 100)"  # two of two: Clopper and Pearson


def test_columns_that_an_old_record_lacks_are_left_out() -> None:
    made = list(number_accuracy.tables([ONE]))
    assert [table.title for table in made] == [
        "The call-back number" + part for part in ("", ", by condition", ", by kind")
    ]
    assert "number exact %" in made[0].columns
    assert "wrong of trusted %" not in made[0].columns


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_best_peer_has_the_smallest_error_of_the_row() -> None:
    ratios = {"ours": [(1, 10)] * 6, "A": [(2, 10)] * 6, "B": [(0, 10)] * 3 + [(3, 10)] * 3}
    row = beside(ratios, list("aabbcc"), ".2f")
    table = Table("errors", beside_columns(ratios, ".2f"))
    table.add("people" + TUNED, **row)
    (_, values), *_ = table.rows
    assert (values["n"], values["speakers"], values["best peer"]) == (6, "3", "B")
    assert (values["ours"], values["A"], values["B"]) == pytest.approx((0.1, 0.2, 0.15))
    assert values["95 %"] == "0.10 to 0.10"  # each recording has the same share
    assert values["its 95 %"] == "0.00 to 0.30"  # speaker a has none, speaker c all
    assert beside(ratios, list("aabbcc"), ".2f", best=max)["peer"] == "A"
    assert TUNED_NOTE in table.markdown()
    assert Table.of_json(json.loads(json.dumps(table.as_json()))) == table


def test_few_recordings_have_no_interval() -> None:
    assert interval_cell([1, 2, 3, 4]) is None
    assert interval_cell([2, 2, 2, 2, 2]) == "2.0 to 2.0"


# ── practice messages ────────────────────────────────────────────────────────────────────────────────


def row(**changed: Any) -> Row:
    """A clean message with a number, everything right."""
    right = Row(
        file="a.flac", kind="voicemail", condition="clean", duration_error_s=0.0, start_error_s=0.0,
        end_error_s=0.0, pauses=2, pauses_true=2, words_per_min=150.0, words_per_min_true=150.0,
        digits="8005551234", digits_true="8005551234", other_numbers=0, is_other=False, readings=1,
        readings_true=1, slow=True, slow_true=True, repeated=False, repeated_true=False, fillers_true=1,
        fillers_found=1, fillers_invented=0, restarts=0, restarts_true=0, words=20, wrong=0,
        words_written=20, points=90,
    )  # fmt: skip
    return replace(right, **changed)


def test_figures_are_those_of_messages_by_condition() -> None:
    rows = [
        *(row() for _ in range(9)),
        row(condition="far", digits="8005551235", wrong=10, fillers_found=0, fillers_invented=1),
        row(condition="far", digits="9725550100", is_other=True, other_numbers=1),
        row(kind="hang-up", digits=None, digits_true=None, words=0, words_written=3, points=None),
        row(kind="conversation", digits_true=None, words_written=90),
    ]
    table = messages_table("true words", rows)
    figures = dict(table.rows)
    assert list(table.columns) == ["all", "clean", "far"]
    assert figures["messages"] == {"all": "11", "clean": "9", "far": "2"}
    assert str(figures["number exact"]["all"]).startswith("9 of 11 (")
    assert figures["number exact"]["clean"] == "9 of 9"
    assert figures["not another's number"] == {"all": "0 of 1", "clean": "-", "far": "0 of 1"}
    assert figures["words wrong, %"]["far"] == "25.0"
    assert figures["fillers found, missed, invented"]["all"] == "10, 1, 1"
    others = {label: list(values.values()) for label, values in others_table("true words", rows).rows}
    assert others == {
        "conversation": [1, None, "1 of 1", "1 of 1"],
        "hang-up": [1, 3, "0 of 1", "0 of 1"],
    }


def test_the_record_of_practice_messages_can_be_read() -> None:
    for rows in read_rows(read_record("sample_accuracy")).values():
        assert any(each.is_message for each in rows)
        assert all(each.condition and each.words_written >= 0 for each in rows)


def test_messages_and_clean_messages_are_selected_by_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "truth").mkdir()
    draw = np.random.default_rng(0)
    word = {"text": "hello", "start_s": 0.1, "end_s": 0.5}
    cases = {
        "plain": ("voicemail", "clean", None),
        "after_greeting": ("greeting and message", "clean", {"start_s": 0.0, "end_s": 0.1}),
        "noisy": ("voicemail", "noise 10 dB", None),
        "foreign": ("another language", "clean", None),
        "hung_up": ("hang-up", "clean", None),
    }
    for name, (kind, condition, greeting) in cases.items():
        soundfile.write(tmp_path / f"{name}.wav", draw.normal(0, 0.01, 16_000), 16_000)
        known: dict[str, Any] = {
            "file": f"{name}.wav",
            "kind": kind,
            "condition": condition,
            "greeting": greeting,
        }
        known |= {"voice": "af_heart", "words": [word]}
        (tmp_path / "truth" / f"{name}.json").write_text(json.dumps(known))
    monkeypatch.setattr(truth, "SAMPLES", tmp_path)
    assert [each["file"] for each in truth.practice_messages()] == [
        "after_greeting.wav",
        "noisy.wav",
        "plain.wav",
    ]
    (one,) = truth.sample_audio.__wrapped__()
    assert (one.name, one.speaker, one.syllable_count) == ("plain.wav", "af_heart", 2)
    assert one.span_s == pytest.approx(0.4)

from __future__ import annotations

import codecs
import csv
import importlib.util
import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aftertone.errors import AudioEmptyError, ReportError
from aftertone.measurements import MEASURES
from aftertone.report import Outcome, check_report_path, outcome_dict, read_reviews, write_report


def rows(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_json_lines_hold_one_outcome_each(tmp_path: Path, outcomes: list[Outcome]) -> None:
    write_report(iter(outcomes), tmp_path / "r.jsonl")
    lines = (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [outcome_dict(outcome) for outcome in outcomes]
    assert all(json.loads(line)["schema_version"] == 1 for line in lines)


def test_json_is_one_document(tmp_path: Path, outcomes: list[Outcome]) -> None:
    write_report(outcomes, tmp_path / "R.JSON")
    page = json.loads((tmp_path / "R.JSON").read_text(encoding="utf-8"))
    assert page["schema_version"] == 1
    assert [entry["path"] for entry in page["outcomes"]] == [str(outcome.path) for outcome in outcomes]
    assert page["outcomes"][0]["review"] == outcome_dict(outcomes[0])["review"]
    write_report([], tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_bytes()) == {"schema_version": 1, "outcomes": []}


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_report_is_not_held_in_memory(tmp_path: Path, outcomes: list[Outcome], kind: str) -> None:
    class Again:
        def __iter__(self) -> Iterator[Outcome]:
            return (outcome for _ in range(100) for outcome in outcomes)

    report = tmp_path / f"r.{kind}"
    write_report(outcomes, report)  # whatever is imported at the first
    tracemalloc.start()
    write_report(Again(), report)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < report.stat().st_size / 2


def test_csv_has_every_measure_the_score_and_the_error(tmp_path: Path, outcomes: list[Outcome]) -> None:
    write_report(outcomes, tmp_path / "r.csv")
    good, silent, bad = rows(tmp_path / "r.csv")
    assert set(MEASURES) - {"rate.curve"} <= set(good)
    review = outcomes[0].review
    assert review is not None
    assert float(good["score"]) == review.score.points
    assert float(good["number.digits_per_s"]) == 2.6
    assert good["number.valid"] == "true"
    assert good["number.readings"] == "2"
    assert good["level.active_dbov"] == "-26.0", "a negative number is a number, not a formula"
    assert good["pitch.median_hz"] == ""
    assert good["threat.spans"] == "10.00-11.00 or else; 12.00-12.50 lawyers"
    assert good["finding.number-slow"] == "missed"
    assert (silent["score"], silent["error"]) == ("", "")
    assert (bad["error"], bad["score"], bad["finding.number-slow"]) == ("AudioEmptyError", "", "")


def test_no_cell_of_a_csv_is_run_as_a_formula(tmp_path: Path, outcomes: list[Outcome], nasty: str) -> None:
    write_report(outcomes, tmp_path / "r.csv")
    good, _, bad = rows(tmp_path / "r.csv")
    assert good["caller.name"] == "'" + nasty
    assert good["number.e164"] == "+18005551234", "an identifier stays as it is, and runs nothing"
    assert bad["path"] == "'-in/empty.wav"
    assert bad["error_message"].startswith("'-in/empty.wav")
    for row in rows(tmp_path / "r.csv"):
        for cell in row.values():
            try:
                float(cell)
            except ValueError:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell


@pytest.fixture
def numbered(outcomes: list[Outcome]) -> list[Outcome]:
    """With a number that begins with nought, and a name in other letters."""
    review = outcomes[0].review
    assert review is not None
    m = review.measurements
    number = replace(m.number, digits="02079460958", extension="0042")
    m = replace(m, number=number, recipient=replace(m.recipient, name="Zoë 王"))
    return [replace(outcomes[0], review=replace(review, measurements=m)), *outcomes[1:]]


def in_excel(cell: str) -> str | float:
    """What Excel makes of a cell of a CSV: a constant formula its text, what looks like a number a number."""
    formula = re.fullmatch(r'="([^"]*)"', cell)
    if formula:
        return formula[1]
    assert not cell.startswith(("=", "+", "@")), cell
    try:
        return float(cell)
    except ValueError:
        return cell


def test_excel_shows_identifiers_and_letters_as_they_are(
    tmp_path: Path, numbered: list[Outcome], nasty: str
) -> None:
    write_report(numbered, tmp_path / "r.csv", excel=True)
    assert (tmp_path / "r.csv").read_bytes().startswith(codecs.BOM_UTF8 + b'"path"')
    good, _, bad = (
        {column: in_excel(cell) for column, cell in row.items()}
        for row in rows(tmp_path / "r.csv", "utf-8-sig")
    )
    assert good["number.digits"] == "02079460958"
    assert good["number.e164"] == "+18005551234"
    assert good["number.extension"] == "0042"
    assert good["recipient.name"] == "Zoë 王"
    assert good["duration_s"] == 21.5
    assert good["caller.name"] == "'" + nasty
    assert bad["path"] == "'-in/empty.wav"
    write_report(numbered, tmp_path / "plain.csv")
    plain, guarded = (list(read_reviews(path)) for path in (tmp_path / "r.csv", tmp_path / "plain.csv"))
    assert plain == guarded


def test_pandas_keeps_identifiers(tmp_path: Path, numbered: list[Outcome]) -> None:
    pandas = pytest.importorskip("pandas")
    write_report(numbered, tmp_path / "r.csv")
    assert not (tmp_path / "r.csv").read_bytes().startswith(codecs.BOM_UTF8)
    texts = {name: str for name, measure in MEASURES.items() if measure.kind == "text"}
    for table in (
        pandas.read_csv(tmp_path / "r.csv", dtype=texts),
        pandas.DataFrame(read_reviews(tmp_path / "r.csv")),
    ):
        good = table.iloc[0]
        assert good["number.digits"] == "02079460958"
        assert good["number.extension"] == "0042"
        assert good["number.e164"] == "+18005551234"
        assert good["recipient.name"] == "Zoë 王"
        assert good["duration_s"] == 21.5


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_every_start_of_a_formula_is_defused(tmp_path: Path, start: str) -> None:
    write_report([Outcome(Path(start + "x.wav"), error=AudioEmptyError("x"))], tmp_path / "r.csv")
    assert rows(tmp_path / "r.csv")[0]["path"] == "'" + start + "x.wav"


def test_a_report_on_nothing_has_its_columns(tmp_path: Path) -> None:
    write_report([], tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text().startswith('"path","playbook","score"')
    write_report([], tmp_path / "r.jsonl")
    assert (tmp_path / "r.jsonl").read_bytes() == b""


def test_parquet_has_the_same_rows_with_types(tmp_path: Path, outcomes: list[Outcome]) -> None:
    import pyarrow.parquet as parquet

    write_report(outcomes, tmp_path / "r.parquet")
    table = parquet.read_table(tmp_path / "r.parquet")
    good, silent, bad = table.to_pylist()
    assert good["number.e164"] == "+18005551234"
    assert (good["number.valid"], good["number.readings"], good["number.digits_per_s"]) == (True, 2, 2.6)
    assert good["pitch.median_hz"] is None
    assert silent["score"] is None
    assert bad["error"] == "AudioEmptyError"
    assert str(table.schema.field("fillers.count").type) == "int64"
    write_report([], tmp_path / "none.parquet")
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_without_pyarrow_parquet_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcomes: list[Outcome]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ReportError, match=r"pip install 'aftertone\[parquet\]'"):
        write_report(outcomes, tmp_path / "r.parquet")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("r.xlsx", r"'.xlsx'; known are .csv, .htm, .html, .json, .jsonl, .parquet"),
        ("r", r"suffix ''"),
        ("no/such/r.csv", r"there is no folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, name: str, says: str
) -> None:
    def never() -> Iterator[Outcome]:
        raise AssertionError("the outcomes were asked for")
        yield

    with pytest.raises(ReportError, match=says):
        check_report_path(tmp_path / name)
    with pytest.raises(ReportError, match=says):
        write_report(never(), tmp_path / name)


def test_a_folder_is_no_report(tmp_path: Path, outcomes: list[Outcome]) -> None:
    (tmp_path / "r.csv").mkdir()
    with pytest.raises(ReportError, match="is a folder"):
        write_report(outcomes, tmp_path / "r.csv")


def test_what_breaks_off_leaves_the_old_report_and_nothing_else(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    def breaking() -> Iterator[Outcome]:
        yield outcomes[0]
        raise AudioEmptyError("not the report's fault")

    (tmp_path / "r.jsonl").write_text("old")
    with pytest.raises(AudioEmptyError):
        write_report(breaking(), tmp_path / "r.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]
    assert (tmp_path / "r.jsonl").read_text() == "old"

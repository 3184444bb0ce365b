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
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone import errors
from aftertone.errors import ArgumentTypeError, AudioEmptyError, ReportError
from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.sound import FillerMeasures
from aftertone.playbook import Review, judge, load_playbook, score_of
from aftertone.report import (
    Outcome,
    check_report_path,
    outcome_dict,
    read_outcomes,
    read_reviews,
    write_report,
)
from aftertone.report.ledger import Ledger
from aftertone.report.redaction import redacted
from aftertone.report.table import table_row


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
    """The outcomes with a number that begins with 0, and a name in other scripts."""
    review = outcomes[0].review
    assert review is not None
    m = review.measurements
    number = replace(m.number, digits="02079460958", extension="0042")
    m = replace(m, number=number, recipient=replace(m.recipient, name="Zoë 王"))
    return [replace(outcomes[0], review=replace(review, measurements=m)), *outcomes[1:]]


def in_excel(cell: str) -> str | float:
    """A cell of a CSV as Excel reads it: the text of a constant formula, a number where it looks like one."""
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


def test_a_report_without_outcomes_has_its_columns(tmp_path: Path) -> None:
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


def test_an_interrupted_report_leaves_the_old_file_alone(tmp_path: Path, outcomes: list[Outcome]) -> None:
    def breaking() -> Iterator[Outcome]:
        yield outcomes[0]
        raise AudioEmptyError("not the report's fault")

    (tmp_path / "r.jsonl").write_text("old")
    with pytest.raises(AudioEmptyError):
        write_report(breaking(), tmp_path / "r.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]
    assert (tmp_path / "r.jsonl").read_text() == "old"


def test_reviews_outcomes_and_reports_are_written_alike(tmp_path: Path, review: Review) -> None:
    outcome = Outcome(Path(review.recording), review)
    write_report([outcome], tmp_path / "r.jsonl")
    expected = (tmp_path / "r.jsonl").read_bytes()
    ways: list[Any] = [review, outcome, [review], iter([review]), {outcome.path: review}.values()]
    for reviews in [*ways, tmp_path / "r.jsonl", str(tmp_path / "r.jsonl")]:
        write_report(reviews, tmp_path / "again.jsonl")
        assert (tmp_path / "again.jsonl").read_bytes() == expected
    write_report(tmp_path / "r.jsonl", tmp_path / "r.csv")
    write_report(iter([review]), tmp_path / "again.csv")
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


@pytest.mark.parametrize(
    ("reviews", "says"),
    [
        (17, "reviews is 17: found int, expected a Review, an Outcome"),
        ({"recording": "a.wav"}, "found dict, expected"),
        (["a.wav"], "one of the reviews is 'a.wav': found str"),
        ([None], "found NoneType, expected a Review or"),
    ],
)
def test_other_types_than_reviews_are_refused(tmp_path: Path, reviews: Any, says: str) -> None:
    with pytest.raises(ArgumentTypeError, match=says):
        write_report(reviews, tmp_path / "r.jsonl")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ReportError, match="holds rows"):
        write_report("reviews.csv", tmp_path / "r.jsonl")


def test_another_type_than_a_path_is_refused(review: Review) -> None:
    with pytest.raises(ArgumentTypeError, match="found list, expected the path of a report"):
        write_report("reviews.csv", [review])  # type: ignore[arg-type]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────


def kept(outcomes: list[Outcome], path: Path) -> Path:
    if path.suffix == ".ledger":
        with Ledger(path, {"a": "b"}) as ledger:
            for place, outcome in enumerate(outcomes):
                ledger.add(outcome, place=place)
    else:
        write_report(outcomes, path)
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet", ".ledger"])
def test_every_format_gives_back_its_rows(
    tmp_path: Path, outcomes: list[Outcome], doubted: Review, suffix: str
) -> None:
    outcomes.append(Outcome(Path("doubted.wav"), doubted))
    written = [table_row(outcome) for outcome in outcomes]
    assert written[-1]["number.others"] == "1.00-2.00 account number 4471; 13.00-14.00 amount 50"
    read = list(read_reviews(kept(outcomes, tmp_path / f"r{suffix}")))
    for row, back in zip(written, read, strict=True):
        for column, cell in row.items():
            if isinstance(cell, float):
                assert back[column] == pytest.approx(cell, rel=1e-7), column
                assert type(back[column]) is type(cell), column
            else:
                assert back[column] == cell, column


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".ledger"])
def test_formats_that_nest_give_back_their_outcomes(
    tmp_path: Path, outcomes: list[Outcome], doubted: Review, suffix: str
) -> None:
    outcomes.insert(1, Outcome(Path("doubted.wav"), doubted))
    back = read_outcomes(kept(outcomes, tmp_path / f"r{suffix}"))
    for _ in range(2):
        for outcome, again in zip(outcomes, back, strict=True):
            assert again.path == outcome.path
            assert type(again.error) is type(outcome.error)
            assert outcome_dict(again) == outcome_dict(outcome)
    first = next(iter(back)).review
    assert first is not None
    assert first.measurements.number.evidence["digits_per_s"] == (Span(3.5, 8.25, "800 555 1234"),)
    assert first.measurements.threat.spans is not None
    assert first.measurements.threat.spans[0] == Span(10.0, 11.0, "or else")


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".ledger"])
def test_a_filler_keeps_its_witness_redacted_or_not(tmp_path: Path, suffix: str) -> None:
    spans = (FillerSpan(2.0, 2.4, "um", "both", 0.98), FillerSpan(5.0, 5.5, "uh", "words", None))
    fillers = FillerMeasures(count=2, per_min=13.3, evidence=dict.fromkeys(["count", "per_min"], spans))
    measurements = Measurements(duration_s=9.0, fillers=fillers)
    findings = judge(measurements, load_playbook("general"))
    review = Review("a.wav", "general", measurements, findings, score_of(findings))
    outcome = Outcome(Path("a.wav"), review)
    for each in (outcome, redacted(outcome)):
        (back,) = read_outcomes(kept([each], tmp_path / f"{each is outcome}{suffix}"))
        assert back.review is not None
        assert back.review.measurements.fillers.evidence["count"] == spans
        assert spans in [finding.evidence for finding in back.review.findings]


def test_an_error_keeps_its_class() -> None:
    kinds = [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.AftertoneError)
    ]
    assert len(kinds) > 20
    for kind in kinds:
        page = outcome_dict(Outcome(Path("a.wav"), error=kind("a.wav: bad")))
        assert type(Outcome.from_dict(page).error) is kind
    page["error"] = {"kind": "os", "message": "x"}  # a name in the module that is no error
    assert type(Outcome.from_dict(page).error) is errors.AftertoneError


LIKE_CELLS = st.from_regex(r"""['=+-]?=?"?[0-9 .,:/e%+-]{0,8}(jan|Mar)?"?""", fullmatch=True)


@pytest.mark.parametrize("excel", [False, True])
@given(text=st.text(st.characters(codec="utf-8"), max_size=30) | LIKE_CELLS)
def test_a_csv_keeps_any_text(tmp_path_factory: pytest.TempPathFactory, text: str, excel: bool) -> None:
    path = tmp_path_factory.mktemp("csv") / "r.csv"
    write_report([Outcome(Path("a.wav"), error=AudioEmptyError(text))], path, excel=excel)
    (row,) = read_reviews(path)
    assert row["error_message"] == (text or None)


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_csv_that_a_spreadsheet_saved_again_is_read(
    tmp_path: Path, outcomes: list[Outcome], between: str
) -> None:
    before = kept(outcomes, tmp_path / "r.csv")
    with before.open(encoding="utf-8", newline="") as lines:
        cells = list(csv.reader(lines))
    with (tmp_path / "again.csv").open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines, delimiter=between)
        writer.writerows(
            [cell.upper() if cell in ("true", "false") else cell for cell in row] for row in cells
        )
    assert list(read_reviews(tmp_path / "again.csv")) == list(read_reviews(before))


def test_parquet_says_the_unit_and_meaning_of_each_measure(tmp_path: Path, outcomes: list[Outcome]) -> None:
    import pyarrow.parquet as parquet

    schema = parquet.read_schema(kept(outcomes, tmp_path / "r.parquet"))
    assert schema.metadata[b"aftertone.schema_version"] == b"1"
    for name, measure in MEASURES.items():
        if measure.kind != "curve":
            assert schema.field(name).metadata[b"unit"].decode() == measure.unit
            assert schema.field(name).metadata[b"definition"].decode() == measure.definition


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.jsonl", None, "cannot be read: No such file"),
        ("none.ledger", None, "there is no such ledger"),
        ("r.xlsx", b"x", r"no report has the suffix '\.xlsx'; known are"),
        ("r.jsonl", b"{", "no report of ours, or a damaged one"),
        ("r.jsonl", b"{}\n", "not an outcome"),
        ("r.json", b"[]", "expected an object with outcomes"),
        ("r.csv", b"a,b\n1,2\n", "expected a column path"),
        ("r.parquet", b"PAR1", "no report of ours, or a damaged one"),
        ("r.ledger", b"x" * 999, "is no ledger"),
        ("r.jsonl", b'{"schema_version": 99}\n', "has schema 99, 1 is read here"),
    ],
)
def test_a_file_that_is_no_report_is_refused(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReportError, match=f"{name}: .*{says}"):
        list(read_reviews(tmp_path / name))


def test_a_folder_that_is_no_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="is a folder without Parquet parts"):
        list(read_reviews(tmp_path))


def test_a_format_of_rows_gives_no_outcomes(tmp_path: Path, outcomes: list[Outcome]) -> None:
    with pytest.raises(ReportError, match=r"holds rows, and not all of an outcome"):
        read_outcomes(kept(outcomes, tmp_path / "r.csv"))

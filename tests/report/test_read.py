from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone import errors
from aftertone.errors import AudioEmptyError, ReportError
from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.sound import FillerMeasures
from aftertone.playbook import Review, judge, load_playbook, score_of
from aftertone.report import Outcome, outcome_dict, read_outcomes, read_reviews, write_report
from aftertone.report.ledger import Ledger
from aftertone.report.redaction import redacted
from aftertone.report.row import row_of


def kept(outcomes: list[Outcome], path: Path) -> Path:
    if path.suffix == ".ledger":
        with Ledger(path, {"a": "b"}) as ledger:
            for place, outcome in enumerate(outcomes):
                ledger.add(outcome, place=place)
    else:
        write_report(outcomes, path)
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet", ".ledger"])
def test_every_report_is_read_back_as_the_rows_it_was_made_of(
    tmp_path: Path, outcomes: list[Outcome], doubted: Review, suffix: str
) -> None:
    outcomes.append(Outcome(Path("doubted.wav"), doubted))
    written = [row_of(outcome) for outcome in outcomes]
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
def test_outcomes_come_back_whole_again_and_again(
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
def test_a_filler_comes_back_with_its_witness_redacted_or_not(tmp_path: Path, suffix: str) -> None:
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


def test_an_error_comes_back_as_its_kind() -> None:
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
def test_any_text_survives_the_way_through_a_csv(
    tmp_path_factory: pytest.TempPathFactory, text: str, excel: bool
) -> None:
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
def test_what_is_no_report_is_named(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReportError, match=f"{name}: .*{says}"):
        list(read_reviews(tmp_path / name))


def test_a_folder_that_is_no_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="is a folder without Parquet parts"):
        list(read_reviews(tmp_path))


def test_rows_are_no_outcomes(tmp_path: Path, outcomes: list[Outcome]) -> None:
    with pytest.raises(ReportError, match=r"holds rows, and not all of an outcome"):
        read_outcomes(kept(outcomes, tmp_path / "r.csv"))

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.errors import BriefError
from aftertone.files.reading import text_limited
from aftertone.language.brief import (
    Brief,
    at_another_time,
    brief_of,
    find_brief,
    in_order,
    read_brief,
)


def test_a_brief_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "call.toml"
    path.write_text(
        'recipient = "Mary"\nnumber = "800-555-1234"\nregion = "gb"\nrecorded_at = 2026-03-02T16:30:00\n'
    )
    brief = read_brief(path)
    assert brief == Brief(
        recipient="Mary", number="800-555-1234", region="GB", recorded_at=datetime(2026, 3, 2, 16, 30)
    )


def test_an_integer_number_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "call.toml"
    path.write_text("number = 8005551234\n")
    assert read_brief(path).number == "8005551234"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('recipent = "Mary"', "recipient"),
        ('phone_number = "1"', "number"),
        ("recipient = 3", "recipient"),
        ("recipient = ", "TOML"),
        ('[recipient]\nname = "Mary"', "recipient"),
    ],
)
def test_a_malformed_brief_names_the_file_and_the_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "call.toml"
    path.write_text(text)
    with pytest.raises(BriefError, match=named) as caught:
        read_brief(path)
    assert str(path) in str(caught.value)


def test_a_brief_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.toml"
    path.write_bytes('recipient = "Zoë"'.encode("latin-1"))
    with pytest.raises(BriefError, match="UTF-8"):
        read_brief(path)


def test_a_missing_brief_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match=r"none\.toml"):
        read_brief(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('recorded_at = "2026-03-02 16:30"', Brief(recorded_at=datetime(2026, 3, 2, 16, 30))),
        (
            "recorded_at = 2026-03-02T16:30:00+02:00",
            Brief(recorded_at=datetime(2026, 3, 2, 16, 30, tzinfo=timezone(timedelta(hours=2)))),
        ),
        ("attempt = 2", Brief(attempt=2)),
        ('attempt = "2"', Brief(attempt=2)),
        ('company = "  "', Brief()),
    ],
)
def test_values_get_the_type_of_their_field(tmp_path: Path, line: str, expected: Brief) -> None:
    path = tmp_path / "call.toml"
    path.write_text(line)
    assert read_brief(path) == expected


@pytest.mark.parametrize(
    "texts",
    [
        {"recorded_at": "2026-03-02"},
        {"recorded_at": "16:30"},
        {"recorded_at": "yesterday"},
        {"attempt": "0"},
        {"attempt": "-1"},
        {"attempt": "1.5"},
    ],
)
def test_a_text_of_a_wrong_form_is_refused(texts: dict[str, str]) -> None:
    (name,) = texts
    with pytest.raises(BriefError, match=rf"^here: {name} is '{texts[name]}', expected "):
        brief_of(texts, "here")


NUMBERS = [
    ("312-555-0143", "3125550143"),
    ("(312) 555 0143", "3125550143"),
    ("312.555.0143", "3125550143"),
    ("555.0143", "5550143"),
    ("312/555/0143", "3125550143"),
    ("[312] 555\u20110143", "3125550143"),
    ("312\u00a0555\u00a00143.", "3125550143"),
    ("+1 312 555 0143", "+13125550143"),
    ("(+44) 20 7946 0958", "+442079460958"),
    ("+44 (0)20 7946 0958", "+442079460958"),
    ("(0)20 7946 0958", "02079460958"),
    ("tel:+1-312-555-0143", "+13125550143"),
    ("tel:+13125550143;ext=12", "+13125550143"),
    ("1-800-FLOWERS", "18003569377"),
    ("1-800-go-fedex", "18004633339"),
    ("1-800-FEDEX12", "18003333912"),
    ("1-800-FLOWERS x12", "18003569377"),
    ("312-555-0143 ext. 12", "3125550143"),
    ("312-555-0143x12", "3125550143"),
    ("312-555-0143, extension 4471", "3125550143"),
    ("312-555-0143 ext", "3125550143"),  # a table's formula adds it where there is none
]


@pytest.mark.parametrize(("written", "dialled"), NUMBERS)
def test_telephone_numbers_in_many_spellings(written: str, dialled: str) -> None:
    brief = Brief(number=f" {written} ", caller_id=written)
    assert (brief.number, brief.dialled_number, brief.dialled_caller_id) == (written, dialled, dialled)
    assert brief_of({"number": written, "caller_id": written}, "here") == brief


NO_NUMBERS = [
    ("3125554293.0", True),
    ("3125554293,0", True),
    ("3.1E9", True),
    ("3.125554293E+09", True),
    ("hello", False),
    ("hello there", False),
    ("n/a", False),
    ("12", False),
    ("312-555-014-555-0143", False),
    ("-3125550143", False),
    ("312-555-0143 or 0144", False),
    ("call 3125550143", False),
    ("anonymous", False),
]


@pytest.mark.parametrize(("text", "by_a_spreadsheet"), NO_NUMBERS)
def test_text_that_is_no_telephone_number_is_refused(
    tmp_path: Path, text: str, by_a_spreadsheet: bool
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'number = "{text}"')
    (tmp_path / "metadata.csv").write_text(f'file_name,number\nb.wav,"{text}"\n')
    expected = rf" number is '{re.escape(text)}', expected a telephone number such as 312-555-0143"
    with pytest.raises(BriefError, match=rf"a\.toml:{expected}") as caught:
        read_brief(path)
    assert ("store the column as text" in str(caught.value)) is by_a_spreadsheet
    with pytest.raises(BriefError, match=rf"metadata\.csv: row of b\.wav:{expected}"):
        find_brief(tmp_path / "b.wav")
    with pytest.raises(BriefError, match=f"a brief's{expected}"):
        Brief(number=text)


@pytest.mark.parametrize("value", [3125550143, 3125550143.0, float("nan"), True])
def test_a_number_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(BriefError, match=f"a brief's number is {value}, expected a telephone number"):
        Brief(number=value)


@pytest.mark.parametrize("text", ["anonymous", "Unknown", "PRIVATE", " withheld", "Restricted", "", "  "])
def test_a_withheld_caller_id_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "metadata.csv").write_text(f"file_name,caller_id\na.wav,{text}\n")
    assert find_brief(tmp_path / "a.wav") == Brief(caller_id=text) == Brief()
    assert Brief(caller_id=text).dialled_caller_id is None


def test_fields_of_a_wrong_type_are_refused() -> None:
    with pytest.raises(BriefError, match="recorded_at: found '2026-03-02T16:30', expected a datetime"):
        Brief(recorded_at="2026-03-02T16:30")  # type: ignore[arg-type]
    with pytest.raises(BriefError, match="attempt: found 0"):
        Brief(attempt=0)


def test_each_recording_has_its_row_of_the_folder_table(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text(
        "file_name,recipient,speaker,number,attempt\na.wav,Mary,x,555-1234,2\nb.wav,,y,,\nc.wav\n",
        encoding="utf-8-sig",
    )
    expected = {
        "a": Brief(recipient="Mary", number="555-1234", attempt=2),
        "b": Brief(),
        "c": Brief(),
        "d": None,
    }
    assert {name: find_brief(tmp_path / f"{name}.wav") for name in expected} == expected


@pytest.mark.parametrize(
    "content", [b"recipient\nMary\n", "file_name,recipient\na.wav,Zoë\n".encode("latin-1")]
)
def test_metadata_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metadata.csv").write_bytes(content)
    with pytest.raises(BriefError, match=r"metadata\.csv"):
        find_brief(tmp_path / "a.wav")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("between", [",", ";", "\t", "; "])
@pytest.mark.parametrize("before", ["", "sep=;\n", "\n"])
def test_tables_of_spreadsheets_are_read(
    tmp_path: Path, mark: str, end: str, between: str, before: str
) -> None:
    if "sep" in before and ";" not in between:
        pytest.skip("that says semicolons")
    rows = [
        ["file_name", "recipient", "number", "script"],
        ["a.wav", "Zoë", "020 7946 0958", '"Hi, Mary; call\nme"'],
        [".\\b c.wav", "Ann", '"=""02079460958"""', ""],
    ]
    text = mark + before + "\n".join(between.join(row) for row in rows) + "\n"
    (tmp_path / "metadata.csv").write_text(text.replace("\n", end), encoding="utf-8", newline="")
    assert find_brief(tmp_path / "a.wav") == Brief(
        recipient="Zoë", number="020 7946 0958", script=f"Hi, Mary; call{end}me"
    )
    assert find_brief(tmp_path / "b c.wav") == Brief(recipient="Ann", number="02079460958")


def test_a_comma_in_a_heading_is_no_separator_of_a_semicolon_table(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text('file_name;"notes, remarks, and more";caller\na.wav;x,y;Ann\n')
    assert find_brief(tmp_path / "a.wav") == Brief(caller="Ann")
    (tmp_path / "metadata.csv").write_text("name;number\na;1\n")
    with pytest.raises(BriefError, match="found name, number; expected a column file_name"):
        find_brief(tmp_path / "a.wav")


@pytest.mark.parametrize("content", ["", "\n", "file_name,recipient\n"])
def test_an_empty_folder_table_gives_no_brief(tmp_path: Path, content: str) -> None:
    (tmp_path / "metadata.csv").write_text(content)
    assert find_brief(tmp_path / "a.wav") is None


def test_a_wrong_row_is_an_error_for_its_recording_only(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,recorded_at\na.wav,noon\nb.wav,2026-03-02T12:00\n")
    with pytest.raises(BriefError, match=r"metadata\.csv: row of a\.wav: recorded_at is 'noon'"):
        find_brief(tmp_path / "a.wav")
    assert find_brief(tmp_path / "b.wav") == Brief(recorded_at=datetime(2026, 3, 2, 12))


def test_the_folder_table_is_read_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "metadata.csv"
    table.write_text("file_name,recipient\na.wav,Ann\nb.wav,Bob\n")
    opened: list[Path] = []

    def watched(path: Path, bytes_max: int) -> str:
        opened.append(path)
        return text_limited(path, bytes_max)

    monkeypatch.setattr("aftertone.language.brief.text_limited", watched)
    assert [find_brief(tmp_path / name) for name in ("a.wav", "b.wav")] == [
        Brief(recipient="Ann"),
        Brief(recipient="Bob"),
    ]
    assert opened.count(table) == 1
    table.write_text("file_name,recipient\na.wav,Eve\nb.wav,Bob\n")
    os.utime(table, ns=(0, 0))  # the same size: the time tells
    assert find_brief(tmp_path / "a.wav") == Brief(recipient="Eve")


def test_a_playbook_file_beside_the_recording_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").touch()
    (tmp_path / "metadata.csv").write_text("file_name,playbook\na.wav,mine.toml\nb.wav,general\n")
    assert find_brief(tmp_path / "a.wav") == Brief(playbook=str(tmp_path / "mine.toml"))
    assert find_brief(tmp_path / "b.wav") == Brief(playbook="general")


FIELDS = ("recipient", "caller", "company", "region", "script", "playbook")


@given(*[st.dictionaries(st.sampled_from(FIELDS), st.text(min_size=1))] * 2)
def test_over_takes_missing_fields_from_the_other_brief(upper: dict[str, Any], lower: dict[str, Any]) -> None:
    assert Brief(**upper).over(Brief(**lower)) == Brief(**(lower | upper))


def test_the_file_beside_a_recording_comes_before_the_folder_table(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,recipient\na.wav,Table\nb.wav,Table\n")
    (tmp_path / "a.toml").write_text('recipient = "Beside"')
    assert find_brief(tmp_path / "a.wav") == Brief(recipient="Beside")
    assert find_brief(tmp_path / "b.wav") == Brief(recipient="Table")
    assert find_brief(tmp_path / "c.wav") is None


# ── several briefs ───────────────────────────────────────────────────────────────────────────────────


def test_recordings_are_ordered_by_attempt_or_time_or_name() -> None:
    at = [datetime(2026, 4, day) for day in (1, 2, 3)]
    named = [(Path(f"take{number}.wav"), Brief()) for number in (10, 9, 1)]
    assert [path.stem for path, _ in in_order(named)] == ["take1", "take9", "take10"]
    numbered = [(Path("a"), Brief(attempt=2, recorded_at=at[0])), (Path("b"), Brief(attempt=1))]
    assert [path.name for path, _ in in_order(numbered)] == ["b", "a"]
    dated = [
        (Path("a"), Brief()),
        (Path("b"), Brief(recorded_at=at[2], attempt=1)),
        (Path("c"), Brief(recorded_at=at[1])),
    ]
    assert [path.name for path, _ in in_order(dated)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("clock", "earlier", "another"),
    [
        ("09:30", [], None),
        (None, ["09:30"], None),
        ("11:59", ["09:30"], False),
        ("12:00", ["09:30"], True),
        ("16:59", ["12:00"], False),
        ("17:00", ["12:00"], True),
        ("09:30", ["17:30"], True),
        ("16:00", ["12:30", "09:30"], True),
        ("16:00", ["09:30", "12:30"], False),
    ],
)
def test_another_time_is_another_part_of_the_day_than_the_last_message(
    clock: str | None, earlier: list[str], another: bool | None
) -> None:
    before = [datetime.fromisoformat(f"2026-04-0{day}T{each}") for day, each in enumerate(earlier, start=1)]
    at = None if clock is None else datetime.fromisoformat(f"2026-04-09T{clock}")
    assert at_another_time(at, before) is another
    assert at_another_time(at, before[::-1]) is another

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.errors import BriefError
from aftertone.language.brief import Brief, briefs_from_metadata, find_brief, read_brief


def test_a_brief_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "call.toml"
    path.write_text(
        'recipient = "Mary"\nnumber = "800-555-1234"\nregion = "gb"\nrecorded_at = 2026-03-02T16:30:00\n'
    )
    brief = read_brief(path)
    assert brief == Brief(
        recipient="Mary", number="800-555-1234", region="GB", recorded_at="2026-03-02T16:30:00"
    )


def test_a_bare_number_is_text(tmp_path: Path) -> None:
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


def test_metadata_has_a_brief_for_each_file(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text(
        "file_name,recipient,speaker,number\na.wav,Mary,x,555-1234\nb.wav,,y,\n", encoding="utf-8-sig"
    )
    assert briefs_from_metadata(path) == {
        "a.wav": Brief(recipient="Mary", number="555-1234"),
        "b.wav": Brief(),
    }


@pytest.mark.parametrize(
    "content", [b"recipient\nMary\n", b"", "file_name,recipient\na.wav,Zoë\n".encode("latin-1")]
)
def test_metadata_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "metadata.csv"
    path.write_bytes(content)
    with pytest.raises(BriefError, match=r"metadata\.csv"):
        briefs_from_metadata(path)


def test_a_short_row_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("file_name,recipient,number\na.wav\n")
    assert briefs_from_metadata(path) == {"a.wav": Brief()}


def test_the_file_beside_a_recording_wins_over_the_folder_table(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,recipient\na.wav,Table\nb.wav,Table\n")
    (tmp_path / "a.toml").write_text('recipient = "Beside"')
    assert find_brief(tmp_path / "a.wav") == Brief(recipient="Beside")
    assert find_brief(tmp_path / "b.wav") == Brief(recipient="Table")
    assert find_brief(tmp_path / "c.wav") is None

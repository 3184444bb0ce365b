from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from aftertone.batch import review_many
from aftertone.corpus import Corpus, Lines, read_bytes, recordings_in, stamp_of
from aftertone.errors import (
    AudioAccessError,
    AudioNotFoundError,
    AudioTooLongError,
    BriefError,
    NoAudioFoundError,
)
from aftertone.report.outcome import Url


def named(given: object) -> list[str]:
    return [item.path.name for item in Corpus(given)]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "b/c.wav", "b/d/e.flac", "f.wav", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_corpus_lists_in_order_each_once_and_may_be_gone_through_again(folder: Path) -> None:
    corpus = Corpus([folder / "b", folder, folder / "f.wav", str(folder / "a.wav")])
    assert len(corpus) == 4
    for _ in range(2):
        assert [(item.index, item.path.name) for item in corpus] == [
            (0, "c.wav"),
            (1, "e.flac"),
            (2, "a.wav"),
            (3, "f.wav"),
        ]
    assert named(path for path in [folder / "f.wav"]) == ["f.wav"], "an iterator is kept"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.wav", ["a.wav", "f.wav"]),
        ("**/*.wav", ["a.wav", "c.wav", "f.wav"]),
        ("b/[cd].wav", ["c.wav"]),
        ("*.txt", ["notes.txt"]),
    ],
)
def test_a_pattern_names_files(folder: Path, pattern: str, found: list[str]) -> None:
    assert named(folder / pattern) == found


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "x[1].wav").touch()
    (folder / "x1.wav").touch()
    assert named(folder / "x[1].wav") == ["x[1].wav"]


@pytest.mark.parametrize("given", ["*.mp3", "empty"])
def test_what_names_nothing_says_so(folder: Path, given: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(NoAudioFoundError, match=r"no file has such a name|no recording in this folder"):
        Corpus(folder / given)


def test_a_table_names_recordings_with_their_rows(folder: Path) -> None:
    table = folder / "calls.csv"
    table.write_text("file_name,recipient\nf.wav,Mary\nb/c.wav,Zoë\ngone.wav,\n", encoding="utf-8")
    items = list(Corpus(table))
    assert [item.path for item in items] == [folder / "f.wav", folder / "b/c.wav", folder / "gone.wav"]
    assert [item.row and item.row["recipient"] for item in items] == ["Mary", "Zoë", ""]
    table.write_text("file_name,recipient\n")
    with pytest.raises(NoAudioFoundError, match="no row of this table"):
        Corpus(table)
    table.write_text("name\nf.wav\n")
    with pytest.raises(BriefError, match="expected a column file_name"):
        Corpus(table)


@pytest.mark.skipif(sys.platform == "win32", reason="links ask for rights there")
def test_links_in_circles_are_not_followed_and_linked_files_are_taken(folder: Path) -> None:
    (folder / "b" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    (folder / "self.wav").symlink_to(folder / "self.wav")
    (folder / "linked.wav").symlink_to(folder / "a.wav")
    (folder / "broken.wav").symlink_to(folder / "nowhere.wav")
    assert named(folder) == ["a.wav", "c.wav", "e.flac", "broken.wav", "f.wav", "linked.wav", "self.wav"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a depth")
def test_a_folder_deeper_than_python_may_recurse_is_searched(tmp_path: Path) -> None:
    folders = [Path(tmp_path, *["d"] * depth) for depth in range(1, 1_200)]
    for folder in folders:
        folder.mkdir()
    recording = folders[-1] / "a.wav"
    recording.touch()
    assert [item.path for item in Corpus(tmp_path)] == [recording]
    recording.unlink()  # what clears up after tests does recurse
    for folder in reversed(folders):
        folder.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("name", ["a\nb.wav", 'q".wav', "\udcff\udcfe.wav", " .wav", "ü.wav"])
def test_a_list_may_hold_any_name_with_null_bytes_between(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    content = os.fsencode(path) + b"\0" + os.fsencode(tmp_path / "other.wav") + b"\0"
    assert [item.path for item in Corpus(Lines(io.BytesIO(content)))] == [path, tmp_path / "other.wav"]


def test_a_name_that_no_system_has_is_left_to_who_reads_it() -> None:
    assert named(["x" * 5_000, "a\0b.wav"]) == ["x" * 5_000, "a\0b.wav"]
    kinds = [type(outcome.error) for outcome in review_many(["x" * 5_000, "a\0b.wav"], engine=None)]
    assert kinds == [AudioAccessError, AudioNotFoundError]


def test_a_long_list_is_read_in_pieces() -> None:
    names = [f"{number:06}-{'x' * (number % 90)}.wav" for number in range(5_000)]
    lines = Lines(io.BytesIO("\r\n".join(names).encode()))
    assert list(lines) == names == list(lines)


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store() -> str:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("in/a.wav", "in/sub/b.wav", "in/.hidden.wav", "in/notes.txt"):
        system.pipe(f"/{name}", name.encode())
    return "memory://in"


def test_a_folder_at_an_address_is_searched(store: str) -> None:
    items = list(Corpus(store))
    assert [str(item.path) for item in items] == ["memory:///in/a.wav", "memory:///in/sub/b.wav"]
    assert [item.path.name for item in items] == ["a.wav", "b.wav"]
    assert read_bytes(Url("memory://in/a.wav")) == b"in/a.wav"
    assert named("memory://in/*.wav") == ["a.wav"] or ".hidden.wav" in named("memory://in/*.wav")
    with pytest.raises(NoAudioFoundError, match="is an address"):
        recordings_in(store)


def test_a_table_at_an_address_names_what_lies_beside_it(store: str) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/in/metadata.csv", b"file_name,caller\nsub/b.wav,Sarah\n")
    (item,) = Corpus(f"{store}/metadata.csv")
    assert (str(item.path), item.row and item.row["caller"]) == ("memory://in/sub/b.wav", "Sarah")


def test_what_lies_at_an_address_has_a_stamp_that_changes_with_it(store: str) -> None:
    import fsspec

    before = stamp_of(Url("memory://in/a.wav"))
    fsspec.filesystem("memory").pipe("/in/a.wav", b"other")
    assert before
    assert stamp_of(Url("memory://in/a.wav")) != before
    assert stamp_of(Url("memory://in/none.wav")) == ""


def test_what_is_no_message_at_an_address_is_not_held(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.corpus._BYTES_MAX", 7)
    with pytest.raises(AudioTooLongError, match="expected one message"):
        read_bytes(Url("memory://in/a.wav"))


def test_what_lies_at_an_address_is_fetched_once(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def watched(url: Url) -> bytes:
        fetched.append(url.name)
        return read_bytes(url)

    monkeypatch.setattr("aftertone.batch.read_bytes", watched)
    outcomes = list(review_many(store, engine=None, ledger=tmp_path / "run.ledger"))
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["AudioFormatError"] * 2
    assert fetched == ["a.wav", "b.wav"], "for its key and its review"


def test_an_address_that_leads_nowhere_has_its_own_error(store: str) -> None:
    with pytest.raises(AudioNotFoundError, match="nothing lies there"):
        read_bytes(Url("memory://in/none.wav"))
    with pytest.raises(AudioAccessError, match=r"reading nosuch:// needs|cannot be reached"):
        Corpus("nosuch://bucket/a.wav")
    with pytest.raises(AudioAccessError, match="addresses within addresses"):
        Corpus("zip://a.wav::s3://bucket/a.zip")

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from aftertone.batch import review_many
from aftertone.corpus import Corpus, PathList, read_bytes, recordings_in, stamp_of
from aftertone.errors import (
    AudioAccessError,
    AudioNotFoundError,
    AudioTooLongError,
    BriefError,
    NoAudioFoundError,
)
from aftertone.outcome import Url


def named(given: object) -> list[str]:
    return [item.path.name for item in Corpus(given)]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "b/c.wav", "b/d/e.flac", "f.wav", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_corpus_lists_each_recording_once_in_order_each_time(folder: Path) -> None:
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
def test_a_folder_or_pattern_without_recordings_is_an_error(folder: Path, given: str) -> None:
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
def test_links_to_folders_are_not_followed_and_linked_files_are_taken(folder: Path) -> None:
    (folder / "b" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    (folder / "self.wav").symlink_to(folder / "self.wav")
    (folder / "linked.wav").symlink_to(folder / "a.wav")
    (folder / "broken.wav").symlink_to(folder / "nowhere.wav")
    assert named(folder) == ["a.wav", "c.wav", "e.flac", "broken.wav", "f.wav", "linked.wav", "self.wav"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a depth")
def test_a_folder_deeper_than_the_recursion_limit_is_searched(tmp_path: Path) -> None:
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
def test_a_list_with_null_bytes_may_hold_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    content = os.fsencode(path) + b"\0" + os.fsencode(tmp_path / "other.wav") + b"\0"
    assert [item.path for item in Corpus(PathList(io.BytesIO(content)))] == [path, tmp_path / "other.wav"]


def test_a_name_that_the_system_refuses_fails_when_it_is_read() -> None:
    assert named(["x" * 5_000, "a\0b.wav"]) == ["x" * 5_000, "a\0b.wav"]
    kinds = [type(outcome.error) for outcome in review_many(["x" * 5_000, "a\0b.wav"], engine=None)]
    assert kinds == [AudioAccessError, AudioNotFoundError]


def test_a_long_list_is_read_in_blocks() -> None:
    names = [f"{number:06}-{'x' * (number % 90)}.wav" for number in range(5_000)]
    lines = PathList(io.BytesIO("\r\n".join(names).encode()))
    assert list(lines) == names == list(lines)


def passed_over(given: object) -> dict[str, str]:
    return {skipped.path.name: skipped.why for skipped in Corpus(given).skipped()}  # type: ignore[arg-type]


ALL_KINDS = (".gsm", ".sln", ".sln16", ".ulaw", ".alaw", ".WAV", ".wav49", ".wav", ".raw", ".vox")


@pytest.mark.parametrize("suffix", ALL_KINDS)
def test_files_of_telephone_systems_are_recordings(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"msg0000{suffix}").touch()
    assert named(tmp_path) == [f"msg0000{suffix}"]
    assert passed_over(tmp_path) == {}


def test_each_file_of_a_folder_is_a_recording_or_skipped_with_a_reason(folder: Path) -> None:
    texts = {
        "a.toml": "",  # the brief of a.wav
        "a.json": "{}",  # its transcript
        "lost.toml": "",
        ".hidden.wav": "",
        "message0001": "",
        "b/deep.TXT": "",
        "b/metadata.csv": "file_name\nc.wav\n",
        "empty.wav": "",
        ".git/x.wav": "",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    found = passed_over(folder)
    assert found == {
        "notes.txt": "no recording has the suffix .txt",
        "lost.toml": "no recording has the suffix .toml",
        ".hidden.wav": "the name begins with a dot",
        ".git": "the name begins with a dot",
        "message0001": "the name has no suffix",
        "deep.TXT": "no recording has the suffix .txt",
    }
    beside = {"a.toml", "a.json", "metadata.csv"}
    everything = {path.name for path in folder.rglob("*") if path.is_file() and path.parent.name != ".git"}
    assert set(named(folder)) | set(found) | beside == everything | {".git"}
    assert passed_over([folder / "b", folder / "a.wav"]) == {"deep.TXT": found["deep.TXT"]}


@pytest.mark.skipif(sys.platform == "win32", reason="links ask for rights there")
def test_links_to_folders_and_folders_of_a_pattern_are_skipped(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert passed_over(folder)["loop"] == "a link to a folder is not followed"
    assert passed_over(folder / "[ab]*") == {"b": "a folder is not looked into for a pattern"}


def test_an_error_without_recordings_names_the_files_there(tmp_path: Path) -> None:
    for name in ("a.doc", "b.doc", "c.doc", "d.doc"):
        (tmp_path / name).touch()
    with pytest.raises(
        NoAudioFoundError, match=r"in this folder, but a\.doc, b\.doc, c\.doc and others; look"
    ):
        Corpus(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="these are its own")
@pytest.mark.parametrize(
    "written", [".\\b\\c.wav", "b\\c.wav", "./b/c.wav", " b/c.wav ", '"b/c.wav"', '".\\b\\c.wav"', "b//c.wav"]
)
def test_a_name_written_on_another_system_is_found(
    folder: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert [str(item.path) for item in Corpus(written)] == ["b/c.wav"]
    lines = PathList(io.BytesIO(b"\xef\xbb\xbf" + written.encode() + b"\r\n"))
    assert [str(item.path) for item in Corpus(lines)] == ["b/c.wav"]
    quoted = written.replace('"', '""')
    (folder / "calls.csv").write_text(f'recipient;file_name\nMary;"{quoted}"\n')
    (item,) = Corpus("calls.csv")
    assert (str(item.path), item.row and item.row["recipient"]) == ("b/c.wav", "Mary")


@pytest.mark.skipif(sys.platform == "win32", reason="no file is called so there")
@pytest.mark.parametrize("name", ["a\\b.wav", " a.wav", "a.wav ", '"a.wav"'])
def test_a_file_with_an_odd_name_is_found_by_it(tmp_path: Path, name: str) -> None:
    for each in (name, "a.wav"):
        (tmp_path / each).touch()
    quoted = name.replace('"', '""')
    (tmp_path / "calls.csv").write_text(f'file_name\n"{quoted}"\n')
    assert named(tmp_path / name) == [name] == named(tmp_path / "calls.csv")


def test_a_row_without_a_file_in_its_folder_is_skipped(folder: Path) -> None:
    (folder / "metadata.csv").write_text("file_name\tcaller\n.\\a.wav\tAnn\ngone.wav\tAnn\nb\\c.wav\tAnn\n")
    found = passed_over(folder)
    assert "no such file" in found["gone.wav"]
    assert "about another folder" in found["c.wav"]
    assert "a.wav" not in found
    assert passed_over(folder / "metadata.csv") == {}
    kinds = {
        outcome.path.name: type(outcome.error).__name__
        for outcome in review_many(folder / "metadata.csv", engine=None)
    }
    assert kinds == {
        "a.wav": "AudioEmptyError",
        "gone.wav": "AudioNotFoundError",
        "c.wav": "AudioEmptyError",
    }


def test_a_row_without_a_file_name_is_skipped(folder: Path) -> None:
    table = folder / "metadata.csv"
    table.write_text("file_name,caller\na.wav,Ann\n,Ann\n , \n,,\n")
    told = {"metadata.csv": "a row has no file_name, so that it belongs to no recording"}
    assert {name: why for name, why in passed_over(folder).items() if name != "notes.txt"} == told
    assert passed_over(table) == told
    assert named(table) == ["a.wav"]
    table.write_text("file_name,caller\n,Ann\n")
    with pytest.raises(NoAudioFoundError, match="no row of this table"):
        Corpus(table)


def test_the_truth_of_a_recording_in_a_folder_beside_it_is_not_passed_over(folder: Path) -> None:
    for name in ("truth/a.json", "truth/lost.json", "truth/deep/a.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    why = "no recording has the suffix .json"
    found = [skipped.path.relative_to(folder) for skipped in Corpus(folder).skipped() if skipped.why == why]  # type: ignore[union-attr]
    assert found == [Path("truth/deep/a.json"), Path("truth/lost.json")]


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
    assert passed_over(store) == {
        ".hidden.wav": "the name begins with a dot",
        "notes.txt": "no recording has the suffix .txt",
    }
    assert named("memory://in/*.wav") == ["a.wav"] or ".hidden.wav" in named("memory://in/*.wav")
    with pytest.raises(NoAudioFoundError, match="is an address"):
        recordings_in(store)


def test_a_table_at_an_address_names_recordings_beside_it(store: str) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/in/metadata.csv", b"file_name,caller\nsub/b.wav,Sarah\n")
    (item,) = Corpus(f"{store}/metadata.csv")
    assert (str(item.path), item.row and item.row["caller"]) == ("memory://in/sub/b.wav", "Sarah")


def test_the_stamp_of_an_address_changes_with_its_content(store: str) -> None:
    import fsspec

    before = stamp_of(Url("memory://in/a.wav"))
    fsspec.filesystem("memory").pipe("/in/a.wav", b"other")
    assert before
    assert stamp_of(Url("memory://in/a.wav")) != before
    assert stamp_of(Url("memory://in/none.wav")) == ""


def test_too_large_a_file_at_an_address_is_refused(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.corpus._REMOTE_BYTES_MAX", 7)
    with pytest.raises(AudioTooLongError, match="expected one message"):
        read_bytes(Url("memory://in/a.wav"))


def test_a_recording_at_an_address_is_fetched_once(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def watched(url: Url) -> bytes:
        fetched.append(url.name)
        return read_bytes(url)

    monkeypatch.setattr("aftertone.batch.reviewer.read_bytes", watched)
    outcomes = list(review_many(store, engine=None, ledger=tmp_path / "run.ledger"))
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["AudioFormatError"] * 2
    assert fetched == ["a.wav", "b.wav"], "for its key and its review"


def test_an_unreachable_address_has_its_own_error(store: str) -> None:
    with pytest.raises(AudioNotFoundError, match="there is nothing"):
        read_bytes(Url("memory://in/none.wav"))
    with pytest.raises(AudioAccessError, match=r"reading nosuch:// needs|cannot be reached"):
        Corpus("nosuch://bucket/a.wav")
    with pytest.raises(AudioAccessError, match="addresses within addresses"):
        Corpus("zip://a.wav::s3://bucket/a.zip")


def test_a_folder_of_takes_has_nothing_that_is_passed_over(tmp_path: Path) -> None:
    for name in ("take-001.webm", "take-001.toml", "take-001.review.json", ".aftertone-lock"):
        (tmp_path / name).touch()
    (tmp_path / "take-002.review.json").touch()  # of a recording that is gone
    assert passed_over(tmp_path) == {"take-002.review.json": "no recording has the suffix .json"}

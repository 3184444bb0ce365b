"""Everything that a user can get wrong, through the library and through the command line."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone import errors
from aftertone.language.brief import find_brief
from aftertone.playbook import load_playbook
from aftertone.report import write_report

SAMPLE = Path(__file__).parents[1] / "sample_audio" / "follow_up_2.flac"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder with one recording that can be scored."""
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "good.flac")
    return folder


# ── recordings ───────────────────────────────────────────────────────────────────────────────────────


def wav(samples: np.ndarray | None = None) -> bytes:
    """A WAV of 16-bit samples: a second of noise unless others are given."""
    if samples is None:
        samples = np.random.default_rng(0).normal(0, 300, 16_000)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def with_nan() -> bytes:
    samples = np.zeros(16_000, np.float32)
    samples[800] = np.nan
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV", subtype="FLOAT")
    return file.getvalue()


def five_hours(path: Path) -> None:
    """A sparse WAV of five hours."""
    count = 5 * 3600 * 16_000
    header = bytearray(wav(np.zeros(0)))
    header[4:8], header[40:44] = (36 + 2 * count).to_bytes(4, "little"), (2 * count).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 2 * count)


@dataclass(frozen=True)
class Bad:
    """A recording that cannot be read: what it is, its error, what the message must say."""

    name: str
    content: Callable[[], bytes] | Callable[[Path], None] | None
    error: type[errors.AftertoneError]
    says: tuple[str, ...]

    def make(self, folder: Path) -> Path:
        path = folder / self.name
        if self.content is five_hours:
            five_hours(path)
        elif self.content is not None:
            path.write_bytes(self.content())  # type: ignore[call-arg,arg-type]
        return path


BAD = [
    Bad("missing.wav", None, errors.AudioNotFoundError, ("no such file", "check the spelling")),
    Bad("nothing.wav", lambda: b"", errors.AudioEmptyError, (r"empty \(0 bytes\)", "record or download")),
    Bad("notes.wav", lambda: b"Call Mary at noon.\n", errors.AudioFormatError, ("text, .*Mary", "audio")),
    Bad("pic.wav", lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), errors.AudioFormatError, ("PNG", "audio")),
    Bad("noise.bin", lambda: bytes(range(256)) * 9, errors.AudioFormatError, ("00 01 02", "convert it")),
    Bad("cut.wav", lambda: wav()[:9_000], errors.AudioTruncatedError, ("0.28 s of the 1.00 s", "again")),
    Bad(
        "cut.flac", lambda: SAMPLE.read_bytes()[:90_000], errors.AudioTruncatedError, ("is cut off", "again")
    ),
    Bad("header.wav", lambda: wav(np.zeros(0)), errors.AudioEmptyError, ("no samples", "record it again")),
    Bad("one.wav", lambda: wav(np.ones(1)), errors.AudioTooShortError, ("1 samples?", r"at least 0\.1 s")),
    Bad("zeros.wav", lambda: wav(np.zeros(9_600)), errors.AudioSilentError, ("0.60 s is 0", "microphone")),
    Bad("nan.wav", with_nan, errors.AudioSamplesError, ("NaN", "expected finite", "export it again")),
    Bad("days.wav", five_hours, errors.AudioTooLongError, ("18,000", "30 minutes", "cut it")),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_recording_has_its_own_error_that_names_it(bad: Bad, tmp_path: Path) -> None:
    path = bad.make(tmp_path)
    with pytest.raises(errors.AftertoneError) as caught:
        at.read_audio(path)
    assert type(caught.value) is bad.error
    assert str(caught.value).startswith(f"{bad.name}: ")
    for part in bad.says:
        assert re.search(part, str(caught.value)), f"{part!r} is not in {caught.value}"


def test_bad_recordings_are_a_line_each_and_the_others_are_scored(good: Path, run: Run) -> None:
    paths = [bad.make(good) for bad in BAD]
    code, out, err = run("score", *paths, good / "good.flac", "--no-words")
    assert (code, err) == (1, "")
    assert re.search(r"^good\.flac +- +\d+% ", out, flags=re.MULTILINE)
    lines = [line for line in out.splitlines() if line.startswith("failed: ")]
    for bad, path, line in zip(BAD, paths, lines, strict=True):
        assert line.startswith(f"failed: {path}: ")
        for part in bad.says:
            assert re.search(part, line)
    last = f"0 recordings scored against general, 1 not understood well enough, {len(BAD)} failed"
    assert out.splitlines()[-1] == last


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_measuring_a_bad_recording_is_one_line_of_error(bad: Bad, tmp_path: Path, run: Run) -> None:
    code, out, err = run("measure", bad.make(tmp_path), "--no-words")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"aftertone: error: {bad.name}: ")


def test_a_recording_without_read_permission_is_an_error(
    good: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, really_open = good / "locked.wav", Path.open  # root may read all files, so a chmod is no test
    locked.write_bytes(wav())

    def denied(path: Path, *args: object, **options: object) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(errors.AudioAccessError, match=r"^locked\.wav: may not be read .*permissions"):
        at.read_audio(locked)
    code, out, _ = run("score", locked, "--no-words")  # one is read here, where it is denied
    assert code == 1
    assert f"failed: {locked}: may not be read (Permission denied)" in out


# ── what lies beside a recording ─────────────────────────────────────────────────────────────────────

BRIEFS = [
    ("good.toml", b"recipient = Mary", 'not TOML: .*recipient = "Mary"'),
    ("good.toml", b'recipent = "Mary"', "unknown key 'recipent'; did you mean 'recipient'"),
    ("good.toml", b"recipient = [1]", r"recipient is \[1\], expected text"),
    ("good.toml", b'recipient = "Zo\xeb"', "not UTF-8 text, at byte 15. Save it as UTF-8"),
    ("good.toml", b"recorded_at = 2026-03-02", "recorded_at is '2026-03-02', expected a date and a time"),
    ("good.toml", b"attempt = 0", "attempt is '0', expected a whole number from 1 up"),
    ("good.toml", b"attempt = true", "attempt is True, expected a whole number"),
    ("good.toml", b"number = 12", "number is '12', expected a telephone number such as 312-555-0143"),
    ("good.toml", b"x = " + b"[" * 100_000, "nested too deep"),
    ("metadata.csv", b"file_name,recorded_at\ngood.flac,noon\n", "row of good.flac: recorded_at is 'noon'"),
    ("metadata.csv", b"file_name,number\ngood.flac,3.1E9\n", "row of good.flac: number is '3.1E9', expected"),
    ("metadata.csv", b"name,number\na,1\n", "found name, number; expected a column file_name"),
    ("metadata.csv", b"file_name,caller\ngood.flac,Zo\xeb\n", "not UTF-8 text"),
]


def test_malformed_briefs_are_named_and_the_other_folder_is_scored(
    good: Path, tmp_path: Path, run: Run
) -> None:
    folders = []
    for number, (name, content, says) in enumerate(BRIEFS):
        brief = tmp_path / f"briefed_{number:02}" / name
        brief.parent.mkdir()
        folders.append(brief.parent)
        shutil.copy(SAMPLE, brief.parent / "good.flac")
        brief.write_bytes(content)
        with pytest.raises(errors.BriefError, match=rf"^{re.escape(str(brief))}: .*{says}"):
            find_brief(brief.parent / "good.flac")
    code, out, err = run("score", good, *folders, "--no-words")
    assert (code, err) == (1, "")
    lines = [line for line in out.splitlines() if line.startswith("failed: ")]
    for (name, _, says), line in zip(BRIEFS, lines, strict=True):
        assert re.search(rf"^failed: .*good\.flac: .*{name}: .*{says}", line)
    assert "1 not understood well enough" in out


TRANSCRIPTS = [
    (None, "no transcript to replay: looked for"),
    (b"", "not a transcript"),
    (b"{", "not a transcript"),
    (b'{"words": [{"text": "hi"}]}', r"\$\.words\[0\].*missing required field `start_s`"),
    (b'{"words": [{"text": "hi", "start_s": 2, "end_s": 1}]}', r"ends at 1\.0 s, before it starts"),
    (b'{"words": [{"text": "hi", "start_s": "x", "end_s": 1}]}', r"\$\.words\[0\]\.start_s"),
]


def test_missing_or_malformed_transcripts_are_named_and_the_others_are_scored(good: Path, run: Run) -> None:
    (good / "good.json").write_text('{"words": [{"text": "hi", "start_s": 0.6, "end_s": 0.9}]}')
    for number, (content, says) in enumerate(TRANSCRIPTS):
        shutil.copy(SAMPLE, good / f"bad_{number}.flac")
        if content is not None:
            (good / f"bad_{number}.json").write_bytes(content)
        with pytest.raises(errors.TranscriptError, match=says) as caught:
            at.measure(at.read_audio(good / f"bad_{number}.flac"), engine=at.load_engine("replay"))
        assert "bad_" in str(caught.value).split(": ")[0], "the message begins with the file"
    code, out, err = run("score", good, "--engine", "replay")
    assert (code, err) == (1, "")
    lines = [line for line in out.splitlines() if line.startswith("failed: ")]
    for (_, says), line in zip(TRANSCRIPTS, lines, strict=True):
        assert re.search(rf"^failed: .*bad_\d\.flac: .*{says}", line)
    assert "1 not understood well enough" in out


# ── the command as given ─────────────────────────────────────────────────────────────────────────────

TITLE = 'title = "x"\n'
RULE = '[[rule]]\nid = "a"\ntitle = "A"\nadvice = "Do a."\nmeasure = "{}"\nat_most = 1\n'
PLAYBOOKS = [
    (
        "no-such",
        None,
        errors.UnknownPlaybookError,
        "'no-such'.*there are cold-prospect, collections, .*general",
    ),
    ("mine.toml", "title =", errors.PlaybookFormatError, "mine.toml: .*not TOML"),
    ("mine.toml", TITLE, errors.PlaybookFormatError, "mine.toml: .*'rule' is missing"),
    (
        "mine.toml",
        'title = "x"\n' + RULE.format("fillers.permin"),
        errors.UnknownMeasureError,
        "fillers.per_min",
    ),
    ("mine.toml", TITLE + RULE.format("rate.curve"), errors.PlaybookFormatError, "rate.curve"),
]


@pytest.mark.parametrize(("name", "content", "error", "says"), PLAYBOOKS)
def test_an_unusable_playbook_is_an_error(
    name: str, content: str | None, error: type[errors.AftertoneError], says: str, good: Path, run: Run
) -> None:
    book: str | Path = name
    if content is not None:
        book = good / name
        book.write_text(content)
    with pytest.raises(errors.AftertoneError, match=f"(?s){says}") as caught:
        load_playbook(book)
    assert type(caught.value) is error
    with pytest.raises(error):
        at.review_many(good, playbook=book)
    code, out, err = run("score", good, "--playbook", book, "--no-words")
    assert (code, out) == (2, "")
    assert re.search(f"(?s)^aftertone: error: .*{says}", err)


def test_an_unknown_engine_is_an_error(good: Path, run: Run) -> None:
    with pytest.raises(errors.UnknownEngineError, match=r"'wisper'.*did you mean 'whisper'"):
        at.load_engine("wisper")
    code, out, err = run("score", good, "--engine", "wisper")
    assert (code, out) == (2, "")
    assert "'wisper' is not one of" in err


def test_missing_weights_are_an_error(good: Path, run: Run, no_weights: Path) -> None:
    with pytest.raises(errors.ModelNotFoundError, match=r"not on this machine.*aftertone models fetch"):
        at.load_engine("whisper", offline=True)
    code, out, err = run("score", good, "--engine", "whisper", "--offline")
    assert (code, out) == (2, "")
    assert re.search("^aftertone: error: .*not on this machine.*aftertone models fetch.*--model FOLDER", err)


def test_a_folder_without_recordings_is_an_error(tmp_path: Path, run: Run) -> None:
    with pytest.raises(errors.NoAudioFoundError, match=rf"^{re.escape(str(tmp_path))}: no recording"):
        at.review_many(tmp_path)
    code, out, err = run("score", tmp_path, "--no-words")
    assert (code, out) == (2, "")
    assert re.search(r"no recording in this folder; looked for .*\.wav.*by its own name", err)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("r.xlsx", r"suffix '\.xlsx'; known are \.csv, "),
        ("r", r"suffix ''; known are"),
        ("no/such/r.csv", "there is no folder .*; make it first"),
        ("folder.csv", "is a folder; give the name of a file"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    name: str, says: str, good: Path, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "folder.csv").mkdir()
    path = tmp_path / name
    with pytest.raises(errors.ReportError, match=rf"^{re.escape(str(path))}: .*{says}"):
        write_report([], path)
    code, out, err = run("score", good, "--no-words", "--out", path)
    assert (code, out) == (2, "")
    assert re.search(rf"^aftertone: error: {re.escape(str(path))}: .*{says}", err)


def test_a_read_only_folder_is_an_error(
    good: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tmp_path)  # root may write anywhere
    code, out, err = run("score", good, "--no-words", "--out", tmp_path / "r.csv")
    assert (code, out) == (2, "")
    assert re.search(r"r\.csv: nothing may be written in the folder .*; choose another", err)


def test_a_full_disk_loses_the_report_and_not_the_scores(
    good: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, out, err = run(
        "score", good, "--no-words", "--out", tmp_path / "r.csv", "--out", tmp_path / "r.json"
    )
    assert code == 2
    assert "1 not understood well enough" in out
    assert re.findall(r"r\.(\w+): the report cannot be written: No space left on device", err) == [
        "csv",
        "json",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["in"], "nothing half-written stays behind"


# ── names and terminals ──────────────────────────────────────────────────────────────────────────────

NAMES = [
    "--help.wav",
    "a\nb.wav",
    "q'\"[red].wav",
    "\x1b[31m.wav",
    "\udcff\udcfe.wav",
    "x" * 240 + ".wav",
    "é.wav",
]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_any_name_is_scored_and_shown_without_harm(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(wav())
    outs = [part for kind in ("jsonl", "json", "csv") for part in ("--out", str(tmp_path / f"r.{kind}"))]
    code, out, err = run("score", folder, "--no-words", *outs)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1 + len(NAMES) + 1
    assert "\x1b" not in out
    assert len((tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()) == len(NAMES)


def test_a_name_that_begins_with_dashes_follows_two_dashes(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("--help.wav").write_bytes(wav())
    code, out, _ = run("score", "--no-words", "--", "--help.wav", "./--help.wav", "--help.wav")
    assert code == 0
    assert out.count("--help.wav") == 1, "a file named three times is scored once"


def aftertone(*args: str | Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aftertone", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
        # tests that a shell runs in the background ignore Ctrl-C, and so would their children
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("environment", [{"COLUMNS": "5", "NO_COLOR": "1"}, {"COLUMNS": "x", "TERM": "dumb"}])
def test_a_pipe_gets_plain_whole_lines_whatever_the_environment(
    environment: dict[str, str], good: Path
) -> None:
    out, err = (ended := aftertone("score", good, "--no-words", **environment)).communicate(timeout=60)
    assert (ended.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert any(line.startswith("good.flac ") for line in out.splitlines())


def test_an_empty_or_short_list_keeps_the_rows_of_a_ledger(good: Path, tmp_path: Path) -> None:
    def listed(*names: str) -> tuple[int, str, list[str]]:
        command = [sys.executable, "-m", "aftertone", "score", "-", "--no-words", "--quiet"]
        ended = subprocess.run(
            [*command, "--out", report, "--resume"],
            input="".join(f"{good / name}\n" for name in names),
            capture_output=True,
            text=True,
            check=False,
        )
        rows = [Path(str(row["path"])).name for row in at.read_reviews(report)]
        return ended.returncode, ended.stderr, rows

    report = tmp_path / "r.jsonl"
    (good / "notes.wav").write_text("Call Mary at noon.")
    (good / "more.wav").write_text("Call Mary at one.")
    both = ["good.flac", "notes.wav"]
    assert listed(*both) == (1, "", both)
    assert listed("more.wav") == (1, "", ["good.flac", "more.wav", "notes.wav"])
    code, err, rows = listed()
    assert (code, rows) == (2, ["good.flac", "more.wav", "notes.wav"])
    assert err.startswith("aftertone: error: -: the list on stdin is empty; expected the path")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_with_one_line_and_code_130(good: Path, tmp_path: Path, jobs: str) -> None:
    for copy in range(40):
        shutil.copy(SAMPLE, good / f"{copy}.flac")
    # imports are told on stderr; the detector of speech is imported for the first recording
    started = aftertone("score", good, "--no-words", "--jobs", jobs, PYTHONPROFILEIMPORTTIME="1")
    assert started.stderr is not None
    assert any("webrtcvad" in line for line in iter(started.stderr.readline, ""))
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, "")
    told = [line for line in err.splitlines() if not line.startswith("import time:")]
    assert told == ["aftertone: stopped by Ctrl-C: no scores were printed and no report was written"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_ctrl_c_closes_the_practice_page_and_says_where_the_takes_are(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    pytest.importorskip("starlette")
    started = aftertone("serve", tmp_path / "takes", "--no-words", "--port", "0")
    assert started.stdout is not None
    assert started.stdout.readline().startswith("practise at http://127.0.0.1:")
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=60)
    kept = f"aftertone: stopped by Ctrl-C: the page is closed; takes are kept in {tmp_path / 'takes'}\n"
    assert (started.returncode, err) == (130, kept)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_ctrl_c_says_how_to_resume_and_resuming_ends_with_all_rows(good: Path, tmp_path: Path) -> None:
    for copy in range(40):
        (good / f"{copy}.flac").write_bytes(SAMPLE.read_bytes() + bytes(copy))  # no two the same
    report = tmp_path / "r.jsonl"
    command = ("score", good, "--no-words", "--jobs", "2", "--out", report)
    started = aftertone(*command)
    ledger = tmp_path / "r.jsonl.ledger-wal"
    while not (ledger.exists() and ledger.stat().st_size > 150_000):  # some are done
        assert started.poll() is None
        time.sleep(0.01)
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, "")
    assert re.fullmatch(
        r"aftertone: stopped by Ctrl-C: \d+ done in this run and kept in .*r\.jsonl\.ledger; "
        r"the same command with --resume goes on\n",
        err,
    )
    assert not report.exists()
    out, err = (again := aftertone(*command)).communicate(timeout=60)
    assert again.returncode == 2
    assert "a run that did not end; go on with it (--resume" in err
    out, err = (resumed := aftertone(*command, "--resume")).communicate(timeout=60)
    assert (resumed.returncode, err) == (0, "")
    assert [row["path"] for row in at.read_reviews(report)] == sorted(
        str(path) for path in good.iterdir() if path.suffix == ".flac"
    )

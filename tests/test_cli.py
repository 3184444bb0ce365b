from __future__ import annotations

import codecs
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone.acoustics.audio import read_audio
from aftertone.language.syllables import spoken_words
from aftertone.language.transcript import Transcript, Word, write_transcript
from aftertone.measurements import MEASURES
from aftertone.playbook import playbooks as playbook_titles

SAMPLES = Path(__file__).parents[1] / "sample_audio"
Run = Callable[..., tuple[int, str, str]]


def sample(name: str) -> Path:
    if not (SAMPLES / name).is_file():
        pytest.skip(f"sample_audio/{name} is not in this checkout")
    return SAMPLES / name


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    """The true words of the samples, as transcripts to replay."""
    folder = tmp_path / "transcripts"
    folder.mkdir()
    for path in (SAMPLES / "truth").glob("*.json"):
        words = json.loads(path.read_bytes())["words"]
        true = tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in words)
        write_transcript(Transcript(true, engine="truth"), folder / path.name)
    return folder


# ── without a recording ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["score"],
        ["measure"],
        ["progress"],
        ["campaign"],
        ["email"],
        ["playbooks"],
        ["playbooks", "compare"],
        ["measures"],
        ["models"],
        ["bench"],
        ["bench", "run"],
        ["bench", "compare"],
    ],
)
def test_help_says_how_to_use_it_with_examples(run: Run, command: list[str]) -> None:
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: aftertone")
    assert "Examples:\n" in out
    assert "\b" not in out


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from aftertone.cli import main
try:
    main(["score", "--help"])
except SystemExit:
    print(*sys.modules, sep=chr(10))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ended.stdout.split()
    assert "click" in loaded
    assert not {"numpy", "rich", "msgspec", "librosa", "av", "phonenumbers", "aftertone.pipeline"} & set(
        loaded
    )


def test_the_version_is_printed(run: Run) -> None:
    import aftertone

    assert run("--version") == (0, f"aftertone {aftertone.__version__}\n", "")


def test_playbooks_are_listed_and_shown(run: Run) -> None:
    code, out, _ = run("playbooks")
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} == set(playbook_titles())
    code, out, _ = run("playbooks", "collections")
    assert code == 0
    assert "number.digits_per_s: at most 2 digits a second" in out
    assert "Source: " in out


def test_a_playbook_is_shown_by_its_name_alone_too(run: Run) -> None:
    assert run("playbooks", "show", "general") == run("playbooks", "general")
    assert run("playbooks", "list") == run("playbooks")


def test_two_playbooks_are_compared(run: Run) -> None:
    code, out, _ = run("playbooks", "compare", "collections", "follow-up-3")
    assert code == 0
    contradicting = out[out.index("no message can follow both") : out.index("the same, or one is stricter")]
    assert "deadline.text deadline: deadline.specific: yes closes: not said" in " ".join(
        contradicting.split()
    )
    assert "only in follow-up-3: another-time" in out
    assert run("playbooks", "compare", "collections", "folow-up-3")[0] == 2


def test_a_playbook_is_begun(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("playbooks", "new", "mine")
    assert (code, out) == (0, "")
    assert "mine.toml" in err
    assert run("playbooks", "mine.toml")[0] == 0
    assert run("playbooks", "new", "mine")[0] == 2


def test_the_schema_of_a_playbook_is_json(run: Run) -> None:
    code, out, _ = run("playbooks", "schema")
    assert code == 0
    assert json.loads(out)["title"] == "aftertone playbook"


def test_measures_are_listed(run: Run) -> None:
    code, out, _ = run("measures")
    assert code == 0
    assert len(out.splitlines()) == len(MEASURES) + 1
    assert run("measures", "number.")[1].count("number.") >= 10
    assert run("measures", "nmber.")[0] == 2


def test_model_of_the_environment_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERTONE_WHISPER_MODEL", "/my/whisper")
    assert "AFTERTONE_WHISPER_MODEL names /my/whisper" in run("models")[1]


def test_models_are_listed(run: Run) -> None:
    code, out, _ = run("models")
    assert code == 0
    assert any(line.startswith("small.en") and "486 MB" in line for line in out.splitlines())


# ── what cannot be run ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["score"], "Missing argument 'PATHS...'"),
        (["score", "a.wav", "--engine", "whispr"], "'whispr' is not one of"),
        (["score", "a.wav", "--jobs", "0"], "0 is not in the range"),
        (["score", "a.wav", "--region", "Britain"], "'Britain' is no region"),
        (["score", "a.wav", "--recorded-at", "noon"], "--recorded-at: 'noon', expected a date and a time"),
        (["score", "a.wav", "--attempt", "0"], "0 is not in the range"),
        (["score", "a.wav", "--number", "abc"], "--number: 'abc', expected a telephone number such as 312-"),
        (["score", "a.wav", "--caller-id", "12"], "--caller-id: '12', expected a telephone number such as"),
        (["measure", "a.wav", "--script", "no.txt"], "'no.txt' does not exist"),
        (["score", "a.wav", "--transcripts", "."], "--transcripts goes with --engine replay"),
        (["score", "a.wav", "--playbook", "genral"], "error: no playbook is called 'genral'"),
        (["score", "a.wav", "--out", "r.xlsx"], "error: r.xlsx: no report has the suffix '.xlsx'"),
        (["score", "a.wav", "--out", "no/such/r.csv"], "there is no folder no/such"),
        (["score", "."], "no recording in this folder"),
        (
            ["score", "a.wav", "--model", "small.en", "--offline"],
            "error: whisper model 'small.en' is not on this machine",
        ),
        (["playbooks", "genral"], "did you mean 'general'?"),
        (["scor", "a.wav"], "No such command 'scor'"),
    ],
)
def test_a_command_that_cannot_be_run_says_why_in_a_line_and_ends_with_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    code, out, err = run(*args)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert out == ""


# ── with recordings ──────────────────────────────────────────────────────────────────────────────────


def test_one_recording_is_shown_in_full(run: Run, transcripts: Path) -> None:
    path = sample("number_twice_slowly.flac")
    code, out, err = run("score", path, "--engine", "replay", "--transcripts", transcripts, "--transcript")
    assert (code, err) == (0, "")
    assert "number_twice_slowly.flac" in out
    assert "Say the number slowly" in out
    assert "heard by truth: " in out
    assert out.splitlines()[-1] == "1 recording scored against general, 100 of 100"


def test_a_slow_number_said_twice_is_told_from_a_hurried_one(
    run: Run, transcripts: Path, tmp_path: Path
) -> None:
    paths = [sample("number_twice_slowly.flac"), sample("hurried_number.flac")]
    out = tmp_path / "r.csv"
    code, _, _ = run("score", *paths, "--engine", "replay", "--transcripts", transcripts, "--out", out)
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        slow, hurried = csv.DictReader(file)
    assert (slow["number.slow"], slow["number.repeated"]) == ("true", "true")
    assert (hurried["number.slow"], hurried["number.repeated"]) == ("false", "false")
    assert hurried["finding.number-slow"] == hurried["finding.number-twice"] == "missed"
    assert int(slow["score"]) > int(hurried["score"])


def test_a_bad_file_is_reported_and_ends_with_1(run: Run, transcripts: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    reports = [tmp_path / "r.jsonl", tmp_path / "r.csv"]
    outs = [part for report in reports for part in ("--out", str(report))]
    good = sample("dentist_callback.flac")
    code, out, err = run(
        "score",
        "--quiet",
        tmp_path / "empty.wav",
        good,
        "--engine",
        "replay",
        "--transcripts",
        transcripts,
        *outs,
    )
    assert (code, err) == (1, "")
    assert "dentist_callback.flac" in out
    *_, failure, summary = out.splitlines()
    assert failure.startswith("failed: ")
    assert "empty.wav" in failure
    assert re.fullmatch(r"1 recording scored against general, (9\d|100) of 100, 1 failed", summary)
    lines = [json.loads(line) for line in reports[0].read_text(encoding="utf-8").splitlines()]
    assert [line["error"] and line["error"]["kind"] for line in lines] == ["AudioEmptyError", None]
    assert len(reports[1].read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("name", ["missing.wav", "empty.wav"])
def test_measure_of_a_bad_file_says_why_in_a_line_and_ends_with_1(
    run: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.wav").touch()
    code, out, err = run("measure", tmp_path / name, "--no-words")
    assert (code, out) == (1, "")
    assert err.startswith("aftertone: error: ")
    assert name in err
    assert err.count("\n") == 1


def test_measure_prints_json_with_a_reason_for_every_null(run: Run) -> None:
    code, out, err = run("measure", sample("dentist_callback.flac"), "--no-words")
    assert (code, err) == (0, "")
    page = json.loads(out)
    assert page["recording"] == "dentist_callback.flac"
    assert page["measurements"]["message"]["duration_s"] > 5
    assert page["measurements"]["words"]["count"] is None
    assert page["not_measured"]["words.count"]


def test_what_the_options_say_wins_over_the_brief_beside(run: Run, transcripts: Path, tmp_path: Path) -> None:
    path = sample("dentist_callback.flac")  # its brief says that Mary is called
    script = tmp_path / "script.txt"
    script.write_text("Hello there", encoding="utf-8")
    options = ("--engine", "replay", "--transcripts", transcripts)
    said = json.loads(run("measure", path, *options)[1])
    told = json.loads(
        run("measure", path, *options, "--recorded-at", "2026-03-03T16:30", "--script", script)[1]
    )
    assert said["measurements"]["recorded"]["hour"] == pytest.approx(10 + 20 / 60)
    assert told["measurements"]["recorded"]["hour"] == 16.5
    assert said["measurements"]["script"]["adherence"] is None
    assert told["measurements"]["script"]["adherence"] is not None
    assert said["measurements"]["recipient"] == told["measurements"]["recipient"]


def test_a_transcript_cannot_drive_the_terminal(run: Run, tmp_path: Path) -> None:
    path = sample("dentist_callback.flac")
    words = (Word("\x1b[2J", 1.0, 1.2), Word("[bold]hi[/bold]", 1.3, 1.5), Word("\x9b31m", 1.6, 1.8))
    write_transcript(Transcript(words, engine="\x1b]0;x\x07"), tmp_path / "dentist_callback.json")
    code, out, _ = run("score", path, "--engine", "replay", "--transcripts", tmp_path, "--transcript")
    assert code == 0
    assert "[bold]hi[/bold]" in out
    assert not {"\x1b", "\x9b", "\x07"} & set(out)


def test_whisper_transcribes_a_sample_from_end_to_end(tiny_en: Path, tmp_path: Path) -> None:
    path = sample("hurried_number.flac")
    report = tmp_path / "r.jsonl"
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "aftertone.cli",
            "score",
            path,
            "--engine",
            "whisper",
            "--model",
            tiny_en,
            "--offline",
            "--out",
            report,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    (line,) = report.read_text(encoding="utf-8").splitlines()
    review = json.loads(line)["review"]
    assert review["transcript"]["engine"] == "whisper"
    assert review["score"]["points"] is not None
    true = json.loads((SAMPLES / "truth" / "hurried_number.json").read_bytes())["words"]
    heard = [part for word in review["transcript"]["words"] for part in spoken_words(word["text"])]
    assert len(heard) == pytest.approx(len(true), rel=0.2)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are those of Unix")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["score", "--help"],
        ["measures"],  # echoed line by line
        ["measure", str(SAMPLES / "monotone.flac"), "--no-words"],  # at once
        ["email", str(SAMPLES / "monotone.flac"), "--no-words", "--out", "-"],  # bytes
    ],
    ids=" ".join,
)
def test_output_that_nobody_reads_ends_the_command_quietly(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "aftertone", *arguments]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unread:
        ended = subprocess.run(command, stdout=unread, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (141, b""), "128 + SIGPIPE, as the shell has it of others"


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_holds_the_sound_unless_told_not_to(run: Run, transcripts: Path, tmp_path: Path) -> None:
    message, page = sample("dentist_callback.flac"), tmp_path / "page.html"
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    assert run("score", message, *words, "--report", page)[0] == 0
    assert "data:audio/mpeg" in page.read_text(encoding="utf-8")
    assert run("score", message, *words, "--report", page, "--no-audio")[0] == 0
    assert "data:audio/mpeg" not in page.read_text(encoding="utf-8")


def test_a_redacted_page_gives_nothing_away(run: Run, transcripts: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    assert run("score", sample("dentist_callback.flac"), *words, "--report", page, "--redact")[0] == 0
    text = page.read_text(encoding="utf-8")
    assert "data:audio/mpeg" not in text
    for secret in ("8445550149", "555-0149", "five five five"):
        assert secret not in text
    assert "[number]" in text


def test_what_is_passed_over_is_told_unless_it_is_to_be_quiet(run: Run, tmp_path: Path) -> None:
    shutil.copy(sample("hang_up.wav"), tmp_path / "a.wav")
    for name in [f"{number}.txt" for number in range(12)] + [".hidden.wav", "message"]:
        (tmp_path / name).touch()
    code, _, told = run("score", str(tmp_path), "--no-words")
    assert code == 0
    assert f"passed over: {tmp_path / '0.txt'}, " in told
    assert "and 2 more: no recording has the suffix .txt" in told
    assert f"passed over: {tmp_path / '.hidden.wav'}: the name begins with a dot" in told
    assert f"passed over: {tmp_path / 'message'}: the name has no suffix" in told
    for command in ("annotate", "progress", "campaign"):
        assert "passed over" in run(command, str(tmp_path), "--no-words", *CALLED.get(command, []))[2]
    assert "passed over" not in run("score", str(tmp_path), "--no-words", "-q")[2]


CALLED = {"campaign": ["--recipient", "Mary"], "annotate": ["--format", "labels"]}


def test_rate_and_channel_reach_what_is_measured_and_drawn(run: Run, tmp_path: Path) -> None:
    message = read_audio(sample("number_twice_slowly.flac")).samples
    noise = 0.1 * np.random.default_rng(0).standard_normal(message.size)
    both = tmp_path / "both.wav"
    soundfile.write(both, np.stack([noise, message], axis=1), 16_000, subtype="FLOAT")
    bare = tmp_path / "bare.raw"
    bare.write_bytes(np.round(message * 32_767).astype("<i2").tobytes())
    asked = {
        (str(sample("number_twice_slowly.flac")),): "true",
        (str(both),): "true",
        (str(both), "--channel", "2"): "true",
        (str(both), "--channel", "right"): "true",
        (str(both), "--channel", "left"): "noise",
        (str(bare), "--rate", "16000"): "true",
        (str(bare), "--rate", "8000"): "slow",
    }
    found = {}
    for given in asked:
        code, printed, told = run("measure", *given, "--no-words")
        assert code == 0, told
        found[given] = json.loads(printed)["measurements"]["speech"]["time_s"]
    true_s, *others_s = found.values()
    assert [other_s == pytest.approx(true_s, abs=0.05) for other_s in others_s] == [
        kind == "true" for kind in list(asked.values())[1:]
    ]
    code, printed, _ = run("score", str(bare), "--no-words")
    assert (code, "--rate" in printed) == (1, True)
    for given in ((str(bare), "--rate", "16000"), (str(both), "--channel", "2")):
        code, _, told = run("score", *given, "--no-words", "--report", str(tmp_path / "page.html"))
        assert code == 0, told
        assert "data:audio/mpeg" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--channel", "0"], "expected a number from 1 up, 'left', 'right', 'mean' or 'auto'"),
        (["--channel", "centre"], "channel is 'centre'"),
        (["--rate", "0"], "--rate"),
        (["--rate", "fast"], "--rate"),
        (["--excel"], "--excel goes with a .csv in --out"),
        (["--excel", "--out", "x.jsonl"], "--excel goes with a .csv in --out"),
    ],
)
def test_what_is_no_rate_channel_or_table_is_refused(run: Run, given: list[str], says: str) -> None:
    code, _, told = run("score", str(sample("hang_up.wav")), "--no-words", *given)
    assert (code, says in told) == (2, True)


def test_a_csv_for_excel_is_written(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    code, _, told = run("score", str(sample("hang_up.wav")), "--no-words", "--excel", "--out", str(out))
    assert (code, told) == (0, "")
    assert out.read_bytes().startswith(codecs.BOM_UTF8)


def test_a_page_is_html(run: Run, tmp_path: Path) -> None:
    code, _, err = run("score", tmp_path, "--report", tmp_path / "page.csv")
    assert code == 2
    assert "page.csv: a page is .html" in err


def test_annotations_are_called_as_their_recordings(run: Run, transcripts: Path, tmp_path: Path) -> None:
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    marks = tmp_path / "marks"
    code, out, _ = run(
        "annotate", sample("dentist_callback.flac"), *words, "--format", "textgrid,srt", "--out", marks
    )
    assert code == 0
    written = sorted(path.name for path in marks.iterdir())
    assert written == ["dentist_callback.TextGrid", "dentist_callback.srt"]
    assert out.split() == [str(marks / "dentist_callback.TextGrid"), str(marks / "dentist_callback.srt")]
    code, _, err = run("annotate", sample("dentist_callback.flac"), "--format", "elan")
    assert code == 2
    assert "'elan' is none of textgrid" in err


def test_on_a_terminal_a_recording_is_drawn_and_as_json_where_asked() -> None:
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

    def on_terminal(*extra: str) -> str:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "aftertone", "measure", str(sample("monotone.flac")), "--no-words"]
        process = subprocess.Popen(
            [*command, "--quiet", *extra], stdout=theirs, env={**os.environ, "COLUMNS": "80", "TERM": "xterm"}
        )
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        assert process.wait(timeout=60) == 0
        return shown.decode()

    drawn = on_terminal()
    assert "pitch" in drawn
    assert "█" in drawn
    assert "{" not in drawn
    assert json.loads(on_terminal("--json"))["measurements"]["pauses"]["count"] > 0

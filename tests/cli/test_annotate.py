"""``aftertone annotate``."""

from __future__ import annotations

from pathlib import Path

from tests.browser import SAMPLES
from tests.cli.conftest import Run


def test_annotations_have_the_names_of_their_recordings(run: Run, transcripts: Path, tmp_path: Path) -> None:
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    marks = tmp_path / "marks"
    code, out, _ = run(
        "annotate", SAMPLES / "dentist_callback.flac", *words, "--format", "textgrid,srt", "--out", marks
    )
    assert code == 0
    written = sorted(path.name for path in marks.iterdir())
    assert written == ["dentist_callback.TextGrid", "dentist_callback.srt"]
    assert out.split() == [str(marks / "dentist_callback.TextGrid"), str(marks / "dentist_callback.srt")]
    code, _, err = run("annotate", SAMPLES / "dentist_callback.flac", "--format", "elan")
    assert code == 2
    assert "'elan' is none of textgrid" in err

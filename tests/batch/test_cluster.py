from __future__ import annotations

import os
import signal
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

from aftertone.batch import Options, review_many
from aftertone.batch.cluster import Counts, _join, review_on_cluster
from aftertone.corpus import Corpus
from aftertone.errors import ClusterError, LedgerError
from aftertone.report import (
    KeptOutcomes,
    Outcome,
    outcome_dict,
    read_outcomes,
    read_reviews,
    write_report,
)


@pytest.fixture(scope="module")
def cluster() -> Any:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def folder(cluster: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    draw = np.random.default_rng(0)
    for number in range(12):
        with wave.open(str(folder / f"{number:02}.wav"), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(draw.normal(0, 300, 8_000).astype("<i2").tobytes())
    (folder / "05_bad.wav").write_text("no sound at all")
    (folder / "07.toml").write_text('playbook = "collections"')
    return folder


def on_cluster(folder: Path, out: Path, **options: Any) -> Counts:
    return review_on_cluster(Corpus(folder), Options(), out, **options)


def known(row: dict[str, Any]) -> dict[str, Any]:
    return {column: cell for column, cell in row.items() if cell is not None}


def by_path(outcomes: Any) -> dict[str, Any]:
    return {str(outcome.path): outcome_dict(outcome) for outcome in outcomes}


def test_a_cluster_gives_the_rows_that_processes_give_and_resumes_by_what_is_written(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "parts"
    told: list[Counts] = []
    counts = on_cluster(folder, out, hook=told.append)
    assert (counts.passed_count, counts.done_count, counts.failed_count) == (0, 13, 1)
    assert counts.audio_s == 12.0
    assert told[-1] == counts
    assert len(list(out.glob("*.parquet"))) == 4, "each actor has several parts to do"
    here: list[Outcome] = list(review_many(folder, engine=None))
    assert by_path(read_outcomes(out)) == by_path(here)
    rows = sorted(read_reviews(out), key=lambda row: str(row["path"]))
    report = tmp_path / "here.parquet"
    list(review_many(folder, engine=None, jobs=2, ledger=tmp_path / "here.ledger"))
    write_report(KeptOutcomes(tmp_path / "here.ledger"), report)
    assert [known(row) for row in rows] == [known(row) for row in read_reviews(report)], "every column"
    columns = {tuple(parquet.read_schema(part).names) for part in out.glob("*.parquet")}
    assert len(columns) == 1, "also where a part holds failures alone, or other playbooks"

    with pytest.raises(LedgerError, match="holds parts of an earlier run"):
        on_cluster(folder, out)
    with pytest.raises(LedgerError, match="is of a run with other settings"):
        review_on_cluster(Corpus(folder), Options(vad="silero"), out, resume=True)
    assert on_cluster(folder, out, resume=True).done_count == 0
    next(out.glob("*.parquet")).unlink()  # what a killed run had not yet written
    (folder / "00.wav").write_bytes((folder / "01.wav").read_bytes())
    again = on_cluster(folder, out, resume=True, retry_failed=True)
    assert again.passed_count + again.done_count == 13
    assert by_path(read_outcomes(out)) == by_path(review_many(folder, engine=None))
    assert len(list(read_reviews(out))) == 13, "none twice"


def test_where_no_cluster_runs_the_error_says_how_to_start_one() -> None:
    class Ray:
        def is_initialized(self) -> bool:
            return False

        def init(self, **_: object) -> None:
            raise ConnectionError("Could not find any running Ray instance.")

    with pytest.raises(ClusterError) as caught:
        _join(Ray(), "auto")
    assert str(caught.value) == (
        "auto: no cluster can be joined there: Could not find any running Ray instance; start one with "
        "`ray start --head`, or use local for this machine alone"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_ray_worker_loses_nothing(folder: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_an_actor(_: Counts) -> None:
        for name in () if killed else Path("/proc").glob("[0-9]*/cmdline"):
            if b"ray::" in name.read_bytes() and b"_Actor" in name.read_bytes():
                killed.append(int(name.parent.name))
                os.kill(killed[-1], signal.SIGKILL)

    out = tmp_path / "parts"
    on_cluster(folder, out, hook=kill_an_actor)
    assert killed
    assert by_path(read_outcomes(out)) == by_path(review_many(folder, engine=None))

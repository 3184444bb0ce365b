"""The report of a recording depends on nothing but the recording.

Real weights, since what neighbours and chance change is seen in a model that doubts. The recordings are cut
from sample_audio: clean, in noise that makes a model doubt, in a telephone's band, and one longer
than a window of Whisper's.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import aftertone as at
from benchmarks.common.conditions import over_telephone

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
RATE_HZ = 16_000
MODEL = "tiny.en"
WINDOW_S = 30

Rows = Mapping[str, bytes]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Recordings that are easy and hard to transcribe, in one folder."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = np.random.default_rng(1).normal(0, 1, 60 * RATE_HZ).astype(np.float32)

    def cut(name: str, start_s: float, end_s: float) -> NDArray[np.float32]:
        return at.read_audio(SAMPLES / name).samples[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)]

    known, number = cut("known_contact.flac", 1, 7), cut("number_twice_slowly.flac", 4, 11)
    other = cut("monotone.flac", 1, 7)
    clips = {
        "number": number,
        # doubted, so decoded more than once, and each time as its chance and its neighbours had it
        **{f"noisy {n}": known + 0.02 * np.roll(noise, n * RATE_HZ)[: known.size] for n in (1, 2, 3)},
        "long": np.concatenate([cut("cold_prospect.flac", 0, 20), cut("threat.flac", 0, 13)]),
    }
    for name, samples in clips.items():
        soundfile.write(folder / f"{name}.wav", samples / max(1, np.abs(samples).max()), RATE_HZ)
    soundfile.write(folder / "telephone.wav", over_telephone(other), 8_000, subtype="ULAW")
    made = sorted(folder.iterdir())
    assert max(at.read_audio(path).duration_s for path in made) > WINDOW_S
    return made


def rows(paths: Iterable[Path], into: Path, jobs: int = 1) -> Rows:
    """Each recording's row of a report, byte for byte."""
    engine = partial(at.load_engine, "whisper", model=MODEL)
    report = into / "reviews.jsonl"
    at.write_report(at.review_many(list(paths), engine=engine, jobs=jobs), report)
    lines = report.read_bytes().splitlines()
    return {Path(msgspec.json.decode(line)["path"]).stem: line for line in lines}


@pytest.fixture(scope="module")
def together(paths: Sequence[Path], tmp_path_factory: pytest.TempPathFactory) -> Rows:
    found = rows(paths, tmp_path_factory.mktemp("together"))
    assert sorted(found) == [path.stem for path in paths]
    texts = [msgspec.json.decode(line)["review"]["transcript"] for line in found.values()]
    assert sum(len(text["words"]) for text in texts if text) > 80, "the words are what is tested"
    return found


def test_a_recording_alone_has_the_row_that_it_has_among_others(
    paths: Sequence[Path], together: Rows, tmp_path: Path
) -> None:
    assert {path.stem: rows([path], tmp_path)[path.stem] for path in paths} == together


@pytest.mark.parametrize("jobs", [1, 2])
def test_order_and_jobs_change_nothing(
    paths: Sequence[Path], together: Rows, tmp_path: Path, jobs: int
) -> None:
    shuffled = random.Random(7).sample(list(paths), len(paths))
    assert shuffled != list(paths)
    assert rows(shuffled, tmp_path, jobs) == together

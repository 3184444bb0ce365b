"""The passes of a benchmark, and their times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone.batch import review_many
from aftertone.bench import benchmark
from aftertone.bench.run import RepeatedCorpus, StopWatch
from aftertone.errors import BenchmarkError, UnknownEngineError
from aftertone.language.transcript import Transcript, Word
from aftertone.stages import stage_hook
from tests.browser import SAMPLES


def test_each_message_is_repeated_and_shuffling_loses_none(corpus: Path) -> None:
    plain = RepeatedCorpus([corpus], copies=3)
    drawn = RepeatedCorpus([corpus], copies=3, shuffle=True)
    assert len(plain) == len(drawn) == 6
    assert sorted(item.path for item in plain) == sorted(item.path for item in drawn)
    assert [item.index for item in drawn] == list(range(6))
    assert [item.path for item in drawn] == [i.path for i in RepeatedCorpus([corpus], copies=3, shuffle=True)]


def test_the_stages_and_the_rest_add_up_to_the_pass(corpus: Path) -> None:
    done = benchmark(corpus, engines=["none"], jobs=[1], repeats=1, copies=2)
    (result,) = done.results
    (found,) = result.passes
    assert done.message_count == 4
    assert done.audio_s == pytest.approx(12.0)
    assert set(found.stages_s) == {"read", "acoustics", "language", "judge", "write", "other"}
    assert sum(found.stages_s.values()) == pytest.approx(found.wall_s)
    assert found.message_p50_s is not None
    assert found.message_max_s is not None
    assert 0 < found.message_p50_s <= found.message_max_s <= found.wall_s
    assert found.peak_bytes is None or found.peak_bytes > 10e6
    assert sum(found.cold_stages_s.values()) > found.stages_s["acoustics"] / 4


def test_a_corpus_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(BenchmarkError, match=r"no message could be reviewed.*text\.wav"):
        benchmark(tmp_path, engines=["none"], jobs=[1], repeats=1)


def test_several_jobs_are_timed_from_the_start_and_have_no_stages(corpus: Path) -> None:
    lines: list[str] = []
    (result,) = benchmark(corpus, engines=["none"], jobs=[2], repeats=1, log=lines.append).results
    (found,) = result.passes
    assert (found.jobs, found.failed_count, found.stages_s, found.start_s) == (2, 0, {}, None)
    assert found.wall_s > 0
    assert lines == [f"none, jobs 2, pass 1 of 1: {found.wall_s:.1f} s"]


def test_an_error_of_the_engine_is_raised_unchanged(corpus: Path) -> None:
    with pytest.raises(UnknownEngineError, match="did you mean 'whisper'"):
        benchmark(corpus, engines=["whispr"], jobs=[1], repeats=1)


def test_messages_transcribed_together_share_their_time_by_length(tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(SAMPLES / "hurried_number.flac", frames=64_000)
    for times in (1, 2):
        soundfile.write(tmp_path / f"speech_{times}.wav", np.tile(samples, times), rate_hz)

    class Together:
        name = "together"

        def transcribe(self, recording: object) -> Transcript:
            raise AssertionError("transcribe_many is called instead")

        def transcribe_many(
            self, recordings: list[object], speech: object, hotwords: object
        ) -> list[Transcript]:
            return [Transcript((Word("hello", 0.1, 0.5),)) for _ in recordings]

    watch = StopWatch()
    with stage_hook(watch.add_stage):
        watch.write(review_many(RepeatedCorpus([tmp_path]), engine=Together()))
    assert "transcribe" in watch.stages_s
    assert len(watch.message_s) == 2
    assert watch.message_s[1] == pytest.approx(2 * watch.message_s[0])
    assert sum(watch.message_s) == pytest.approx(watch.review_s)


def test_no_stage_is_reported_outside_the_context(corpus: Path) -> None:
    names: list[str] = []
    with stage_hook(lambda name, _: names.append(name)):
        pass
    list(review_many(corpus, engine=None))
    assert names == []

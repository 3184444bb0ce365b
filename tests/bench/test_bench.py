"""What a benchmark counts is what was done, and a difference counts where the spread lets it."""

from __future__ import annotations

import json
from dataclasses import replace
from math import comb
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from aftertone.batch import review_many
from aftertone.bench import Benchmark, benchmark, differences, read_benchmark, unlike, write_benchmark
from aftertone.bench.accuracy import Row, Truth, accuracy_of, row_of, truth_of
from aftertone.bench.comparison import difference
from aftertone.bench.machine import Load
from aftertone.bench.record import EngineResult, Pass
from aftertone.bench.run import Copies, Watch
from aftertone.cli import main
from aftertone.errors import BenchmarkError, UnknownEngineError
from aftertone.language.transcript import Transcript, Word
from aftertone.pipeline import review
from aftertone.stages import stage_hook

SAMPLES = Path(__file__).parents[2] / "sample_audio"
WALLS = st.lists(st.floats(0.1, 10.0), min_size=2, max_size=6)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two messages of noise, of 2 s and 4 s."""
    draw = np.random.default_rng(0)
    for seconds in (2, 4):
        soundfile.write(tmp_path / f"hiss_{seconds}.wav", draw.normal(0, 0.01, 8_000 * seconds), 8_000)
    return tmp_path


# ── what is run ──────────────────────────────────────────────────────────────────────────────────────


def test_copies_have_each_message_so_often_and_shuffling_loses_none(corpus: Path) -> None:
    plain = Copies([corpus], copies=3)
    drawn = Copies([corpus], copies=3, shuffle=True)
    assert len(plain) == len(drawn) == 6
    assert sorted(item.path for item in plain) == sorted(item.path for item in drawn)
    assert [item.index for item in drawn] == list(range(6))
    assert [item.path for item in drawn] == [i.path for i in Copies([corpus], copies=3, shuffle=True)]


def test_the_stages_and_what_is_left_are_the_whole_pass(corpus: Path) -> None:
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
    told: list[str] = []
    (result,) = benchmark(corpus, engines=["none"], jobs=[2], repeats=1, told=told.append).results
    (found,) = result.passes
    assert (found.jobs, found.failed_count, found.stages_s, found.start_s) == (2, 0, {}, None)
    assert found.wall_s > 0
    assert told == [f"none, jobs 2, pass 1 of 1: {found.wall_s:.1f} s"]


def test_an_error_of_the_engine_comes_back_as_it_was_raised(corpus: Path) -> None:
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

    watch = Watch()
    with stage_hook(watch.told):
        watch.write(review_many(Copies([tmp_path]), engine=Together()))
    assert "transcribe" in watch.stages_s
    assert len(watch.message_s) == 2
    assert watch.message_s[1] == pytest.approx(2 * watch.message_s[0])
    assert sum(watch.message_s) == pytest.approx(watch.review_s)


def test_nothing_is_told_outside(corpus: Path) -> None:
    names: list[str] = []
    with stage_hook(lambda name, _: names.append(name)):
        pass
    list(review_many(corpus, engine=None))
    assert names == []


# ── against the truth ────────────────────────────────────────────────────────────────────────────────


def test_figures_are_those_of_a_table_by_hand() -> None:
    rows = [
        Row(0.05, "call me now", "call me", "5551234", "5551234", (1.0, 5.0), (1.05, 9.0)),
        Row(0.20, "thank you", "thank who", "5559876", None, (), ()),
        Row(None, None, "hello", None, "555", None, (3.0,)),
    ]
    found = accuracy_of(rows)
    assert found is not None
    assert (found.durations_right, found.durations_known) == (1, 2)
    assert (found.digits_right, found.digits_known) == (1, 2)
    assert found.word_error_rate == pytest.approx(2 / 5)  # one lost, one taken for another, of five
    assert found.fillers_f1 == pytest.approx(2 * 1 / 4)  # one matched; two true, two found
    assert found.missing == ()


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.bench.accuracy.find_spec", lambda _: None)
    found = accuracy_of([Row(0.0, "call", "call", None, None, (1.0,), (1.0,))])
    assert found is not None
    assert found.word_error_rate is None
    assert found.fillers_f1 is None
    assert [line.split()[-1] for line in found.missing] == ["'aftertone[eval]'"] * 2


def test_the_truth_of_a_sample_is_found_and_true_words_have_no_error() -> None:
    from aftertone.acoustics.audio import read_audio

    class TrueWords:
        name = "truth"

        def transcribe(self, recording: object) -> Transcript:
            words = json.loads((SAMPLES / "truth" / "hurried_number.json").read_bytes())["words"]
            return Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in words))

    path = SAMPLES / "hurried_number.flac"
    truth = truth_of(path)
    assert isinstance(truth, Truth)
    found = accuracy_of([row_of(truth, review(read_audio(path), engine=TrueWords()))])
    assert found is not None
    assert (found.word_error_rate, found.digits_right, found.digits_known) == (0.0, 1, 1)


def test_a_truth_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "a.json").write_text('{"words": 3}')
    with pytest.raises(BenchmarkError, match=r"a\.json: not the truth of a recording"):
        truth_of(tmp_path / "a.wav")
    assert truth_of(tmp_path / "b.wav") is None


# ── compared ─────────────────────────────────────────────────────────────────────────────────────────


@given(WALLS, WALLS)
def test_a_difference_counts_only_where_the_repeats_lie_apart(a: list[float], b: list[float]) -> None:
    found = difference("x", "wall", "s", a, b)
    apart = all(x < y for x in a for y in b) or all(x > y for x in a for y in b)
    assert (found.says != "within the spread") == apart
    assert found.luck == (2 / comb(len(a) + len(b), len(a)) if apart else None)
    mirrored = {"less": "more", "more": "less"}
    assert difference("x", "wall", "s", b, a).says == mirrored.get(found.says, found.says)


def _of(*walls_s: float, cpu: str = "a") -> Benchmark:
    return Benchmark(
        machine={"cpu": cpu, "cores": 2, "python": "3.11"},
        settings={"repeats": "3"},
        corpus={"digest": "x", "message_count": 3, "audio_s": 30.0},
        load=Load(),
        results=(EngineResult("none", tuple(Pass(1, wall_s, stages_s={"read": 1.0}) for wall_s in walls_s)),),
    )


def test_one_repeat_says_nothing() -> None:
    assert {each.says for each in differences(_of(1.0), _of(9.0))} == {"too few repeats"}


def test_what_else_differs_is_said() -> None:
    assert unlike(_of(1.0), _of(1.0)) == []
    assert unlike(_of(1.0), _of(1.0, cpu="b")) == ["processor differs: a before, b after"]
    busy = replace(_of(1.0), load=Load(2.0, 1.0, 0.0))
    assert unlike(busy, _of(1.0)) == [f"before, {busy.load.note}"]


def test_a_benchmark_is_read_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_benchmark(_of(1.0, 2.0), path)
    assert read_benchmark(path) == _of(1.0, 2.0)
    for text in ("{}", "[", msgspec.json.encode(replace(_of(1.0), schema_version=9)).decode()):
        path.write_text(text)
        with pytest.raises(BenchmarkError, match=r"a\.json"):
            read_benchmark(path)


def test_the_command_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_benchmark(_of(3.0, 3.1, 3.2), tmp_path / "a.json")
    write_benchmark(_of(1.0, 1.1, 1.2), tmp_path / "b.json")
    with pytest.raises(SystemExit) as ended:
        main(["bench", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("none: wall, 1 job")]
    assert "0.35" in line
    assert "less (by luck 10 %)" in line
    assert "mind:" not in out


def test_the_command_runs_where_no_command_is_named(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def taken(paths: object, **settings: object) -> Benchmark:
        asked.update(settings, paths=paths)
        return _of(1.0, 2.0, 3.0)

    monkeypatch.setattr("aftertone.bench.benchmark", taken)
    kept = corpus / "now.json"
    with pytest.raises(SystemExit) as ended:
        main(["bench", str(corpus), "--engine", "none", "-j", "1", "--repeat", "4", "--json", str(kept)])
    assert ended.value.code == 0
    assert (asked["paths"], asked["engines"], asked["jobs"], asked["copies"]) == (
        (str(corpus),),
        ("none",),
        (1,),
        4,
    )
    assert "2 (1 to 3)" in capsys.readouterr().out
    assert read_benchmark(kept) == _of(1.0, 2.0, 3.0)

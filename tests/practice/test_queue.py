"""Takes are reviewed one after another by one process that stays loaded, and none is lost."""

from __future__ import annotations

import io
import os
import shutil
import time
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np
import pytest
import soundfile

from aftertone.batch import Options, review_many
from aftertone.errors import EngineError, TakeError
from aftertone.language.brief import Brief
from aftertone.language.transcript import Transcript, Word
from aftertone.practice.queue import ReviewQueue
from aftertone.practice.takes import Takes
from aftertone.report import Outcome
from tests.browser import SAMPLES, truth
from tests.engines import TrueWords
from tests.practice.workers import SOON_S, WorkersHere, begun, ended, wait_for


def sound(name: str = "hurried_number") -> io.BytesIO:
    return io.BytesIO((SAMPLES / truth(name)["file"]).read_bytes())


def quiet(duration_s: float = 3.0) -> io.BytesIO:
    """The faint noise of a microphone that nobody speaks into."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 1e-4, round(16_000 * duration_s))
    soundfile.write(file, noise, 16_000, format="WAV")
    return io.BytesIO(file.getvalue())


def states(takes: Takes) -> dict[str, tuple[str, int]]:
    return {each.take.name: (each.state, each.ahead) for each in takes.states()}


# ── order ────────────────────────────────────────────────────────────────────────────────────────────


def test_takes_are_stored_at_once_and_reviewed_one_after_another(
    kept: Takes, here: type[WorkersHere]
) -> None:
    here.go_on.clear()
    for tab in ("one", "two", "three"):
        kept.review(kept.keep(sound(), "said.flac", Brief(recipient=tab)).name)
    wait_for(lambda: begun(here))
    assert states(kept) == {
        "take-001": ("reviewing", 0),
        "take-002": ("queued", 1),
        "take-003": ("queued", 2),
    }
    assert begun(here) == ["take-001"]
    assert [take.brief.recipient for take in kept.all()] == ["one", "two", "three"]
    here.go_on.set()
    assert [ended(kept, f"take-00{i}").state for i in (1, 2, 3)] == ["reviewed"] * 3
    assert begun(here) == ["take-001", "take-002", "take-003"]


def test_25_takes_posted_at_once_are_all_reviewed_in_order(client: Any, here: type[WorkersHere]) -> None:
    audio = sound("hang_up").read()
    senders = [
        Thread(target=client.post, args=("/takes",), kwargs={"files": {"audio": ("a.wav", audio)}})
        for _ in range(25)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(SOON_S)
    names = [f"take-{number:03d}" for number in range(1, 26)]

    def all_ended() -> bool:
        takes = client.get("/takes").json()["takes"]
        assert [take["name"] for take in takes] == names
        return {take["state"] for take in takes} == {"silent"}

    wait_for(all_ended)
    assert sorted(begun(here)) == names  # each once


def test_a_drill_goes_before_the_takes_that_wait(kept: Takes, here: type[WorkersHere]) -> None:
    here.go_on.clear()
    for _ in range(2):
        kept.review(kept.keep(sound("hang_up"), "a.wav", Brief()).name)
    wait_for(lambda: begun(here))
    drilled = Thread(target=kept.drill, args=(sound(), "said.flac", None))
    drilled.start()
    wait_for(lambda: kept.queue._drills)
    here.go_on.set()
    drilled.join(SOON_S)
    ended(kept, "take-002")
    assert begun(here) == ["take-001", "drill", "take-002"]
    assert list(kept.folder.glob(".aftertone-incoming-*")) == []


def test_takes_without_a_review_are_queued_at_the_start(kept: Takes, here: type[WorkersHere]) -> None:
    for name in ("one", "two"):
        kept.keep(sound("hang_up"), f"{name}.wav", Brief())
    kept.close()
    assert begun(here) == []
    with Takes(kept.folder, Options()) as again:
        again.start()
        wait_for(lambda: all(take.review for take in again.all()))
    assert begun(here) == ["take-001", "take-002"]


# ── silence, and files that are no recordings ────────────────────────────────────────────────────────


def test_silence_and_files_that_are_no_recordings_are_told_apart_and_stay(kept: Takes) -> None:
    zeros = io.BytesIO()
    soundfile.write(zeros, np.zeros(32_000), 16_000, format="WAV")
    given = [quiet(), io.BytesIO(zeros.getvalue()), io.BytesIO(b"Call Mary about the furnace.")]
    found = [ended(kept, kept.keep(file, "mine.wav", Brief()).name) for file in given]
    assert [each.state for each in found] == ["silent", "silent", "failed"]
    assert [each.error.partition(":")[0] for each in found] == ["", "", "mine.wav"]
    assert [each.take.audio.is_file() for each in found] == [True] * 3


# ── deletion and the end ─────────────────────────────────────────────────────────────────────────────


def test_a_deleted_take_leaves_the_queue_also_while_it_is_reviewed(
    kept: Takes, here: type[WorkersHere]
) -> None:
    here.go_on.clear()
    for name in ("take-001", "take-002", "take-003"):
        kept.keep(sound(), "said.flac", Brief(recipient=name))
        kept.review(name)
    wait_for(lambda: begun(here))
    kept.delete("take-002")
    kept.delete("take-001")
    assert set(states(kept)) == {"take-003"}
    here.go_on.set()
    assert ended(kept, "take-003").state == "reviewed"
    assert sorted(path.name for path in kept.folder.glob("take-*")) == [
        "take-003.flac", "take-003.review.json", "take-003.toml"
    ]  # fmt: skip
    assert "take-002" not in begun(here)


def test_a_new_take_of_the_same_name_does_not_get_the_review_of_a_deleted_one(
    kept: Takes, here: type[WorkersHere]
) -> None:
    here.go_on.clear()
    kept.review(kept.keep(sound(), "said.flac", Brief()).name)
    wait_for(lambda: begun(here))
    kept.delete("take-001")
    assert kept.keep(quiet(), "quiet.wav", Brief()).name == "take-001"
    here.go_on.set()
    assert ended(kept, "take-001").state == "silent"


def test_closing_keeps_what_is_queued_and_refuses_more(kept: Takes, here: type[WorkersHere]) -> None:
    here.go_on.clear()
    for _ in range(2):
        kept.review(kept.keep(sound(), "said.flac", Brief()).name)
    wait_for(lambda: begun(here))
    kept.close()
    assert [take.review for take in kept.all()] == [None, None]
    with pytest.raises(TakeError, match=r"the page was closed; .*; take-001 is kept"):
        kept.review("take-001")
    with pytest.raises(TakeError, match="the page was closed"):
        kept.drill(sound(), "said.flac", None)


# ── the process ──────────────────────────────────────────────────────────────────────────────────────


def _asleep(mark: Path) -> Any:
    """An engine that takes an hour to load."""
    mark.touch()
    time.sleep(3600)


def test_closing_ends_the_load_of_the_engine(tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    with Takes(tmp_path / "takes", Options(engine=partial(_asleep, mark))) as kept:
        kept.start()
        assert kept.queue.engine == ("loading", None)
        wait_for(mark.exists)
        started_s = time.monotonic()
    assert time.monotonic() - started_s < 2.0


def _missing() -> Any:
    raise EngineError("/weights: there is no model")


def test_without_its_engine_each_take_fails_with_the_reason_and_is_kept(tmp_path: Path) -> None:
    with Takes(tmp_path / "takes", Options(engine=_missing)) as kept:
        found = ended(kept, kept.keep(sound(), "said.flac", Brief()).name)
        assert (found.state, found.error) == ("failed", "the engine that writes the words cannot be loaded")
        state, error = kept.queue.engine
        assert (state, str(error)) == ("failed", "/weights: there is no model")
        assert found.take.audio.is_file()


class Fragile(TrueWords):
    """An engine whose process dies at one recording, and hangs at another."""

    def transcribe(self, recording: Any) -> Transcript:
        if recording.duration_s > 15 and recording.name.startswith("take-001"):
            os._exit(9)
        if recording.name.startswith("take-002"):
            time.sleep(3600)
        return Transcript((Word("hello", 0.1, 0.5),))


@pytest.mark.slow
def test_a_process_that_dies_or_hangs_is_replaced_and_costs_one_take(tmp_path: Path) -> None:
    with Takes(tmp_path / "takes", Options(engine=Fragile), time_limit_s=8.0) as kept:
        kept.start()
        for _ in range(3):
            kept.review(kept.keep(sound(), "said.flac", Brief()).name)
        died, hung, after = (ended(kept, f"take-00{i}") for i in (1, 2, 3))
        assert died.error.startswith("said.flac: the process that read it died")
        assert hung.error == "said.flac: was not done within the time limit, and was given up"
        assert after.state == "reviewed"
        wait_for(lambda: kept.queue.engine[0] == "ready")


def test_a_loaded_engine_cannot_be_taken_to_the_process(tmp_path: Path) -> None:
    engine = TrueWords()
    engine.lock = Lock()  # type: ignore[attr-defined]
    queue = ReviewQueue(Options(engine=engine), lambda outcome: None)
    queue.start()
    wait_for(lambda: queue.engine[0] == "failed")
    assert "the engine cannot be taken to another process" in str(queue.engine[1])
    queue.close()


# ── the same review as that of the command ───────────────────────────────────────────────────────────


def reviewed(kept: Takes, file: Path) -> bytes:
    """The stored review of a recording, without the names of its files."""
    name = ended(kept, kept.keep(io.BytesIO(file.read_bytes()), file.name, Brief()).name).take.name
    return _unnamed(kept.get(name).outcome(), file)


def _unnamed(outcome: Outcome | None, file: Path) -> bytes:
    assert outcome is not None
    assert outcome.review is not None, outcome.error
    return outcome.review.to_json().replace(outcome.review.recording, file.name).encode()


def same_thrice(tmp_path: Path, engine: Any, file: Path) -> None:
    with Takes(tmp_path / "takes", Options(engine=engine)) as kept:
        kept.start()
        first, again = reviewed(kept, file), reviewed(kept, file)
    copy = Path(shutil.copy(file, tmp_path / f"take-001{file.suffix}"))
    (alone,) = review_many(copy, engine=engine)
    assert first == again == _unnamed(alone, file)


def _hello() -> TrueWords:
    return Hello()


class Hello(TrueWords):
    """An engine that writes the words of one message for every recording."""

    def transcribe(self, recording: Any) -> Transcript:
        return super().transcribe(type("Named", (), {"name": "hurried_number"})())


def test_the_same_sound_has_the_same_review_as_that_of_the_command(tmp_path: Path) -> None:
    same_thrice(tmp_path, _hello, SAMPLES / truth("hurried_number")["file"])


@pytest.mark.slow
def test_the_same_sound_has_the_same_review_with_whisper(tmp_path: Path) -> None:
    from aftertone.errors import ModelNotFoundError
    from aftertone.recognition.weights import weights_folder

    try:
        weights_folder(None, "auto", may_fetch=False)
    except ModelNotFoundError:
        pytest.skip("Whisper's weights are not installed")
    same_thrice(tmp_path, "auto", SAMPLES / truth("number_once")["file"])

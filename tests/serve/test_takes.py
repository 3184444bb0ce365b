"""What is recorded is kept before it is reviewed, whatever then goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from aftertone.batch import Options, review_many
from aftertone.errors import TimeLimitError, UnexpectedError
from aftertone.language.brief import Brief
from aftertone.report import Outcome
from aftertone.serve import Take, Takes, app, practice_app, takes
from tests.browser import SAMPLES, truth

testclient = pytest.importorskip("starlette.testclient", reason="the serve extra is not installed")


@pytest.fixture
def kept(tmp_path: Path) -> Takes:
    return Takes(tmp_path / "takes", Options())


def add(takes: Takes, path: Path, brief: Brief) -> Take:
    with path.open("rb") as audio:
        take = takes.keep(audio, "said.flac", brief)
    return takes.review(take.name, "said.flac", is_new=True)


@pytest.fixture
def client(kept: Takes) -> Any:
    host = "http://127.0.0.1"
    return testclient.TestClient(
        practice_app(kept), host, raise_server_exceptions=False, headers={"Origin": host}
    )


def sent(folder: Path) -> Path:
    return Path(shutil.copy(SAMPLES / truth("hurried_number")["file"], folder / "sent"))


def upload(client: Any, folder: Path) -> Any:
    return client.post("/takes", files={"audio": ("said.flac", sent(folder).read_bytes())})


def names(takes: Takes) -> list[str]:
    return sorted(path.name for path in takes.folder.glob("[!.]*"))


def test_a_second_take_is_kept_while_the_first_is_reviewed(
    kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, at_once = Event(), Event(), []
    real = review_many

    def slow(path: Path, **options: Any) -> Any:
        at_once.append(path.name)
        begun.set()
        assert go_on.wait(60)
        yield from real(path, **{**options, "time_limit_s": None})

    monkeypatch.setattr(takes, "review_many", slow)
    threads = []
    for tab in ("one", "two"):
        (tmp_path / tab).mkdir()
        given = (kept, sent(tmp_path / tab), Brief(recipient=tab))
        threads.append(Thread(target=add, args=given))
        threads[-1].start()
        assert begun.wait(60)
    while len(names(kept)) < 4:
        pass
    assert at_once == ["take-001.flac"], "one is reviewed at a time"
    assert names(kept) == ["take-001.flac", "take-001.toml", "take-002.flac", "take-002.toml"]
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert [take.brief.recipient for take in kept.all()] == ["one", "two"]
    assert all(take.outcome is not None for take in kept.all())


def test_a_review_that_fails_costs_no_recording_and_is_made_when_the_take_is_opened(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(path: Path, **_: Any) -> Any:
        yield Outcome(path, error=TimeLimitError(f"{path}: was not done within the time limit"))

    with monkeypatch.context() as patched:
        patched.setattr(takes, "review_many", late)
        answer = upload(client, tmp_path)
    assert answer.status_code == 422
    assert answer.json()["error"] == (
        "said.flac: was not done within the time limit; take-001 is kept: open it to try again"
    )
    assert names(kept) == ["take-001.flac", "take-001.toml"]
    assert client.get("/takes").json()["takes"][0]["reviewed"] is False
    opened = client.get("/takes/take-001")
    assert opened.status_code == 200
    assert opened.json()["message"]["findings"]
    assert "take-001.review.json" in names(kept)


@pytest.mark.parametrize("what", ["message_data", "read_again", "practice_of"])
def test_a_take_that_cannot_be_drawn_is_a_card_and_can_be_deleted(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    assert upload(client, tmp_path).status_code == 200
    assert upload(client, tmp_path).status_code == 200  # so that there are two to compare

    def failing(*_: Any) -> Any:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(app, what, failing)
    answer = client.get("/takes/take-002")
    assert answer.status_code == 200
    message = answer.json()["message"]
    assert message["name"] == "take-002"
    assert message["problem"].startswith("it cannot be shown: unexpected ZeroDivisionError: by nought")
    assert client.delete("/takes/take-002").status_code == 200
    assert "take-002.flac" not in names(kept)


def test_a_fault_of_the_server_is_told_in_words(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise RuntimeError("no list")

    monkeypatch.setattr(app, "_summary", failing)
    monkeypatch.setattr(Takes, "all", failing)
    answer = client.get("/takes")
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("the server failed: unexpected RuntimeError: no list (in ")
    assert answer.headers["x-frame-options"] == "DENY"


def test_an_unexpected_error_of_a_review_keeps_the_recording(
    kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, **_: Any) -> Any:
        yield Outcome(path, error=UnexpectedError(f"{path}: unexpected TypeError: none"))

    monkeypatch.setattr(takes, "review_many", broken)
    with pytest.raises(UnexpectedError, match=r"^said\.flac: unexpected .*; take-001 is kept"):
        add(kept, sent(tmp_path), Brief())
    assert names(kept) == ["take-001.flac", "take-001.toml"]

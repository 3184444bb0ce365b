"""Servers of the practice page, and a browser with a microphone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import pytest
import soundfile
import soxr

from aftertone.batch import Options
from aftertone.practice import queue
from aftertone.practice.routes import practice_app
from aftertone.practice.takes import Takes
from tests.browser import SAMPLES, chromium, truth
from tests.practice.server import Server
from tests.practice.workers import WorkersHere


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server on a new folder. It ends after the tests of the module at the latest."""
    for extra in ("starlette", "uvicorn"):
        pytest.importorskip(extra, reason="the serve extra is not installed")
    started: list[Server] = []

    def start(*options: str, script: str = "") -> Server:
        started.append(Server(tmp_path_factory.mktemp("served") / "takes", *options, script=script))
        return started[-1]

    yield start
    for server in started:
        server.end()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser whose microphone plays one message again and again."""
    samples, rate_hz = soundfile.read(SAMPLES / truth("hurried_number")["file"])
    played = tmp_path_factory.mktemp("microphone") / "played.wav"
    soundfile.write(played, soxr.resample(samples, rate_hz, 48_000), 48_000, subtype="PCM_16")
    with chromium(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={played}",
    ) as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new page that accepts every dialog and must raise no error."""
    opened = browser.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("dialog", lambda dialog: dialog.accept())
    yield opened
    opened.close()
    assert errors == []


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> type[WorkersHere]:
    """Tasks of the queue run in its thread instead of a process."""

    class Made(WorkersHere):
        made: ClassVar[list[WorkersHere]] = []
        go_on = Event()
        run = None

    Made.go_on.set()
    monkeypatch.setattr(queue, "_workers", Made)
    return Made


@pytest.fixture
def kept(tmp_path: Path, here: type[WorkersHere]) -> Iterator[Takes]:
    """Takes in a new folder, reviewed without words."""
    with Takes(tmp_path / "takes", Options()) as takes:
        yield takes
        here.go_on.set()


@pytest.fixture
def client(kept: Takes) -> Any:
    """A client of the page of these takes."""
    testclient = pytest.importorskip("starlette.testclient", reason="the serve extra is not installed")
    host = "http://127.0.0.1"
    return testclient.TestClient(
        practice_app(kept), host, raise_server_exceptions=False, headers={"Origin": host}
    )

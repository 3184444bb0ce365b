"""The limits of the practice page: size, time, number of connections, token."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.practice.server import Server, sample

# limits in seconds instead of minutes
SCRIPT = """
import sys
import time
from functools import partial
from aftertone.batch import Options
from aftertone.practice.guard import Limits
from aftertone.practice.server import serve
from aftertone.practice.takes import Takes
limits = Limits(idle_s=1.0, upload_s=3.0, unread_s=1.0, end_s=1.0, connections=8)
serve(Takes(sys.argv[1], Options()), port=0, limits=limits,
      ready=lambda address: print("practise at", address, flush=True))
"""
SOON_S = 8.0  # on a machine that is busy with other things
HEADERS = {
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


@pytest.fixture(scope="module")
def server(start: Callable[..., Server]) -> Server:
    return start(script=SCRIPT)


def connected(server: Server, sent: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    line.sendall(sent)
    return line


def begun(server: Server, length: int = 1_000_000) -> bytes:
    """The head of an upload and its first bytes."""
    return (
        f"POST /takes{server.query} HTTP/1.1\r\nHost: {server.host}\r\nOrigin: http://{server.host}\r\n"
        f"Content-Type: multipart/form-data; boundary=between\r\nContent-Length: {length}\r\n\r\n"
        '--between\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF'
    ).encode()


def answer_of(line: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The status, headers by their small names and body of what comes before the line is closed."""
    response = http.client.HTTPResponse(line)
    response.begin()
    return response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()


def wait_for_end(line: socket.socket) -> float:
    """Seconds until the other side closes."""
    started_s = time.monotonic()
    with suppress(ConnectionError):
        while line.recv(65_536):
            pass
    return time.monotonic() - started_s


# ── time and number ──────────────────────────────────────────────────────────────────────────────────


def test_a_stalled_upload_is_refused_and_does_not_delay_others(server: Server) -> None:
    before = server.names()
    with connected(server, begun(server)) as line:
        status, answer = server.send("a.flac", sample("hang_up"))  # meanwhile
        assert status == 202
        status, headers, body = answer_of(line)
        assert (status, headers["content-type"]) == (408, "application/json")
        assert "arrived too slowly: send it again" in json.loads(body)["error"]
        assert headers.keys() >= HEADERS
        assert wait_for_end(line) < SOON_S
    assert server.names() == [*before, answer["take"]["name"]]


def test_a_slow_upload_is_refused(server: Server) -> None:
    with connected(server, begun(server)) as line:
        started_s = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - started_s < 30 and not _readable(line):
                line.sendall(b"0")
                time.sleep(0.2)
        assert 2.0 < time.monotonic() - started_s < 3.0 + SOON_S
        assert answer_of(line)[0] == 408


def _readable(line: socket.socket) -> bool:
    import select

    return bool(select.select([line], [], [], 0)[0])


@pytest.mark.parametrize(
    "sent", [b"", b"GET /takes HTTP/1.1\r\nHost: 127", b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 50]
)
def test_a_connection_without_a_whole_request_is_closed(server: Server, sent: bytes) -> None:
    with connected(server, sent) as line:
        assert wait_for_end(line) < 1.0 + SOON_S


def test_a_connection_with_a_slow_head_is_closed(server: Server) -> None:
    with connected(server, b"GET /takes HTTP/1.1\r\n") as line:
        started_s = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - started_s < 30 and not _readable(line):
                line.sendall(b"a: b\r\n")
                time.sleep(0.2)
        assert time.monotonic() - started_s < 1.0 + SOON_S


def test_an_idle_connection_is_closed(server: Server) -> None:
    ask = f"GET /takes{server.query} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    with connected(server, ask) as line:
        assert answer_of(line)[0] == 200
        line.sendall(ask)
        assert answer_of(line)[0] == 200
        line.sendall(b"GET /ta")
        assert wait_for_end(line) < 1.0 + SOON_S


def test_a_connection_with_an_unread_answer_is_closed(server: Server) -> None:
    (server.folder / "take-900.wav").write_bytes(bytes(64 << 20))  # more than any buffer holds
    ask = f"GET /takes/take-900/audio{server.query} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    with connected(server, ask) as line:
        deadline_s = time.monotonic() + 1.0 + SOON_S
        while time.monotonic() < deadline_s and _connection_count(server) > 0:
            time.sleep(0.1)
        assert _connection_count(server) == 0
        came = 0
        with suppress(ConnectionError):
            while piece := line.recv(1 << 20):
                came += len(piece)
        assert came < 64 << 20
    (server.folder / "take-900.wav").unlink()


def _connection_count(server: Server) -> int:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("connections are counted in /proc")
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{server.port:04X}") and row[3] == "01" for row in rows)


def test_connections_are_limited_and_new_ones_are_accepted_after_others_end(server: Server) -> None:
    with ExitStack() as held:
        crowd = [held.enter_context(connected(server, begun(server))) for _ in range(8)]
        status, answer, headers = server.ask("GET", "/takes")
        assert (status, answer["error"]) == (503, "more than 8 connections: try again later")
        assert {name.lower() for name in headers} >= HEADERS
        more = [held.enter_context(connected(server)) for _ in range(20)]
        assert wait_for_end(more[-1]) < 0.9  # cut off at once, before its time
        for line in crowd:
            assert answer_of(line)[0] == 408
        for line in more:
            wait_for_end(line)
    deadline_s = time.monotonic() + SOON_S
    while (status := server.ask("GET", "/takes")[0]) == 503 and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert status == 200


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_ctrl_c_ends_the_server_during_any_work(start: Callable[..., Server]) -> None:
    server = start(script=SCRIPT.replace("Options()", "Options(engine=partial(time.sleep, 3600))"))
    (server.folder / "take-900.wav").write_bytes(bytes(64 << 20))
    listen = f"GET /takes/take-900/audio{server.query} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    status, answer = server.send("a.flac", sample("hang_up"))
    assert (status, answer["take"]["name"], answer["take"]["state"]) == (202, "take-901", "queued")
    answers: list[tuple[int, dict[str, Any]]] = []
    drill = Thread(target=lambda: answers.append(server.send("b.flac", sample("hang_up"), "/drill")))
    drill.start()
    while not _children(server):
        assert server.process.poll() is None
        time.sleep(0.05)
    with ExitStack() as held:
        for sent in (begun(server), b"", b"GET /ta", listen):
            held.enter_context(connected(server, sent))
        time.sleep(0.3)
        started_s = time.monotonic()
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.communicate(timeout=60)
        assert time.monotonic() - started_s < 1.0 + SOON_S
    drill.join(timeout=30)
    assert answers == [(503, {"error": "the page was closed; start aftertone serve again"})]
    assert (server.folder / "take-901.flac").read_bytes() == sample("hang_up")
    assert list(server.folder.glob(".aftertone-incoming-*")) == []
    deadline_s = time.monotonic() + SOON_S
    while _children(server) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert _children(server) == []


def _children(server: Server) -> list[str]:
    """The processes that a server started and that are left, by the session that they share."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            command = path.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
            if int(fields[3]) == server.process.pid and "spawn_main" in command:
                found.append(command)
    return found


# ── disks ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform == "win32", reason="sizes of files are limited by Unix")
def test_a_full_file_system_is_reported_as_json(start: Callable[..., Server]) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
    server = start(script=limit + SCRIPT)
    for size in (600_000, 3_000_000, 20_000_000):  # kept in memory, and written aside on the way
        status, answer = server.send("a.wav", bytes(size))
        assert status == 507
        assert answer["error"].endswith("File too large")
        assert answer["kept"] is None
    assert [path.name for path in server.folder.iterdir()] == [".aftertone-lock"]
    status, answer = server.send("a.flac", sample("hang_up"))
    assert status == 202
    assert server.ended(answer["take"]["name"])["state"] == "silent"
    shutil.rmtree(server.folder)
    status, answer = server.send("a.flac", sample("hang_up"))
    assert (status, answer["error"]) == (
        507,
        f"{server.folder}: the recording cannot be kept: No such file or directory",
    )


# ── every answer ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "request_line", "more"),
    [
        (200, "GET /takes", ""),
        (200, "HEAD /", ""),
        (404, "GET /takes/", ""),
        (404, "GET /nothing", ""),
        (404, "GET /takes/take-998", ""),
        (404, "GET /takes/take-998/audio", ""),
        (404, "GET /takes/take-998/spoken", ""),
        (404, "GET /takes/take-800/spoken", ""),
        (404, "POST /takes/take-998/review", "Content-Length: 0\r\n"),
        (202, "POST /takes/take-800/review", "Content-Length: 0\r\n"),
        (405, "GET /drill", ""),
        (422, "POST /drill", "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"),
        (405, "PUT /takes", "Content-Length: 0\r\n"),
        (405, "TRACE /", ""),
        (400, "POST /takes", "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc"),
        (400, "POST /takes", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 3\r\n\r\nabc"),
        (422, "POST /takes", "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"),
        (413, "POST /takes", "Content-Length: 99999999999\r\n"),
        (400, "POST /takes", "Content-Length: -1\r\n"),
        (400, "GET /", "Host: again\r\n"),
        (400, "GET", ""),
        (400, "\x16\x03\x01", ""),
        (403, "GET http://evil.example/", ""),
        (416, "GET /takes/take-800/audio", "Range: bytes=900-\r\n"),
        (400, "GET /takes/take-800/audio", "Range: bites=1-2\r\n"),
        (206, "GET /takes/take-800/audio", "Range: bytes=1-2\r\n"),
        (200, "GET /takes", "Connection: upgrade\r\nUpgrade: websocket\r\n"),
    ],
)
def test_every_answer_has_all_headers_and_every_error_is_json(
    server: Server, status: int, request_line: str, more: str
) -> None:
    (server.folder / "take-800.wav").write_bytes(b"RIFFRIFF")
    method, _, path = request_line.partition(" ")
    host = "evil.example" if "evil" in path else server.host
    head = f"{method} {path}{server.query if path else ''} HTTP/1.1\r\nHost: {host}\r\n"
    origin = "" if method == "GET" else f"Origin: http://{server.host}\r\n"
    with connected(server, f"{head}{origin}{more}\r\n\r\n".encode("latin-1")) as line:
        response = http.client.HTTPResponse(line, method=method)
        response.begin()
        body = response.read()
    headers = {name.lower(): text for name, text in response.getheaders()}
    assert response.status == status
    assert headers.keys() >= HEADERS
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    if status >= 400:
        assert headers["content-type"] == "application/json"
        assert json.loads(body)["error"] if method != "HEAD" else True


def test_the_header_and_the_page_have_the_same_policy(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", f"/{server.query}")
    response = connection.getresponse()
    page = response.read().decode()
    policy = response.headers["Content-Security-Policy"].removesuffix("; frame-ancestors 'none'")
    assert policy.replace("'", "&#39;") in page
    assert "script-src 'nonce-" in policy
    connection.close()


# ── the token ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?tokens=1", "?token=\xe9", "prefix"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/takes"),
        ("POST", "/takes"),
        ("GET", "/takes/take-001/audio"),
        ("DELETE", "/takes/take-001"),
        ("POST", "/takes/take-001/review"),
        ("GET", "/takes/take-001/spoken"),
        ("POST", "/drill"),
    ],
)
def test_no_request_is_answered_without_the_token(server: Server, method: str, path: str, query: str) -> None:
    assert len(server.query) > 30
    query = server.query[:-1] if query == "prefix" else query
    head = f"{method} {path}{query} HTTP/1.1\r\nHost: {server.host}\r\nOrigin: http://{server.host}\r\n\r\n"
    with connected(server, head.encode("utf-8")) as line:
        status, headers, body = answer_of(line)
    assert (status, headers["content-type"]) == ((400 if "\xe9" in query else 403), "application/json")
    assert server.query.removeprefix("?token=").encode() not in body


def test_the_token_is_new_each_time_and_optional(start: Callable[..., Server], server: Server) -> None:
    one, off = start(), start("--no-token")
    assert one.query != server.query
    assert off.query == ""
    assert one.ask("GET", "/takes")[0] == off.ask("GET", "/takes")[0] == 200


def test_a_link_from_another_site_works_and_a_frame_does_not(server: Server) -> None:
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.ask("GET", "/", headers=cross)[0] == 200
    assert server.ask("GET", "/takes", headers=cross)[0] == 403
    assert (
        server.ask("GET", "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0]
        == 403
    )


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of Unix")
def test_the_arguments_of_the_browser_do_not_hold_the_token(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/given.part\nmv {tmp_path}/given.part {tmp_path}/given\n'
    )
    browser.chmod(0o755)
    folder = tmp_path / "takes"
    command = [sys.executable, "-m", "aftertone", "serve", str(folder), "--no-words", "--port", "0", "--open"]
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": f"{browser} %s"}
    )
    assert started.stdout is not None
    address = started.stdout.readline().split()[2]
    while not (tmp_path / "given").exists():
        assert started.poll() is None
        time.sleep(0.05)
    pointer = folder / ".aftertone-open.html"
    assert (tmp_path / "given").read_text().strip() == pointer.as_uri()
    assert stat.S_IMODE(pointer.stat().st_mode) == 0o600
    assert f"url={address}" in pointer.read_text()
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=60)
    assert not pointer.exists()

"""The answers of the practice page to other clients."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import soundfile

from aftertone.language.brief import read_brief
from tests.practice.server import Server, sample


@pytest.fixture(scope="module")
def server(start: Callable[..., Server]) -> Server:
    return start()


# ── other clients ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Origin": "http://evil.example"}, "another origin (http://evil.example)"),
        ({"Origin": "null"}, "another origin (null)"),
        ({"Host": "evil.example"}, "for this machine alone"),
        ({"Host": "evil.example:80", "Origin": "http://evil.example:80"}, "for this machine alone"),
        ({"Sec-Fetch-Site": "cross-site"}, "another origin"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/takes"), ("POST", "/takes"), ("DELETE", "/takes/take-001")]
)
def test_another_origin_or_host_is_refused(
    server: Server, method: str, path: str, headers: dict[str, str], says: str
) -> None:
    before = server.names()
    status, answer, _ = server.ask(method, path, headers=headers)
    assert status == 403
    assert says in answer["error"]
    assert server.names() == before


def test_a_change_without_an_origin_is_refused(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("DELETE", "/takes/take-001")
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize("announced", [True, False])
def test_a_gigabyte_is_refused_before_it_is_received(server: Server, announced: bool) -> None:
    size = 1 << 30
    head = f"POST /takes{server.query} HTTP/1.1\r\nHost: {server.host}\r\nOrigin: http://{server.host}\r\n"
    head += "Content-Type: multipart/form-data; boundary=between\r\n"
    head += f"Content-Length: {size}\r\n\r\n" if announced else "Transfer-Encoding: chunked\r\n\r\n"
    begin = b'--between\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(head.encode())
        block = bytes(1 << 20)
        try:
            while sent < size and not announced:
                piece = begin if not sent else block
                line.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                sent += len(piece)
        except OSError:
            pass  # the server has hung up
        answer = line.recv(65_536).decode(errors="replace") if announced or sent < size else ""
    assert sent < 100 * (1 << 20)
    if announced or answer:
        assert "413" in answer.splitlines()[0]
    assert server.ask("GET", "/takes")[0] == 200


def test_text_and_three_hours_fail_with_their_reasons_and_stay_until_they_are_deleted(
    server: Server, tmp_path: Path
) -> None:
    before = server.names()
    status, answer = server.send("notes.wav", b"Call Mary about the furnace.")
    assert status == 202
    text = server.ended(answer["take"]["name"])
    assert (text["state"], text["error"].partition(", ")[0]) == ("failed", "notes.wav: holds text")
    long = tmp_path / "long.flac"
    hour = np.tile(np.array([0.0, 0.25, 0.0, -0.25]), 4_000 * 3600 // 4)
    with soundfile.SoundFile(long, "w", 4_000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(3):
            file.write(hour)
    assert long.stat().st_size < 40 << 20
    status, answer = server.send("long.flac", long.read_bytes())
    assert status == 202
    hours = server.ended(answer["take"]["name"])
    assert hours["state"] == "failed"
    assert hours["error"].startswith("long.flac")
    assert "30 min" in hours["error"] or "1800" in hours["error"] or "1,800" in hours["error"]
    assert server.names() == [*before, text["name"], hours["name"]]
    for take in (text, hours):
        assert server.ask("GET", f"/takes/{take['name']}")[1]["message"] is None
        assert server.ask("DELETE", f"/takes/{take['name']}")[0] == 200
    assert server.names() == before
    assert [path.name for path in server.folder.glob(".*")] == [".aftertone-lock"]


def test_only_published_playbooks_are_read_and_names_stay_in_the_folder(server: Server) -> None:
    status, answer = server.send("a.wav", b"", playbook="/etc/hostname")
    assert (status, "no playbook '/etc/hostname'" in answer["error"]) == (422, True)
    for name in ("..%2F..%2Fetc", "take-999", "take-001.toml"):
        assert server.ask("GET", f"/takes/{name}")[0] == 404
        assert server.ask("DELETE", f"/takes/{name}")[0] == 404
    status, answer = server.send("../../escape.flac", sample("hang_up"))
    assert status == 202
    assert answer["take"]["name"].startswith("take-")
    assert not list(server.folder.parent.glob("escape*"))


def test_the_number_is_stored_with_the_take_and_an_invalid_one_is_refused(server: Server) -> None:
    status, answer = server.send("a.flac", sample("hang_up"), number="call me")
    assert (status, answer["error"].partition(",")[0]) == (422, "the form: number is 'call me'")
    status, answer = server.send("a.flac", sample("hang_up"), number="312-555-0143 ext. 12")
    assert status == 202
    kept = read_brief(server.folder / f"{answer['take']['name']}.toml")
    assert kept.number == "312-555-0143 ext. 12"


def test_two_tabs_that_stop_together_get_one_take_each(server: Server) -> None:
    before = server.names()
    answers: list[tuple[int, dict[str, Any]]] = []
    tabs = [
        Thread(target=lambda: answers.append(server.send("tab.flac", sample("hurried_number"))))
        for _ in range(2)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(timeout=120)
    assert [status for status, _ in answers] == [202, 202]
    made = {answer["take"]["name"] for _, answer in answers}
    assert made == set(server.names()) - set(before)
    assert len(made) == 2
    for name in made:
        assert (server.folder / f"{name}.flac").read_bytes() == sample("hurried_number")
        assert server.ended(name)["state"] == "reviewed"
        assert (server.folder / f"{name}.review.json").is_file()


def test_answers_cannot_be_used_by_other_origins(server: Server) -> None:
    _, _, headers = server.ask("GET", "/")
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in {name.lower() for name in headers}


def test_the_port_is_open_on_this_machine_alone(server: Server) -> None:
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex((socket.gethostbyname(socket.gethostname()), server.port)) != 0 or (
            socket.gethostbyname(socket.gethostname()).startswith("127.")
        )

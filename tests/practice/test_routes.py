"""The practice page in a browser, and its answers to other clients."""

from __future__ import annotations

import http.client
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone.language.brief import read_brief
from aftertone.report import read_reviews
from tests.browser import SAMPLES, faults, truth
from tests.practice.server import Server, sample


@pytest.fixture(scope="module")
def server(start: Callable[..., Server]) -> Server:
    return start()


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────


def record(page: Any, duration_s: float) -> None:
    page.click("#record")
    page.wait_for_selector("#status:has-text('Recording')")
    page.wait_for_timeout(1000 * duration_s)
    page.click("#record")


def test_two_takes_are_recorded_reviewed_and_compared(browser: Any, page: Any, server: Server) -> None:
    requests: list[str] = []
    warnings: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: warnings.append(message.text))
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = wanted => { window.wanted = wanted; return ask(wanted); };"""
    )
    page.goto(server.address)
    page.fill("#script", 'Say "hi" & <b>bye</b>')
    record(page, 3.0)
    page.wait_for_selector("#message .score strong", timeout=90_000)
    # the sound alone judges too little for a number, and the page says so in its place
    assert page.inner_text("#message .score strong") == "–"
    assert "not enough was understood: " in page.inner_text("#message .score")
    assert page.evaluate("window.wanted.audio") == {
        "echoCancellation": False,
        "noiseSuppression": False,
        "autoGainControl": False,
        "channelCount": 1,
    }
    assert not page.is_visible("#comparison")
    record(page, 1.5)
    page.wait_for_selector("#comparison table", timeout=90_000)
    heads = page.locator("#comparison thead th").all_inner_texts()
    assert [head.removesuffix(" (best)") for head in heads[1:]] == ["take-001", "take-002"]
    assert page.locator("#message .mark, #message .rules li").count() > 5
    assert faults_without_policy(browser, server) == []
    kept = sorted(path.name for path in server.folder.glob("[!.]*"))
    assert kept == [f"take-00{i}.{suffix}" for i in (1, 2) for suffix in ("review.json", "toml", "webm")]
    first = at.read_audio(server.folder / "take-001.webm")
    assert 2.5 < first.duration_s < 5.0
    brief = at.find_brief(server.folder / "take-001.webm")
    assert brief is not None
    assert (brief.script, brief.playbook) == ('Say "hi" & <b>bye</b>', "general")
    (row,) = read_reviews(server.folder / "take-001.review.json")
    assert row["score"] is None
    assert 0 < float(row["judged_share"] or 0) < 0.6
    page.click("[aria-label='Delete take-002']")
    page.wait_for_selector("#status:has-text('deleted')")
    assert sorted(path.stem for path in server.folder.glob("*.webm")) == ["take-001"]
    assert all(url.startswith((f"http://{server.host}/", "data:", "blob:")) for url in requests)
    assert warnings == []


def faults_without_policy(browser: Any, server: Server) -> list[str]:
    """What axe finds with a take open; it is a script that the page's policy would refuse."""
    page = browser.new_page(bypass_csp=True)
    page.goto(server.address)
    page.click(".takes .open >> nth=-1")
    page.wait_for_selector("#message .score")
    found = faults(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    return found


def test_a_chosen_file_is_reviewed_and_a_text_is_refused(page: Any, server: Server, tmp_path: Path) -> None:
    page.goto(server.address)
    (tmp_path / "notes.txt").write_text("Call Mary about the furnace.")
    page.set_input_files("#file", tmp_path / "notes.txt")
    page.wait_for_selector("#error:has-text('notes.txt: holds text')", timeout=90_000)
    page.set_input_files("#file", SAMPLES / truth("monotone")["file"])
    page.wait_for_selector("#message .score strong", timeout=90_000)
    assert page.inner_text("#error") == ""
    assert page.locator(".contour.pitch .band").count() > 0


def test_an_unsent_recording_stays_on_the_page_to_be_sent_again_or_saved(
    page: Any, start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    page.goto(server.address)
    away = server.folder.rename(tmp_path / "away")
    page.fill("#script", "Hello")
    record(page, 3.0)
    page.wait_for_selector("#unsent li", timeout=90_000)
    why = f"{server.folder}: the recording cannot be kept: No such file or directory"
    assert page.inner_text("#error") == why
    assert why in page.inner_text("#unsent li")
    with page.expect_download() as saved:
        page.click("#unsent >> text=Save to a file")
    copy = tmp_path / "saved.webm"
    saved.value.save_as(copy)
    assert saved.value.suggested_filename.startswith("recording-")
    assert saved.value.suggested_filename.endswith(".webm")
    assert 2.5 < at.read_audio(copy).duration_s < 5.0
    page.click("#unsent button:text('Send again')")  # the disk is still away
    page.wait_for_selector("#unsent li button:enabled")
    assert page.locator("#unsent li").count() == 1
    record(page, 1.0)
    page.wait_for_selector("#unsent li >> nth=1", timeout=90_000)
    away.rename(server.folder)
    page.click("#unsent button:text('Send again') >> nth=0")
    page.wait_for_selector("#message .score", timeout=90_000)
    assert page.locator("#unsent li").count() == 1
    assert (server.folder / "take-001.webm").read_bytes() == copy.read_bytes()
    assert read_brief(server.folder / "take-001.toml").script == "Hello"
    page.click("#unsent >> text=Discard")
    assert not page.is_visible("#unsent")
    server.end()
    record(page, 1.0)
    page.wait_for_selector("#unsent li", timeout=90_000)
    assert "the server does not answer" in page.inner_text("#unsent li")
    with page.expect_download() as saved:
        page.click("#unsent >> text=Save to a file")
    saved.value.save_as(copy)
    assert at.read_audio(copy).duration_s > 0.5


def test_the_page_asks_before_it_is_closed_with_an_unsent_recording(
    browser: Any, start: Callable[..., Server]
) -> None:
    server = start()
    page = browser.new_page()
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(server.address)
    shutil.rmtree(server.folder)
    record(page, 1.0)
    page.wait_for_selector("#unsent li", timeout=90_000)
    page.evaluate("location.reload()")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.locator("#unsent li").count() == 1
    other = browser.new_page(bypass_csp=True)
    other.goto(server.address)
    record(other, 1.0)
    other.wait_for_selector("#unsent li", timeout=90_000)
    other.set_viewport_size({"width": 390, "height": 800})
    assert other.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(other) == []
    for each in (page, other):
        each.close()


def test_a_take_whose_review_failed_is_listed_and_not_sent_again(
    page: Any, start: Callable[..., Server]
) -> None:
    script = """
import sys
from aftertone.batch import Options
from aftertone.practice.server import serve
from aftertone.practice.takes import Takes
takes = Takes(sys.argv[1], Options(), time_limit_s=0.01)
serve(takes, port=0, ready=lambda address: print("practise at", address, flush=True))
"""
    server = start(script=script)
    page.goto(server.address)
    record(page, 1.0)
    page.wait_for_selector("#error:has-text('take-001 is kept: open it to try again')", timeout=90_000)
    assert page.inner_text("#list").startswith("take-001 no review yet")
    assert not page.is_visible("#unsent")


def test_the_option_open_leads_to_the_page(
    page: Any, start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "true")  # the command, which does nothing
    server = start("--open")
    pointer = server.folder / ".aftertone-open.html"
    while not pointer.exists():
        assert server.process.poll() is None
    page.goto(pointer.as_uri())
    page.wait_for_url(server.address)
    page.wait_for_selector("#record")
    assert page.inner_text("#error") == ""


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


def test_no_take_begins_while_the_number_is_invalid(page: Any, server: Server) -> None:
    page.goto(server.address)
    page.fill("#number", "hello")
    page.click("#record")
    assert page.inner_text("#record") == "● Record"
    page.fill("#number", "(312) 555-0143")
    page.click("#record")
    page.wait_for_selector("#record:has-text('Stop')")
    page.click("#cancel")


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

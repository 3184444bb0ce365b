"""Takes are stored before they are reviewed, and stay when something fails."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import soundfile

from aftertone.batch import Options
from aftertone.corpus import Item
from aftertone.errors import AftertoneError, ReportError, TakeError, TimeLimitError, UnexpectedError
from aftertone.language.brief import Brief
from aftertone.practice import answers, takes
from aftertone.practice.takes import Takes
from aftertone.report import Outcome
from tests.browser import SAMPLES, truth
from tests.practice.workers import WorkersHere, ended

pytest.importorskip("starlette", reason="the serve extra is not installed")


def sent(folder: Path) -> Path:
    return Path(shutil.copy(SAMPLES / truth("hurried_number")["file"], folder / "sent"))


def upload(client: Any, folder: Path) -> Any:
    return client.post("/takes", files={"audio": ("said.flac", sent(folder).read_bytes())})


def names(takes: Takes) -> list[str]:
    return sorted(path.name for path in takes.folder.glob("[!.]*"))


def failing_with(error: AftertoneError) -> Callable[[Item], Outcome]:
    return lambda item: Outcome(item.path, error=error)


def test_a_failed_review_keeps_the_recording_and_can_be_queued_again(
    client: Any, kept: Takes, tmp_path: Path, here: type[WorkersHere]
) -> None:
    audio = kept.folder / "take-001.flac"
    here.run = failing_with(TimeLimitError(f"{audio}: was not done within the time limit"))
    assert upload(client, tmp_path).status_code == 202
    assert ended(kept, "take-001").state == "failed"
    (take,) = client.get("/takes").json()["takes"]
    assert (take["state"], take["error"]) == ("failed", "said.flac: was not done within the time limit")
    assert names(kept) == ["take-001.flac", "take-001.toml"]
    opened = client.get("/takes/take-001").json()
    assert (opened["take"], opened["message"]) == (take, None)
    here.run = None
    again = client.post("/takes/take-001/review")
    assert (again.status_code, again.json()["take"]["error"]) == (202, "")
    assert ended(kept, "take-001").state == "reviewed"
    assert client.get("/takes/take-001").json()["message"]["findings"]
    assert "take-001.review.json" in names(kept)


@pytest.mark.parametrize("what", ["message_data", "read_if_there"])
def test_a_take_that_cannot_be_drawn_shows_the_problem_and_can_be_deleted(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    assert upload(client, tmp_path).status_code == 202
    assert ended(kept, "take-001").state == "reviewed"

    def failing(*_: Any) -> Any:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(answers, what, failing)
    answer = client.get("/takes/take-001")
    assert answer.status_code == 200
    message = answer.json()["message"]
    assert message["name"] == "take-001"
    assert message["problem"].startswith("it cannot be shown: unexpected ZeroDivisionError: by nought")
    assert client.delete("/takes/take-001").status_code == 200
    assert names(kept) == []


def test_an_unexpected_error_of_the_server_is_reported(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise RuntimeError("no list")

    monkeypatch.setattr(Takes, "all", failing)
    answer = client.get("/takes")
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("the server failed: unexpected RuntimeError: no list (in ")
    assert answer.headers["x-frame-options"] == "DENY"


def test_an_unexpected_error_of_a_review_keeps_the_recording(
    kept: Takes, tmp_path: Path, here: type[WorkersHere]
) -> None:
    here.run = failing_with(UnexpectedError(f"{kept.folder / 'take-001.flac'}: unexpected"))
    take = kept.keep(sent(tmp_path).open("rb"), "said.flac", Brief())
    assert ended(kept, take.name).error == "said.flac: unexpected"
    assert names(kept) == ["take-001.flac", "take-001.toml"]


def test_only_files_that_have_changed_are_read_for_a_list(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("take-001", "take-002"):
        assert upload(client, tmp_path).status_code == 202
        assert ended(kept, name).state == "reviewed"
    read: list[str] = []
    read_take = takes._read_take

    def counted(audio: Path, stamp: Any) -> Any:
        read.append(audio.stem)
        return read_take(audio, stamp)

    monkeypatch.setattr(takes, "_read_take", counted)
    before = client.get("/takes").json()
    assert client.get("/takes").json() == before
    assert read == []
    (kept.folder / "take-002.toml").write_text('recipient = "Ann"\n')
    assert client.get("/takes").json()["takes"][1]["recipient"] == "Ann"
    assert read == ["take-002"]


# ── one owner, and no file of the user is changed ────────────────────────────────────────────────────


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*")}


def test_a_folder_has_one_owner(kept: Takes) -> None:
    with pytest.raises(TakeError, match="another aftertone keeps takes in this folder; end that"):
        Takes(kept.folder, Options())
    other = [sys.executable, "-m", "aftertone", "serve", str(kept.folder), "--no-words", "--port", "0"]
    ended = subprocess.run(other, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "another aftertone keeps takes in this folder" in ended.stderr
    kept.close()
    Takes(kept.folder, Options()).close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_a_killed_owner_releases_the_folder_and_its_unfinished_files_are_deleted(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom aftertone.batch import Options\nfrom aftertone.practice.takes import Takes\n"
        "class Endless:\n"
        "    def read(self, size):\n        print('begun', flush=True)\n        time.sleep(60)\n"
        "from aftertone.language.brief import Brief\n"
        "takes = Takes(sys.argv[1], Options())\ntakes.write_redirect('http://127.0.0.1/')\n"
        "takes.keep(Endless(), 'a.wav', Brief())\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "begun\n"
    assert len(list(tmp_path.glob(".aftertone-*"))) == 3
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    with Takes(tmp_path, Options()) as takes:
        assert [path.name for path in tmp_path.iterdir()] == [".aftertone-lock"]
        assert takes.all() == []


def test_without_locks_two_owners_never_use_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(takes, "_lock", unknown)
    owners = [Takes(tmp_path, Options()), Takes(tmp_path, Options())]
    made: list[tuple[str, bytes]] = []

    def fill(owner: Takes, suffix: str) -> None:
        for number in range(20):
            said = f"{suffix} {number}".encode()
            take = owner.keep(io.BytesIO(said), f"a{suffix}", Brief(recipient=said.decode()))
            made.append((take.name, said))

    threads = [
        Thread(target=fill, args=given)
        for given in zip(owners * 2, (".wav", ".webm", ".flac", ".ogg"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({name for name, _ in made}) == 80
    found = {take.name: take for take in owners[0].all()}
    assert {(name, found[name].audio.read_bytes()) for name in found} == set(made)
    assert all(found[name].brief.recipient == said.decode() for name, said in made)


@pytest.mark.parametrize(
    ("own", "name"),
    [
        (["take-001.toml"], "take-002"),
        (["take-001.txt", "take-002.review.json", "Take-003.WAV", "take-0004.old.ogg"], "take-005"),
        (["take-999999.flac"], "take-001"),
        (["take-999999.flac", "take-001.toml", "take-999998"], "take-002"),
        (["take-20260301.wav", "take-2.wav", "retake-001.wav"], "take-001"),
        (["voice.toml", "take-001"], "take-002"),
    ],
)
def test_a_file_of_the_user_is_never_overwritten(
    kept: Takes, tmp_path: Path, own: list[str], name: str
) -> None:
    for each in own:
        (kept.folder / each).write_text(f"my own {each}")
    before = contents(kept.folder)
    take = kept.keep(io.BytesIO(b"said"), "voice.toml", Brief(recipient="Mary"))
    assert (take.name, take.audio.suffix) == (name, ".wav")
    after = contents(kept.folder)
    assert {each: after.pop(each) for each in before} == before
    assert after == {f"{name}.wav": b"said", f"{name}.toml": b'recipient = "Mary"\n'}
    assert name in [each.name for each in kept.all()]


def test_a_file_that_appears_during_the_claim_keeps_its_name(
    kept: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept.folder / "take-001.toml").write_text("mine")
    (kept.folder / "take-002.wav").write_text("mine")
    monkeypatch.setattr(Takes, "_free_numbers", lambda _: iter([1, 2, 3]))
    assert kept.keep(io.BytesIO(b"said"), "a.wav", Brief()).name == "take-003"
    assert names(kept) == ["take-001.toml", "take-002.wav", "take-003.toml", "take-003.wav"]
    assert (kept.folder / "take-001.toml").read_text() == (kept.folder / "take-002.wav").read_text() == "mine"


def test_without_free_numbers_no_file_is_left_over(kept: Takes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Takes, "_free_numbers", lambda _: iter([]))
    with pytest.raises(TakeError, match="all 999,999 numbers of takes are in use; name another folder"):
        kept.keep(io.BytesIO(b"said"), "a.wav", Brief())
    assert list(kept.folder.glob("*")) == [kept.folder / ".aftertone-lock"]


def test_other_files_of_the_user_are_takes_that_are_never_deleted_by_themselves(
    client: Any, kept: Takes
) -> None:
    soundfile.write(kept.folder / "take-001.wav", np.zeros(16_000), 16_000)
    (kept.folder / "take-002.wav").write_text("my notes")
    before = contents(kept.folder)
    assert [ended(kept, name).state for name in ("take-001", "take-002")] == ["silent", "failed"]
    silent, text = client.get("/takes").json()["takes"]
    assert (silent["error"], text["error"].partition(", ")[0]) == ("", "take-002: holds text")
    assert contents(kept.folder) == before


# ── disks ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("place", ["audio", "brief"])
def test_a_full_disk_is_reported_and_leaves_no_partial_take(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, place: str
) -> None:
    create = takes._create

    def failing(path: Path) -> Any:
        if (path.suffix == ".toml") == (place == "brief"):
            raise OSError(code, os.strerror(code))
        return create(path)

    monkeypatch.setattr(takes, "_create", failing)
    answer = upload(client, tmp_path)
    assert answer.status_code == 507
    assert answer.json() == {
        "error": f"{kept.folder}: the recording cannot be kept: {os.strerror(code)}",
        "kept": None,
    }
    assert names(kept) == []
    assert list(kept.folder.glob(".aftertone-i*")) == []


def test_a_missing_disk_is_reported_on_every_route(client: Any, kept: Takes, tmp_path: Path) -> None:
    assert upload(client, tmp_path).status_code == 202
    assert ended(kept, "take-001")
    away = kept.folder.rename(tmp_path / "away")
    for method, path in (
        ("GET", "/takes"),
        ("GET", "/takes/take-001"),
        ("GET", "/takes/take-001/audio"),
        ("DELETE", "/takes/take-001"),
    ):
        answer = client.request(method, path)
        assert answer.status_code == 507
        assert answer.json()["error"] == (
            f"{kept.folder}: cannot be read: No such file or directory; is its disk still there?"
        )
    answer = upload(client, tmp_path)
    assert answer.status_code == 507
    assert answer.json()["kept"] is None
    away.rename(kept.folder)
    assert upload(client, tmp_path).json()["take"]["name"] == "take-002"


def test_a_review_that_cannot_be_stored_keeps_the_recording(
    client: Any, kept: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any, path: Path) -> None:
        raise ReportError(f"{path}: the report cannot be written: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(takes, "write_report", full)
        assert upload(client, tmp_path).status_code == 202
        assert ended(kept, "take-001").error == (
            "take-001.review.json: the report cannot be written: No space left on device"
        )
    assert names(kept) == ["take-001.flac", "take-001.toml"]
    assert client.post("/takes/take-001/review").status_code == 202
    assert ended(kept, "take-001").state == "reviewed"


def test_a_read_only_folder_is_reported_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(path: Path) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(takes, "make_file", read_only)
    with pytest.raises(TakeError, match="nothing can be kept in this folder: Read-only file system; name"):
        Takes(tmp_path, Options())


# ── other files in the folder ────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_and_pipes_are_no_takes(client: Any, kept: Takes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    shutil.copy(SAMPLES / truth("hurried_number")["file"], secret)
    outside = tmp_path / "secret.toml"
    outside.write_text('recipient = "Secret"\n')
    (kept.folder / "take-001.flac").symlink_to(secret)
    os.mkfifo(kept.folder / "take-002.wav")
    (kept.folder / "take-003.wav").symlink_to("/dev/zero")
    assert client.get("/takes").json()["takes"] == []
    for name in ("take-001", "take-002", "take-003"):
        assert client.get(f"/takes/{name}").status_code == 404
        assert client.get(f"/takes/{name}/audio").status_code == 404
        assert client.delete(f"/takes/{name}").status_code == 404
    take = kept.keep(io.BytesIO(secret.read_bytes()), "said.flac", Brief())
    assert take.name == "take-004"
    take.brief_path.unlink()
    take.brief_path.symlink_to(outside)
    take.review_path.symlink_to(outside)
    assert kept.get("take-004").brief == Brief()
    assert kept.get("take-004").outcome() is None
    assert ended(kept, "take-004").state == "reviewed"
    assert not take.review_path.is_symlink()
    assert outside.read_text() == 'recipient = "Secret"\n'
    assert client.delete("/takes/take-004").status_code == 200
    assert outside.is_file()
    assert secret.is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_instead_of_the_lock_or_an_unfinished_file_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / ".aftertone-lock").symlink_to(mine)
    with pytest.raises(TakeError, match="nothing can be kept in this folder"):
        Takes(tmp_path / "one", Options())
    (tmp_path / "two" / ".aftertone-incoming-1").symlink_to(mine)
    Takes(tmp_path / "two", Options()).close()
    assert mine.read_text() == "mine"


def damaged(good: bytes) -> Iterator[tuple[str, bytes]]:
    page = json.loads(good)
    review = page["outcomes"][0]["review"]

    def changed(**values: Any) -> bytes:
        outcome = {**page["outcomes"][0], "review": {**review, **values}}
        return json.dumps({**page, "outcomes": [outcome]}).encode()

    finding = review["findings"][0]
    yield "empty", b""
    yield "noise", bytes(range(256)) * 40
    yield "cut", good[: len(good) // 2]
    yield "deep", b"[" * 1_000_000
    yield (
        "deep within",
        changed(transcript=None).replace(b'"transcript": null', b'"transcript": ' + b"[" * 100_000),
    )
    yield "large", good.replace(b'"general"', b'"' + b"g" * (9 << 20) + b'"')
    yield "no outcomes", b'{"schema_version": 1, "outcomes": []}'
    yield "later schema", good.replace(b'"schema_version": 1', b'"schema_version": 99')
    yield "points of text", changed(score={"points": "<img src=x onerror=alert(1)>", "judged_share": "all"})
    yield "points of lists", changed(score={"points": [1], "judged_share": {}})
    yield "huge points", changed(score={"points": 10**400, "judged_share": 10**400})
    yield (
        "findings of nothing",
        changed(findings=[{**finding, "title": None, "verdict": None, "advice": 7}] * 3),
    )
    yield "a finding of lists", changed(findings=[{**finding, "rule": ["a"], "measure": "pauses.count"}])
    yield "measures of text", changed(measurements={**review["measurements"], "duration_s": "long"})
    yield "a path as playbook", changed(playbook="../../../../etc/passwd")
    yield "a list as playbook", changed(playbook=["general"])
    yield "markup", changed(recording="<script>alert(1)</script>", transcript=7)


def test_a_damaged_or_hostile_review_affects_its_own_take_alone(
    client: Any, kept: Takes, tmp_path: Path, here: type[WorkersHere]
) -> None:
    for name in ("take-001", "take-002", "take-003"):
        assert upload(client, tmp_path).status_code == 202
        assert ended(kept, name).state == "reviewed"
    stored = kept.folder / "take-001.review.json"
    good = stored.read_bytes()
    here.run = failing_with(UnexpectedError("not now"))
    for what, content in damaged(good):
        stored.write_bytes(content)
        listed = client.get("/takes")
        assert listed.status_code == 200, what
        assert [take["name"] for take in listed.json()["takes"]] == ["take-001", "take-002", "take-003"], what
        opened = client.get("/takes/take-003")
        assert opened.status_code == 200, what
        assert opened.json()["message"]["findings"], what
        own = client.get("/takes/take-001")
        assert own.status_code == 200 or own.json()["error"], what
    stored.write_bytes(b"noise")
    assert ended(kept, "take-001").state == "failed"
    here.run = None
    assert client.post("/takes/take-001/review").status_code == 202
    assert ended(kept, "take-001").state == "reviewed"
    assert client.delete("/takes/take-001").status_code == 200
    assert [take.name for take in kept.all()] == ["take-002", "take-003"]

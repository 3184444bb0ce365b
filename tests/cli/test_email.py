from __future__ import annotations

import email
from email.policy import default
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, Run


def test_a_draft_is_written_and_not_replaced(
    run: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(call="dentist_callback")
    monkeypatch.chdir(path)
    args = ("email", "call.flac", "--engine", "replay", "--recipient", "Mary", "--to", "mary@example.com")
    assert run(*args) == (0, "call.eml: a draft, not sent\n", "")
    draft = email.message_from_bytes(Path("call.eml").read_bytes(), policy=default)
    assert draft["To"] == "Mary <mary@example.com>"
    body = draft.get_body()
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert "Hello Mary,\n" in text
    assert "“I'm calling to move your cleaning on Thursday" in text
    assert "You can reach me at (844) 555-0149." in text
    (attached,) = draft.iter_attachments()
    assert attached.get_payload(decode=True) == Path("call.flac").read_bytes()
    code, _, err = run(*args)
    assert code == 2
    assert "call.eml: the file exists" in err
    assert run(*args, "--force")[0] == 0


def test_a_draft_to_standard_output_is_the_same_each_time(run: Run, folder: Folder) -> None:
    path = folder(call="dentist_callback") / "call.flac"
    first, again = (run("email", path, "--no-words", "--out", "-") for _ in range(2))
    assert first == again
    assert first[1].startswith("Subject: Voice message")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["none.wav"], 1, "none.wav"),
        (["call.flac", "--to", "x\r\nBcc: e@x.y"], 1, "is not an e-mail address"),
        (["call.flac", "--out", "no/such/call.eml"], 2, "the draft cannot be written"),
    ],
)
def test_a_draft_that_cannot_be_made_has_a_reason(
    run: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch, args: list[str], code: int, says: str
) -> None:
    monkeypatch.chdir(folder(call="number_once"))
    ended, out, err = run("email", *args, "--no-words")
    assert (ended, out) == (code, "")
    assert says in err
    assert err.count("\n") == 1
    assert not Path("call.eml").exists()

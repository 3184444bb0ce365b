from __future__ import annotations

import email
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.errors import AudioEmptyError, AudioNotFoundError, BriefError
from aftertone.language.brief import Brief
from aftertone.language.facts import facts_of
from aftertone.language.transcript import Transcript, Word
from aftertone.measurements import Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures, RecipientMeasures
from aftertone.measurements.sound import MessageMeasures
from aftertone.measurements.wording import WordMeasures
from aftertone.playbook import Review, Score, load_playbook, rewritten
from aftertone.practice.mail import email_draft
from tests.language.test_content import said

SOUND = bytes(range(256)) * 3


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    path.write_bytes(SOUND)
    return path


def sent(draft: EmailMessage) -> EmailMessage:
    """The draft as a mail program reads it."""
    return email.message_from_bytes(draft.as_bytes(), policy=default)


def body(draft: EmailMessage) -> str:
    part = sent(draft).get_body()
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def review(words: str, *, trusted: bool | None = None, **groups: object) -> Review:
    spoken = tuple(Word(word, float(i), i + 0.9) for i, word in enumerate(words.split()))
    confidence = WordMeasures(trusted=trusted, confidence=None if trusted is None else float(trusted))
    reviewed = Measurements(duration_s=30.0, words=confidence, **groups)  # type: ignore[arg-type]
    return Review("call.wav", "general", reviewed, (), Score(None, 0.0), Transcript(spoken))


def test_the_draft_says_who_when_and_where_to_call(recording: Path) -> None:
    brief = Brief(
        recipient="Mary",
        caller="Sarah Collins",
        company="Bright Smile Dental",
        number="8005551234",
        recorded_at=datetime(2026, 3, 3, 9, 5),
    )
    draft = sent(email_draft(recording, brief=brief, to="mary@example.com", sender="sarah@example.com"))
    assert dict(draft.items()) | {"Content-Type": ""} == {
        "Subject": "Voice message from Sarah Collins",
        "To": "Mary <mary@example.com>",
        "From": "Sarah Collins <sarah@example.com>",
        "X-Unsent": "1",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }
    assert body(draft) == (
        "Hello Mary,\n\n"
        "I left you a voice message on Tuesday, 3 March 2026, at 09:05. The recording is attached.\n\n"
        "You can reach me at (800) 555-1234.\n\n"
        "Kind regards,\nSarah Collins\nBright Smile Dental\n"
    )


def test_the_recording_is_attached_unchanged(recording: Path) -> None:
    (attached,) = sent(email_draft(recording)).iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "call.wav")
    assert attached.get_payload(decode=True) == SOUND


def test_a_draft_without_facts_is_short(recording: Path) -> None:
    draft = email_draft(recording)
    assert draft["Subject"] == "Voice message"
    assert draft["To"] is draft["From"] is draft["Date"] is None
    assert body(draft) == (
        "Hello,\n\nI left you a voice message. The recording is attached.\n\nKind regards,\n"
    )


def test_the_brief_beside_the_recording_is_used(recording: Path) -> None:
    recording.with_suffix(".toml").write_text('recipient = "Zoë"\ncaller = "Ann"\nnumber = "000-0000"')
    draft = email_draft(recording, brief=Brief(caller="Eve"))
    assert draft["Subject"] == "Voice message from Eve"
    assert body(draft).startswith("Hello Zoë,\n")
    assert "reach me at 000-0000." in body(draft)  # no valid number: as the brief has it


@pytest.mark.parametrize(
    ("trusted", "known", "says"),
    [
        (True, None, "You can reach me at (312) 555-4293, extension 12.\n"),
        (
            False,
            None,
            "You can reach me at (312) 555-4293, extension 12. "
            "[Check this number before you send this: it may have been misheard.]\n",
        ),
        (False, "312-555-4294 x12", "You can reach me at (312) 555-4294 ext. 12.\n"),
    ],
)
def test_an_untrusted_number_is_replaced_by_the_brief_or_marked(
    recording: Path, trusted: bool, known: str | None, says: str
) -> None:
    number = NumberMeasures(
        digits="3125554293", e164="+13125554293", valid=True, extension="12", trusted=trusted
    )
    draft = email_draft(recording, brief=Brief(number=known), review=review("call me", number=number))
    assert says in body(draft)


def test_a_number_with_different_readings_is_marked(recording: Path) -> None:
    number = NumberMeasures(digits="3125554293", e164="+13125554293", valid=True, agree=False, trusted=True)
    says = "4293. [Check this number before you send this: it was not said with the same digits each time.]\n"
    assert says in body(email_draft(recording, review=review("call me", number=number)))
    known = email_draft(recording, brief=Brief(number="312-555-4294"), review=review("x", number=number))
    assert "Check" not in body(known)


def rewritten_review(text: str, playbook: str = "general", **groups: Any) -> Review:
    """A review of these words, with the message that the playbook makes of them."""
    found = rewritten(load_playbook(playbook), facts_of(said(text)), Measurements(duration_s=30.0))
    return replace(review(text, **groups), rewrite=found)


@pytest.mark.parametrize(
    ("playbook", "text", "quoted"),
    [
        ("general", "I wanted to, um, ask about the roof.", "I wanted to ask about the roof"),
        ("general", "Hi. Your new door is ready. See you on Monday.", "Your new door is ready"),
        ("general", "This is Al, calling about the roof.", "I'm calling about the roof"),
        (
            "message-taker",
            "I'm calling about the roof. Call me at 312-555-0143.",
            "I'm calling about the roof",
        ),
        ("collections", "An audit is due, and my emails got no answer.", "An audit is due"),
    ],
)
def test_the_reason_for_the_call_is_quoted(recording: Path, playbook: str, text: str, quoted: str) -> None:
    reviewed = rewritten_review(text, playbook)
    assert f"In it I say: “{quoted}”." in body(email_draft(recording, review=reviewed))


@pytest.mark.parametrize("playbook", ["general", "collections", "follow-up-3"])
def test_a_message_without_a_reason_is_not_quoted(recording: Path, playbook: str) -> None:
    reviewed = rewritten_review("I'm calling.", playbook)
    assert body(email_draft(recording, review=reviewed)) == body(email_draft(recording))


def test_a_silent_recording_is_announced_as_a_call(recording: Path) -> None:
    draft = email_draft(
        recording, brief=Brief(caller="Ann"), review=review("", message=MessageMeasures(left=False))
    )
    assert draft["Subject"] == "Call from Ann"
    assert "I called you. The recording is attached." in body(draft)


def test_the_review_fills_the_gaps_of_the_brief(recording: Path) -> None:
    reviewed = rewritten_review(
        "hi mary i'm calling about the leaky roof please call me",
        recipient=RecipientMeasures(name="Mary"),
        caller=CallerMeasures(name="Ann Lee", company="Acme"),
        number=NumberMeasures(digits="8005551234", e164="+18005551234", valid=True),
    )
    text = body(email_draft(recording, brief=Brief(caller="Ann Day"), review=reviewed))
    assert text.startswith("Hello Mary,")
    assert "In it I say: “I'm calling about the leaky roof”." in text
    assert "reach me at (800) 555-1234." in text
    assert text.endswith("Kind regards,\nAnn Day\nAcme\n")


def test_untrusted_words_are_not_used(recording: Path) -> None:
    reviewed = review("hi larry", trusted=False, recipient=RecipientMeasures(name="Larry"))
    assert body(email_draft(recording, review=reviewed)) == body(email_draft(recording))


NO_ADDRESSES = """mary
mary@
@example.com
a b@example.com
mary@exa mple.com
zoë@example.com
a@b@c
Mary <m@x.y>"""


@pytest.mark.parametrize("address", [*NO_ADDRESSES.splitlines(), "m@x.y\nBcc: e@x.y"])
def test_an_invalid_address_is_refused(recording: Path, address: str) -> None:
    with pytest.raises(BriefError, match=r"is not an e-mail address; expected one such as mary@example\.com"):
        email_draft(recording, to=address)


def test_an_unreadable_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioNotFoundError, match=r"none\.wav"):
        email_draft(tmp_path / "none.wav")
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioEmptyError, match=r"empty\.wav"):
        email_draft(tmp_path / "empty.wav")


@given(*[st.text(st.characters(exclude_categories=()), max_size=30)] * 3)
def test_no_text_can_add_a_header(
    tmp_path_factory: pytest.TempPathFactory, recipient: str, caller: str, company: str
) -> None:
    path = tmp_path_factory.mktemp("mail") / "call.wav"
    path.write_bytes(SOUND)
    evil = "\r\nBcc: eve@example.com\r\n\r\n"
    brief = Brief(recipient=recipient + evil, caller=caller + evil, company=evil + company)
    draft = sent(email_draft(path, brief=brief, to="mary@example.com", sender="ann@example.com"))
    assert sorted(draft.keys()) == ["Content-Type", "From", "MIME-Version", "Subject", "To", "X-Unsent"]
    assert [address.addr_spec for address in draft["To"].addresses] == ["mary@example.com"]
    assert len(list(draft.iter_attachments())) == 1


def test_a_file_name_cannot_add_a_header(tmp_path: Path) -> None:
    path = tmp_path / 'a"\r\nBcc: eve@example.com\r\n.wav'
    path.write_bytes(SOUND)
    draft = sent(email_draft(path))
    (attached,) = draft.iter_attachments()
    assert draft["Bcc"] is attached["Bcc"] is None
    assert attached.get_filename() == 'a" Bcc: eve@example.com .wav'


def test_the_same_recording_gives_the_same_draft(recording: Path) -> None:
    assert email_draft(recording).as_bytes() == email_draft(recording).as_bytes()

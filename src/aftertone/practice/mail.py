"""A draft of the e-mail that announces a voice message, with the recording attached. Nothing is sent."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from os import PathLike
from pathlib import Path

from aftertone.errors import AudioAccessError, AudioEmptyError, AudioNotFoundError, BriefError
from aftertone.files.reading import RECORDING_BYTES_MAX, read_limited
from aftertone.language.brief import Brief, find_brief
from aftertone.language.callback import DEFAULT_REGION
from aftertone.language.callback.numbering_plan import national_format
from aftertone.measurements import Measurements
from aftertone.playbook import Review, Rewrite
from aftertone.report.review_text import number_as_written

_TYPES = {  # missing from Python's table of types, or there under names that mail programs do not know
    ".3gp": "audio/3gpp",
    ".amr": "audio/amr",
    ".caf": "audio/x-caf",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
}
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_WHY = ("purpose", "reason", "gain")  # facts of a rewritten message that say why, the first one wins
_TO_CHECK = " [Check this number before you send this: {}.]"


def email_draft(
    recording: str | PathLike[str],
    *,
    brief: Brief | None = None,
    review: Review | None = None,
    to: str | None = None,
    sender: str | None = None,
) -> EmailMessage:
    """Write the draft of an e-mail that announces a voice message, with the recording attached.

    Parameters
    ----------
    recording : path
        The file is attached unchanged.
    brief : Brief or None
        Known facts: the recipient, the caller, the time, the number. They win over the brief beside the
        recording.
    review : Review or None
        Gives the number and names that the brief lacks, and the reason for the call, which its rewritten
        message has. Words that do not fit the sound are not used. A number that is not trusted is marked for
        the sender to check.
    to, sender : str or None
        Addresses such as ``mary@example.com``. None: the draft has no such header.

    Returns
    -------
    EmailMessage
        ``X-Unsent: 1`` makes mail programs open it for editing. It has no date, so the same recording always
        gives the same draft.

    Raises
    ------
    AudioNotFoundError, AudioAccessError, AudioEmptyError
        The recording cannot be read.
    BriefError
        The brief beside it cannot be read, or an address is not valid.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "call.wav")
    ...     _ = path.write_bytes(b"RIFF")
    ...     draft = email_draft(path, brief=Brief(recipient="Mary", caller="Sarah"), to="mary@example.com")
    >>> draft["Subject"], draft["To"]
    ('Voice message from Sarah', 'Mary <mary@example.com>')
    """
    path = Path(recording)
    known = (brief or Brief()).over(find_brief(path) or Brief())
    sound = _bytes_of(path)
    measured = Measurements(duration_s=0.0)
    if review is not None and not review.measurements.doubts:
        measured = review.measurements
    recipient = _line(known.recipient or measured.recipient.name)
    caller = _line(known.caller or measured.caller.name)
    company = _line(known.company or measured.caller.company)
    plain = replace(measured.number, trusted=None)  # the doubt follows the number
    own = national_format(_line(known.number), known.region or DEFAULT_REGION, valid_only=True)
    number = own or number_as_written(plain)
    doubt = ""
    if known.number is None and measured.number.agree is False:
        doubt = _TO_CHECK.format("it was not said with the same digits each time")
    elif known.number is None and measured.number.trusted is False:
        doubt = _TO_CHECK.format("it may have been misheard")
    has_message = review is None or review.measurements.message.left is not False
    draft = EmailMessage(policy=SMTP)
    draft["Subject"] = " ".join(
        [
            "Voice message" if has_message else "Call",
            *(["from", caller or company] if caller or company else []),
        ]
    )
    if to:
        draft["To"] = _address(recipient, to)
    if sender:
        draft["From"] = _address(caller, sender)
    draft["X-Unsent"] = "1"
    at = known.recorded_at
    when = f" on {at:%A}, {at.day} {at:%B %Y}, at {at:%H:%M}" if at else ""
    announcement = "I left you a voice message" if has_message else "I called you"
    paragraphs = [
        f"Hello {recipient}," if recipient else "Hello,",
        f"{announcement}{when}. The recording is attached.",
    ]
    if review is not None and (reason := _reason(review.rewrite)):
        paragraphs.append(f"In it I say: “{reason}”.")
    if number:
        paragraphs.append(f"You can reach me at {number}.{doubt}")
    paragraphs.append("\n".join(filter(None, ["Kind regards,", caller, company])))
    draft.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    main, _, sub = _type_of(path).partition("/")
    draft.add_attachment(sound, maintype=main, subtype=sub, filename=_line(path.name) or "message")
    # the library draws boundaries at random, and the draft would differ each time
    draft.set_boundary(f"recording-{sha256(sound).hexdigest()[:32]}")
    return draft


def _reason(rewrite: Rewrite | None) -> str:
    """Why the caller called, from the beginning of its sentence; empty where the message says no reason."""
    for fact in _WHY:
        before = ""
        for part in rewrite.parts if rewrite else ():
            if part.fact == fact and not part.is_blank:
                return _line(before.rpartition(". ")[2] + part.text)
            before += part.text
    return ""


def _bytes_of(path: Path) -> bytes:
    try:
        sound = read_limited(path, RECORDING_BYTES_MAX)
    except FileNotFoundError as error:
        raise AudioNotFoundError(f"{path}: no such file") from error
    except OSError as error:
        raise AudioAccessError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not sound:
        raise AudioEmptyError(f"{path}: is empty; there is nothing to attach")
    return sound


def _type_of(path: Path) -> str:
    suffix = path.suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"


def _line(text: str | None) -> str:
    """A text on one line: no line break or control character may enter a header."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.encode("utf-8", "replace").decode().split())


def _address(name: str, address: str) -> Address:
    fault: Exception | None = None
    try:
        found = Address(name, addr_spec=address)
        if address.isascii() and _HOST.fullmatch(found.domain):
            return found
    except Exception as error:  # the parser of the standard library raises many kinds
        fault = error
    raise BriefError(
        f"{address!r} is not an e-mail address; expected one such as mary@example.com"
    ) from fault

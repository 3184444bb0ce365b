"""The e-mail that says a message was left, as a draft with the recording in it. Nothing is sent."""

from __future__ import annotations

import math
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from os import PathLike
from pathlib import Path

from aftertone.errors import AudioAccessError, AudioEmptyError, AudioNotFoundError, BriefError
from aftertone.files.reading import RECORDING_BYTES_MAX, read_given
from aftertone.language.brief import Brief, find_brief
from aftertone.language.restarts import ENDS_NO_SENTENCE
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Transcript, Word
from aftertone.measurements import Measurements
from aftertone.playbook import Review
from aftertone.report.console import number_as_written

# What Python's table of types lacks, or names in a way that mail programs do not know.
_TYPES = {
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
_SENTENCE_PAUSE_S = 0.4  # ours: where the words on the purpose end, in a transcript without full stops
_SAME_WORD_S = 0.1  # ours: an edge that was cut to the speech has moved by less
_PURPOSE_WORDS_MAX = 25  # ours: what still reads as one sentence
_PURPOSE_WORDS_MIN = 4  # "I'm calling" says nothing
_SUBORDINATE = frozenset({"to", "about", "regarding", "concerning", "and", "for", "on", "in", "because"})
_NUMBER_COMES = re.compile(
    r"(?:\s+(?:and|so))?\s+(?:(?:the|my|our) (?:\w+ )?(?:number|cell|line|mobile)(?: here)? is|"
    r"(?:you can )?(?:reach|call|ring) (?:me|us) (?:back )?(?:at|on))\W*$",
    re.IGNORECASE,
)  # what leads to a number that is told apart from the quotation
_TO_CHECK = " [Check this number before you send this: {}.]"


def email_draft(
    recording: str | PathLike[str],
    *,
    brief: Brief | None = None,
    review: Review | None = None,
    to: str | None = None,
    sender: str | None = None,
) -> EmailMessage:
    """A draft that says a voice message was left, with the recording attached.

    Parameters
    ----------
    recording : path
        It is attached as it is.
    brief : Brief or None
        What is known of the message, over what lies beside it: who is called, by whom, when, which number.
    review : Review or None
        What was heard: tells why the call was made and, where the brief does not, the number and the names.
        Nothing is taken from words that do not fit the sound; a number that is not to be trusted is marked
        for whoever sends the draft to check.
    to, sender : str or None
        Addresses such as ``mary@example.com``; the draft has none where they are not given.

    Returns
    -------
    EmailMessage
        ``X-Unsent: 1`` makes mail programs open it for editing. It has no date, so that the same recording
        gives the same draft.

    Raises
    ------
    AudioNotFoundError, AudioAccessError, AudioEmptyError
        The recording cannot be read.
    BriefError
        The brief beside it cannot be read, or an address is none.

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
    heard = Measurements(duration_s=0.0)
    if review is not None and not review.measurements.doubts:
        heard = review.measurements
    recipient = _line(known.recipient or heard.recipient.name)
    caller = _line(known.caller or heard.caller.name)
    company = _line(known.company or heard.caller.company)
    plain = replace(heard.number, trusted=None)  # what is to be checked is said after it
    number = _written(_line(known.number), known.region or "US") or number_as_written(plain)
    doubt = ""
    if known.number is None and heard.number.agree is False:
        doubt = _TO_CHECK.format("it was not said with the same digits each time")
    elif known.number is None and heard.number.trusted is False:
        doubt = _TO_CHECK.format("it may have been misheard")
    spoke = review is None or review.measurements.message.left is not False
    draft = EmailMessage(policy=SMTP)
    draft["Subject"] = " ".join(
        ["Voice message" if spoke else "Call", *(["from", caller or company] if caller or company else [])]
    )
    if to:
        draft["To"] = _address(recipient, to)
    if sender:
        draft["From"] = _address(caller, sender)
    draft["X-Unsent"] = "1"
    at = known.recorded_at
    when = f" on {at:%A}, {at.day} {at:%B %Y}, at {at:%H:%M}" if at else ""
    paragraphs = [
        f"Hello {recipient}," if recipient else "Hello,",
        f"{'I left you a voice message' if spoke else 'I called you'}{when}. The recording is attached.",
    ]
    if review is not None and (purpose := _purpose(heard, review.transcript)):
        paragraphs.append(f"In it I say: “{purpose}”.")
    if number:
        paragraphs.append(f"You can reach me at {number}.{doubt}")
    paragraphs.append("\n".join(filter(None, ["Kind regards,", caller, company])))
    draft.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    main, _, sub = _type_of(path).partition("/")
    draft.add_attachment(sound, maintype=main, subtype=sub, filename=_line(path.name) or "message")
    # a boundary of the recording's own: the library's are drawn by lot, and a draft would differ each time
    draft.set_boundary(f"recording-{sha256(sound).hexdigest()[:32]}")
    return draft


def _purpose(heard: Measurements, transcript: Transcript | None) -> str:
    """The words with which the purpose is said: to the end of its sentence, to a request or to the number.

    Empty where they are too few to say anything; with an ellipsis where the sentence goes on.
    """
    if not heard.purpose.spans or transcript is None:
        return ""
    purpose = heard.purpose.spans[0]
    after = (*(heard.ask.spans or ()), *heard.number.evidence.get("readings", ()))
    end_s = min((span.start_s for span in after if span.start_s > purpose.end_s), default=math.inf)
    words = [word for word in transcript.words if word.start_s < end_s - _SAME_WORD_S]
    first = next(
        (at for at, word in enumerate(words) if word.start_s >= purpose.start_s - _SAME_WORD_S), len(words)
    )
    begins = [at for at in range(1, first + 1) if _ends_sentence(words[at - 1], words[at : at + 1])]
    if begins and set(word_parts(words[first].text if first < len(words) else "")) & _SUBORDINATE:
        first = begins[-1]
    said: list[Word] = []
    for at, word in enumerate(words[first:], first):
        said.append(word)
        if word.end_s >= purpose.end_s and _ends_sentence(word, words[at + 1 : at + 2]):
            break
    text = _NUMBER_COMES.sub("", _line(" ".join(word.text for word in said)))
    quoted = text.split()
    while quoted and set(word_parts(quoted[-1])[-1:]) <= ENDS_NO_SENTENCE:
        quoted.pop()
    if len(quoted) < _PURPOSE_WORDS_MIN:
        return ""
    text = " ".join(quoted[:_PURPOSE_WORDS_MAX]).rstrip(" .,;") + " …" * (len(quoted) > _PURPOSE_WORDS_MAX)
    return re.sub(r"^.|\bi\b", lambda match: match[0].upper(), text)


def _ends_sentence(word: Word, following: Sequence[Word]) -> bool:
    """Whether a sentence ends: by its mark, or by a pause after a word that may end one."""
    if word.text.endswith((".", "?", "!")) or not following:
        return True
    paused = following[0].start_s - word.end_s >= _SENTENCE_PAUSE_S
    return paused and not set(word_parts(word.text)[-1:]) <= ENDS_NO_SENTENCE


def _written(number: str, region: str) -> str:
    """A number of the brief as it is written in its country, or as the brief has it."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

    try:
        parsed = parse(number, region)
    except NumberParseException:
        return number
    return str(format_number(parsed, PhoneNumberFormat.NATIONAL)) if is_valid_number(parsed) else number


def _bytes_of(path: Path) -> bytes:
    try:
        sound = read_given(path, RECORDING_BYTES_MAX)
    except FileNotFoundError as error:
        raise AudioNotFoundError(f"{path}: no such file") from error
    except OSError as error:
        raise AudioAccessError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not sound:
        raise AudioEmptyError(f"{path}: holds no bytes; there is nothing to attach")
    return sound


def _type_of(path: Path) -> str:
    suffix = path.suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"


def _line(text: str | None) -> str:
    """A text that stays on its line: no break or other control character gets into a header."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.encode("utf-8", "replace").decode().split())


def _address(name: str, address: str) -> Address:
    fault: Exception | None = None
    try:
        found = Address(name, addr_spec=address)
        if address.isascii() and _HOST.fullmatch(found.domain):
            return found
    except Exception as error:  # the standard library raises whatever its parser trips over
        fault = error
    raise BriefError(f"{address!r} is no e-mail address; expected one such as mary@example.com") from fault

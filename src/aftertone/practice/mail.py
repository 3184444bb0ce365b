"""A draft of the e-mail that announces a voice message, with the recording attached. Nothing is sent."""

from __future__ import annotations

import math
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from aftertone.language.restarts import ENDS_NO_SENTENCE
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Transcript, Word
from aftertone.measurements import Measurements
from aftertone.playbook import Review
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
# A purpose that begins with one of these words needs the sentence before it.
_SUBORDINATE = frozenset({"to", "about", "regarding", "concerning", "and", "for", "on", "in", "because"})
_LEAD_TO_NUMBER = re.compile(
    r"(?:\s+(?:and|so))?\s+(?:(?:the|my|our) (?:\w+ )?(?:number|cell|line|mobile)(?: here)? is|"
    r"(?:you can )?(?:reach|call|ring) (?:me|us) (?:back )?(?:at|on))\W*$",
    re.IGNORECASE,
)  # the words before the number, which the draft gives on a line of its own
_TO_CHECK = " [Check this number before you send this: {}.]"


@dataclass(frozen=True, slots=True)
class QuoteOptions:
    """How the purpose of a call is quoted from its transcript. All values are our own choice."""

    sentence_pause_s: float = 0.4  # ends a sentence in a transcript without full stops
    tolerance_s: float = 0.1  # of the start of a word: times are trimmed to the speech
    words_min: int = 4  # a shorter quotation says nothing, such as "I'm calling"
    words_max: int = 25  # a longer quotation no longer reads as one sentence: it is cut here


QUOTE = QuoteOptions()


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
        Gives the purpose of the call, and the number and names that the brief lacks. Words that do not fit
        the sound are not used. A number that is not trusted is marked for the sender to check.
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
    if review is not None and (purpose := _purpose(measured, review.transcript)):
        paragraphs.append(f"In it I say: “{purpose}”.")
    if number:
        paragraphs.append(f"You can reach me at {number}.{doubt}")
    paragraphs.append("\n".join(filter(None, ["Kind regards,", caller, company])))
    draft.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    main, _, sub = _type_of(path).partition("/")
    draft.add_attachment(sound, maintype=main, subtype=sub, filename=_line(path.name) or "message")
    # the library draws boundaries at random, and the draft would differ each time
    draft.set_boundary(f"recording-{sha256(sound).hexdigest()[:32]}")
    return draft


def _purpose(measured: Measurements, transcript: Transcript | None, options: QuoteOptions = QUOTE) -> str:
    """The words that state the purpose, up to the end of the sentence, a request or the number.

    Empty if they are too few. An ellipsis marks a sentence that was cut.
    """
    if not measured.purpose.spans or transcript is None:
        return ""
    purpose = measured.purpose.spans[0]
    next_spans = (*(measured.ask.spans or ()), *measured.number.evidence.get("readings", ()))
    end_s = min((span.start_s for span in next_spans if span.start_s > purpose.end_s), default=math.inf)
    words = [word for word in transcript.words if word.start_s < end_s - options.tolerance_s]
    start_s = purpose.start_s - options.tolerance_s
    first = next((at for at, word in enumerate(words) if word.start_s >= start_s), len(words))
    begins = [at for at in range(1, first + 1) if _ends_sentence(words[at - 1], words[at : at + 1], options)]
    if begins and set(word_parts(words[first].text if first < len(words) else "")) & _SUBORDINATE:
        first = begins[-1]
    quoted: list[Word] = []
    for at, word in enumerate(words[first:], first):
        quoted.append(word)
        if word.end_s >= purpose.end_s and _ends_sentence(word, words[at + 1 : at + 2], options):
            break
    texts = _LEAD_TO_NUMBER.sub("", _line(" ".join(word.text for word in quoted))).split()
    while texts and set(word_parts(texts[-1])[-1:]) <= ENDS_NO_SENTENCE:
        texts.pop()
    if len(texts) < options.words_min:
        return ""
    ellipsis = " …" * (len(texts) > options.words_max)
    text = " ".join(texts[: options.words_max]).rstrip(" .,;") + ellipsis
    return re.sub(r"^.|\bi\b", lambda match: match[0].upper(), text)


def _ends_sentence(word: Word, following: Sequence[Word], options: QuoteOptions) -> bool:
    """Whether a sentence ends after a word: at a full stop, or at a pause if the word can end a sentence."""
    if word.text.endswith((".", "?", "!")) or not following:
        return True
    has_pause = following[0].start_s - word.end_s >= options.sentence_pause_s
    return has_pause and not set(word_parts(word.text)[-1:]) <= ENDS_NO_SENTENCE


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

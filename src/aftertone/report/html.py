"""Outcomes as one HTML page that holds all it needs and makes no request to the network.

Words of a recording and names of files may hold anything. So the template escapes them, the data is in a
block that is no script, and the page's script adds them as text, never as markup.
"""

from __future__ import annotations

import io
import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Reader, Recording, read_audio
from aftertone.errors import AftertoneError, unexpected
from aftertone.language.transcript import FillerSpan, Span, Word
from aftertone.measurements import MEASURES, NOT_SAID, CurvePoint, Measurements
from aftertone.measurements.registry import NO_SPEECH
from aftertone.outcome import Outcome
from aftertone.playbook import Finding, Playbook, Review, Rewrite, load_playbook, playbooks
from aftertone.report.overview import DISTRIBUTIONS, Overview, target_range
from aftertone.report.review_text import (
    OVERVIEW,
    first_thing,
    marks_of,
    number_as_written,
    number_remarks,
    overview_cells,
    target_text,
    titled_values,
    value_text,
    with_number_as_written,
)
from aftertone.report.table import ReportOptions
from aftertone.report.waveform_figure import WaveformFigure, figure_of

KEY_MEASURES = (*DISTRIBUTIONS, "level.snr_db")
"""The measures that a page shows at the head of each message."""
_TIERS = {
    "Pauses": "pause",
    "Hesitations": "hesitation",
    "Fillers": "filler",
    "Restarts": "restart",
    "Number": "number",
    "Other numbers": "other",
}
"""The rows of marks by title, each with its kind of mark: those under the waveform and those in the words."""
_RULE_KEYS = ("id", "title", "target", "source")  # the same in every message: a page has them once
_CONVERSATION_SYL_PER_S = (4.0, 5.5)  # the pace of conversation: general.toml, rule "pace"
_PITCH_BASE_ST, _PITCH_STEPS_PER_ST = -20, 6  # a byte holds 42 semitones by sixths
_LEVEL_STEPS_PER_DB = 2  # a byte holds 127 dB by halves
_MP3_DELAY = 1_105  # samples: 576 of LAME and 529 of a decoder, left off the start so that times stay true
_MP3_SIZE = 0.9  # libsndfile's compression level, 0 to 1: 24 kbit/s at 16 kHz, 3 kB a second


def write_html(outcomes: Iterable[Outcome], file: BinaryIO, options: ReportOptions) -> None:
    """Write outcomes as a page."""
    page = html_report(outcomes, audio=options.audio, playbook=options.playbook, read=options.read)
    file.write(page.encode("utf-8", "replace"))


def html_report(
    outcomes: Iterable[Outcome],
    *,
    audio: bool = True,
    playbook: Playbook | None = None,
    read: Reader = read_audio,
) -> str:
    """A page of one outcome in full, or of several as a table in which each opens.

    Each recording is read again for its waveform and contours, one at a time. A recording that is no longer
    there, or that has an address, is shown without them.

    Parameters
    ----------
    outcomes : iterable of Outcome
    audio : bool
        Whether the page holds the sound, as a small MP3.
    playbook : Playbook or None
        The playbook of the reviews, for target bands; not needed for a published one.
    read : callable
        How a recording is read again.

    Examples
    --------
    >>> from aftertone.errors import AudioEmptyError
    >>> page = html_report([Outcome(Path("<a>.wav"), error=AudioEmptyError("<a>.wav: no bytes"))])
    >>> "&lt;a&gt;.wav" in page, "<a>" in page
    (True, False)
    """
    books: dict[str, Playbook] = {} if playbook is None else {playbook.name: playbook}
    overview = Overview(books)
    messages: list[dict[str, Any]] = []
    rules: dict[tuple[Any, ...], int] = {}
    rows: list[dict[str, Any]] = []
    failures: list[tuple[str, str]] = []
    for outcome in outcomes:
        overview.add(outcome)
        review = outcome.review
        if review is None:
            failures.append((str(outcome.path), str(outcome.error)))
            continue
        if review.playbook not in books and review.playbook in playbooks():
            books[review.playbook] = load_playbook(review.playbook)
        message, row = _message_and_row(outcome.path, review, books.get(review.playbook), audio, read)
        rows.append({"index": len(messages), **row})
        message["findings"] = [_without_rule(finding, rules) for finding in message["findings"]]
        messages.append(message)
    is_single = len(messages) == 1 and not failures
    title = "Voicemails reviewed"
    if len(messages) + len(failures) == 1:
        title = messages[0]["name"] if messages else Path(failures[0][0]).name
    return render_page(
        "report.html",
        title=title,
        data={
            "messages": messages,
            "rules": [dict(zip(_RULE_KEYS, rule, strict=True)) for rule in rules],
            "single": is_single,
        },
        single=is_single,
        overview=overview,
        headings=[
            ("Recording", "text"),
            *((heading.capitalize(), kind) for heading, kind in OVERVIEW.items()),
        ],
        rows=sorted(rows, key=lambda row: row["cells"][0][1] == ""),  # those without a score last
        failures=failures,
    ).html


class Page(NamedTuple):
    """A page, and the Content-Security-Policy that it states."""

    html: str
    policy: str


def render_page(
    template: str,
    *,
    data: Any,
    package: str = "aftertone.report",
    media: str = "data:",
    connect: str = "'none'",
    parts: Sequence[str] = (),
    **values: Any,
) -> Page:
    """A page with its style, scripts and data inside, and a policy that allows nothing else.

    The template fills the blocks of ``base.html``. It lies in the folder ``page`` of its package, with a
    style and a script of the same name; the script reads `data`. `parts` are the scripts of that folder that
    run before it. `media` and `connect` are the sources of sound, and of the script's requests, in the words
    of the Content-Security-Policy.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    stem = Path(template).stem

    def source(name: str) -> str:
        place = package if Path(name).stem == stem or name in parts else "aftertone.report"
        return (files(place) / "page" / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    styles = ("style.css", f"{stem}.css")
    scripts = ("wavesurfer.min.js", "sound.js", "review.js", *parts, f"{stem}.js")
    nonce = secrets.token_urlsafe(18)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        f"media-src {media}; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    html = environment.get_template(template).render(
        **values,
        nonce=nonce,
        policy=policy,
        data=Markup(_json_in_html(data)),
        style=Markup("".join(map(source, styles))),
        scripts=[Markup(source(name)) for name in scripts],
        licence=Markup(source("wavesurfer.LICENSE")),
    )
    return Page(html, policy)


def _json_in_html(data: Any) -> str:
    """JSON in ASCII, without characters that mean something in HTML."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# ── one message ──────────────────────────────────────────────────────────────────────────────────────


def _message_and_row(
    path: object, review: Review, book: Playbook | None, audio: bool, read: Reader
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data of one message and its row in the table; where that fails, what went wrong."""
    try:
        recording = read_if_there(path, read)
        message = message_data(review, book, recording)
        if audio and recording is not None:
            message["audio"] = "data:audio/mpeg;base64," + b64encode(encode_mp3(recording)).decode()
        cells = [
            (text or "–", "" if value is None else value) for text, value in overview_cells(review).values()
        ]
    except Exception as error:  # it costs this message alone
        message = failed_message(review.recording, error)
        cells = [*[("–", "")] * (len(OVERVIEW) - 1), (message["problem"], message["problem"])]
    return message, {"name": review.recording, "cells": cells}


def failed_message(name: str, error: Exception) -> dict[str, Any]:
    """The data of a message that cannot be shown: its name and the error."""
    return {"name": name, "problem": str(unexpected(error, "it cannot be shown")), "findings": []}


def message_data(review: Review, book: Playbook | None, recording: Recording | None) -> dict[str, Any]:
    """The data of one message for the page's script, in plain values; times in seconds."""
    m, score = review.measurements, review.score
    words = () if review.transcript is None else review.transcript.words
    tiers = ((title, kind, marks_of(review, kind)) for title, kind in _TIERS.items())
    return {
        "name": review.recording,
        "playbook": review.playbook if book is None else book.title,
        "points": score.points,
        "score": score.text,
        "reason": score.reason,
        "judged_share": score.judged_share,
        "counts": [score.met_count, score.missed_count, score.not_judged_count],
        "first": first_thing(review),
        "number": _number(m),
        "key_values": [(title.capitalize(), text) for title, text in titled_values(review, KEY_MEASURES)],
        "words": [[*_times(word), word.text] for word in words],
        "no_words": "" if words else m.reasons.get("words.count", ""),
        "words_doubt": (words and m.words.why_untrusted) or "",
        "engine": "" if review.transcript is None else review.transcript.engine,
        "tiers": [
            {"title": title, "kind": kind, "spans": [_mark(mark, review) for mark in marks]}
            for title, kind, marks in tiers
            if marks
        ],
        "findings": [
            _finding(finding, review) for finding in sorted(review.findings, key=lambda f: -f.missed_weight)
        ],
        "not_measured": _not_measured(m),
        "rewrite": rewrite_data(review.rewrite),
        "flat_spans": [_times(span) for span in m.pitch.flat_spans or ()],
        "rate": _curve(m.rate.curve or ()),
        "rate_band": _rate_band(book),
        "figure": None if recording is None else _figure(figure_of(recording)),
    }


def encode_mp3(recording: Recording) -> bytes:
    """The sound as an MP3 of 3 kB a second whose times are true; its first 69 ms are silent."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(
        file, recording.samples[_MP3_DELAY:], recording.rate_hz, format="MP3", subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT", compression_level=_MP3_SIZE,
    )  # fmt: skip
    return file.getvalue()


def read_if_there(path: object, read: Reader = read_audio) -> Recording | None:
    """A recording, read for its figure; None where it is not there or has an address."""
    if not isinstance(path, Path) or not path.is_file():
        return None
    try:
        return read(path)
    except AftertoneError:
        return None


def _times(part: Span | Word) -> list[float | None]:
    return [_rounded(part.start_s), _rounded(part.end_s)]


def _span(span: Span, review: Review) -> list[Any]:
    return [*_times(span), with_number_as_written(span.text, review)]


def _mark(span: Span, review: Review) -> list[Any]:
    """A mark; True at its end says that no word is written for it."""
    is_sound_alone = isinstance(span, FillerSpan) and span.witness == "sound"
    return [*_span(span, review), *([True] if is_sound_alone else [])]


def _number(m: Measurements) -> dict[str, Any]:
    """The call-back number as heard, with its slowest full reading; or why there is none."""
    number = m.number
    readings = number.evidence.get("digits_per_s") or number.evidence.get("readings") or ()
    reason = m.reasons.get("number.digits", "")
    is_known = reason.startswith((NOT_SAID, NO_SPEECH))
    return {
        "written": number_as_written(number),
        "remarks": [(title.capitalize(), text) for title, text in number_remarks(number)],
        "how": number.how or "",
        "span": _times(readings[0]) if readings else None,
        "missing": "No number was left" if is_known else "The number is not known",
        "reason": reason.removeprefix(f"{NOT_SAID}: ") if is_known else "the words are not known",
    }


def rewrite_data(rewrite: Rewrite | None) -> list[list[Any]] | None:
    """The parts of a rewritten message, ``[text, fact, is_blank]`` of each; None where there is none."""
    return None if rewrite is None else [[part.text, part.fact, part.is_blank] for part in rewrite.parts]


def _finding(finding: Finding, review: Review) -> dict[str, Any]:
    return {
        "id": finding.rule,
        "verdict": finding.verdict,
        "title": finding.title,
        "value": with_number_as_written(value_text(finding), review),
        "target": target_text(finding),
        "advice": finding.advice,
        "reason": finding.reason if finding.verdict == "not judged" else "",
        "close": finding.close,
        "source": finding.source,
        "spans": [_span(span, review) for span in finding.evidence],
    }


def _without_rule(finding: dict[str, Any], rules: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    """A finding with the index of its rule in the page's table of rules instead of the rule's own texts."""
    index = rules.setdefault(tuple(finding[key] for key in _RULE_KEYS), len(rules))
    own = {key: value for key, value in finding.items() if value and key not in _RULE_KEYS}
    return {**own, "rule": index}


def _not_measured(m: Measurements) -> list[tuple[str, list[str]]]:
    """Reasons why measures are None, each with their titles; without those that were merely not said."""
    names: dict[str, list[str]] = {}
    for name, reason in m.reasons.items():
        if not reason.startswith(NOT_SAID):
            names.setdefault(reason, []).append(MEASURES[name].title)
    return sorted(names.items(), key=lambda item: -len(item[1]))


def _curve(points: Sequence[CurvePoint]) -> dict[str, Any]:
    """Points in equal steps of time."""
    start_s = points[0].time_s if points else 0.0
    step_s = (points[-1].time_s - start_s) / (len(points) - 1) if len(points) > 1 else 0.0
    return {"start_s": start_s, "step_s": step_s, "values": [_rounded(point.value) for point in points]}


def _figure(figure: WaveformFigure) -> dict[str, Any]:
    """A figure as plain values: the points of each line as bytes."""
    pitch = (figure.pitch_st - _PITCH_BASE_ST) * _PITCH_STEPS_PER_ST + 1
    return {
        "duration_s": figure.duration_s,
        "step_s": _rounded(figure.step_s),
        "reference_hz": _rounded(figure.reference_hz),
        "peaks": _in_bytes(255 * figure.peaks),
        "pitch": _in_bytes(np.where(np.isnan(pitch), 0, np.clip(pitch, 1, 255))),  # 0 is unvoiced
        "level": _in_bytes(-_LEVEL_STEPS_PER_DB * figure.level_db),
        "pitch_base_st": _PITCH_BASE_ST,
        "pitch_steps_per_st": _PITCH_STEPS_PER_ST,
        "level_steps_per_db": _LEVEL_STEPS_PER_DB,
    }


def _in_bytes(values: NDArray[Any]) -> str:
    return b64encode(np.clip(np.round(values), 0, 255).astype(np.uint8).tobytes()).decode()


def _rounded(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None


def _rate_band(book: Playbook | None) -> list[float | None]:
    low, high = target_range(book, "rate.articulation_syl_per_s")
    return list(_CONVERSATION_SYL_PER_S) if low is None and high is None else [low, high]

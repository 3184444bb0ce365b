"""Outcomes as one page of HTML that holds all it needs and asks the network for nothing.

What was said in a recording, and what its file is called, is anybody's text: the template escapes it, the
data lies in a block that is no script, and the page's own script makes text of it, never markup.
"""

from __future__ import annotations

import io
import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import median, median_low
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Reader, Recording, read_audio
from aftertone.errors import AftertoneError, unexpected
from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import MEASURES, NOT_SAID, CurvePoint, Measurements, Value
from aftertone.outcome import Outcome
from aftertone.playbook import Bound, Finding, Playbook, Review, load_playbook, playbooks
from aftertone.playbook.advice import readable
from aftertone.report.console import (
    first_thing,
    number_as_written,
    number_remarks,
    with_number_as_written,
)
from aftertone.report.picture import Picture, picture_of

_MAIN = {
    "message.duration_s": "Length",
    "rate.words_per_min": "Pace",
    "fillers.per_min": "Fillers",
    "pauses.hesitation_count": "Hesitations",
    "number.digits_per_s": "Pace of the number",
    "pitch.spread_st": "Liveliness",
}
SHOWN = {**_MAIN, "level.snr_db": "Voice over noise"}
_HEADINGS = (  # of the table, each with how its column sorts
    ("Recording", "text"),
    ("Score", "number"),
    ("Judged", "number"),
    ("Length", "number"),
    ("Words a minute", "number"),
    ("Fillers", "number"),
    ("Number", "text"),
    ("Slow?", "text"),
    ("Twice?", "text"),
    ("First thing to do", "text"),
)
_BINS = 24
_CONVERSATION_SYL_PER_S = (4.0, 5.5)  # how fast conversation runs: general.toml, rule "pace"
_OF_RULES = ("title", "target", "source", "weight")  # the same in every message: written once in a page
_PITCH_BASE_ST, _PITCH_STEPS_PER_ST = -20, 6  # a byte holds 42 semitones by sixths
_LEVEL_STEPS_PER_DB = 2
_MP3_DELAY = 1_105  # samples: LAME's 576 and a decoder's 529; left off the start, so that times stay true
_MP3_SIZE = 0.9  # libsndfile's scale, 0 to 1: 24 kbit/s at 16 kHz, 3 kB a second


def html_report(
    outcomes: Iterable[Outcome],
    *,
    audio: bool = True,
    playbook: Playbook | None = None,
    read: Reader = read_audio,
) -> str:
    """One outcome in full, or several as a table in which each opens.

    Each recording is read again for its waveform and contours, one at a time; one that is not there, or
    that lies behind an address, is shown without them.

    Parameters
    ----------
    outcomes : iterable of Outcome
    audio : bool
        Whether the sound goes along, as a small MP3.
    playbook : Playbook or None
        The one that the outcomes were judged by, for target bands; not needed for one that comes along.
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
    messages: list[dict[str, Any]] = []
    rules: dict[tuple[Any, ...], int] = {}
    rows, failures, kept = [], [], []
    for outcome in outcomes:
        review = outcome.review
        if review is None:
            failures.append((str(outcome.path), str(outcome.error)))
            continue
        if review.playbook not in books and review.playbook in playbooks():
            books[review.playbook] = load_playbook(review.playbook)
        message, row = _drawn_message(outcome.path, review, books.get(review.playbook), audio, read)
        rows.append({"index": len(messages), **row})
        message["findings"] = [_shared(finding, rules) for finding in message["findings"]]
        messages.append(message)
        if "problem" not in message:
            kept.append(review)
    distributions = list(_distributions(kept, books))
    whole = len(messages) + len(failures) == 1
    only = (messages[0]["name"] if messages else Path(failures[0][0]).name) if whole else ""
    return page_of(
        "report.html",
        title=only or "Voicemails reviewed",
        data={
            "messages": messages,
            "rules": [dict(zip(_OF_RULES, rule, strict=True)) for rule in rules],
            "single": whole and bool(messages),
        },
        single=whole and bool(messages),
        headings=_HEADINGS,
        rows=sorted(rows, key=lambda row: row["cells"][0][1] == ""),  # those without a score last
        failures=failures,
        playbooks=sorted({books[r.playbook].title if r.playbook in books else r.playbook for r in kept}),
        points=_points(kept),
        distributions=distributions,
        banded=any(each["band"] for each in distributions),
        missed=_most_missed(kept),
    ).html


class Page(NamedTuple):
    """A page, and the Content-Security-Policy that it states."""

    html: str
    policy: str


def page_of(
    template: str,
    *,
    data: Any,
    package: str = "aftertone.report",
    media: str = "data:",
    connect: str = "'none'",
    **values: Any,
) -> Page:
    """A page of ours with its style, scripts and data inside, and a policy that lets nothing else in.

    Parameters
    ----------
    template : str
        The name of a template, with a script of the same name beside it.
    data : plain values
        What the page's script finds.
    package : str
        The package whose folder ``page`` holds the template and its script.
    media, connect : str
        Where sound may come from, and what the script may call (Content-Security-Policy's words).
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def source(name: str, package: str = "aftertone.report") -> str:
        return (files(package) / "page" / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(lambda name: source(name, package)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
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
        style=Markup(source("style.css")),
        scripts=[Markup(source(name)) for name in ("wavesurfer.min.js", "review.js")],
        licence=Markup(source("wavesurfer.LICENSE")),
        own_script=Markup(source(template.replace(".html", ".js"), package)),
    )
    return Page(html, policy)


def _drawn_message(
    path: object, review: Review, book: Playbook | None, audio: bool, read: Reader
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is drawn of one message and its row in the table; a card, where it cannot be drawn."""
    try:
        recording = read_again(path, read)
        message = message_data(review, book, recording)
        if audio and recording is not None:
            message["audio"] = "data:audio/mpeg;base64," + b64encode(mp3_of(recording)).decode()
        return message, _row(review)
    except Exception as error:  # it costs this message alone
        message = card_of(review.recording, error)
        cells = [("–", "")] * (len(_HEADINGS) - 2)
        return message, {"name": review.recording, "cells": [*cells, (message["problem"],) * 2], "missed": ""}


def card_of(name: str, error: Exception) -> dict[str, Any]:
    """What stands in the place of a message that cannot be drawn."""
    return {"name": name, "problem": str(unexpected(error, "it cannot be shown")), "findings": []}


def message_data(review: Review, book: Playbook | None, recording: Recording | None) -> dict[str, Any]:
    """What the page's script draws of one message, in plain values; times in seconds."""
    m, score = review.measurements, review.score
    return {
        "name": review.recording,
        "playbook": review.playbook if book is None else book.title,
        "points": score.points,
        "score": score.text,
        "reason": score.reason,
        "judged_share": score.judged_share,
        "counts": [score.met_count, score.missed_count, score.not_judged_count],
        "first": first_thing(review),
        "key": _key_values(m),
        "duration_s": _rounded(m.duration_s),
        "words": [[_rounded(w.start_s), _rounded(w.end_s), w.text] for w in _words(review)],
        "heard_by": "" if review.transcript is None else review.transcript.engine,
        "tiers": list(_tiers(review)),
        "findings": [_finding(each, review) for each in sorted(review.findings, key=_by_cost)],
        "not_measured": _not_measured(m),
        "flat": [[_rounded(s.start_s), _rounded(s.end_s)] for s in m.pitch.flat_spans or ()],
        "rate": _curve(m.rate.curve or ()),
        "rate_band": _rate_band(book),
        "picture": None if recording is None else _drawn(picture_of(recording)),
    }


def mp3_of(recording: Recording) -> bytes:
    """The sound as an MP3 of 3 kB a second that decodes in time; its first 69 ms are silent."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(
        file, recording.samples[_MP3_DELAY:], recording.rate_hz, format="MP3", subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT", compression_level=_MP3_SIZE,
    )  # fmt: skip
    return file.getvalue()


def band_of(book: Playbook | None, measure: str) -> tuple[float | None, float | None]:
    """The least and the most that a playbook asks of a measure; None where it sets no such bound.

    >>> band_of(load_playbook("general"), "rate.words_per_min")
    (100.0, 165.0)
    """
    bounds = [b for rule in (book.rules if book else ()) for b in rule.bounds]
    bounds = [bound for bound in bounds if bound.measure == measure]
    return (
        max((b.at_least for b in bounds if b.at_least is not None), default=None),
        min((b.at_most for b in bounds if b.at_most is not None), default=None),
    )


# ── one message ──────────────────────────────────────────────────────────────────────────────────────


def read_again(path: object, read: Reader = read_audio) -> Recording | None:
    """A recording for its picture; None where it is not there any more, or lies behind an address."""
    if not isinstance(path, Path) or not path.is_file():
        return None
    try:
        return read(path)
    except AftertoneError:
        return None


def _words(review: Review) -> Sequence[Any]:
    return () if review.transcript is None else review.transcript.words


def _key_values(m: Measurements) -> list[tuple[str, str]]:
    values = m.flat()
    shown = [
        (title, readable(value, MEASURES[name].unit))
        for name, title in SHOWN.items()
        if (value := values[name]) is not None and not (isinstance(value, float) and not np.isfinite(value))
    ]
    number = [("number", number_as_written(m.number)), *number_remarks(m.number)]
    return shown + [(title.capitalize(), text) for title, text in number if text]


def _tiers(review: Review) -> Iterator[dict[str, Any]]:
    """What is marked under the waveform, one row for each kind."""
    m = review.measurements
    evidence = {**m.evidence, "number.others": m.number.others or ()}
    for title, kind, names in (
        ("Pauses", "pause", ("pauses.count",)),
        ("Fillers", "filler", ("fillers.count", "fillers.lexical_count")),
        ("Restarts", "restart", ("restarts.count",)),
        ("Number", "number", ("number.readings",)),
        ("Other numbers", "other", ("number.others",)),
    ):
        spans = sorted({span for name in names for span in evidence.get(name, ())}, key=lambda s: s.start_s)
        if spans:
            yield {"title": title, "kind": kind, "spans": [_span(span, review) for span in spans]}


def _span(span: Span, review: Review) -> list[Any]:
    text = with_number_as_written(span.text, review)
    if isinstance(span, FillerSpan) and not text:
        text = "um?"  # the sound alone tells of it
    return [_rounded(span.start_s), _rounded(span.end_s), text]


def _finding(finding: Finding, review: Review) -> dict[str, Any]:
    by_number = MEASURES[finding.measure].kind == "number"  # "said" and "yes" say no more than the verdict
    return {
        "verdict": finding.verdict,
        "title": finding.title,
        "heard": with_number_as_written(_heard(finding), review),
        "target": finding.target if by_number else "",
        "advice": finding.advice,
        "reason": finding.reason if finding.verdict == "not judged" else "",
        "close": finding.close,
        "weight": finding.weight,
        "source": finding.source,
        "spans": [_span(span, review) for span in finding.evidence],
    }


def _by_cost(finding: Finding) -> float:
    return -finding.missed_weight


def _shared(finding: dict[str, Any], rules: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    """A finding that leaves what is its rule's to the page's table of rules."""
    rule = rules.setdefault(tuple(finding[key] for key in _OF_RULES), len(rules))
    return {"rule": rule, **{key: value for key, value in finding.items() if value and key not in _OF_RULES}}


def _heard(finding: Finding) -> str:
    if finding.value is None:
        return NOT_SAID if finding.reason.startswith(NOT_SAID) else ""
    if isinstance(finding.value, bool) or (isinstance(finding.value, tuple) and not finding.value):
        return ""
    return readable(finding.value, MEASURES[finding.measure].unit)


def _not_measured(m: Measurements) -> list[tuple[str, list[str]]]:
    """Why measures are None, each reason with the measures, what was merely not said left out."""
    names: dict[str, list[str]] = {}
    for name, reason in m.reasons.items():
        if not reason.startswith(NOT_SAID):
            names.setdefault(reason, []).append(name)
    return sorted(names.items(), key=lambda item: -len(item[1]))


def _rate_band(book: Playbook | None) -> list[float | None]:
    low, high = band_of(book, "rate.articulation_syl_per_s")
    return list(_CONVERSATION_SYL_PER_S) if low is None and high is None else [low, high]


def _curve(points: Sequence[CurvePoint]) -> dict[str, Any]:
    """Points in equal steps of time."""
    start_s = points[0].time_s if points else 0.0
    step_s = (points[-1].time_s - start_s) / (len(points) - 1) if len(points) > 1 else 0.0
    return {"start_s": start_s, "step_s": step_s, "values": [_rounded(point.value) for point in points]}


def _drawn(picture: Picture) -> dict[str, Any]:
    """A picture as text: each line's points as bytes."""
    pitch = (picture.pitch_st - _PITCH_BASE_ST) * _PITCH_STEPS_PER_ST + 1
    return {
        "duration_s": picture.duration_s,
        "step_s": _rounded(picture.step_s),
        "reference_hz": _rounded(picture.reference_hz),
        "peaks": _in_bytes(255 * picture.peaks),
        "pitch": _in_bytes(np.where(np.isnan(pitch), 0, np.clip(pitch, 1, 255))),  # 0 is unvoiced
        "level": _in_bytes(-_LEVEL_STEPS_PER_DB * picture.level_db),
        "pitch_base_st": _PITCH_BASE_ST,
        "pitch_steps_per_st": _PITCH_STEPS_PER_ST,
        "level_steps_per_db": _LEVEL_STEPS_PER_DB,
    }


def _in_bytes(values: NDArray[Any]) -> str:
    return b64encode(np.clip(np.round(values), 0, 255).astype(np.uint8).tobytes()).decode()


def _rounded(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None


def _json_in_html(data: Any) -> str:
    """JSON in which no character means anything to HTML, nor is any but ASCII."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# ── many messages ────────────────────────────────────────────────────────────────────────────────────


def _points(reviews: Sequence[Review]) -> dict[str, Any]:
    points = [review.score.points for review in reviews if review.score.points is not None]
    return {
        "scored": len(points),
        "unscored": len(reviews) - len(points),
        "median": median_low(points) if points else None,
    }


def _row(review: Review) -> dict[str, Any]:
    m = review.measurements
    length_s = m.duration_s if m.message.duration_s is None else m.message.duration_s
    flags = [None if flag is None else readable(flag) for flag in (m.number.slow, m.number.repeated)]
    cells: list[tuple[Any, Any]] = [
        (review.score.text, review.score.points),
        (f"{review.score.judged_share:.0%}", review.score.judged_share),
        (f"{length_s:.0f} s", length_s),
        (None if m.rate.words_per_min is None else f"{m.rate.words_per_min:.0f}", m.rate.words_per_min),
        (m.fillers.count, m.fillers.count),
        (number_as_written(m.number, short=True), m.number.digits),
        *((flag, flag) for flag in flags),
        (first_thing(review), first_thing(review)),
    ]
    return {
        "name": review.recording,
        "cells": [
            ("–" if text in (None, "") else text, "" if value is None else value) for text, value in cells
        ],
        "missed": " ".join(f.rule for f in review.findings if f.verdict == "missed"),
    }


def _most_missed(reviews: Sequence[Review]) -> list[dict[str, Any]]:
    """Each rule that was missed, with how often of how often it was judged; the most often first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for review in reviews:
        for finding in review.findings:
            if finding.verdict != "not judged":
                count = counts.setdefault((finding.rule, finding.title), [0, 0])
                count[0] += finding.verdict == "missed"
                count[1] += 1
    missed = [
        {"rule": rule, "title": title, "missed": missed, "judged": judged, "share": missed / judged}
        for (rule, title), (missed, judged) in counts.items()
        if missed
    ]
    return sorted(missed, key=lambda each: (-each["share"], -each["missed"]))


def _without_doubts(m: Measurements) -> dict[str, Value]:
    doubts = m.doubts
    return {name: None if name in doubts else value for name, value in m.flat().items()}


def _distributions(reviews: Sequence[Review], books: Mapping[str, Playbook]) -> Iterator[dict[str, Any]]:
    """How each main measure is spread, and the band that the playbook asks for; one playbook's alone."""
    names = {review.playbook for review in reviews}
    book = books.get(names.pop()) if len(names) == 1 else None
    flats = [_without_doubts(review.measurements) for review in reviews]
    for name, title in _MAIN.items():
        values = [float(value) for flat in flats if isinstance(value := flat[name], int | float)]
        values = [value for value in values if np.isfinite(value)]
        if not values:
            continue
        unit = MEASURES[name].unit
        low, high = band_of(book, name)
        edges = [value for value in (low, high) if value is not None]
        least, most = min([0.0, *values, *edges]), max([*values, *edges]) or 1.0
        most = least + (most - least) * 1.02
        counts = np.histogram(values, _BINS, (least, most))[0]
        inside = sum((low is None or v >= low) and (high is None or v <= high) for v in values)

        def place(value: float, least: float = least, most: float = most) -> float:
            return round(100 * (value - least) / (most - least), 2)

        yield {
            "title": title,
            "unit": unit,
            "median": readable(median(values), unit),
            "count": len(values),
            "inside": inside if edges else None,
            "target": Bound(name, low, high).target if edges else "",
            "bars": [
                (round(100 * i / _BINS, 2), round(100 / _BINS - 0.4, 2), round(100 * c / counts.max(), 1))
                for i, c in enumerate(counts.tolist())
                if c
            ],
            "band": (place(low or least), place(most if high is None else high)) if edges else None,
            "ends": (readable(least), readable(max(values + edges), unit)),
        }

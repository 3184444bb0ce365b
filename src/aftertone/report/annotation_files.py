"""Exports of a review that other tools open beside the recording: TextGrid, SRT, WebVTT, Audacity labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from pathlib import Path

from aftertone.errors import ReportError
from aftertone.files.private import write_file
from aftertone.language.transcript import Span, Word
from aftertone.playbook import Review
from aftertone.report.console import harmless
from aftertone.report.review_text import marks_of

SUFFIXES = {"textgrid": ".TextGrid", "srt": ".srt", "vtt": ".vtt", "labels": ".txt"}


# A caption has at most two lines of 42 characters and lasts at most 7 s (BBC and Netflix guidelines).
_CAPTION_LENGTH_MAX = 84
_CAPTION_S_MAX = 7.0
_CAPTION_GAP_S_MAX = 0.7  # ours: a longer pause between words ends a caption
_TIERS = {"pauses": "pause", "fillers": "filler", "restarts": "restart", "number": "number"}
"""The tiers of marks by name, each with its kind of mark."""


def annotation(review: Review, kind: str, nuclei_s: Iterable[float] = ()) -> str:
    """A review as the text of an annotation file, of one of the kinds in `SUFFIXES`.

    A TextGrid of Praat has tiers of words, pauses, fillers, restarts and number, and points for syllable
    nuclei and findings; where marks of a tier overlap, the later begins where the earlier ends. SRT and
    WebVTT have the words as captions. Audacity's labels have all but the words.
    """
    match kind:
        case "textgrid":
            return _textgrid(review, nuclei_s)
        case "srt":
            captions = enumerate(_captions(review), start=1)
            return "\n".join(f"{i}\n{_times(c, ',')}\n{c.text.replace('-->', '→')}\n" for i, c in captions)
        case "vtt":
            return "WEBVTT\n\n" + "\n".join(
                f"{_times(c, '.')}\n{escape(c.text, quote=False)}\n" for c in _captions(review)
            )
        case "labels":
            labels = sorted(_labels(review), key=lambda label: (label.start_s, label.end_s))
            return "".join(f"{label.start_s:.6f}\t{label.end_s:.6f}\t{label.text}\n" for label in labels)
    raise ReportError(f"there is no annotation {kind!r}; known are {', '.join(SUFFIXES)}")


def write_annotations(
    review: Review, kinds: Iterable[str], stem: str | Path, nuclei_s: Iterable[float] = ()
) -> list[Path]:
    """Write each kind of annotation to the file `stem` with the kind's suffix; return the paths."""
    nuclei_s = tuple(nuclei_s)
    written = []
    for kind in kinds:
        text = annotation(review, kind, nuclei_s)
        path = Path(f"{stem}{SUFFIXES[kind]}")
        try:
            write_file(path, text.encode("utf-8", "replace"))
        except OSError as error:
            raise ReportError(f"{path}: cannot be written: {error.strerror or error}") from error
        written.append(path)
    return written


def _words(review: Review) -> Sequence[Word]:
    return () if review.transcript is None else review.transcript.words


def _marks(review: Review, kind: str) -> list[Span]:
    return [Span(mark.start_s, mark.end_s, harmless(mark.text)) for mark in marks_of(review, kind)]


def _finding_marks(review: Review) -> Iterator[Span]:
    for finding in review.findings:
        for span in finding.evidence:
            yield Span(span.start_s, span.end_s, harmless(f"{finding.verdict}: {finding.title}"))


def _labels(review: Review) -> Iterator[Span]:
    for kind in _TIERS.values():
        for mark in _marks(review, kind):
            yield replace(mark, text=f"{kind}: {mark.text}" if mark.text else kind)
    yield from _finding_marks(review)


# ── captions ─────────────────────────────────────────────────────────────────────────────────────────


def _captions(review: Review) -> Iterator[Span]:
    """The words in groups of a caption's length, each group as one span."""
    caption: list[Word] = []
    for word in _words(review):
        if caption and (
            word.start_s - caption[-1].end_s > _CAPTION_GAP_S_MAX
            or word.end_s - caption[0].start_s > _CAPTION_S_MAX
            or sum(len(each.text) + 1 for each in caption) + len(word.text) > _CAPTION_LENGTH_MAX
        ):
            yield _caption(caption)
            caption = []
        caption.append(word)
    if caption:
        yield _caption(caption)


def _caption(words: Sequence[Word]) -> Span:
    return Span(words[0].start_s, words[-1].end_s, harmless(" ".join(word.text for word in words)))


def _times(caption: Span, point: str) -> str:
    """Start and end; a caption without duration is shown for a millisecond."""
    start_ms = round(1000 * caption.start_s)
    ends_ms = (start_ms, max(round(1000 * caption.end_s), start_ms + 1))
    times = (
        f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"
        for ms in ends_ms
    )
    return " --> ".join(times)


# ── Praat ────────────────────────────────────────────────────────────────────────────────────────────


def _textgrid(review: Review, nuclei_s: Iterable[float]) -> str:
    """The long text format (Praat manual, "TextGrid file formats")."""
    end_s = review.measurements.duration_s
    words = [Span(word.start_s, word.end_s, harmless(word.text)) for word in _words(review)]
    nuclei = [(time_s, str(i)) for i, time_s in enumerate(nuclei_s, start=1)]
    findings = sorted((mark.start_s, mark.text) for mark in _finding_marks(review))
    tiers = [
        _interval_tier("words", words, end_s),
        *(_interval_tier(name, _marks(review, kind), end_s) for name, kind in _TIERS.items()),
        _point_tier("nuclei", nuclei, end_s),
        _point_tier("findings", findings, end_s),
    ]
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end_s!r}"]
    head += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    body = [line for i, tier in enumerate(tiers, start=1) for line in (f"    item [{i}]:", *tier)]
    return "\n".join([*head, *body]) + "\n"


def _interval_tier(name: str, spans: Sequence[Span], end_s: float) -> list[str]:
    """A tier of intervals over the whole recording; those between the spans are empty."""
    intervals: list[tuple[float, float, str]] = []
    at_s = 0.0
    for span in spans:
        start_s, stop_s = max(span.start_s, at_s), min(span.end_s, end_s)
        if stop_s <= start_s:
            continue
        if start_s > at_s:
            intervals.append((at_s, start_s, ""))
        intervals.append((start_s, stop_s, span.text or _TIERS.get(name, "word")))
        at_s = stop_s
    if at_s < end_s or not intervals:
        intervals.append((at_s, end_s, ""))
    entries = (
        [f"xmin = {float(start_s)!r}", f"xmax = {float(stop_s)!r}", f"text = {_quoted(text)}"]
        for start_s, stop_s, text in intervals
    )
    return _tier("IntervalTier", name, end_s, "intervals", list(entries))


def _point_tier(name: str, points: Sequence[tuple[float, str]], end_s: float) -> list[str]:
    """A tier of points; those at the same time become one, for Praat allows no two."""
    entries = []
    for time_s, group in groupby(points, key=lambda point: point[0]):
        text = "; ".join(dict.fromkeys(text for _, text in group))
        entries.append([f"number = {float(min(time_s, end_s))!r}", f"mark = {_quoted(text)}"])
    return _tier("TextTier", name, end_s, "points", entries)


def _tier(kind: str, name: str, end_s: float, of: str, entries: Sequence[Sequence[str]]) -> list[str]:
    head = (f'class = "{kind}"', f'name = "{name}"', "xmin = 0", f"xmax = {end_s!r}")
    lines = [f"        {line}" for line in (*head, f"{of}: size = {len(entries)}")]
    for i, entry in enumerate(entries, start=1):
        lines += [f"        {of} [{i}]:", *(f"            {line}" for line in entry)]
    return lines


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'

"""A review as files that other tools open over the recording: Praat, caption players, Audacity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from aftertone.errors import ReportError
from aftertone.files.private import write_file
from aftertone.language.transcript import FillerSpan, Span, Word
from aftertone.playbook import Review
from aftertone.report.console import harmless

SUFFIXES = {"textgrid": ".TextGrid", "srt": ".srt", "vtt": ".vtt", "labels": ".txt"}

# A caption as subtitlers make them: two lines of 42 characters, not longer than 7 s (BBC and Netflix guides).
_CAPTION_CHARACTERS = 84
_CAPTION_S = 7.0
_CAPTION_GAP_S = 0.7  # a longer pause ends a caption

_TIERS = {
    "pauses": ("pauses.count",),
    "fillers": ("fillers.count", "fillers.lexical_count"),
    "restarts": ("restarts.count",),
    "number": ("number.readings",),
}


def annotation(review: Review, kind: str, nuclei_s: Iterable[float] = ()) -> str:
    """A review as the text of an annotation file.

    Parameters
    ----------
    review : Review
    kind : "textgrid", "srt", "vtt" or "labels"
        A TextGrid of Praat has tiers of words, pauses, fillers, restarts and number, and points for syllable
        nuclei and findings; where marks of a tier overlap, the later begins where the earlier ends. SRT and
        WebVTT have the words as captions. Audacity's labels have all but the words.
    nuclei_s : iterable of float
        Times of syllable nuclei, for a TextGrid.

    Examples
    --------
    >>> from aftertone.language.transcript import Transcript
    >>> from aftertone.measurements import Measurements
    >>> from aftertone.playbook import Score
    >>> heard = Transcript((Word("hi", 0.4, 0.6), Word("Mary", 0.6, 1.0)))
    >>> review = Review("a.wav", "general", Measurements(duration_s=2.0), (), Score(None, 0.0), heard)
    >>> print(annotation(review, "srt"))
    1
    00:00:00,400 --> 00:00:01,000
    hi Mary
    <BLANKLINE>
    """
    if kind == "textgrid":
        return _textgrid(review, nuclei_s)
    if kind == "srt":
        cues = enumerate(_captions(review), start=1)
        return "\n".join(f"{i}\n{_clock(c, ',')}\n{c.text.replace('-->', '→')}\n" for i, c in cues)
    if kind == "vtt":
        return "WEBVTT\n\n" + "\n".join(f"{_clock(c, '.')}\n{_escaped(c.text)}\n" for c in _captions(review))
    if kind == "labels":
        marks = sorted(_labels(review), key=lambda mark: (mark.start_s, mark.end_s))
        return "".join(f"{mark.start_s:.6f}\t{mark.end_s:.6f}\t{mark.text}\n" for mark in marks)
    raise ReportError(f"there is no annotation {kind!r}; known are {', '.join(SUFFIXES)}")


def write_annotations(
    review: Review, kinds: Iterable[str], stem: str | Path, nuclei_s: Iterable[float] = ()
) -> list[Path]:
    """Write each kind of annotation as a file whose name is `stem` with a suffix; their paths.

    Raises
    ------
    ReportError
        There is no such kind, or a file cannot be written.
    """
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


def _marks(review: Review, names: Iterable[str]) -> list[Span]:
    evidence = review.measurements.evidence
    spans = {span for name in names for span in evidence.get(name, ())}
    return [
        Span(span.start_s, span.end_s, harmless(span.text or ("um?" if isinstance(span, FillerSpan) else "")))
        for span in sorted(spans, key=lambda span: (span.start_s, span.end_s))
    ]


def _labels(review: Review) -> Iterator[Span]:
    for tier, names in _TIERS.items():
        title = tier.removesuffix("s")
        for mark in _marks(review, names):
            yield Span(mark.start_s, mark.end_s, f"{title}: {mark.text}" if mark.text else title)
    for finding in review.findings:
        for span in finding.evidence:
            yield Span(span.start_s, span.end_s, harmless(f"{finding.verdict}: {finding.title}"))


# ── captions ─────────────────────────────────────────────────────────────────────────────────────────


def _captions(review: Review) -> Iterator[Span]:
    caption: list[Word] = []
    for word in _words(review):
        if caption and (
            word.start_s - caption[-1].end_s > _CAPTION_GAP_S
            or word.end_s - caption[0].start_s > _CAPTION_S
            or sum(len(each.text) + 1 for each in caption) + len(word.text) > _CAPTION_CHARACTERS
        ):
            yield _caption(caption)
            caption = []
        caption.append(word)
    if caption:
        yield _caption(caption)


def _caption(words: Sequence[Word]) -> Span:
    return Span(words[0].start_s, words[-1].end_s, harmless(" ".join(word.text for word in words)))


def _clock(span: Span, point: str) -> str:
    """Start and end; a caption that lasts no time is shown for a millisecond."""
    start_ms = round(1000 * span.start_s)
    ends_ms = (start_ms, max(round(1000 * span.end_s), start_ms + 1))
    times = (
        f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"
        for ms in ends_ms
    )
    return " --> ".join(times)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ── Praat ────────────────────────────────────────────────────────────────────────────────────────────


def _textgrid(review: Review, nuclei_s: Iterable[float]) -> str:
    """The long text form (Praat manual, "TextGrid file formats")."""
    words = [Span(word.start_s, word.end_s, harmless(word.text)) for word in _words(review)]
    end_s = review.measurements.duration_s
    tiers = [_intervals("words", words, end_s)]
    tiers += [_intervals(name, _marks(review, names), end_s) for name, names in _TIERS.items()]
    tiers.append(_points("nuclei", [(time_s, str(i)) for i, time_s in enumerate(nuclei_s, start=1)], end_s))
    found = sorted(
        (span.start_s, harmless(f"{finding.verdict}: {finding.title}"))
        for finding in review.findings
        for span in finding.evidence
    )
    tiers.append(_points("findings", found, end_s))
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end_s!r}"]
    head += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    body = [line for i, tier in enumerate(tiers, start=1) for line in (f"    item [{i}]:", *tier)]
    return "\n".join([*head, *body]) + "\n"


def _intervals(name: str, spans: Sequence[Span], end_s: float) -> list[str]:
    """A tier of intervals that fill the recording, those between the spans empty."""
    filled: list[tuple[float, float, str]] = []
    at_s = 0.0
    for span in spans:
        start_s, stop_s = max(span.start_s, at_s), min(span.end_s, end_s)
        if stop_s <= start_s:
            continue
        if start_s > at_s:
            filled.append((at_s, start_s, ""))
        filled.append((start_s, stop_s, span.text or name.removesuffix("s")))
        at_s = stop_s
    if at_s < end_s or not filled:
        filled.append((at_s, end_s, ""))
    lines = _tier_head("IntervalTier", name, end_s, "intervals", len(filled))
    for i, (start_s, stop_s, text) in enumerate(filled, start=1):
        lines += [f"        intervals [{i}]:", f"            xmin = {float(start_s)!r}"]
        lines += [f"            xmax = {float(stop_s)!r}", f"            text = {_quoted(text)}"]
    return lines


def _points(name: str, points: Sequence[tuple[float, str]], end_s: float) -> list[str]:
    """A tier of points; those at the same time are one, for Praat knows no two."""
    at = groupby(points, key=lambda point: point[0])
    joined = [(time_s, "; ".join(dict.fromkeys(text for _, text in group))) for time_s, group in at]
    lines = _tier_head("TextTier", name, end_s, "points", len(joined))
    for i, (time_s, text) in enumerate(joined, start=1):
        lines += [f"        points [{i}]:", f"            number = {float(min(time_s, end_s))!r}"]
        lines.append(f"            mark = {_quoted(text)}")
    return lines


def _tier_head(kind: str, name: str, end_s: float, what: str, count: int) -> list[str]:
    head = (
        f'class = "{kind}"',
        f'name = "{name}"',
        "xmin = 0",
        f"xmax = {end_s!r}",
        f"{what}: size = {count}",
    )
    return [f"        {line}" for line in head]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'

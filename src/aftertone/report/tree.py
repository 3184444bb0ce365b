"""Reviews as plain values, nested: what JSON holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from aftertone import errors
from aftertone.errors import AftertoneError, ReportError
from aftertone.language.transcript import (
    DigitString,
    FillerSpan,
    NumeralStretch,
    Span,
    Transcript,
    Word,
)
from aftertone.measurements import MEASURES, CurvePoint, Measurements, Value
from aftertone.outcome import Outcome, location
from aftertone.playbook import Finding
from aftertone.playbook.scoring import Review, Score

SCHEMA_VERSION = 1  # goes up when a key changes its meaning or goes away, not when one is added
_DIGITS = 8  # 2.42 and not 2.4200000000000004; far more than any measure is worth


def to_dict(review: Review) -> dict[str, Any]:
    """A review as plain dicts, lists, numbers and texts.

    Parameters
    ----------
    review : Review

    Returns
    -------
    dict
        ``recording``, ``playbook``, ``score``, ``findings``, ``tactics``, ``transcript``, and what
        `measurements_dict` gives.

    Examples
    --------
    >>> from aftertone.playbook.scoring import Score
    >>> review = Review("hi.wav", "general", Measurements(duration_s=2.0), (), Score(None, 0.0))
    >>> to_dict(review)["score"]["points"], to_dict(review)["tactics"]
    (None, [])
    """
    return {
        "recording": _plain(review.recording),
        "playbook": _plain(review.playbook),
        "score": _plain(review.score),
        "findings": _plain(review.findings),
        "tactics": _plain(review.tactics),
        **measurements_dict(review.measurements),
        "transcript": _plain(review.transcript),
    }


def measurements_dict(measurements: Measurements) -> dict[str, Any]:
    """Measurements as plain values.

    Returns
    -------
    dict
        ``measurements``, the values by group; ``not_measured``, the reason of each that is None under its
        dotted name; ``evidence``, where each comes from, under its dotted name.

    Examples
    --------
    >>> page = measurements_dict(Measurements(duration_s=2.0))
    >>> page["measurements"]["duration_s"], page["not_measured"]["pauses.count"]
    (2.0, 'not measured')
    """
    reasons = measurements.reasons
    values: dict[str, Any] = {"duration_s": _plain(measurements.duration_s)}
    for name, group in measurements.groups().items():
        values[name] = {field: _plain(getattr(group, field)) for field in group.names()}
    return {
        "measurements": values,
        "not_measured": {
            name: reasons.get(name) or "not measured"
            for name, value in measurements.flat().items()
            if _plain(value) is None
        },
        "evidence": _plain(measurements.evidence),
    }


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values: ``path``, ``error`` (its kind and message, or None) and ``review``."""
    error = outcome.error
    return {
        "schema_version": SCHEMA_VERSION,
        "path": _plain(str(outcome.path)),
        "error": None if error is None else {"kind": type(error).__name__, "message": _plain(str(error))},
        "review": None if outcome.review is None else to_dict(outcome.review),
    }


def outcome_of(page: Mapping[str, Any]) -> Outcome:
    """An outcome as it was, of what `outcome_dict` gave.

    Measures that this version does not know are left out; those that the page has not are None.

    Raises
    ------
    ReportError
        The page is of a later schema, or no outcome.

    Examples
    --------
    >>> page = {"schema_version": 1, "path": "a.wav", "review": None}
    >>> outcome_of({**page, "error": {"kind": "AudioEmptyError", "message": "no bytes"}}).error
    AudioEmptyError('no bytes')
    """
    try:
        if page["schema_version"] > SCHEMA_VERSION:
            raise ReportError(
                f"the report has schema {page['schema_version']}, {SCHEMA_VERSION} is read here; "
                "read it with the version that wrote it"
            )
        error, review = page["error"], page["review"]
        return Outcome(
            location(page["path"]),
            None if review is None else _review(review),
            None if error is None else _error(error["kind"], error["message"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise ReportError(f"not an outcome: {type(problem).__name__}: {problem}") from problem


def _error(kind: str, message: str) -> AftertoneError:
    known: Any = getattr(errors, kind, None)
    is_ours = isinstance(known, type) and issubclass(known, AftertoneError)
    error: AftertoneError = known(message) if is_ours else AftertoneError(message)
    return error


def _review(page: Mapping[str, Any]) -> Review:
    transcript = page["transcript"]
    return Review(
        recording=page["recording"],
        playbook=page["playbook"],
        measurements=_measurements(page),
        findings=tuple(_finding(finding) for finding in page["findings"]),
        score=_kept(Score, page["score"]),
        transcript=transcript and _transcript(transcript),
    )


def _transcript(page: Mapping[str, Any]) -> Transcript:
    words = tuple(_kept(Word, word) for word in page["words"])
    numerals = tuple(
        NumeralStretch(
            each["start_s"], each["end_s"], tuple(_kept(DigitString, string) for string in each["strings"])
        )
        for each in page.get("numerals", ())
    )
    transcript: Transcript = _kept(Transcript, {**page, "words": words, "numerals": numerals})
    return transcript


def _measurements(page: Mapping[str, Any]) -> Measurements:
    groups = {}
    for name, group in Measurements(duration_s=0.0).groups().items():
        values = page["measurements"].get(name, {})
        kinds = {field: MEASURES[f"{name}.{field}"].kind for field in group.names()}
        groups[name] = type(group)(
            **{field: _value(values.get(field), kind) for field, kind in kinds.items()},
            reasons=_of_group(page["not_measured"], name),
            evidence={field: _spans(spans) for field, spans in _of_group(page["evidence"], name).items()},
        )
    return Measurements(duration_s=page["measurements"]["duration_s"], **groups)  # type: ignore[arg-type]


def _of_group(by_dotted_name: Mapping[str, Any], group: str) -> dict[str, Any]:
    split = ((name.partition("."), value) for name, value in by_dotted_name.items())
    return {field: value for (of, _, field), value in split if of == group}


def _finding(page: Mapping[str, Any]) -> Finding:
    measures = {name: _measure_value(name, value) for name, value in page["measures"].items()}
    kept = {
        "value": _measure_value(page["measure"], page["value"]),
        "evidence": _spans(page["evidence"]),
        "measures": measures,
    }
    finding: Finding = _kept(Finding, {**page, **kept})
    return finding


def _measure_value(name: str, value: Any) -> Value:
    return _value(value, MEASURES[name].kind) if name in MEASURES else None


def _value(value: Any, kind: str) -> Any:
    if kind == "spans" and value is not None:
        return _spans(value)
    if kind == "curve" and value is not None:
        return tuple(
            CurvePoint(point["time_s"], math.nan if point["value"] is None else point["value"])
            for point in value
        )
    return value


def _spans(spans: Any) -> tuple[Span, ...]:
    return tuple(_kept(FillerSpan if "witness" in span else Span, span) for span in spans)


def _kept(kind: Any, page: Mapping[str, Any]) -> Any:
    """A record of the fields that its kind has; others came with a later version."""
    names = kind._fields if hasattr(kind, "_fields") else [field.name for field in fields(kind)]
    return kind(**{name: page[name] for name in names if name in page})


def rounded(number: float) -> float:
    """A number to the digits that reports give, the same in each kind of them.

    >>> rounded(2.4200000000000004)
    2.42
    """
    return float(f"{number:.{_DIGITS}g}")


def _plain(value: Any) -> Any:
    """The same without dataclasses, tuples, NumPy scalars, infinities and text that is no Unicode."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # a file's name may hold bytes that are no text
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value)

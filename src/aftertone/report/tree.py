"""Reviews as plain values, nested: what JSON holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from aftertone.measurements import Measurements
from aftertone.report.outcome import Outcome
from aftertone.scoring import Review

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
        ``recording``, ``playbook``, ``score``, ``findings``, ``transcript``, and what `measurements_dict`
        gives.

    Examples
    --------
    >>> from aftertone.scoring import Score
    >>> review = Review("hi.wav", "general", Measurements(duration_s=2.0), (), Score(None, 0.0))
    >>> sorted(to_dict(review))
    ['evidence', 'findings', 'measurements', 'not_measured', 'playbook', 'recording', 'score', 'transcript']
    """
    return {
        "recording": _plain(review.recording),
        "playbook": _plain(review.playbook),
        "score": _plain(review.score),
        "findings": _plain(review.findings),
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
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value)

"""Values as people read them, and lines of advice with values in them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from string import Formatter

from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import MEASURES, CurvePoint, Value
from aftertone.measurements.registry import NOT_SAID

_UNITS_IN_WORDS = {
    "1/min": " a minute",
    "1/100 words": " in 100 words",
    "words/min": " words a minute",
    "syllables/s": " syllables a second",
    "digits/s": " digits a second",
    "count": "",
    "ratio": "",
    "": "",
}
UNITS_OF_COUNTS = ("count", "1/min", "1/100 words")  # the title of a measure says of what
_UNITS_KEPT = ("h", "share")  # a value without them reads wrongly
_SPEC = re.compile(r"\.\d[f%]|d")  # what may follow the colon: a fixed number of decimals, per cent, a count
_SHOWN_SPANS = 3  # ours: with more a line of advice is too long


def readable(value: Value, unit: str = "") -> str:
    """A value as a person reads it: rounded, with its unit (as in `MEASURES`) in words.

    >>> readable(2.4999, "digits/s"), readable(0.1234, "share"), readable(15.5, "h")
    ('2.5 digits a second', '12 %', '15:30')
    >>> readable(True), readable(None, "s"), readable((Span(3.04, 4.0, "or else"),))
    ('yes', 'not measured', '“or else” at 3 s')
    """
    match value:
        case None:
            return "not measured"
        case float() if math.isnan(value):
            return "not measured"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case tuple():
            shown = [_item(item, unit) for item in value[:_SHOWN_SPANS]]
            more = [f"{len(value) - _SHOWN_SPANS} more"] if len(value) > _SHOWN_SPANS else []
            return ", ".join(shown + more) or "none"
    if unit == "h":
        return f"{int(value)}:{int(value % 1 * 60):02d}"
    if unit == "share":
        return f"{100 * value:.0f} %"
    return _rounded(value) + _UNITS_IN_WORDS.get(unit, f" {unit}")


def without_unit(value: Value, unit: str = "") -> str:
    """A value for a column that names the unit; a share and a time of day keep theirs.

    >>> without_unit(2.4999, "digits/s"), without_unit(0.1234, "share")
    ('2.5', '12 %')
    """
    return readable(value, unit if unit in _UNITS_KEPT else "")


def unit_in_words(unit: str) -> str:
    """The unit of a column of values `without_unit`; empty where the title of a measure tells it.

    >>> unit_in_words("digits/s"), unit_in_words("dB"), unit_in_words("1/min"), unit_in_words("share")
    ('digits a second', 'dB', '', '')
    """
    if unit in _UNITS_KEPT or unit in UNITS_OF_COUNTS:
        return ""
    return _UNITS_IN_WORDS.get(unit, unit).strip()


def with_error(value: float, error: float, unit: str = "") -> str:
    """A value with its standard error, to the digits that the error is worth, with its unit in words.

    >>> with_error(2.1, 0.2, "digits/s"), with_error(0.3456, 0.028, "share"), with_error(165.4, 2.6)
    ('2.10 ± 0.20 digits a second', '34.6 ± 2.8 %', '165.4 ± 2.6')
    """
    if unit == "share":
        value, error, unit = 100 * value, 100 * error, "%"
    decimals = max(0, 1 - math.floor(math.log10(error)))  # two digits of the error
    return f"{value:.{decimals}f} ± {error:.{decimals}f}" + _UNITS_IN_WORDS.get(unit, f" {unit}")


def measures_in(template: str) -> tuple[str, ...]:
    """The measures that a line of advice names, in order.

    A measure stands in braces, ``{fillers.per_min}``, and reads as `readable` makes it. A number may have
    a format instead of its unit: ``{message.duration_s:.0f}``, ``{speech.share:.0%}``,
    ``{number.readings:d}``; ``{threat.spans:d}`` is how many. A brace is written twice. Raises `ValueError`
    for other formats and braces that do not pair, and `KeyError` with a name that no measure has.
    """
    names = []
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name:
            raise ValueError("empty braces; a measure goes between them, or write {{ and }} for braces")
        if name not in MEASURES:
            raise KeyError(name)
        kind = MEASURES[name].kind
        if conversion or (spec and not _SPEC.fullmatch(spec)):
            raise ValueError(f"{{{name}}} has a format that is not known; known are :.1f, :.0% and :d")
        if spec and not (kind == "number" or (kind == "spans" and spec == "d")):
            raise ValueError(f"{{{name}}} is of kind {kind} and takes no :{spec}")
        names.append(name)
    return tuple(names)


def advice_line(template: str, values: Mapping[str, Value], reasons: Mapping[str, str] | None = None) -> str:
    """A line of advice with its measures filled in; a None is "not said" where its reason says so.

    >>> advice_line("{fillers.count:d} in {duration_s}.", {"fillers.count": 3, "duration_s": 21.26})
    '3 in 21.3 s.'
    """
    parts = []
    for literal, name, spec, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            value = values.get(name)
            unsaid = value is None and (reasons or {}).get(name, "").startswith(NOT_SAID)
            parts.append(NOT_SAID if unsaid else _filled(value, name, spec or ""))
    return "".join(parts)


def _filled(value: Value, name: str, spec: str) -> str:
    if value is None or not spec:
        return readable(value, MEASURES[name].unit)
    if isinstance(value, tuple):
        return str(len(value))
    if isinstance(value, str):
        return value
    return str(round(value)) if spec == "d" else format(value, spec)


def _item(item: Span | CurvePoint, unit: str) -> str:
    if isinstance(item, CurvePoint):
        return f"{readable(item.value, unit)} at {_rounded(item.time_s)} s"
    where = f"“{item.text}” at {_rounded(item.start_s)} s"
    if not item.text:
        where = f"{_rounded(item.start_s)} to {_rounded(item.end_s)} s"
    return where + (_found_in(item) if isinstance(item, FillerSpan) else "")


def _found_in(filler: FillerSpan) -> str:
    """In what a filler was found, where that is not the words alone, and with what probability."""
    if filler.witness == "words":
        return ""
    sure = "" if filler.confidence is None else f", {readable(filler.confidence, 'share')} sure"
    return f" (by {'the sound' if filler.witness == 'sound' else 'words and sound'}{sure})"


def _rounded(value: float) -> str:
    """Two decimals under 1, one under 100, none above; no zeros at the end."""
    decimals = 2 if abs(value) < 1 else 1 if abs(value) < 100 else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Advice as data: rules on named measures, read from TOML, judged into findings with evidence.

A condition is met, missed or not judged. A measure that is None makes it "not judged", with one
exception: where the words were there and the thing was not among them, the measure's reason begins
with "not said", and that is a miss (unless the rule says ``when_not_said = "not judged"``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal, TypeVar

import msgspec

from aftertone.errors import PlaybookError, PlaybookFormatError, UnknownMeasureError, UnknownPlaybookError
from aftertone.files.toml import quoted, toml_table
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Kind, Measurements, Value
from aftertone.measurements.registry import NOT_SAID, fact_of
from aftertone.playbook.advice import advice_line, measures_in, readable, with_error

Verdict = Literal["met", "missed", "not judged"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What one measure should be. The fields that are None ask nothing.

    Attributes
    ----------
    measure : str
        Its dotted name.
    at_least, at_most : float or None
        For a number; for spans, of how many there are.
    equals : bool, float, str or None
        For a flag, a number or a text (whatever its capitals).
    said : bool or None
        For a text or spans: whether there is any.
    advice : str
        What to do where the rule is missed because of this bound; the rule's advice where this is empty.
    """

    measure: str
    at_least: float | None = None
    at_most: float | None = None
    equals: bool | float | str | None = None
    said: bool | None = None
    advice: str = ""

    @property
    def target(self) -> str:
        """The bound in words."""
        unit = MEASURES[self.measure].unit
        if self.said is not None:
            return "said" if self.said else "not said"
        if self.equals is not None:
            return readable(self.equals, unit)
        if self.at_least is not None and self.at_most is not None:
            low = readable(self.at_least, unit if unit in ("h", "share") else "")
            return f"{low} to {readable(self.at_most, unit)}"
        if self.at_least is not None:
            return f"at least {readable(self.at_least, unit)}"
        return f"at most {readable(self.at_most, unit)}" if self.at_most else "none"


@dataclass(frozen=True, slots=True)
class Several:
    """Conditions together.

    Attributes
    ----------
    how : "all_of" (every one), "any_of" (one is enough) or "first_of" (the first that can be judged decides).
    conditions : tuple of Bound or Several
    """

    how: Literal["all_of", "any_of", "first_of"]
    conditions: tuple[Condition, ...]

    @property
    def target(self) -> str:
        """The conditions in words."""
        joint = {"all_of": "; ", "any_of": "; or ", "first_of": "; where that is unknown, "}[self.how]
        if len({bound.measure for bound in _bounds(self)}) == 1:
            return joint.join(part.target for part in self.conditions)
        return joint.join(
            f"{part.measure}: {part.target}" if isinstance(part, Bound) else f"({part.target})"
            for part in self.conditions
        )


Condition = Bound | Several


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of advice.

    Attributes
    ----------
    id : str
        Lower-case words with hyphens between, unique in its playbook.
    title : str
        The advice in a few words.
    condition : Bound or Several
        When it is met.
    weight : float
        Its part in the score, against the other rules' weights.
    source : str
        Who gives the advice, and where its figures come from.
    advice : str
        What to do, for when it is missed; measures in braces (see `aftertone.playbook.advice.measures_in`).
    advice_not_said : str
        The same where the thing was not said at all; `advice` where this is empty.
    when_not_said : "missed" or "not judged"
        The verdict where the thing was not said.
    """

    id: str
    title: str
    condition: Condition
    weight: float = 1.0
    source: str = ""
    advice: str = ""
    advice_not_said: str = ""
    when_not_said: Literal["missed", "not judged"] = "missed"

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds that its condition is made of."""
        return tuple(_bounds(self.condition))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that it looks at, each once."""
        return tuple(dict.fromkeys(bound.measure for bound in self.bounds))

    @property
    def target(self) -> str:
        """What it asks, in words, with its measures."""
        target = self.condition.target
        return f"{self.measures[0]}: {target}" if len(self.measures) == 1 else target


@dataclass(frozen=True, slots=True)
class Playbook:
    """Rules that belong together."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    description: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one rule.

    Attributes
    ----------
    rule : str
        The rule's id.
    title : str
    verdict : "met", "missed" or "not judged"
    measure : str
        The measure that decided: the rule's only one, or the first of several that the verdict hangs on.
    value : number, bool, str, spans or None
        Its value.
    target : str
        What it should be, in words; all that would have done, where any of several would.
    evidence : tuple of Span
        Where in the recording the rule's measures come from, in order of time.
    advice : str
        What to do, where the rule was missed; else empty.
    weight : float
        The rule's.
    source : str
    reason : str
        Why it was not judged, or what was not said; else empty.
    measures : mapping of str to value
        Every measure that the rule looks at.
    moved_weight : float
        Where a fact was not said, one of the rules that hang on it is missed and has the weight of the others
        besides its own; they are not judged, and what they gave is negative.
    credit : float or None
        Where the value is close to the limit, the part of the weight that counts: see `judge`.
    close : str
        The same in words; else empty.
    """

    rule: str
    title: str
    verdict: Verdict
    measure: str
    value: Value
    target: str
    evidence: tuple[Span, ...]
    advice: str
    weight: float
    source: str
    reason: str
    measures: Mapping[str, Value]
    moved_weight: float = 0.0
    credit: float | None = None
    close: str = ""

    @property
    def met_share(self) -> float:
        """The part of the weight that counts as met."""
        return float(self.verdict == "met") if self.credit is None else self.credit

    @property
    def missed_weight(self) -> float:
        """The weight that was missed."""
        return self.weight * (1 - self.met_share) if self.verdict == "missed" else 0.0


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────


def judge(measurements: Measurements, playbook: Playbook) -> tuple[Finding, ...]:
    """One finding for each rule of a playbook, in its order.

    A limit is not a cliff. Of a measure with a standard error (`MEASURES`), a value that is less than two of
    them from its limit counts in part, by the probability that the limit holds: half where it is met exactly.
    Of several conditions that must all hold the least counts, of alternatives the most. The verdict is that
    of the value alone.

    Examples
    --------
    >>> from aftertone.measurements.sound import Message
    >>> heard = Measurements(duration_s=30.0, message=Message(duration_s=26.0))
    >>> bound = Bound("message.duration_s", 10, 20)
    >>> rule = Rule("length", "10 to 20 s", bound, advice="Cut {message.duration_s}.")
    >>> (finding,) = judge(heard, Playbook("mine", "Mine", (rule,)))
    >>> finding.verdict, finding.value, finding.target, finding.advice
    ('missed', 26.0, '10 to 20 s', 'Cut 26 s.')
    """
    doubts = measurements.doubts  # words that do not fit the sound judge nobody
    values = {name: None if name in doubts else value for name, value in measurements.flat().items()}
    reasons, evidence = {**measurements.reasons, **doubts}, measurements.evidence
    findings = [_finding(rule, values, reasons, evidence) for rule in playbook.rules]
    return _each_fact_once(findings, values, reasons)


def _each_fact_once(
    findings: Sequence[Finding], values: Mapping[str, Value], reasons: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Of the rules missed because one fact was not said, one is missed and has the weight of all.

    That is the first that asks for the fact itself, else the first. The others are not judged.
    """
    missed: dict[str, list[int]] = {}
    for at, finding in enumerate(findings):
        fact = fact_of(finding.measure)
        if finding.verdict == "missed" and fact is not None and _was_not_said(fact, values, reasons):
            missed.setdefault(fact, []).append(at)
    judged = list(findings)
    for fact, places in missed.items():
        first = next((at for at in places if findings[at].measure == fact), places[0])
        reason = f"counted with “{findings[first].title}”: {reasons.get(fact) or NOT_SAID}"
        others = [at for at in places if at != first]
        moved = math.fsum(findings[at].weight for at in others)
        judged[first] = replace(findings[first], moved_weight=moved)
        for at in others:
            judged[at] = replace(
                findings[at],
                verdict="not judged",
                advice="",
                reason=reason,
                moved_weight=-findings[at].weight,
            )
    return tuple(judged)


def _was_not_said(fact: str, values: Mapping[str, Value], reasons: Mapping[str, str]) -> bool:
    value = values[fact]
    return reasons.get(fact, "").startswith(NOT_SAID) if value is None else value in ("", ())


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A verdict, and the bound that it hangs on."""

    verdict: Verdict
    bound: Bound
    target: str
    reason: str = ""
    credit: float = 0.0
    close: str = ""


def _finding(
    rule: Rule,
    values: Mapping[str, Value],
    reasons: Mapping[str, str],
    evidence: Mapping[str, tuple[Span, ...]],
) -> Finding:
    ruling = _ruling(rule.condition, values, reasons, rule.when_not_said)
    value = values[ruling.bound.measure]
    advice = ruling.bound.advice or rule.advice
    if value is None:
        advice = rule.advice_not_said or advice
    return Finding(
        rule=rule.id,
        title=rule.title,
        verdict=ruling.verdict,
        measure=ruling.bound.measure,
        value=value,
        target=ruling.target,
        evidence=_spans_of(rule.measures, values, evidence),
        advice=advice_line(advice, values, reasons) if ruling.verdict == "missed" else "",
        weight=rule.weight,
        source=rule.source,
        reason=ruling.reason,
        measures={name: values[name] for name in rule.measures},
        credit=ruling.credit if ruling.close else None,
        close=ruling.close,
    )


def _ruling(
    condition: Condition,
    values: Mapping[str, Value],
    reasons: Mapping[str, str],
    when_not_said: Literal["missed", "not judged"],
) -> _Ruling:
    """Three-valued: one miss fails all_of and one hit meets any_of, whatever is unknown beside it."""
    if isinstance(condition, Bound):
        return _ruling_of_bound(condition, values, reasons, when_not_said)
    rulings = [_ruling(part, values, reasons, when_not_said) for part in condition.conditions]
    order: Sequence[Verdict]
    match condition.how:
        case "all_of":
            order = ("missed", "not judged", "met")
        case "any_of":
            order = ("met", "not judged", "missed")
            if all(ruling.verdict != "met" for ruling in rulings):
                rulings = [replace(ruling, target=condition.target) for ruling in rulings]
        case "first_of":
            return next((r for r in rulings if r.verdict != "not judged"), rulings[0])
    strongest = min(rulings, key=lambda ruling: order.index(ruling.verdict))  # the first of them
    if strongest.verdict == "not judged":
        return strongest
    judged = [ruling for ruling in rulings if ruling.verdict != "not judged"]
    decides = (min if condition.how == "all_of" else max)(judged, key=lambda ruling: ruling.credit)
    return replace(strongest, credit=decides.credit, close=decides.close)


def _ruling_of_bound(
    bound: Bound,
    values: Mapping[str, Value],
    reasons: Mapping[str, str],
    when_not_said: Literal["missed", "not judged"],
) -> _Ruling:
    value = values[bound.measure]
    if isinstance(value, float) and math.isnan(value):
        value = None
    if value is not None:
        holds = _holds(bound, value)
        credit, close = _credit(bound, value, values, float(holds))
        return _Ruling("met" if holds else "missed", bound, bound.target, "", credit, close)
    reason = reasons.get(bound.measure) or "not measured"
    if not reason.startswith(NOT_SAID):
        return _Ruling("not judged", bound, bound.target, reason)
    if bound.said is False:
        return _Ruling("met", bound, bound.target, credit=1.0)
    return _Ruling(when_not_said, bound, bound.target, reason)


def _holds(bound: Bound, value: Value) -> bool:
    if bound.said is not None:
        return bool(value) == bound.said  # an empty text and no spans: nothing was said
    if isinstance(bound.equals, str):
        return str(value).casefold() == bound.equals.casefold()
    if bound.equals is not None:
        return value == bound.equals
    amount = len(value) if isinstance(value, tuple) else float(value or 0)
    return not (
        (bound.at_least is not None and amount < bound.at_least)
        or (bound.at_most is not None and amount > bound.at_most)
    )


_CLOSE = 2.0  # standard errors: further from its limit 98 of 100 values are on the right side of it


def _credit(bound: Bound, value: Value, values: Mapping[str, Value], certain: float) -> tuple[float, str]:
    """What a value counts, and where it is close to its limit, that in words; `certain` where it is not."""
    measure = MEASURES[bound.measure]
    if isinstance(value, bool | str | tuple) or value is None or not math.isfinite(value):
        return certain, ""
    error = measure.error_at(value, values)
    limits = [
        (limit, sign) for limit, sign in ((bound.at_least, 1), (bound.at_most, -1)) if limit is not None
    ]
    if not limits or error <= 0:
        return certain, ""
    limit, sign = min(limits, key=lambda each: each[1] * (value - each[0]))
    away = sign * (value - limit) / error
    if abs(away) >= _CLOSE:
        return certain, ""
    below = NormalDist().cdf(-_CLOSE)
    credit = (NormalDist().cdf(away) - below) / (1 - 2 * below)  # continuous where it ends
    told = with_error(value, error, measure.unit)
    asked = f"{'at least' if sign > 0 else 'at most'} {readable(limit, measure.unit)}"
    return credit, f"close to the limit: {told} against {asked}; counts {credit:.2f}"


def _spans_of(
    names: Sequence[str], values: Mapping[str, Value], evidence: Mapping[str, tuple[Span, ...]]
) -> tuple[Span, ...]:
    found: dict[Span, None] = {}
    for name in names:
        value = values[name]
        of_value = value if MEASURES[name].kind == "spans" and isinstance(value, tuple) else ()
        spans = evidence.get(name) or of_value
        found.update((span, None) for span in spans if isinstance(span, Span))
    return tuple(sorted(found, key=lambda span: (span.start_s, span.end_s)))


def _bounds(condition: Condition) -> Iterator[Bound]:
    if isinstance(condition, Bound):
        yield condition
    else:
        for part in condition.conditions:
            yield from _bounds(part)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────


def playbooks() -> dict[str, str]:
    """The playbooks that come with aftertone: each name with its title.

    Examples
    --------
    >>> "general" in playbooks()
    True
    """
    return {name: load_playbook(name).title for name in _shipped()}


def load_playbook(name_or_path: str | Path | Playbook) -> Playbook:
    """A playbook by the name of one that comes with aftertone, or from a TOML file of your own.

    Parameters
    ----------
    name_or_path : str, Path or Playbook
        A playbook is given back as it is.

    Raises
    ------
    UnknownPlaybookError
        None is called that, and there is no such file.
    PlaybookFormatError
        The file is not TOML, or not a playbook.
    UnknownMeasureError
        A rule names a measure that does not exist.

    Examples
    --------
    >>> load_playbook("general").rules[0].id
    'brief'
    """
    if isinstance(name_or_path, Playbook):
        return name_or_path
    shipped = _shipped()
    if isinstance(name_or_path, str) and name_or_path in shipped:
        return _read(shipped[name_or_path], name_or_path)
    path = Path(name_or_path)
    if path.is_dir() or not path.exists():
        nearest = _nearest(str(name_or_path), shipped)
        raise UnknownPlaybookError(
            f"no playbook is called {str(name_or_path)!r} and there is no such file{nearest} "
            f"(there are {', '.join(shipped)}; or give the path of a TOML file)"
        )
    return _read(path, path.stem)


class _ConditionToml(msgspec.Struct, forbid_unknown_fields=True):
    measure: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = None
    equals: bool | float | str | None = msgspec.field(default=None, name="is")
    said: bool | None = None
    advice: str = ""
    all_of: list[_ConditionToml] | None = None
    any_of: list[_ConditionToml] | None = None
    first_of: list[_ConditionToml] | None = None


class _RuleToml(_ConditionToml, forbid_unknown_fields=True, kw_only=True):
    id: str
    title: str
    weight: float = 1.0
    source: str | None = None
    advice_not_said: str = ""
    when_not_said: Literal["missed", "not judged"] = "missed"


class _PlaybookToml(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    rule: list[dict[str, Any]]
    description: str = ""
    source: str = ""


_BOUNDS_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    "number": ("at_least", "at_most", "between", "is"),
    "flag": ("is",),
    "text": ("is", "said"),
    "spans": ("at_least", "at_most", "between", "said"),
    "curve": (),
}
_Page = TypeVar("_Page")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _shipped() -> dict[str, Path]:
    folder = Path(str(files("aftertone.playbook"))) / "published"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _read(path: Path, name: str) -> Playbook:
    raw = toml_table(
        path, unreadable=PlaybookError, malformed=PlaybookFormatError, example='title = "My advice"'
    )
    page = _converted(raw, _PlaybookToml, str(path))
    if not page.rule:
        raise PlaybookFormatError(f"{path}: has no [[rule]]; a playbook needs one at least")
    rules: dict[str, Rule] = {}
    for position, raw_rule in enumerate(page.rule, start=1):
        rule_id = raw_rule.get("id")
        where = f"{path}: rule {rule_id!r}" if isinstance(rule_id, str) else f"{path}: rule number {position}"
        rule = _rule(_converted(raw_rule, _RuleToml, where), where, page.source)
        if rule.id in rules:
            raise PlaybookFormatError(f"{where}: a second rule of that id; each needs its own")
        rules[rule.id] = rule
    return Playbook(name, page.title, tuple(rules.values()), page.description, page.source)


def _rule(page: _RuleToml, where: str, source: str) -> Rule:
    if not _ID.fullmatch(page.id):
        raise PlaybookFormatError(
            f"{where}: key 'id': found {page.id!r}, expected lower-case words with hyphens between"
        )
    if not (math.isfinite(page.weight) and page.weight > 0):
        raise PlaybookFormatError(f"{where}: key 'weight': found {page.weight}, expected a number above 0")
    if not page.advice:
        raise PlaybookFormatError(f"{where}: the key 'advice' is missing")
    _check_advice(page.advice_not_said, f"{where}: key 'advice_not_said'")
    return Rule(
        id=page.id,
        title=page.title,
        condition=_condition(page, where),
        weight=page.weight,
        source=source if page.source is None else page.source,
        advice=page.advice,
        advice_not_said=page.advice_not_said,
        when_not_said=page.when_not_said,
    )


def _condition(page: _ConditionToml, where: str) -> Condition:
    _check_advice(page.advice, f"{where}: key 'advice'")
    heads = [key for key in ("measure", "all_of", "any_of", "first_of") if getattr(page, key) is not None]
    if len(heads) != 1:
        raise PlaybookFormatError(
            f"{where}: found {' and '.join(map(repr, heads)) or 'no condition'}, "
            "expected one of 'measure', 'all_of', 'any_of', 'first_of'"
        )
    bounds = {
        key: bound
        for key in ("at_least", "at_most", "between", "is", "said")
        if (bound := getattr(page, "equals" if key == "is" else key)) is not None
    }
    match heads[0]:
        case "measure":
            bound = _bound(str(page.measure), bounds, where)
            return bound if isinstance(page, _RuleToml) else replace(bound, advice=page.advice)
        case "all_of" | "any_of" | "first_of" as how:
            if page.advice and not isinstance(page, _RuleToml):
                raise PlaybookFormatError(
                    f"{where}: key 'advice' stands beside {how!r}; put it inside, beside a 'measure'"
                )
            if bounds:
                raise PlaybookFormatError(
                    f"{where}: key {next(iter(bounds))!r} stands beside {how!r}; "
                    "put it inside, beside its 'measure'"
                )
            parts = getattr(page, how)
            if not parts:
                raise PlaybookFormatError(f"{where}: key {how!r}: found none, expected one condition or more")
            return Several(
                how, tuple(_condition(part, f"{where}: {how}[{i}]") for i, part in enumerate(parts))
            )
    raise AssertionError(heads)


def _bound(name: str, bounds: Mapping[str, Any], where: str) -> Bound:
    if name not in MEASURES:
        raise _unknown_measure(name, f"{where}: key 'measure'")
    kind = MEASURES[name].kind
    allowed = _BOUNDS_OF_KIND[kind]
    expected = f"expected {' or '.join(map(repr, allowed))}" if allowed else "which no rule can bound"
    for key, bound in bounds.items():
        if key not in allowed:
            raise PlaybookFormatError(
                f"{where}: key {key!r} does not apply to {name}, of kind {kind}; {expected}"
            )
        if any(
            isinstance(x, float) and not math.isfinite(x) for x in (bound if key == "between" else [bound])
        ):
            raise PlaybookFormatError(f"{where}: key {key!r}: found {bound}, expected finite numbers")
    if not bounds:
        raise PlaybookFormatError(f"{where}: no bound on {name}, of kind {kind}; {expected}")
    if len(bounds) > 1 and set(bounds) != {"at_least", "at_most"}:
        raise PlaybookFormatError(f"{where}: found {' and '.join(map(repr, bounds))}, expected one of them")
    equals: bool | float | str | None = bounds.get("is")
    wanted = {"number": float, "flag": bool, "text": str}.get(kind, object)
    if equals is not None and not isinstance(equals, wanted):
        raise PlaybookFormatError(
            f"{where}: key 'is': found {equals!r}, expected {_TYPE_IN_WORDS[wanted]}, "
            f"for {name} is of kind {kind}"
        )
    low, high = bounds.get("between", (bounds.get("at_least"), bounds.get("at_most")))
    if low is not None and high is not None and low > high:
        raise PlaybookFormatError(f"{where}: found {low} to {high}, expected the lower bound first")
    return Bound(name, low, high, equals, bounds.get("said"))


_TYPE_IN_WORDS: Mapping[type, str] = {float: "a number", bool: "true or false", str: "a text"}


def _check_advice(template: str, where: str) -> None:
    try:
        measures_in(template)
    except KeyError as error:
        raise _unknown_measure(error.args[0], where) from error
    except ValueError as error:
        raise PlaybookFormatError(f"{where}: {error}") from error


def _unknown_measure(name: str, where: str) -> UnknownMeasureError:
    return UnknownMeasureError(
        f"{where}: there is no measure {name!r}{_nearest(name, MEASURES)} "
        "(`aftertone measures` lists them all)"
    )


def _converted(raw: object, shape: type[_Page], where: str) -> _Page:
    """What `raw` says, or an error that names the key, what was found there and the nearest right one."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        keys = re.findall(r"\.(\w+)|\[(\d+)\]", path)
        inner = "".join(f".{name}" if name else f"[{index}]" for name, index in keys).lstrip(".")
        place = f"{where}: {inner}" if inner else where
        if unknown := re.search(r"unknown field `(.*)`", message):
            known = _keys_of(_ConditionToml if inner else shape)
            raise PlaybookFormatError(
                f"{place}: there is no key {quoted(unknown[1])}{_nearest(unknown[1], known)} "
                f"(known are {', '.join(known)})"
            ) from error
        if missing := re.search(r"missing required field `(.*)`", message):
            raise PlaybookFormatError(f"{place}: the key {missing[1]!r} is missing") from error
        found = raw
        for name, index in keys:
            found = found[name] if name else found[int(index)]  # type: ignore[index]
        raise PlaybookFormatError(
            f"{place}: found {quoted(found)}: {message.lower().replace('`', '')}"
        ) from error


def _keys_of(shape: Any) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(shape))


def _nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    nearest = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""

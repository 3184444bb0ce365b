"""Reading playbooks: TOML becomes rules, or an error that names the file, the rule and the key."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from aftertone.errors import PlaybookError, PlaybookFormatError, UnknownMeasureError, UnknownPlaybookError
from aftertone.files.reading import quoted, toml_table
from aftertone.measurements import MEASURES, ValueKind
from aftertone.playbook.advice import measures_in
from aftertone.playbook.model import Bound, Condition, Playbook, Rule, Several
from aftertone.playbook.rewriting import check_sentence

CONDITION_HEADS = ("measure", "all_of", "any_of", "first_of")
"""The keys of which a condition has one."""
RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_Page = TypeVar("_Page")


def _key(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class ConditionToml(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of a condition, each with its type and what it means."""

    measure: Annotated[
        str | None, _key("What the rule is about; `aftertone measures` says what each means.")
    ] = None
    at_least: Annotated[float | None, _key("A number, or how many spans there are, is not below it.")] = None
    at_most: Annotated[float | None, _key("A number, or how many spans there are, is not above it.")] = None
    between: Annotated[tuple[float, float] | None, _key("[low, high], both included.")] = None
    equals: Annotated[
        bool | float | str | None, _key("A flag, text or number equals it; upper or lower case.")
    ] = msgspec.field(default=None, name="is")
    said: Annotated[bool | None, _key("true: there is any of a text or spans; false: there is none.")] = None
    advice: Annotated[
        str,
        _key("What to do, shown where it is missed. Measures stand in braces: {message.duration_s}."),
    ] = ""
    all_of: Annotated[list[ConditionToml] | None, _key("Met where every condition is.")] = None
    any_of: Annotated[list[ConditionToml] | None, _key("Met where one condition is.")] = None
    first_of: Annotated[
        list[ConditionToml] | None, _key("The first condition that can be judged decides.")
    ] = None


class RuleToml(ConditionToml, forbid_unknown_fields=True, kw_only=True):
    """The keys of a rule, besides those of its condition."""

    id: Annotated[str, _key("Lower-case words with hyphens between, each once in the file.")]
    title: Annotated[str, _key("The advice in a few words, as something to do.")]
    weight: Annotated[float, _key("Its part in the score, above 0.")] = 1.0
    source: Annotated[
        str | None, _key("Who gives the advice, and where its figures come from; else the playbook's.")
    ] = None
    advice_not_said: Annotated[str, _key("The advice where the thing was not said at all.")] = ""
    when_not_said: Annotated[
        Literal["missed", "not judged"], _key("The verdict where the thing was not said at all.")
    ] = "missed"


class PlaybookToml(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of a playbook."""

    title: Annotated[str, _key("The playbook's name for people.")]
    rule: Annotated[list[dict[str, Any]], _key("The rules, one or more.")]
    description: Annotated[str, _key("What the playbook is for.")] = ""
    source: Annotated[
        str, _key("Who gives the advice, and where its figures come from, for rules that do not say.")
    ] = ""
    template: Annotated[
        list[str] | None,
        _key(
            "The sentences of a good message, for “say it like this”. {fact} is a fact or a blank; what "
            "stands in [square brackets] is left out where a fact in it is missing."
        ),
    ] = None


_BOUNDS_OF_KIND: Mapping[ValueKind, tuple[str, ...]] = {
    "number": ("at_least", "at_most", "between", "is"),
    "flag": ("is",),
    "text": ("is", "said"),
    "spans": ("at_least", "at_most", "between", "said"),
    "curve": (),
}
_TYPE_IN_WORDS: Mapping[type, str] = {float: "a number", bool: "true or false", str: "a text"}


def playbooks() -> dict[str, str]:
    """The playbooks that come with aftertone: each name with its title."""
    return {name: load_playbook(name).title for name in _published()}


def load_playbook(name_or_path: str | Path | Playbook) -> Playbook:
    """A playbook by the name of one that comes with aftertone, or from a TOML file of your own.

    Parameters
    ----------
    name_or_path : str, Path or Playbook
        A playbook is given back as it is.

    Raises
    ------
    UnknownPlaybookError
        There is no playbook of that name, and no such file.
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
    published = _published()
    if isinstance(name_or_path, str) and name_or_path in published:
        return _read(published[name_or_path], name_or_path)
    path = Path(name_or_path)
    if path.is_dir() or not path.exists():
        nearest = _nearest(str(name_or_path), published)
        raise UnknownPlaybookError(
            f"no playbook is called {str(name_or_path)!r} and there is no such file{nearest} "
            f"(there are {', '.join(published)}; or give the path of a TOML file)"
        )
    return _read(path, path.stem)


def _published() -> dict[str, Path]:
    folder = Path(str(files("aftertone.playbook"))) / "published"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _read(path: Path, name: str) -> Playbook:
    raw = toml_table(
        path, unreadable=PlaybookError, malformed=PlaybookFormatError, example='title = "My advice"'
    )
    page = _converted(raw, PlaybookToml, str(path))
    if not page.rule:
        raise PlaybookFormatError(f"{path}: has no [[rule]]; a playbook needs one at least")
    rules: dict[str, Rule] = {}
    for position, raw_rule in enumerate(page.rule, start=1):
        rule_id = raw_rule.get("id")
        where = f"{path}: rule {rule_id!r}" if isinstance(rule_id, str) else f"{path}: rule number {position}"
        rule = _rule(_converted(raw_rule, RuleToml, where), where, page.source)
        if rule.id in rules:
            raise PlaybookFormatError(f"{where}: a second rule of that id; each needs its own")
        rules[rule.id] = rule
    template = _template(page.template, str(path))
    return Playbook(name, page.title, tuple(rules.values()), page.description, page.source, template)


def _template(sentences: Sequence[str] | None, where: str) -> tuple[str, ...]:
    if sentences is not None and not sentences:
        raise PlaybookFormatError(f"{where}: key 'template': found none, expected one sentence or more")
    for position, sentence in enumerate(sentences or ()):
        try:
            check_sentence(sentence)
        except ValueError as error:
            raise PlaybookFormatError(f"{where}: template[{position}]: {error}") from error
    return tuple(sentences or ())


def _rule(page: RuleToml, where: str, source: str) -> Rule:
    if not RULE_ID.fullmatch(page.id):
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


def _condition(page: ConditionToml, where: str) -> Condition:
    _check_advice(page.advice, f"{where}: key 'advice'")
    heads = [key for key in CONDITION_HEADS if getattr(page, key) is not None]
    if len(heads) != 1:
        raise PlaybookFormatError(
            f"{where}: found {' and '.join(map(repr, heads)) or 'no condition'}, "
            f"expected one of {', '.join(map(repr, CONDITION_HEADS))}"
        )
    bounds = {
        key: bound
        for key in ("at_least", "at_most", "between", "is", "said")
        if (bound := getattr(page, "equals" if key == "is" else key)) is not None
    }
    match heads[0]:
        case "measure":
            bound = _bound(str(page.measure), bounds, where)
            return bound if isinstance(page, RuleToml) else replace(bound, advice=page.advice)
        case "all_of" | "any_of" | "first_of" as how:
            if page.advice and not isinstance(page, RuleToml):
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
            inner = (_condition(part, f"{where}: {how}[{i}]") for i, part in enumerate(parts))
            return Several(how, tuple(inner))
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
        numbers = bound if key == "between" else [bound]
        if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
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
    """`raw` in a shape, or an error that names the key, what was found there and the nearest right one."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        keys = re.findall(r"\.(\w+)|\[(\d+)\]", path)
        inner = "".join(f".{name}" if name else f"[{index}]" for name, index in keys).lstrip(".")
        place = f"{where}: {inner}" if inner else where
        if unknown := re.search(r"unknown field `(.*)`", message):
            keys_of = msgspec.structs.fields(ConditionToml if inner else shape)  # type: ignore[arg-type]
            known = [each.encode_name for each in keys_of]
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


def _nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    nearest = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""

"""Comparison of the takes of a script: which rules became better or worse, and which take is the best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from aftertone.acoustics.channels import Channel
from aftertone.acoustics.vad import Detector
from aftertone.batch import Hook, recordings_in, review_many
from aftertone.errors import AftertoneError
from aftertone.files.plain import plain
from aftertone.language.brief import Brief, find_brief, in_order
from aftertone.measurements import MEASURES, Value
from aftertone.outcome import Outcome
from aftertone.playbook import Bound, Finding, Playbook, Review, load_playbook
from aftertone.playbook.advice import readable
from aftertone.recognition import EngineSource
from aftertone.report.redaction import redacted_brief

Change = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class MeasureOverTakes:
    """One measure in all takes.

    Attributes
    ----------
    measure : str
        Its dotted name.
    bound : Bound
        What the first rule with this measure asks for.
    values : tuple of value
        One for each take; None where the take lacks a value.
    change : "better", "worse", "same" or None
        From the second last scored take to the last: nearer to the bound, further from it, or neither. A
        change within the standard error of the measure is "same", and so is one under a rule that both takes
        meet. None where a value is missing.
    """

    measure: str
    bound: Bound
    values: tuple[Value, ...]
    change: Change | None

    def to_dict(self) -> dict[str, Any]:
        """The measure as plain values, for JSON; spans as their count."""
        values = [len(value) if isinstance(value, tuple) else value for value in self.values]
        return {
            "measure": self.measure,
            "target": self.bound.target,
            "values": plain(values),
            "change": self.change,
        }


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule whose result changed from the second last scored take to the last.

    Attributes
    ----------
    change : "better" or "worse"
        "better": met instead of missed, or missed by less. "worse": the opposite. A difference within the
        standard error of the measure is no change.
    before, after : Finding
    """

    change: Change
    before: Finding
    after: Finding

    def to_dict(self) -> dict[str, Any]:
        """The change as plain values, for JSON."""
        return {
            "rule": self.after.rule,
            "before": self.before.verdict,
            "after": self.after.verdict,
            "measure": self.after.measure,
            "advice": self.after.advice,
        }


@dataclass(frozen=True, slots=True)
class Practice:
    """Takes of the same script, in order.

    Attributes
    ----------
    recipient, script : str or None
        What the briefs of the takes share; None where they name none.
    playbook : Playbook
    takes : tuple of Outcome
    measures : tuple of MeasureOverTakes
        The numbers and flags that the rules of the playbook use, in the order of the rules.
    changes : tuple of RuleChange
        From the second last scored take to the last, the rule with the most weight first.
    """

    recipient: str | None
    script: str | None
    playbook: Playbook
    takes: tuple[Outcome, ...]
    measures: tuple[MeasureOverTakes, ...]
    changes: tuple[RuleChange, ...]

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """The takes that have points."""
        return tuple(take for take in self.takes if _points(take) is not None)

    @property
    def best(self) -> Outcome | None:
        """The take with the most points. Of several: the one with the most judged, then the latest."""
        ranked = [
            (take.review.score.points or 0, take.review.score.judged_share, place, take)
            for place, take in enumerate(self.scored)
            if take.review is not None
        ]
        return max(ranked, key=lambda rank: rank[:3])[3] if ranked else None

    @property
    def better(self) -> tuple[RuleChange, ...]:
        """The changes for the better."""
        return tuple(each for each in self.changes if each.change == "better")

    @property
    def worse(self) -> tuple[RuleChange, ...]:
        """The changes for the worse."""
        return tuple(each for each in self.changes if each.change == "worse")

    def to_dict(self) -> dict[str, Any]:
        """The practice as plain values, for JSON."""
        return {
            "recipient": self.recipient,
            "script": self.script,
            "playbook": self.playbook.name,
            "takes": [_take_dict(take) for take in self.takes],
            "best": None if self.best is None else plain(str(self.best.path)),
            "better": [change.to_dict() for change in self.better],
            "worse": [change.to_dict() for change in self.worse],
            "measures": [each.to_dict() for each in self.measures],
        }


def progress(
    paths: str | Path | Iterable[str | Path],
    *,
    engine: EngineSource | None = "auto",
    playbook: str | Path | Playbook | None = None,
    brief: Brief | None = None,
    jobs: int = 1,
    vad: Detector = "webrtc",
    redact: bool = False,
    transcripts: bool = True,
    rate_hz: int | None = None,
    channel: Channel = "auto",
    hook: Hook | None = None,
) -> tuple[Practice, ...]:
    """Review takes, and compare those of the same script.

    Takes belong together if their briefs have the same script, playbook and recipient. Takes whose briefs
    have none of the three belong together if they lie in the same folder. Their order is that of `attempt`
    if all have one, else that of `recorded_at`, then that of their names: take2 comes before take10. Here
    `attempt` is the number of the take, not of a message, so rules on the number of messages are not judged.

    Parameters
    ----------
    paths, engine, playbook, jobs, vad, redact, transcripts, rate_hz, channel, hook
        As for `review_many`. `redact` also masks the recipient and the script of a practice.
    brief : Brief or None
        Known facts about all recordings. They win over the brief beside each recording.

    Returns
    -------
    tuple of Practice
        In the order of their first recordings. A single take is a practice too.

    Raises
    ------
    NoAudioFoundError, EngineError
        As for `review_many`.
    PlaybookError
        As for `review_many`, or a brief names a playbook that cannot be used.

    Examples
    --------
    >>> (practice,) = progress(["take1.wav", "take2.wav"], engine=None)
    >>> [type(take.error).__name__ for take in practice.takes], practice.best
    (['AudioNotFoundError', 'AudioNotFoundError'], None)
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    given_book = None if playbook is None else load_playbook(playbook)
    groups: dict[tuple[str, ...], list[tuple[Path, Brief]]] = {}
    briefs: dict[Path, Brief] = {}
    for path in dict.fromkeys(file for each in given for file in recordings_in(each)):
        known = brief or Brief()
        try:
            known = known.over(find_brief(path) or Brief())
            briefs[path] = replace(known, attempt=None)
        except AftertoneError:
            pass  # review_many finds it too, and makes it the outcome of this recording
        groups.setdefault(_group_of(path, known), []).append((path, known))
    books = {
        group: given_book or load_playbook(takes[0][1].playbook or "general")
        for group, takes in groups.items()
    }
    reviewed = review_many(
        [path for takes in groups.values() for path, _ in takes],
        engine=engine,
        playbook=given_book,
        brief=briefs,
        jobs=jobs,
        vad=vad,
        redact=redact,
        transcripts=transcripts,
        rate_hz=rate_hz,
        channel=channel,
        hook=hook,
    )
    outcomes = {outcome.path: outcome for outcome in reviewed}
    return tuple(
        practice_of(
            redacted_brief(takes[0][1]) if redact else takes[0][1],
            books[group],
            [outcomes[path] for path, _ in in_order(takes)],
        )
        for group, takes in groups.items()
    )


def _group_of(path: Path, brief: Brief) -> tuple[str, ...]:
    """A key that takes share if they belong together."""
    texts = tuple(" ".join((text or "").split()) for text in (brief.script, brief.playbook, brief.recipient))
    return tuple(text.casefold() for text in texts) if any(texts) else ("", "", "", str(path.parent))


def practice_of(brief: Brief, playbook: Playbook, takes: Sequence[Outcome]) -> Practice:
    """Compare takes, in the order given, that were reviewed against one playbook."""
    scored = [take.review for take in takes if take.review is not None and _points(take) is not None]
    last = _LastTwo(scored[-2], scored[-1]) if len(scored) > 1 else None
    changes = [_rule_change(rule.id, rule.bounds, last) for rule in playbook.rules] if last else []
    return Practice(
        recipient=brief.recipient,
        script=brief.script,
        playbook=playbook,
        takes=tuple(takes),
        measures=tuple(_measures(playbook, takes, last)),
        changes=tuple(sorted(filter(None, changes), key=lambda change: -change.after.weight)),
    )


class _LastTwo:
    """The last two scored takes: their findings, values and standard errors."""

    def __init__(self, before: Review, after: Review) -> None:
        self._reviews = before, after
        self._values = _judged_values(before), _judged_values(after)
        self._measured = before.measurements.flat(), after.measurements.flat()

    def findings(self, rule: str) -> tuple[Finding, Finding]:
        """The finding of a rule in each take."""
        before, after = (next(f for f in review.findings if f.rule == rule) for review in self._reviews)
        return before, after

    def change(self, bound: Bound) -> Change | None:
        """How the measure of a bound changed; None where a take lacks its value."""
        before, after = (values.get(bound.measure) for values in self._values)
        return _change(bound, before, after, self._error(bound.measure))

    def is_steady(self, name: str) -> bool:
        """Whether a measure is the same in both takes, within its standard error."""
        before, after = (values.get(name) for values in self._values)
        return _is_steady(before, after, self._error(name))

    def _error(self, name: str) -> float:
        """The standard error of the difference of a measure; 0 for a measure without an error."""
        errors = [
            MEASURES[name].error_at(values.get(name), measured)
            for values, measured in zip(self._values, self._measured, strict=True)
        ]
        return math.hypot(*errors)


def _judged_values(review: Review) -> dict[str, Value]:
    """The values that the rules were judged by, under their dotted names."""
    return {name: value for finding in review.findings for name, value in finding.measures.items()}


def _measures(
    playbook: Playbook, takes: Sequence[Outcome], last: _LastTwo | None
) -> Iterator[MeasureOverTakes]:
    """Each number and flag that the rules use and that a take has, with the first rule that uses it."""
    values = [_judged_values(take.review) if take.review else {} for take in takes]
    seen = set[str]()
    pairs = [(rule.id, bound) for rule in playbook.rules for bound in rule.bounds]
    for rule_id, bound in pairs:
        name = bound.measure
        over_takes = tuple(of_take.get(name) for of_take in values)
        is_shown = MEASURES[name].kind in ("number", "flag") and any(v is not None for v in over_takes)
        if name in seen or not is_shown:
            continue
        seen.add(name)
        change = last.change(bound) if last else None
        if last and change is not None and all(each.verdict == "met" for each in last.findings(rule_id)):
            change = "same"
        yield MeasureOverTakes(name, bound, over_takes, change)


def _rule_change(rule: str, bounds: Sequence[Bound], last: _LastTwo) -> RuleChange | None:
    before, after = last.findings(rule)
    match before.verdict, after.verdict:
        case ("missed", "met") | ("met", "missed"):
            if all(last.is_steady(bound.measure) for bound in bounds):
                return None
            return RuleChange("better" if after.verdict == "met" else "worse", before, after)
        case "missed", "missed" if before.measure == after.measure:
            change = last.change(next(bound for bound in bounds if bound.measure == after.measure))
            return RuleChange(change, before, after) if change in ("better", "worse") else None
    return None


def _change(bound: Bound, before: Value, after: Value, error: float) -> Change | None:
    """Whether a value comes nearer to its bound. Values that print alike are the same."""
    if before is None or after is None:
        return None
    far = bound.shortfall(before), bound.shortfall(after)
    unit = MEASURES[bound.measure].unit
    prints_alike = readable(before, unit) == readable(after, unit)
    if far[0] == far[1] or prints_alike or _is_steady(before, after, error):
        return "same"
    return "better" if far[1] < far[0] else "worse"


def _is_steady(before: Value, after: Value, error: float) -> bool:
    """Whether two values are equal, or differ by less than the standard error of their difference."""
    return before == after or (error > 0 and abs(_amount(after) - _amount(before)) < error)


def _amount(value: Value) -> float:
    """A value as a number; spans as their count."""
    return float(len(value) if isinstance(value, tuple) else value or 0)


def _take_dict(take: Outcome) -> dict[str, Any]:
    score = take.review.score if take.review else None
    return {
        "path": plain(str(take.path)),
        "score": score.points if score else None,
        "score_margin": score.margin if score and score.points is not None else None,
        "judged_share": score.judged_share if score else None,
        "error": None if take.error is None else str(take.error),
    }


def _points(take: Outcome) -> int | None:
    return None if take.review is None else take.review.score.points

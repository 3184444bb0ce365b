"""Practice: takes of the same script, one after the other: what got better, what got worse, which is best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from aftertone.acoustics.channels import Channel
from aftertone.acoustics.vad import Detector
from aftertone.batch import Hook, recordings_in, review_many
from aftertone.errors import AftertoneError
from aftertone.language.brief import Brief, find_brief, in_order
from aftertone.measurements import MEASURES, Value
from aftertone.outcome import Location, Outcome
from aftertone.playbook import Bound, Finding, Playbook, Review, load_playbook
from aftertone.playbook.advice import readable
from aftertone.recognition import EngineSource
from aftertone.report.redaction import redacted_brief

Change = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Line:
    """One measure over the takes.

    Attributes
    ----------
    measure : str
        Its dotted name.
    bound : Bound
        What a rule of the playbook wants of it.
    values : tuple of value
        One for each take; None where it was not measured.
    change : "better", "worse", "same" or None
        From the last take but one that was scored to the last: nearer to the bound, further from it, or as
        far; "same" too where its rule is met in both, by whatever else would do. None where either is not
        known.
    """

    measure: str
    bound: Bound
    values: tuple[Value, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that came out otherwise in the last take than in the one before it.

    Attributes
    ----------
    change : "better" or "worse"
        Met after it was missed, or missed by less; or the other way round.
    before, after : Finding
    """

    change: Change
    before: Finding
    after: Finding


@dataclass(frozen=True, slots=True)
class Practice:
    """Takes of the same script, in order.

    Attributes
    ----------
    recipient, script : str or None
        What the takes have in common, where their briefs tell.
    playbook : Playbook
    takes : tuple of Outcome
    lines : tuple of Line
        The measures that the playbook asks for, numbers and flags, in its order.
    changes : tuple of RuleChange
        From the last take but one that was scored to the last, the weightiest rule first.
    """

    recipient: str | None
    script: str | None
    playbook: Playbook
    takes: tuple[Outcome, ...]
    lines: tuple[Line, ...]
    changes: tuple[RuleChange, ...]

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """The takes that have points."""
        return tuple(take for take in self.takes if _points(take) is not None)

    @property
    def best(self) -> Outcome | None:
        """The take of most points; of several the one of which more was judged, then the latest."""
        takes = enumerate(self.scored)
        ranked = [(_points(take) or 0, _review(take).score.judged_share, i, take) for i, take in takes]
        return max(ranked, key=lambda rank: rank[:3])[3] if ranked else None

    @property
    def better(self) -> tuple[RuleChange, ...]:
        """What got better."""
        return tuple(each for each in self.changes if each.change == "better")

    @property
    def worse(self) -> tuple[RuleChange, ...]:
        """What got worse."""
        return tuple(each for each in self.changes if each.change == "worse")


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
    """Takes of the same script compared.

    Takes belong together whose briefs have the same script, playbook and recipient; where none tells any of
    them, those in the same folder. Their order is that of their `attempt` where all have one, else that of
    `recorded_at`, with those after them that have none, by name: take2 before take10. A brief's `attempt` is
    the number of the take here, and not of a message: rules on how many messages were left are not judged.

    Parameters
    ----------
    paths, engine, playbook, jobs, vad, redact, transcripts, rate_hz, channel, hook
        As for `review_many`. `redact` masks the recipient and the script of a practice too.
    brief : Brief or None
        What is known of all of them, over their own briefs.

    Returns
    -------
    tuple of Practice
        In the order of their first recordings. A single take is a practice too.

    Raises
    ------
    NoAudioFoundError, PlaybookError, EngineError
        As for `review_many`; PlaybookError also where a brief names a playbook that cannot be used.

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
            pass  # review_many says so, in the outcome of this recording
        groups.setdefault(_key(path, known), []).append((path, known))
    books = {
        key: given_book or load_playbook(takes[0][1].playbook or "general") for key, takes in groups.items()
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
            books[key],
            [outcomes[path] for path, _ in in_order(takes)],
        )
        for key, takes in groups.items()
    )


def practice_dict(practice: Practice) -> dict[str, Any]:
    """A practice as plain values: what JSON holds."""
    best = practice.best
    return {
        "recipient": practice.recipient,
        "script": practice.script,
        "playbook": practice.playbook.name,
        "takes": [
            {
                "path": _text(take.path),
                "score": _points(take),
                "score_margin": None
                if take.review is None or _points(take) is None
                else take.review.score.margin,
                "judged_share": None if take.review is None else take.review.score.judged_share,
                "error": None if take.error is None else str(take.error),
            }
            for take in practice.takes
        ],
        "best": None if best is None else _text(best.path),
        "better": [_change_dict(change) for change in practice.better],
        "worse": [_change_dict(change) for change in practice.worse],
        "measures": [
            {
                "measure": line.measure,
                "target": line.bound.target,
                "values": [len(value) if isinstance(value, tuple) else value for value in line.values],
                "change": line.change,
            }
            for line in practice.lines
        ],
    }


def _change_dict(change: RuleChange) -> dict[str, Any]:
    return {
        "rule": change.after.rule,
        "before": change.before.verdict,
        "after": change.after.verdict,
        "measure": change.after.measure,
        "advice": change.after.advice,
    }


def _text(path: Location) -> str:
    return str(path).encode("utf-8", "replace").decode()


def _key(path: Path, brief: Brief) -> tuple[str, ...]:
    told = tuple(" ".join((text or "").split()) for text in (brief.script, brief.playbook, brief.recipient))
    return tuple(text.casefold() for text in told) if any(told) else ("", "", "", str(path.parent))


def practice_of(brief: Brief, playbook: Playbook, takes: Sequence[Outcome]) -> Practice:
    """Takes that were reviewed against a playbook, compared; in the order given."""
    bounds = {rule.id: rule.bounds for rule in playbook.rules}
    last = [i for i, take in enumerate(takes) if _points(take) is not None][-2:]
    pair = [{f.rule: f for f in _review(takes[i]).findings} for i in last] if len(last) == 2 else []
    values = [_values(take) for take in takes]
    lines: dict[str, Line] = {}  # the first rule that bounds a measure gives it its line
    for rule, bound in ((rule, bound) for rule, of_rule in bounds.items() for bound in of_rule):
        name = bound.measure
        over_takes = tuple(of_take.get(name) for of_take in values)
        if (
            name in lines
            or MEASURES[name].kind not in ("number", "flag")
            or not any(value is not None for value in over_takes)
        ):
            continue
        change = _change(bound, *(over_takes[i] for i in last)) if pair else None
        if change is not None and all(findings[rule].verdict == "met" for findings in pair):
            change = "same"
        lines[name] = Line(name, bound, over_takes, change)
    changes = [_rule_change(pair[0][rule], pair[1][rule], bounds[rule]) for rule in bounds if pair]
    return Practice(
        recipient=brief.recipient,
        script=brief.script,
        playbook=playbook,
        takes=tuple(takes),
        lines=tuple(lines.values()),
        changes=tuple(sorted(filter(None, changes), key=lambda change: -change.after.weight)),
    )


def _rule_change(before: Finding, after: Finding, bounds: Sequence[Bound]) -> RuleChange | None:
    match before.verdict, after.verdict:
        case "missed", "met":
            return RuleChange("better", before, after)
        case "met", "missed":
            return RuleChange("worse", before, after)
        case "missed", "missed" if before.measure == after.measure:
            bound = next(bound for bound in bounds if bound.measure == after.measure)
            change = _change(bound, before.value, after.value)
            return RuleChange(change, before, after) if change in ("better", "worse") else None
    return None


def _change(bound: Bound, before: Value, after: Value) -> Change | None:
    """Nearer to the bound, further from it, or as far: what reads the same is the same."""
    far = [_shortfall(bound, value) for value in (before, after)]
    if far[0] is None or far[1] is None:
        return None
    unit = MEASURES[bound.measure].unit
    if far[0] == far[1] or readable(before, unit) == readable(after, unit):
        return "same"
    return "better" if far[1] < far[0] else "worse"


def _shortfall(bound: Bound, value: Value) -> float | None:
    """How far a value is from where the bound holds: 0 where it holds, 1 for the wrong one of two."""
    if value is None:
        return None
    if bound.said is not None:
        return float(bool(value) != bound.said)
    if isinstance(bound.equals, str):
        return float(str(value).casefold() != bound.equals.casefold())
    amount = float(len(value) if isinstance(value, tuple) else value)
    if bound.equals is not None:
        return abs(amount - bound.equals)
    low = -math.inf if bound.at_least is None else bound.at_least
    high = math.inf if bound.at_most is None else bound.at_most
    return max(low - amount, amount - high, 0.0)


def _values(take: Outcome) -> Mapping[str, Value]:
    """The values that a take was judged by, under their dotted names."""
    if take.review is None:
        return {}
    return {name: value for finding in take.review.findings for name, value in finding.measures.items()}


def _points(take: Outcome) -> int | None:
    return None if take.review is None else take.review.score.points


def _review(take: Outcome) -> Review:
    assert take.review is not None
    return take.review

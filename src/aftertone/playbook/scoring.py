"""Findings become one score, and all that was found of a recording one review."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aftertone.language.transcript import Span, Transcript
from aftertone.measurements import Measurements
from aftertone.playbook import Finding

JUDGED_SHARE_MIN = 0.6
"""Of the weight of all rules: under it there are no points, for what was not judged could move them by more
than 40. Without words the playbooks judge 0 to 27 %; with them, and without a brief, 67 % and more."""


@dataclass(frozen=True, slots=True)
class Score:
    """How much of the advice was followed.

    Attributes
    ----------
    points : int or None
        0 to 100: the weight of the rules met, of the weight of those that could be judged; a rule close to
        its limit counts in part. Rounded down, so that 100 means every one, and none of them close. None
        where `judged_share` is under `JUDGED_SHARE_MIN`.
    judged_share : float
        The weight of the rules that could be judged, of the weight of all: how much the points stand on.
    met_count, missed_count, not_judged_count : int
        Rules of each verdict.
    reason : str
        Why there are no points, and what would give some; else empty.
    margin : int
        Standard error of the points: that of the rules close to their limits; 0 where there is none.
    """

    points: int | None
    judged_share: float
    met_count: int = 0
    missed_count: int = 0
    not_judged_count: int = 0
    reason: str = ""
    margin: int = 0

    @property
    def text(self) -> str:
        """The points with their margin, where there is one; empty where there are none.

        >>> Score(82, 1.0, margin=4).text, Score(82, 1.0).text, Score(None, 0.3).text
        ('82 ± 4', '82', '')
        """
        if self.points is None:
            return ""
        return f"{self.points} ± {self.margin}" if self.margin else str(self.points)


TACTICS = {
    "cut_off": "cut off in the middle of a sentence",
    "disregard": "“disregard my last message”",
    "vague": "the vague message",
    "still_in_business": "“are you still in business?”",
    "lawyer": "the details handed to a lawyer",
    "drop_by": "“I'll drop by”",
}
"""Tricks that some advice passes on, each under the field of `Measurements.tactics` that finds it."""


@dataclass(frozen=True, slots=True)
class Tactic:
    """A trick that was heard: named, and never scored.

    Attributes
    ----------
    name : str
        Its field in `Measurements.tactics`.
    title : str
        The same for people.
    evidence : tuple of Span
        Where it is said.
    """

    name: str
    title: str
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A recording held against a playbook.

    Attributes
    ----------
    recording : str
        The file's name, or "recording" where there was no file.
    playbook : str
        The playbook's name.
    measurements : Measurements
    findings : tuple of Finding
        One for each rule, in the playbook's order.
    score : Score
    transcript : Transcript or None
        The words that were heard; None where none were asked for.
    """

    recording: str
    playbook: str
    measurements: Measurements
    findings: tuple[Finding, ...]
    score: Score
    transcript: Transcript | None = None

    @property
    def tactics(self) -> tuple[Tactic, ...]:
        """The tactics that were heard; none where the words are not to be trusted."""
        if self.measurements.doubts:
            return ()
        heard = {name: getattr(self.measurements.tactics, name) for name in TACTICS}
        return tuple(Tactic(name, TACTICS[name], spans) for name, spans in heard.items() if spans)


def score_of(findings: Iterable[Finding]) -> Score:
    """The score of a message, from its findings.

    Examples
    --------
    >>> from aftertone.measurements import Measurements
    >>> from aftertone.playbook import judge, load_playbook
    >>> score_of(judge(Measurements(duration_s=1.0), load_playbook("general"))).points is None
    True
    """
    findings = tuple(findings)
    met, missed, not_judged = (
        sum(f.verdict == verdict for f in findings) for verdict in ("met", "missed", "not judged")
    )
    weights = [(f.weight + f.moved_weight, f.met_share) for f in findings if f.verdict != "not judged"]
    judged = math.fsum(weight for weight, _ in weights)
    total = math.fsum(f.weight + f.moved_weight for f in findings)
    share = judged / total if total else 0.0
    if share < JUDGED_SHARE_MIN:
        return Score(None, share, met, missed, not_judged, _why_no_points(share, findings))
    # a sum of decimal weights may fall a hair short of the whole point that it is
    points = math.floor(100 * math.fsum(weight * part for weight, part in weights) / judged + 1e-9)
    whole = all(part == 1 for _, part in weights)
    variance = math.fsum(weight**2 * part * (1 - part) for weight, part in weights)
    margin = round(100 * math.sqrt(variance) / judged)
    return Score(100 if whole else min(points, 99), share, met, missed, not_judged, margin=margin)


def _why_no_points(share: float, findings: Sequence[Finding]) -> str:
    """The reason that most weight was not judged for; before it how much was, where anything was."""
    weights: dict[str, float] = {}
    for finding in findings:
        if finding.verdict == "not judged":
            weights[finding.reason] = weights.get(finding.reason, 0.0) + finding.weight + finding.moved_weight
    reason = max(weights, key=lambda each: weights[each], default="the playbook has no rules")
    percent = min(round(100 * share), math.ceil(100 * JUDGED_SHARE_MIN) - 1)  # never as much as is needed
    return f"not enough was understood: {percent} % ({reason})" if share else reason

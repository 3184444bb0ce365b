"""A review: all that was found of a recording, as an object, JSON, text and a table for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import msgspec

from aftertone.files.plain import plain, screen_line
from aftertone.language.transcript import Span, Transcript
from aftertone.measurements import MEASURES, Measurements
from aftertone.playbook.advice import readable
from aftertone.playbook.judging import Score
from aftertone.playbook.model import Finding
from aftertone.playbook.rewriting import Rewrite

_SHOWN_MISSED = 7  # rules in a short text


@dataclass(frozen=True, slots=True)
class Tactic:
    """A trick that was found: named, and never scored."""

    name: str  # its field in `Measurements.tactics`
    title: str  # the same for people
    evidence: tuple[Span, ...]  # where it is said


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """A recording judged by a playbook. In a notebook it shows as a table.

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
        The words of the recogniser; None where none were asked for.
    rewrite : Rewrite or None
        The message rewritten by the playbook's template. None where the words are not known or in doubt, and
        where the playbook has no template.

    Examples
    --------
    >>> from aftertone.playbook import judge, load_playbook, score_of
    >>> measurements = Measurements(duration_s=2.0)
    >>> findings = judge(measurements, load_playbook("cold-prospect"))
    >>> Review("hi.wav", "cold-prospect", measurements, findings, score_of(findings))
    Review of hi.wav by playbook cold-prospect
    no score: not measured
    0 rules met, 0 missed, 6 not judged
    """

    recording: str
    playbook: str
    measurements: Measurements
    findings: tuple[Finding, ...]
    score: Score
    transcript: Transcript | None = None
    rewrite: Rewrite | None = None

    @property
    def tactics(self) -> tuple[Tactic, ...]:
        """The tactics that were found; none where the words are not to be trusted."""
        if self.measurements.doubts:
            return ()
        group = self.measurements.tactics
        found = {name: getattr(group, name) for name in group.names()}
        return tuple(
            Tactic(name, MEASURES[f"tactics.{name}"].title, spans) for name, spans in found.items() if spans
        )

    @property
    def missed(self) -> tuple[Finding, ...]:
        """The findings of rules that were missed, the heaviest first."""
        missed = (finding for finding in self.findings if finding.verdict == "missed")
        return tuple(sorted(missed, key=lambda finding: -finding.missed_weight))

    def to_dict(self) -> dict[str, Any]:
        """The review as dicts, lists, numbers and texts: what JSON holds.

        Returns
        -------
        dict
            ``recording``, ``playbook``, ``score``, ``findings``, ``tactics``, ``transcript``, ``rewrite``,
            and what `Measurements.to_dict` gives.

        Examples
        --------
        >>> review = Review("hi.wav", "general", Measurements(duration_s=2.0), (), Score(None, 0.0))
        >>> review.to_dict()["score"]["points"], review.to_dict()["tactics"]
        (None, [])
        """
        return {
            "recording": plain(self.recording),
            "playbook": plain(self.playbook),
            "score": plain(self.score),
            "findings": [finding.to_dict() for finding in self.findings],
            "tactics": plain(self.tactics),
            **self.measurements.to_dict(),
            "transcript": plain(self.transcript),
            "rewrite": None if self.rewrite is None else self.rewrite.to_dict(),
        }

    def to_json(self, *, indent: int = 0) -> str:
        """The review as JSON.

        Parameters
        ----------
        indent : int
            Spaces of a level; 0 gives one line.

        Examples
        --------
        >>> review = Review("hi.wav", "general", Measurements(duration_s=2.0), (), Score(None, 0.0))
        >>> review.to_json()[:43]
        '{"recording":"hi.wav","playbook":"general",'
        """
        text = msgspec.json.encode(self.to_dict())
        return (msgspec.json.format(text, indent=indent) if indent else text).decode()

    @classmethod
    def from_dict(cls, page: Mapping[str, Any]) -> Review:
        """A review from what `to_dict` gave; measures that this version does not have are left out."""
        return cls(
            recording=page["recording"],
            playbook=page["playbook"],
            measurements=Measurements.from_dict(page),
            findings=tuple(map(Finding.from_dict, page["findings"])),
            score=msgspec.convert(page["score"], Score),
            transcript=msgspec.convert(page["transcript"], Transcript | None),
            rewrite=Rewrite.from_dict(page["rewrite"]) if page.get("rewrite") else None,
        )

    def __repr__(self) -> str:
        missed = self.missed
        lines = [
            _line(f"Review of {self.recording} by playbook {self.playbook}"),
            _line(_score_text(self.score)),
            _line(_counts_text(self.score)),
        ]
        for finding in missed[:_SHOWN_MISSED]:
            value = _value_text(finding)
            lines.append(
                _line(f"- {finding.title}" + (f": {value} (target: {finding.target})" if value else ""))
            )
            lines.append(_line(finding.advice, indent="  "))
        if len(missed) > _SHOWN_MISSED:
            lines.append(f"- {len(missed) - _SHOWN_MISSED} more missed")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The review as a table, for notebooks: no script, no style, nothing from outside."""
        rows = [[f.title, f.verdict, _value_text(f) or f.reason, f.target, f.advice] for f in self.findings]
        caption = f"{_score_text(self.score)}. {_counts_text(self.score)}."
        return "".join(
            [
                f"<p><b>{escape(self.recording)}</b>, playbook {escape(self.playbook)}<br>",
                f"{escape(caption)}</p>",
                "<table><thead>",
                _html_row("th", ["rule", "verdict", "value", "target", "advice"]),
                "</thead><tbody>",
                *(_html_row("td", row) for row in rows),
                "</tbody></table>",
            ]
        )


def _score_text(score: Score) -> str:
    return f"score: {score.text} of 100" if score.text else f"no score: {score.reason}"


def _counts_text(score: Score) -> str:
    return f"{score.met_count} rules met, {score.missed_count} missed, {score.not_judged_count} not judged"


def _value_text(finding: Finding) -> str:
    if finding.value is None:
        return ""
    unit = MEASURES[finding.measure].unit if finding.measure in MEASURES else ""
    return readable(finding.value, unit)


def _line(text: str, indent: str = "") -> str:
    """A text on one line that fits a screen."""
    return screen_line(indent + " ".join(text.split()))


def _html_row(tag: str, cells: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

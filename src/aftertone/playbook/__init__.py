"""Playbooks: published advice as rules on measures, judged into findings with evidence, a score and a review.

`reading` makes a `Playbook` of TOML; `judging` makes findings and a score of it and of `Measurements`;
`review` holds what was found of a recording; `rewriting` writes its message by the playbook's template;
`agreement` compares two playbooks.
"""

from __future__ import annotations

from aftertone.playbook.judging import JUDGED_SHARE_MIN, Score, judge, score_of
from aftertone.playbook.model import Bound, Condition, Finding, Playbook, Rule, Several, Verdict
from aftertone.playbook.reading import load_playbook, playbooks
from aftertone.playbook.review import Review, Tactic
from aftertone.playbook.rewriting import BLANKS, Rewrite, RewritePart, blank_rewrite, rewritten

__all__ = [
    "BLANKS",
    "JUDGED_SHARE_MIN",
    "Bound",
    "Condition",
    "Finding",
    "Playbook",
    "Review",
    "Rewrite",
    "RewritePart",
    "Rule",
    "Score",
    "Several",
    "Tactic",
    "Verdict",
    "blank_rewrite",
    "judge",
    "load_playbook",
    "playbooks",
    "rewritten",
    "score_of",
]

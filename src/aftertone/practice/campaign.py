"""Campaigns: the messages of one caller to one recipient, in order of time, and the playbook of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aftertone.batch import recordings_in
from aftertone.errors import AftertoneError
from aftertone.files.plain import plain
from aftertone.language.brief import Brief, apart_h, at_another_time, find_brief, in_order
from aftertone.outcome import Outcome

FOLLOW_UPS = ("follow-up-1", "follow-up-2", "follow-up-3")
"""The playbooks of the messages of a sequence, in order ("Tips for Leaving Phone Messages")."""
MESSAGES_MAX: Mapping[str, int] = {"collections": 2, "sales-appointment": 1} | dict.fromkeys(FOLLOW_UPS, 3)
"""The most messages to one person, by playbook, from its source. The other playbooks set no limit."""
_NO_SEQUENCE = (None, "general")  # a brief with one of these says nothing about the sequence


@dataclass(frozen=True, slots=True)
class CampaignMessage:
    """One message of a campaign.

    Attributes
    ----------
    path : Path
    brief : Brief
        Its brief, with `attempt`, `earlier_at` and the `playbook` that it should follow filled in.
    named : str or None
        The playbook that its own brief names.
    """

    path: Path
    brief: Brief
    named: str | None = None

    @property
    def attempt(self) -> int:
        """The number of the message to this recipient, from 1."""
        return self.brief.attempt or 1

    @property
    def playbook(self) -> str:
        """The playbook that it should follow."""
        return self.brief.playbook or "general"

    @property
    def after_h(self) -> float | None:
        """Hours since the message before it; None for the first, and if a brief lacks the time."""
        if self.brief.recorded_at is None or not self.brief.earlier_at:
            return None
        return apart_h(self.brief.earlier_at[-1], self.brief.recorded_at)

    @property
    def another_time(self) -> bool | None:
        """Whether it was left in another part of the day than the one before; None as for `after_h`."""
        return at_another_time(self.brief.recorded_at, self.brief.earlier_at)

    @property
    def limit(self) -> int | None:
        """The most messages to one person that its playbook allows; None without a limit."""
        return MESSAGES_MAX.get(self.playbook)

    @property
    def too_many(self) -> bool:
        """Whether it exceeds that limit."""
        return self.limit is not None and self.attempt > self.limit

    def to_dict(self, outcome: Outcome | None) -> dict[str, Any]:
        """The message with its outcome as plain values, for JSON."""
        at, review = self.brief.recorded_at, outcome and outcome.review
        return {
            "path": plain(str(self.path)),
            "attempt": self.attempt,
            "recorded_at": None if at is None else at.isoformat(),
            "after_h": None if self.after_h is None else round(self.after_h, 2),
            "another_time": self.another_time,
            "playbook": self.playbook,
            "named_playbook": self.named,
            "messages_max": self.limit,
            "too_many": self.too_many,
            "scored_against": review.playbook if review else None,
            "score": review.score.points if review else None,
            "score_margin": review.score.margin if review and review.score.points is not None else None,
            "judged_share": review.score.judged_share if review else None,
            "missed": [f.rule for f in review.findings if f.verdict == "missed"] if review else None,
            "error": str(outcome.error) if outcome and outcome.error else None,
        }


@dataclass(frozen=True, slots=True)
class Campaign:
    """The messages of one caller to one recipient, in order of time.

    Attributes
    ----------
    caller : str or None
        None if no brief names the caller.
    recipient : str
    messages : tuple of CampaignMessage
    """

    caller: str | None
    recipient: str
    messages: tuple[CampaignMessage, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The recordings, in order."""
        return tuple(message.path for message in self.messages)

    @property
    def briefs(self) -> dict[Path, Brief]:
        """The brief of each recording, as `review_many` takes them."""
        return {message.path: message.brief for message in self.messages}

    def to_dict(self, outcomes: Mapping[Path, Outcome] | None = None) -> dict[str, Any]:
        """The campaign, with the outcomes of its messages by path, as plain values for JSON."""
        outcomes = outcomes or {}
        return {
            "caller": self.caller,
            "recipient": self.recipient,
            "message_count": len(self.messages),
            "too_many_count": sum(message.too_many for message in self.messages),
            "messages": [message.to_dict(outcomes.get(message.path)) for message in self.messages],
        }


def campaigns(
    paths: str | Path | Iterable[str | Path],
    *,
    brief: Brief | None = None,
    left_out: Callable[[Path, str], None] | None = None,
) -> tuple[Campaign, ...]:
    """Find the campaigns that recordings belong to, from their briefs. No recording is read.

    Messages belong together if they have the same recipient and caller. Case does not matter. A caller named
    only in part, or not at all, is matched to the only caller of that recipient whose name begins that way.

    The order is that of `attempt` if all messages have one, else that of `recorded_at`. Messages without
    either come last, by name. Times are compared as instants if all have an offset from UTC, else as local
    times.

    A message should follow the playbook that its brief names, else that of the message before it, else the
    first that any brief names. Two cases differ: that playbook is one of `FOLLOW_UPS`, or no brief of a
    sequence names more than `general`. Then it should follow the follow-up of its place in the sequence, and
    the last follow-up from there on.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, and folders to search.
    brief : Brief or None
        Known facts about all recordings. They win over the brief beside each recording.
    left_out : callable or None
        Called with each recording that belongs to no campaign and the reason: its brief names no recipient,
        or cannot be read.

    Returns
    -------
    tuple of Campaign
        In order of recipient and caller.

    Raises
    ------
    NoAudioFoundError
        A folder holds no recording.

    Examples
    --------
    >>> (campaign,) = campaigns(["one.wav", "two.wav"], brief=Brief(recipient="Mary"))
    >>> [(message.path.name, message.playbook) for message in campaign.messages]
    [('one.wav', 'follow-up-1'), ('two.wav', 'follow-up-2')]
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    of_recipient: dict[str, dict[str, list[tuple[Path, Brief]]]] = {}
    for path in dict.fromkeys(file for each in given for file in recordings_in(each)):
        try:
            known = (brief or Brief()).over(find_brief(path) or Brief())
            reason = "" if known.recipient else f"{path}: its brief names no recipient"
        except AftertoneError as error:
            reason = str(error)
        if reason:
            if left_out is not None:
                left_out(path, reason)
            continue
        of_caller = of_recipient.setdefault(_folded(known.recipient), {})
        of_caller.setdefault(_folded(known.caller), []).append((path, known))
    return tuple(
        _campaign(messages)
        for recipient in sorted(of_recipient)
        for _, messages in sorted(_with_whole_names(of_recipient[recipient]).items())
    )


def _campaign(messages: Sequence[tuple[Path, Brief]]) -> Campaign:
    ordered = in_order(_on_one_clock(messages))
    followed = next((brief.playbook for _, brief in ordered if brief.playbook not in _NO_SEQUENCE), None)
    attempt, done = 0, list[CampaignMessage]()
    for path, brief in ordered:
        followed = brief.playbook if brief.playbook not in _NO_SEQUENCE else followed
        attempt = brief.attempt or attempt + 1
        if followed in FOLLOW_UPS or (followed is None and (len(ordered) > 1 or attempt > 1)):
            playbook = FOLLOW_UPS[min(attempt, len(FOLLOW_UPS)) - 1]
        else:
            playbook = followed or "general"
        earlier = tuple(m.brief.recorded_at for m in done if m.brief.recorded_at is not None)
        filled = replace(brief, attempt=attempt, playbook=playbook, earlier_at=earlier or brief.earlier_at)
        done.append(CampaignMessage(path, filled, brief.playbook))
    caller = max((brief.caller for _, brief in ordered if brief.caller), key=len, default=None)
    return Campaign(caller, str(ordered[0][1].recipient), tuple(done))


def _on_one_clock(messages: Sequence[tuple[Path, Brief]]) -> Sequence[tuple[Path, Brief]]:
    """The messages, without offsets from UTC if any lacks one: then local times are compared."""
    times = [brief.recorded_at for _, brief in messages if brief.recorded_at is not None]
    if len({at.tzinfo is None for at in times}) < 2:
        return messages
    return [
        (path, replace(brief, recorded_at=brief.recorded_at and brief.recorded_at.replace(tzinfo=None)))
        for path, brief in messages
    ]


def _with_whole_names(
    of_caller: Mapping[str, list[tuple[Path, Brief]]],
) -> dict[str, list[tuple[Path, Brief]]]:
    """The messages of each caller. A part of a name joins the one whole name that begins with it."""
    wholes = [name for name in of_caller if not any(_begins(name, other) for other in of_caller)]
    joined: dict[str, list[tuple[Path, Brief]]] = {}
    for name, messages in of_caller.items():
        candidates = [whole for whole in wholes if _begins(name, whole)]
        joined.setdefault(candidates[0] if len(candidates) == 1 else name, []).extend(messages)
    return joined


def _begins(part: str, name: str) -> bool:
    return part != name and name.split()[: len(part.split())] == part.split()


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())

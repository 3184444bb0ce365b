"""What the caller set out to do: sharpens names, numbers and the script, and is never required."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of a message before it is heard. Every field may be None.

    Attributes
    ----------
    recipient, caller, company : str or None
        Who is called, by whom, on behalf of whom.
    number : str or None
        The call-back number that should be said.
    caller_id : str or None
        The number that the call was made from.
    region : str
        ISO 3166 code that numbers are read in.
    recorded_at : str or None
        ISO 8601 local date and time.
    script : str or None
        The words that were meant to be said.
    playbook : str or None
        The advice that the message should follow.
    """

    recipient: str | None = None
    caller: str | None = None
    company: str | None = None
    number: str | None = None
    caller_id: str | None = None
    region: str = "US"
    recorded_at: str | None = None
    script: str | None = None
    playbook: str | None = None

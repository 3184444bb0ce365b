"""What kind of recording it is, as a measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aftertone.measurements.registry import Group, measured

if TYPE_CHECKING:
    from aftertone.language.kind import RecordingKind

NO_VOICEMAIL = {
    "greeting": "a greeting",
    "conversation": "a conversation",
    "wrong speed": "speech at a wrong speed",
    "music": "music",
    "tones": "signalling tones",
    "noise": "noise",
}
"""Kinds of which nothing is judged, and what they are called. In another language a caller leaves a message,
and where nobody speaks one has hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Group):
    """What the recording is."""

    kind: str | None = measured(
        "text",
        "",
        "voicemail, greeting, conversation, another language, wrong speed, music, tones, noise, "
        "nobody speaks.",
    )
    found: str | None = measured("text", "", "What recording.kind was told by, where it is no voicemail.")

    @classmethod
    def of(cls, kind: RecordingKind | None, unknown: str) -> Recording:
        """The kind of a recording; `unknown` says why it is not known."""
        if kind is None:
            return cls.unmeasured(unknown)
        return cls(
            kind=kind.name,
            found=kind.found or None,
            evidence={"kind": kind.evidence} if kind.evidence else {},
        ).because("it is a voicemail")

    @property
    def why_not_judged(self) -> str | None:
        """Why nothing of it is judged; None where a caller leaves a message, or may."""
        if self.kind not in NO_VOICEMAIL:
            return None
        return f"this is no voicemail but {NO_VOICEMAIL[self.kind]}: {self.found}"

"""The measures of the sound alone, and how each group is read off what was heard."""

from __future__ import annotations

from dataclasses import dataclass

from aftertone.language.transcript import Span
from aftertone.measurements.registry import CurvePoint, Group, measured

NO_SPEECH = "no speech was found in the recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Group):
    """Where the message stands in the file."""

    start_s: float | None = measured("number", "s", "First speech after any greeting and beep.")
    end_s: float | None = measured("number", "s", "End of the last speech.")
    duration_s: float | None = measured("number", "s", "From the first to the last speech of the message.")
    start_latency_s: float | None = measured(
        "number", "s", "From the beep, or the file's start where there is none, to the first speech."
    )
    trailing_s: float | None = measured("number", "s", "From the last speech to the end of the file.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech(Group):
    """How much of the message is speech."""

    time_s: float | None = measured("number", "s", "Time inside speech intervals of the message.")
    share: float | None = measured("number", "share", "speech.time_s over message.duration_s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses(Group):
    """Silences inside the message, from the signal."""

    count: int | None = measured("number", "count", "Silences of at least 0.25 s inside the message.")
    per_min: float | None = measured("number", "1/min", "pauses.count over message.duration_s.")
    longest_s: float | None = measured("number", "s", "The longest of them; 0 where there is none.")
    share: float | None = measured("number", "share", "Their time over message.duration_s.")
    hesitation_count: int | None = measured(
        "number",
        "count",
        "Pauses of 1 s or more, and of 0.5 s or more inside a clause where the words are known.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Group):
    """How fast."""

    words_per_min: float | None = measured(
        "number", "words/min", "Words over message.duration_s; a digit string counts as its spoken words."
    )
    syllables_per_s: float | None = measured(
        "number", "syllables/s", "Syllables of the words over message.duration_s."
    )
    articulation_syl_per_s: float | None = measured(
        "number", "syllables/s", "Syllable nuclei in the sound over speech.time_s; needs no words."
    )
    agreement_share: float | None = measured(
        "number",
        "share",
        "The words' syllables against the nuclei, the smaller over the larger; low: doubt the words.",
    )
    curve: tuple[CurvePoint, ...] | None = measured(
        "curve", "syllables/s", "Local articulation rate over a window of 3 s."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch(Group):
    """The melody of the voice."""

    median_hz: float | None = measured("number", "Hz", "Median f0 of the voiced frames.")
    spread_st: float | None = measured(
        "number", "semitones", "Standard deviation of f0 in semitones over voiced frames; needs 3 s voiced."
    )
    range_st: float | None = measured(
        "number", "semitones", "95th less 5th percentile of f0 in semitones; needs 3 s voiced."
    )
    flat_share: float | None = measured(
        "number", "share", "Share of 8 s windows with a spread under 2 semitones."
    )
    flat_spans: tuple[Span, ...] | None = measured("spans", "", "Where those windows are.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Group):
    """How loud, how clean."""

    active_dbov: float | None = measured("number", "dBov", "Active speech level.")
    snr_db: float | None = measured("number", "dB", "Active speech level over the noise floor.")
    loudness_lufs: float | None = measured("number", "LUFS", "Integrated loudness, ITU-R BS.1770.")
    variation_db: float | None = measured("number", "dB", "Spread of the level between stretches of speech.")
    clipped_share: float | None = measured(
        "number", "share", "Share of samples in runs of 3 or more at the rail."
    )
    bandwidth_hz: float | None = measured("number", "Hz", "Where the spectrum of the speech ends.")

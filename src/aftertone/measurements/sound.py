"""The measures of the sound alone, and how each group is read off what was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import articulation_rate, rate_curve
from aftertone.acoustics.pitch import SHORTEST_VOICED_S, pitch_of
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.transcript import Span
from aftertone.measurements.registry import CurvePoint, Group, measured

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound
    from aftertone.language.said import Said

NO_SPEECH = "no speech was found in the recording"
HANG_UP_S = 2.0  # ours: in less nobody has hung up on anyone; the recording did not catch the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Group):
    """Where the message stands in the file."""

    left: bool | None = measured(
        "flag", "", "Somebody speaks: the caller did not hang up. Needs 2 s of recording where nobody does."
    )
    start_s: float | None = measured("number", "s", "First speech after any greeting and beep.")
    end_s: float | None = measured("number", "s", "End of the last speech.")
    duration_s: float | None = measured(
        "number", "s", "From the first to the last speech of the message.", error=0.020
    )
    start_latency_s: float | None = measured(
        "number",
        "s",
        "From the beep, or the file's start where there is none, to the first speech.",
        error=0.015,
    )
    trailing_s: float | None = measured("number", "s", "From the last speech to the end of the file.")

    @classmethod
    def of(cls, sound: Sound) -> Message:
        """Where the message of a sound stands."""
        if sound.message is None:
            long_enough = sound.recording.duration_s >= HANG_UP_S
            return cls(left=False if long_enough else None).because(NO_SPEECH)
        return cls(
            left=True,
            start_s=sound.message.start_s,
            end_s=sound.message.end_s,
            duration_s=sound.message.duration_s,
            start_latency_s=sound.start_latency_s,
            trailing_s=max(0.0, sound.recording.duration_s - sound.message.end_s),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech(Group):
    """How much of the message is speech."""

    time_s: float | None = measured("number", "s", "Time inside speech intervals of the message.")
    share: float | None = measured("number", "share", "speech.time_s over message.duration_s.")

    @classmethod
    def of(cls, sound: Sound) -> Speech:
        """How much of a sound's message is speech."""
        if sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        return cls(time_s=sound.speech_time_s, share=sound.speech_time_s / sound.message.duration_s)


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

    @classmethod
    def of(cls, sound: Sound, said: Said | None = None) -> Pauses:
        """The pauses of a sound; the words, where known, tell which of them fall inside a clause."""
        if sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        minutes = sound.message.duration_s / 60
        lengths_s = [pause.duration_s for pause in sound.pauses]
        hesitations = [pause for pause in sound.pauses if is_hesitation(pause, said)]
        return cls(
            count=len(sound.pauses),
            per_min=len(sound.pauses) / minutes,
            longest_s=max(lengths_s, default=0.0),
            share=sum(lengths_s) / sound.message.duration_s,
            hesitation_count=len(hesitations),
            evidence={
                "count": tuple(Span(*pause) for pause in sound.pauses),
                "longest_s": tuple(
                    Span(*pause) for pause in sound.pauses if pause.duration_s == max(lengths_s)
                ),
                "hesitation_count": tuple(Span(*pause) for pause in hesitations),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Group):
    """How fast."""

    words_per_min: float | None = measured(
        "number",
        "words/min",
        "Words over message.duration_s; a digit string counts as its spoken words.",
        error_share=0.016,
    )
    syllables_per_s: float | None = measured(
        "number", "syllables/s", "Syllables of the words over message.duration_s."
    )
    articulation_syl_per_s: float | None = measured(
        "number",
        "syllables/s",
        "Syllable nuclei in the sound over speech.time_s; needs no words.",
        error_share=0.11,
    )
    agreement_share: float | None = measured(
        "number",
        "share",
        "The words' syllables against the nuclei, the smaller over the larger; low: doubt the words.",
    )
    curve: tuple[CurvePoint, ...] | None = measured(
        "curve", "syllables/s", "Local articulation rate over a window of 3 s."
    )

    @classmethod
    def of(cls, sound: Sound, said: Said | None, no_words: str) -> Rate:
        """The pace of a message, by its two witnesses: `no_words` says why the words are missing."""
        if sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        duration_s = sound.message.duration_s
        words, syllables = (said.word_count, said.syllable_count) if said else (0, 0)
        nuclei = len(sound.nuclei)
        curve = rate_curve(sound.nuclei, sound.speech, sound.message)
        return cls(
            words_per_min=words * 60 / duration_s if words else None,
            syllables_per_s=syllables / duration_s if syllables else None,
            articulation_syl_per_s=articulation_rate(sound.nuclei, sound.speech),
            agreement_share=min(syllables, nuclei) / max(syllables, nuclei) if syllables and nuclei else None,
            curve=tuple(map(CurvePoint, curve.times_s.tolist(), curve.syl_per_s.tolist())),
            reasons=dict.fromkeys(
                ["words_per_min", "syllables_per_s", "agreement_share"] if not words else [],
                no_words if said is None else "the recogniser wrote no words",
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch(Group):
    """The melody of the voice."""

    median_hz: float | None = measured("number", "Hz", "Median f0 of the voiced frames.")
    spread_st: float | None = measured(
        "number",
        "semitones",
        "Standard deviation of f0 in semitones over voiced frames; needs 3 s voiced.",
        error=0.15,
    )
    range_st: float | None = measured(
        "number", "semitones", "95th less 5th percentile of f0 in semitones; needs 3 s voiced."
    )
    flat_share: float | None = measured(
        "number", "share", "Share of 8 s windows with a spread under 2 semitones."
    )
    flat_spans: tuple[Span, ...] | None = measured("spans", "", "Where those windows are.")

    @classmethod
    def of(cls, sound: Sound) -> Pitch:
        """The melody of a message."""
        if sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        pitch = pitch_of(sound.pitch, sound.speech)
        if pitch.median_hz is None:
            return cls.unmeasured("no voiced speech was found")
        voiced_s = float(np.count_nonzero(sound.pitch.voiced)) * HOP_S
        return cls(
            median_hz=pitch.median_hz,
            spread_st=pitch.spread_st,
            range_st=pitch.range_st,
            flat_share=pitch.flat_share,
            flat_spans=tuple(Span(*interval) for interval in pitch.flat_spans),
        ).because(f"{SHORTEST_VOICED_S:g} s of voiced speech are needed, {voiced_s:.1f} s were found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Group):
    """How loud, how clean."""

    active_dbov: float | None = measured("number", "dBov", "Active speech level.", error=1.2)
    snr_db: float | None = measured("number", "dB", "Active speech level over the noise floor.", error=1.1)
    loudness_lufs: float | None = measured("number", "LUFS", "Integrated loudness, ITU-R BS.1770.")
    variation_db: float | None = measured(
        "number", "dB", "Spread of the level between stretches of speech.", error=1.2
    )
    clipped_share: float | None = measured(
        "number", "share", "Share of samples in runs of 3 or more at the rail."
    )
    bandwidth_hz: float | None = measured("number", "Hz", "Where the spectrum of the speech ends.")

    @classmethod
    def of(cls, sound: Sound) -> Level:
        """How loud and clean a message is."""
        if sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        level = sound.level
        return cls(
            active_dbov=level.active_dbov,
            snr_db=level.snr_db,
            loudness_lufs=level.loudness_lufs,
            variation_db=level.variation_db,
            clipped_share=level.clipped_share,
            bandwidth_hz=level.bandwidth_hz,
        ).because("too little speech, or too little between it, to measure this")


SURE_HESITATION_S = 1.0  # a silence that is heard as a hesitation wherever it stands
CLAUSE_HESITATION_S = 0.5  # one that is, where it parts a clause


def is_hesitation(pause: Interval, said: Said | None) -> bool:
    """Whether a pause was not planned: long, or half as long and inside a clause."""
    if pause.duration_s >= SURE_HESITATION_S:
        return True
    return said is not None and pause.duration_s >= CLAUSE_HESITATION_S and said.parts_a_clause(pause)

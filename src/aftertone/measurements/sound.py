"""Groups of measures that are taken from the sound; the words, where they are known, make some exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import articulation_rate, rate_curve
from aftertone.acoustics.pitch import LIVELINESS, pitch_statistics
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.fillers import Filler, fillers
from aftertone.language.transcript import Span, Transcript
from aftertone.measurements.registry import NO_SPEECH, Basis, CurvePoint, SoundGroup, copied, measured

if TYPE_CHECKING:
    from aftertone.language.content import MessageContent

HANG_UP_S = 2.0  # ours: a shorter recording without speech is no call that somebody hung up
NO_VOICEMAIL = {
    "greeting": "a greeting",
    "conversation": "a conversation",
    "wrong speed": "speech at a wrong speed",
    "music": "music",
    "tones": "signalling tones",
    "noise": "noise",
}
"""Kinds of recordings that are not judged, and their names in a reason. "another language" is not among them,
since a caller leaves a message; "nobody speaks" is not, since a caller has hung up."""


@dataclass(frozen=True, slots=True)
class HesitationOptions:
    """The shortest pauses that are hesitations. The values are ours."""

    anywhere_s: float = 1.0
    in_clause_s: float = 0.5  # after a word that cannot end a clause


_HESITATION = HesitationOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMeasures(SoundGroup):
    """What the recording is."""

    needs_speech: ClassVar[bool] = False

    kind: str | None = measured(
        "kind of recording",
        "voicemail, greeting, conversation, another language, wrong speed, music, tones, noise, "
        "nobody speaks.",
    )
    found: str | None = measured("sign of the kind", "What shows recording.kind, where it is no voicemail.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        kind = basis.kind
        if kind is None:
            return cls.unmeasured(basis.no_words)
        evidence = {"kind": kind.evidence} if kind.evidence else {}
        return cls(kind=kind.name, found=kind.found or None, evidence=evidence).because("it is a voicemail")

    @property
    def why_not_judged(self) -> str | None:
        """Why nothing of the recording is judged; None where a caller leaves a message, or may."""
        if self.kind not in NO_VOICEMAIL:
            return None
        return f"this is no voicemail but {NO_VOICEMAIL[self.kind]}: {self.found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMeasures(SoundGroup):
    """Where the message is in the file."""

    needs_speech: ClassVar[bool] = False

    left: bool | None = measured(
        "a message left", "Somebody speaks, so the caller did not hang up. False needs 2 s of recording."
    )
    start_s: float | None = measured("start of the message", "First speech after any greeting and beep.", "s")
    end_s: float | None = measured("end of the message", "End of the last speech.", "s")
    duration_s: float | None = measured(
        "length", "From the first to the last speech of the message.", "s", error=0.020
    )
    start_latency_s: float | None = measured(
        "wait before the first word",
        "From the beep, or the file's start where there is none, to the first speech.",
        "s",
        error=0.015,
    )
    trailing_s: float | None = measured(
        "silence at the end", "From the last speech to the end of the file.", "s"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        sound = basis.sound
        file_s = sound.recording.duration_s
        if sound.message is None:
            return cls(left=False if file_s >= HANG_UP_S else None).because(NO_SPEECH)
        return cls(
            left=True,
            **copied(sound.message, "start_s", "end_s", "duration_s"),
            start_latency_s=sound.start_latency_s,
            trailing_s=max(0.0, file_s - sound.message.end_s),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechMeasures(SoundGroup):
    """How much of the message is speech."""

    time_s: float | None = measured("time of speech", "Time inside speech intervals of the message.", "s")
    share: float | None = measured("share of speech", "speech.time_s over message.duration_s.", "share")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        time_s = basis.sound.speech_time_s
        return cls(time_s=time_s, share=time_s / basis.message.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMeasures(SoundGroup):
    """Silences inside the message, from the signal."""

    count: int | None = measured("pauses", "Silences of at least 0.25 s inside the message.", "count")
    per_min: float | None = measured("pauses a minute", "pauses.count over message.duration_s.", "1/min")
    longest_s: float | None = measured("longest pause", "The longest of them; 0 where there is none.", "s")
    share: float | None = measured("share of pauses", "Their time over message.duration_s.", "share")
    hesitation_count: int | None = measured(
        "hesitations",
        "Pauses of 1 s or more, and of 0.5 s or more inside a clause where the words are known.",
        "count",
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        pauses, message_s = basis.sound.pauses, basis.message.duration_s
        durations_s = [pause.duration_s for pause in pauses]
        longest_s = max(durations_s, default=0.0)
        hesitations = [pause for pause in pauses if _is_hesitation(pause, basis.words)]
        return cls(
            count=len(pauses),
            per_min=len(pauses) / (message_s / 60),
            longest_s=longest_s,
            share=sum(durations_s) / message_s,
            hesitation_count=len(hesitations),
            evidence={
                "count": _spans(pauses),
                "longest_s": _spans(pause for pause in pauses if pause.duration_s == longest_s),
                "hesitation_count": _spans(hesitations),
            },
        )


def _is_hesitation(pause: Interval, said: MessageContent | None) -> bool:
    """Whether a pause was not planned."""
    if pause.duration_s >= _HESITATION.anywhere_s:
        return True
    return said is not None and pause.duration_s >= _HESITATION.in_clause_s and said.is_inside_clause(pause)


def _spans(intervals: Iterable[Interval]) -> tuple[Span, ...]:
    return tuple(Span(*interval) for interval in intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateMeasures(SoundGroup):
    """How fast."""

    words_per_min: float | None = measured(
        "pace",
        "Words over message.duration_s; a digit string counts as its spoken words.",
        "words/min",
        source="words",
        error_share=0.016,
        asked="{}",
    )
    syllables_per_s: float | None = measured(
        "pace in syllables", "Syllables of the words over message.duration_s.", "syllables/s", source="words"
    )
    articulation_syl_per_s: float | None = measured(
        "pace without pauses",
        "Syllable nuclei in the sound over speech.time_s; needs no words.",
        "syllables/s",
        error_share=0.11,
        asked="{}",
    )
    agreement_share: float | None = measured(
        "agreement of words and sound",
        "The words' syllables against the nuclei, the smaller over the larger; low: doubt the words.",
        "share",
        source="words",
        is_check=True,
    )
    curve: tuple[CurvePoint, ...] | None = measured(
        "pace over time", "Local articulation rate over a window of 3 s.", "syllables/s"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        """The pace of the message, by its words and by the syllable nuclei in its sound."""
        sound, said, duration_s = basis.sound, basis.words, basis.message.duration_s
        words, syllables = (said.word_count, said.syllable_count) if said else (0, 0)
        nuclei = len(sound.nuclei)
        curve = rate_curve(sound.nuclei, sound.speech, basis.message)
        return cls(
            words_per_min=words * 60 / duration_s if words else None,
            syllables_per_s=syllables / duration_s if syllables else None,
            articulation_syl_per_s=articulation_rate(sound.nuclei, sound.speech),
            agreement_share=min(syllables, nuclei) / max(syllables, nuclei) if syllables and nuclei else None,
            curve=tuple(map(CurvePoint, curve.times_s.tolist(), curve.syl_per_s.tolist())),
            reasons=dict.fromkeys(
                ["words_per_min", "syllables_per_s", "agreement_share"] if not words else [],
                _why_no_words(basis),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchMeasures(SoundGroup):
    """The melody of the voice."""

    median_hz: float | None = measured("pitch", "Median f0 of the voiced frames.", "Hz")
    spread_st: float | None = measured(
        "liveliness",
        "Standard deviation of f0 in semitones over voiced frames; needs 3 s voiced.",
        "semitones",
        error=0.15,
    )
    range_st: float | None = measured(
        "range of the pitch", "95th less 5th percentile of f0 in semitones; needs 3 s voiced.", "semitones"
    )
    flat_share: float | None = measured(
        "share of flat speech", "Share of 8 s windows with a spread under 2 semitones.", "share"
    )
    flat_spans: tuple[Span, ...] | None = measured("flat stretch", "Where those windows are.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        sound = basis.sound
        pitch = pitch_statistics(sound.pitch, sound.speech)
        if pitch.median_hz is None:
            return cls.unmeasured("no voiced speech was found")
        voiced_s = float(np.count_nonzero(sound.pitch.voiced)) * HOP_S
        return cls(
            **copied(pitch, "median_hz", "spread_st", "range_st", "flat_share"),
            flat_spans=_spans(pitch.flat_spans),
        ).because(f"{LIVELINESS.voiced_s_min:g} s of voiced speech are needed, {voiced_s:.1f} s were found")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMeasures(SoundGroup):
    """How loud, how clean."""

    active_dbov: float | None = measured("level of the voice", "Active speech level.", "dBov", error=1.2)
    snr_db: float | None = measured(
        "voice over noise", "Active speech level over the noise floor.", "dB", error=1.1
    )
    loudness_lufs: float | None = measured("loudness", "Integrated loudness, ITU-R BS.1770.", "LUFS")
    variation_db: float | None = measured(
        "variation of the level", "Spread of the level between stretches of speech.", "dB", error=1.2
    )
    clipped_share: float | None = measured(
        "share of overdriven sound",
        "Share of samples in runs of 3 or more at the rail.",
        "share",
        asked="{} of the sound overdriven",
    )
    bandwidth_hz: float | None = measured("bandwidth", "Where the spectrum of the speech ends.", "Hz")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        level = copied(basis.sound.level, *cls.names())
        return cls(**level).because("too little speech, or too little between it, to measure this")


@dataclass(frozen=True, slots=True, kw_only=True)
class FillerMeasures(SoundGroup):
    """Um, uh and their like."""

    count: int | None = measured("fillers in all", "Filled pauses: um, uh, er, ah, hmm …", "count")
    per_min: float | None = measured("fillers a minute", "fillers.count over message.duration_s.", "1/min")
    per_100_words: float | None = measured(
        "fillers in 100 words", "fillers.count for every 100 words.", "1/100 words", source="words"
    )
    lexical_count: int | None = measured(
        "filler phrases", "Like, you know, I mean … where they say nothing.", "count", source="words"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        """The fillers of the message; where the words are not known, the filled pauses in its sound."""
        said = basis.words
        found = said.fillers if said else fillers(Transcript(), basis.sound.filled_pauses)
        filled, lexical = ([each for each in found if each.kind == k] for k in ("filled_pause", "lexical"))
        return cls(
            count=len(filled),
            per_min=len(filled) * 60 / basis.message.duration_s,
            per_100_words=100 * len(filled) / said.word_count if said and said.word_count else None,
            lexical_count=len(lexical) if said else None,
            evidence={
                **dict.fromkeys(["count", "per_min", "per_100_words"], _spans_of(filled)),
                "lexical_count": _spans_of(lexical),
            },
        ).because(_why_no_words(basis))


def _why_no_words(basis: Basis) -> str:
    return basis.no_words if basis.words is None else "the recogniser wrote no words"


def _spans_of(found: Iterable[Filler]) -> tuple[Span, ...]:
    return tuple(each.span for each in found)

"""Fillers and invented words against truth: what words and sound together know.

    python -m benchmarks.words_accuracy [--model base] [--json benchmarks/results/words_accuracy.json]

Fillers: filled pauses of people whose words have times (ami: 30 s of nine meetings, by hand; mfa: two
recordings of one man, by an aligner) and of sample_audio, found with five transcripts:

    truth      the true words
    stripped   without the fillers, which is what whisper does
    smeared    without them, each one's time given to the next word, which whisper does at worst
    whisper    the words of whisper base
    no words   the sound alone

An event is right where its onset is within 0.1 s of a true one's, each matched once
(`mir_eval.util.match_events`); "both edges" also asks for the offset within 0.1 s or a fifth of the length,
the larger (`mir_eval.transcription.match_notes`).

False alarms: events on fluent speech that has none. Invented words: how many words laid over silence and
noise are left after they were held against the sound; true words lost: how many that were said are dropped.
Trust: `words.confidence` of true and wrong words.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aftertone as at
from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.vad import Detector
from aftertone.language.brief import Brief
from aftertone.language.content import understand
from aftertone.language.fillers import Filler, fillers, is_filled_pause
from aftertone.language.transcript import Transcript, Word
from aftertone.language.word_check import check_words
from aftertone.language.word_times import with_word_times
from aftertone.measurements.wording import TRUST
from benchmarks.common.machine import ROOT, SHARED_DATA, machine
from benchmarks.common.truth import SAMPLES, active_power, in_noise, noises, over_telephone, practice_messages
from benchmarks.composed_messages import SPLITS, messages
from benchmarks.sample_accuracy import greeting_words

COLLAR_S = 0.1
TIMED = ("cold_corpus.wav", "acoustic_corpus.wav")
# The transcript has this "uh"; the aligner left it out of its times.
LEFT_OUT = {"acoustic_corpus.wav": Word("uh", 14.50, 14.87)}
ALIGNED_S_MIN = 0.03  # a filler shorter than this is the aligner's mistake: it put one "uh" into 10 ms
INVENTED_EVERY_S = 0.5
CHOSEN_ON = ("noise1", "noise3", "noise5")  # where aftertone.acoustics.voice_evidence's bounds come from
PAUSE_S_MIN = 0.6  # long enough for a word of 0.3 s with the collar on both sides

Words = tuple[Word, ...]
Spoken = tuple[at.Recording, Sequence[Word]]


@dataclass(frozen=True, slots=True)
class Case:
    """A recording whose words are known."""

    path: Path
    words: Words


@dataclass(frozen=True, slots=True)
class Score:
    """Events right, true and found."""

    right: int
    true: int
    found: int

    @property
    def as_dict(self) -> dict[str, float]:
        """Precision, recall and F1 with what they were counted from."""
        precision = self.right / self.found if self.found else 0.0
        recall = self.right / self.true if self.true else 0.0
        both = 2 * self.right / (self.true + self.found) if self.true + self.found else 0.0
        counts = {"true": self.true, "found": self.found, "right": self.right}
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(both, 3), **counts}


@cache
def sound_of(path: Path, vad: Detector = "webrtc") -> AcousticAnalysis:
    """What is heard in a recording, by the detector of speech that is asked."""
    return listen(at.read_audio(path), vad=vad)


class Recogniser:
    """Whisper, which transcribes each recording once."""

    def __init__(self, model: str) -> None:
        self._engine = at.load_engine("whisper", model=model)
        self._transcripts: dict[Path, Transcript] = {}

    def transcript(self, path: Path) -> Transcript:
        """What is written of a recording."""
        if path not in self._transcripts:
            self._transcripts[path] = self._engine.transcribe(at.read_audio(path))
        return self._transcripts[path]

    def words(self, path: Path) -> Words:
        """The words of a recording."""
        return self.transcript(path).words


def timed_cases() -> list[Case]:
    """The real recordings with timed words."""
    cases = []
    for name in TIMED:
        table = SHARED_DATA / "mfa" / "words" / f"{Path(name).stem}.csv"
        with table.open(encoding="utf-8", newline="") as lines:
            rows = [Word(r["word"], float(r["start"]), float(r["end"])) for r in csv.DictReader(lines)]
        words = [w for w in rows if not is_filled_pause(w.text) or w.interval.duration_s >= ALIGNED_S_MIN]
        words += [LEFT_OUT[name]] if name in LEFT_OUT else []
        cases.append(Case(SHARED_DATA / "mfa" / name, tuple(sorted(words, key=lambda w: w.start_s))))
    return cases


def meeting_cases() -> list[Case]:
    """Meetings, whose words have hand-made times; people talk over one another."""
    cases = []
    for path in sorted((SHARED_DATA / "ami_excerpts" / "words").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            words = [Word(r["word"], float(r["start"]), float(r["end"])) for r in csv.DictReader(lines)]
        recording = path.parent.parent / f"{path.stem}.flac"
        cases.append(Case(recording, tuple(sorted(words, key=lambda word: word.start_s))))
    return cases


def sample_cases() -> list[Case]:
    """The practice voicemails, whose words the synthesiser timed."""
    cases = []
    for truth in practice_messages():
        words = [Word(w["text"], w["start_s"], w["end_s"]) for w in greeting_words(truth) + truth["words"]]
        if sound_of(SAMPLES / truth["file"]).message:
            cases.append(Case(SAMPLES / truth["file"], tuple(sorted(words, key=lambda w: w.start_s))))
    return cases


def stripped(words: Words) -> Words:
    """Words without the filled pauses."""
    return tuple(word for word in words if not is_filled_pause(word.text))


def smeared(words: Words) -> Words:
    """Words without the filled pauses; the word after one begins where the word before it ends."""
    found: list[Word] = []
    swallowed = False
    for word in words:
        if is_filled_pause(word.text):
            swallowed = True
            continue
        start_s = found[-1].end_s if swallowed and found else word.start_s
        found.append(Word(word.text, min(start_s, word.start_s), word.end_s))
        swallowed = False
    return tuple(found)


def true_events(case: Case) -> list[Word]:
    """The filled pauses of a message, without its greeting's."""
    message = sound_of(case.path).message
    start_s = message.start_s if message else 0.0
    return [word for word in case.words if is_filled_pause(word.text) and word.end_s > start_s]


def events(path: Path, transcript: Transcript | None) -> list[Filler]:
    """The filled pauses that are found with these words; None: with none."""
    sound = sound_of(path)
    found = (
        fillers(Transcript(), sound.filled_pauses)
        if transcript is None
        else understand(with_word_times(transcript, sound), sound, Brief()).fillers
    )
    return [each for each in found if each.kind == "filled_pause"]


def score(pairs: Iterable[tuple[Sequence[Word], Sequence[Filler]]], *, edges: str) -> Score:
    """True against found events, by mir_eval; `edges` is "onset" or "both"."""
    import mir_eval

    right = true = found = 0
    for reference, estimate in pairs:
        true, found = true + len(reference), found + len(estimate)
        if not (reference and estimate):
            continue
        was = np.array([[event.start_s, event.end_s] for event in reference])
        now = np.array([[event.start_s, event.end_s] for event in estimate])
        if edges == "onset":
            right += len(mir_eval.util.match_events(was[:, 0], now[:, 0], COLLAR_S))
        else:  # notes of one pitch
            notes = (was, np.full(len(was), 440.0), now, np.full(len(now), 440.0))
            right += len(
                mir_eval.transcription.match_notes(
                    *notes, onset_tolerance=COLLAR_S, offset_ratio=0.2, offset_min_tolerance=COLLAR_S
                )
            )
    return Score(right, true, found)


def filler_table(whisper: Recogniser) -> dict[str, dict[str, dict[str, float]]]:
    """Every score, by set of recordings and transcript, then by edges."""
    table: dict[str, dict[str, Any]] = {}
    sets = {"ami": meeting_cases(), "mfa": timed_cases(), "sample_audio": sample_cases()}
    for name, cases in sets.items():
        for kind in ("truth", "stripped", "smeared", "whisper", "no words"):
            pairs = [(true_events(case), events(case.path, _said(case, kind, whisper))) for case in cases]
            table[f"{name}, {kind}"] = {
                edges: score(pairs, edges=edges).as_dict for edges in ("onset", "both")
            }
    return table


def _said(case: Case, kind: str, whisper: Recogniser) -> Transcript | None:
    if kind == "whisper":
        return whisper.transcript(case.path)
    kinds = {"truth": case.words, "stripped": stripped(case.words), "smeared": smeared(case.words)}
    return Transcript(kinds[kind]) if kind in kinds else None


def fluent_sets() -> dict[str, list[Path]]:
    """Speech without fillers, as far as is known: nobody has labelled the telephone recordings."""
    mfa = SHARED_DATA / "mfa"
    with (mfa / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        fluent = [mfa / r["file_name"] for r in csv.DictReader(lines) if "fillers=0" in r["labels"]]
    telephone = sorted(
        path for path in (SHARED_DATA / "telephone").iterdir() if path.suffix in (".wav", ".flac")
    )
    return {
        "EmoDB, acted sentences": sorted((SHARED_DATA / "emodb").glob("*.wav")),
        "LibriSpeech, read": sorted((SHARED_DATA / "librispeech_test_other").glob("*.flac")),
        "jfk, read": [SHARED_DATA / "telephone" / "jfk.flac"],
        "mfa, read, cut off, whispered": fluent,
        "telephone, not labelled": [path for path in telephone if path.name != "jfk.flac"],
    }


def false_alarms(whisper: Recogniser) -> dict[str, dict[str, float]]:
    """Events in a minute of fluent speech, by the sound alone and with whisper's words."""
    table = {}
    for name, paths in fluent_sets().items():
        minutes = sum(sound_of(path).recording.duration_s for path in paths) / 60
        row = {"minutes": minutes, "sound alone": sum(len(events(path, None)) for path in paths) / minutes}
        if name != "EmoDB, acted sentences":  # German
            found = sum(len(events(path, whisper.transcript(path))) for path in paths)
            row["with whisper's words"] = found / minutes
        table[name] = {key: round(value, 2) for key, value in row.items()}
    return table


def over_silence(sound: AcousticAnalysis) -> Iterator[Word]:
    """Words laid into a message's pauses, before it and after it."""
    message = sound.message
    if message is None:
        return
    quiet = [
        *sound.pauses,
        at.Interval(0.0, message.start_s),
        at.Interval(message.end_s, sound.recording.duration_s),
    ]
    for pause in quiet:
        if pause.duration_s >= PAUSE_S_MIN:
            for start_s in np.arange(pause.start_s + 0.15, pause.end_s - 0.45, INVENTED_EVERY_S):
                yield Word("thanks", float(start_s), float(start_s) + 0.3)


def held(recording: at.Recording, words: Sequence[Word], vad: Detector = "webrtc") -> tuple[int, int, int]:
    """Of these words: how many are left, how many had no sound under them, how many no voice."""
    sound = listen(recording, vad=vad)
    if sound.message is None:
        return 0, len(words), 0
    ordered = Transcript(tuple(sorted(words, key=lambda word: word.start_s)))
    left = len(understand(ordered, sound, Brief()).transcript.words)
    with_sound = len(check_words(ordered, sound.speech, start_s=sound.message.start_s).transcript.words)
    return left, len(words) - with_sound, with_sound - left


def made_noises() -> Iterator[at.Recording]:
    """Sounds that nobody chose anything on: chords, a siren, wind, an engine, knocks, a rustle; 10 s each."""
    from scipy.signal import butter, sawtooth, sosfilt

    draw = np.random.default_rng(0)
    times_s = np.arange(160_000) / 16_000
    roots_hz = np.repeat((220, 262, 196, 247, 175), 32_000)
    chords = sum(np.sin(2 * np.pi * roots_hz * ratio * times_s) for ratio in (1, 1.25, 1.5, 2, 3))
    siren = np.sin(2 * np.pi * np.cumsum(700 + 300 * np.sin(2 * np.pi * 0.5 * times_s)) / 16_000)
    brown = sosfilt(butter(1, 200, fs=16_000, output="sos"), draw.normal(0, 1, times_s.size))
    wind = brown * (1 + np.sin(2 * np.pi * 0.7 * times_s)) ** 2
    engine = sawtooth(2 * np.pi * np.cumsum(80 + 20 * np.sin(times_s)) / 16_000) + brown
    knocks = sum(
        np.where(times_s >= at_s, np.exp(-(times_s - at_s) * 30), 0) * np.sin(2 * np.pi * 300 * times_s)
        for at_s in np.arange(0.3, 10, 0.55)
    )
    rustle = draw.normal(0, 1, times_s.size) * (np.sin(2 * np.pi * 1.3 * times_s) > 0.6)
    for samples in (chords, siren, wind, engine, knocks, rustle):
        hiss = draw.normal(0, 0.001, times_s.size)
        yield at.Recording.from_samples(0.3 * samples / np.abs(samples).max() + hiss, 16_000)


def unseen_noises() -> Iterator[at.Recording]:
    """Made after every bound was settled: rain, typing, alarm, fan, clicks, organ, dial tone, gusts; 10 s."""
    from scipy.signal import butter, lfilter, sosfilt

    draw = np.random.default_rng(2026)
    times_s = np.arange(160_000) / 16_000

    def struck(rate_per_s: float, decay_s: float) -> NDArray[np.float64]:
        """Impulses at random times and strengths, each dying away."""
        strikes = draw.exponential(1, times_s.size) * (draw.uniform(size=times_s.size) < rate_per_s / 16_000)
        return np.asarray(lfilter([1], [1, -np.exp(-1 / (decay_s * 16_000))], strikes))

    def band(low_hz: float, high_hz: float) -> NDArray[np.float64]:
        """Noise between two frequencies."""
        sos = butter(2, (low_hz, high_hz), "bandpass", fs=16_000, output="sos")
        return np.asarray(sosfilt(sos, draw.normal(0, 1, times_s.size)))

    def tone(hz: float) -> NDArray[np.float64]:
        return np.asarray(np.sin(2 * np.pi * hz * times_s))

    rain = band(500, 7_000) * (0.2 + struck(300, 0.003))
    typing = band(800, 5_000) * struck(6, 0.008) + 0.3 * band(100, 400) * struck(6, 0.03)
    alarm = np.sign(tone(960)) * (times_s % 0.5 < 0.25) + np.sign(tone(770)) * (times_s % 0.5 >= 0.25)
    fan = band(60, 1_500) * (1.2 + tone(3.1)) + 2 * (tone(118) + tone(121.5) + 0.5 * tone(236))
    clicks = np.sign(draw.normal(size=times_s.size)) * struck(4, 0.0008) + 0.02 * tone(50)
    notes_hz = np.repeat(draw.choice((196.0, 220.0, 246.9, 261.6, 293.7, 329.6), 20), 8_000)
    phase = 2 * np.pi * np.cumsum(notes_hz) / 16_000
    organ = sum(np.sin(phase * k) / k for k in range(1, 9)) * (1 + 0.2 * tone(6))
    dial = tone(350) + tone(440)
    gusts = (
        band(150, 900)
        * np.convolve(draw.uniform(0, 1, 11).repeat(16_000), np.hanning(16_000), "same")[:160_000] ** 2
    )
    for samples in (rain, typing, alarm, fan, clicks, organ, dial, gusts):
        hiss = draw.normal(0, 0.001, times_s.size)
        yield at.Recording.from_samples(0.3 * samples / np.abs(samples).max() + hiss, 16_000)


def invented_table() -> dict[str, dict[str, float]]:
    """Words in a minute of silence or noise, before and after they were held against the sound."""
    recorded = {path.stem: at.read_audio(path) for path in sorted((SHARED_DATA / "noise").glob("*.wav"))}
    sets = {
        "noise1, 3 and 5, chosen on": [recorded[name] for name in CHOSEN_ON],
        "noise2 and 4": [each for name, each in recorded.items() if name not in CHOSEN_ON],
        "made noises": list(made_noises()),
        "made noises, made last": list(unseen_noises()),
    }
    table = {}
    detectors: tuple[Detector, ...] = ("webrtc", "silero")
    for name, recordings in sets.items():
        for vad in detectors:
            row = dict.fromkeys(("seconds", "laid", "left", "no sound", "no voice"), 0.0)
            for recording in recordings:
                times_s = np.arange(0.0, recording.duration_s - 0.3, INVENTED_EVERY_S)
                words = [Word("thanks", float(at_s), float(at_s) + 0.3) for at_s in times_s]
                _count(row, recording.duration_s, words, held(recording, words, vad))
            table[f"{name}, speech by {vad}"] = row
    for name, cases in (("pauses of real speech", timed_cases()), ("pauses of sample_audio", sample_cases())):
        row = dict.fromkeys(("seconds", "laid", "left", "no sound", "no voice"), 0.0)
        for case in cases:
            words = list(over_silence(sound_of(case.path)))
            _count(row, len(words) * INVENTED_EVERY_S, words, held(sound_of(case.path).recording, words))
        table[name] = row
    return {name: per_minute(row) for name, row in table.items()}


def _count(
    row: dict[str, float], seconds: float, words: Sequence[Word], counts: tuple[int, int, int]
) -> None:
    for key, value in zip(row, (seconds, len(words), *counts), strict=True):
        row[key] += value


def lost_table(whisper: Recogniser) -> dict[str, dict[str, float]]:
    """True words that are dropped, because no sound or no voice was heard under them."""
    table = {}
    for name, pairs in true_words(whisper):
        row = dict.fromkeys(("words", "no sound", "no voice"), 0.0)
        for recording, words in pairs:
            _, no_sound, no_voice = held(recording, words)
            for key, value in zip(row, (len(words), no_sound, no_voice), strict=True):
                row[key] += value
        table[name] = row
    return table


def true_words(whisper: Recogniser) -> Iterator[tuple[str, list[Spoken]]]:
    """Recordings with the words that are said in them; where these are not known, a word for each 0.3 s."""
    sets = {"real speech": timed_cases(), "sample_audio": sample_cases()}
    for name, cases in sets.items():
        pairs: list[Spoken] = []
        for case in cases:
            sound = sound_of(case.path)
            start_s = sound.message.start_s if sound.message else 0.0
            pairs.append((sound.recording, [word for word in case.words if word.end_s > start_s]))
        yield name, pairs
        yield (
            f"{name}, what whisper has right",
            [(sound_of(case.path).recording, _right(case, whisper)) for case in cases],
        )
        yield f"{name}, 40 dB quieter", [(_quieter(recording), words) for recording, words in pairs]
        yield f"{name}, over a telephone", [(_over_telephone(each), words) for each, words in pairs]
        for seed in range(len(noises())):
            noisy: list[Spoken] = [(_in_noise(recording, words, seed), words) for recording, words in pairs]
            yield f"{name}, noise{seed + 1} at 10 dB", noisy
    digits: list[Spoken] = [
        (each.recording, each.transcript.words)
        for split in SPLITS
        for each in messages("fsdd", 32, split=split)
        if each.transcript
    ]
    yield "composed digits, half in 15 dB noise", digits
    for name, paths in fluent_sets().items():
        if name != "jfk, read":
            yield f"{name}: laid over speech", [(sound_of(path).recording, _laid(path)) for path in paths]


def _right(case: Case, whisper: Recogniser) -> list[Word]:
    """Whisper's words of a message that were said where it puts them."""
    message = sound_of(case.path).message
    return [
        word
        for word in whisper.words(case.path)
        if message
        and word.end_s > message.start_s
        and any(
            word.text.lower() == said.text.lower() and word.interval.overlap_s(said.interval) > 0
            for said in case.words
        )
    ]


def _laid(path: Path) -> list[Word]:
    return [
        Word("oh", float(at_s), float(at_s) + 0.3)
        for part in sound_of(path).speech
        for at_s in np.arange(part.start_s, part.end_s, 0.3)
    ]


def _quieter(recording: at.Recording) -> at.Recording:
    return at.Recording.from_samples(recording.samples * 0.01, recording.rate_hz)


def _over_telephone(recording: at.Recording) -> at.Recording:
    return at.Recording.from_samples(over_telephone(recording.samples), 8_000)


def _in_noise(recording: at.Recording, words: Sequence[Word], seed: int) -> at.Recording:
    power = active_power(recording.samples, [(word.start_s, word.end_s) for word in words])
    return at.Recording.from_samples(in_noise(recording.samples, power, 10, seed), recording.rate_hz)


def per_minute(row: dict[str, float]) -> dict[str, float]:
    """Words laid, dropped, and left for each minute."""
    return {
        "minutes": round(row["seconds"] / 60, 2),
        "words laid over it": round(row["laid"]),
        "dropped, no sound": round(row["no sound"]),
        "dropped, no voice": round(row["no voice"]),
        "left per min": round(row["left"] * 60 / row["seconds"], 2),
    }


def trust_table(whisper: Recogniser) -> dict[str, dict[str, float]]:
    """`words.confidence` of right and wrong words, and how many are doubted."""
    cases = [case for case in timed_cases() + sample_cases() if len(case.words) > 5]
    spoken: dict[str, list[float]] = {}

    def note(name: str, case: Case, words: Words) -> None:
        share = understand(Transcript(words), sound_of(case.path), Brief()).fit_share
        spoken.setdefault(name, []).append(share or 0.0)

    for case in cases:
        real = case.path.name in TIMED
        note("truth", case, case.words)
        note("truth, stripped", case, stripped(case.words))
        note(f"whisper on {'real speech' if real else 'sample_audio'}", case, whisper.words(case.path))
        note("a quarter of the words lost", case, tuple(w for n, w in enumerate(case.words) if n % 4))
        note("half of the words lost", case, case.words[::2])
        for other in cases:
            if other is not case:
                note(
                    "another message's words, fitted in time", case, fitted(other.words, sound_of(case.path))
                )
    return {
        name: {"n": len(shares), "least": round(min(shares), 2), "median": round(median(shares), 2),
               "most": round(max(shares), 2),
               "doubted": round(sum(share < TRUST.fit_share_min for share in shares) / len(shares), 2)}
        for name, shares in spoken.items()
    }  # fmt: skip


def fitted(words: Words, sound: AcousticAnalysis) -> Words:
    """Words stretched in time from a message's start to its end."""
    message = sound.message
    if message is None:
        return ()
    first_s = words[0].start_s
    stretch = message.duration_s / (words[-1].end_s - first_s)
    times_s = [
        (message.start_s + (w.start_s - first_s) * stretch, message.start_s + (w.end_s - first_s) * stretch)
        for w in words
    ]
    return tuple(Word(word.text, *span) for word, span in zip(words, times_s, strict=True))


def printed(title: str, table: dict[str, dict[str, Any]]) -> None:
    """A table as Markdown."""
    columns = list(dict.fromkeys(column for row in table.values() for column in row))
    print(f"\n| {title} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, row in table.items():
        print(f"| {name} | {' | '.join(str(row.get(column, '-')) for column in columns)} |")


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    if not SHARED_DATA.is_dir():
        raise SystemExit(
            f"the recordings were not found: {SHARED_DATA.relative_to(ROOT.parent)} beside the checkout"
        )
    whisper = Recogniser(arguments.model)
    found = filler_table(whisper)
    result = {
        "machine": machine(),
        "fillers, onset": {name: row["onset"] for name, row in found.items()},
        "fillers, both edges": {name: row["both"] for name, row in found.items()},
        "false alarms per minute": false_alarms(whisper),
        "invented words": invented_table(),
        "true words lost": lost_table(whisper),
        "words.confidence": trust_table(whisper),
    }
    for title, table in result.items():
        if title != "machine":
            printed(title, table)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

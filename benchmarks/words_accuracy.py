"""Fillers and invented words against truth.

    python -m benchmarks.words_accuracy [--model base] [--json benchmarks/results/words_accuracy.json]

Fillers: filled pauses of people whose words have times (ami: nine meetings of 30 s, timed by hand; mfa: two
recordings of one man, timed by an aligner) and of sample_audio. They are found with five transcripts:

    truth      the true words
    stripped   the true words without fillers, as Whisper often writes them
    smeared    the same, with each filler's time given to the next word: Whisper at its worst
    whisper    the words of Whisper base
    no words   the sound alone

An event is right where its onset is within 0.1 s of a true one's; each is matched once
(`mir_eval.util.match_events`). "Both edges" also requires the offset within 0.1 s or a fifth of the length,
whichever is larger (`mir_eval.transcription.match_notes`).

False alarms: events in fluent speech without fillers. Invented words: words are placed over silence and
noise, and those that remain after the check against the sound are counted. True words lost: spoken words that
the same check drops. Trust: `words.confidence` of true and wrong words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

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
from benchmarks.common.command import parser_of, require_shared_data, write_record
from benchmarks.common.conditions import active_power, in_noise, noises, over_telephone
from benchmarks.common.machine import SHARED_DATA, machine
from benchmarks.common.non_speech import later_synthetic_sounds, synthetic_sounds
from benchmarks.common.timed_recordings import (
    ONE_MAN,
    TimedRecording,
    Words,
    fluent_sets,
    meetings,
    one_man,
    practice,
    score,
    sound_of,
)
from benchmarks.composed_messages import SPLITS, messages

PLACED_EVERY_S = 0.5  # between invented words
PLACED_WORD_S = 0.3  # length of an invented word
CHOSEN_ON = ("noise1", "noise3", "noise5")  # the thresholds of the voice detector were chosen on them
PAUSE_S_MIN = 0.6  # long enough for a word of 0.3 s with margins on both sides
COUNTS = ("seconds", "placed", "left", "no sound", "no voice")

Spoken = tuple[at.Recording, Sequence[Word]]
Row = dict[str, float]


class Recogniser:
    """Whisper; it transcribes each recording once."""

    def __init__(self, model: str) -> None:
        self._engine = at.load_engine("whisper", model=model)
        self._transcripts: dict[Path, Transcript] = {}

    def transcript(self, path: Path) -> Transcript:
        """The transcript of a recording."""
        if path not in self._transcripts:
            self._transcripts[path] = self._engine.transcribe(at.read_audio(path))
        return self._transcripts[path]

    def words(self, path: Path) -> Words:
        """The words of a recording."""
        return self.transcript(path).words


def stripped(words: Words) -> Words:
    """The words without filled pauses."""
    return tuple(word for word in words if not is_filled_pause(word.text))


def smeared(words: Words) -> Words:
    """The words without filled pauses. A word after one begins where the word before it ends."""
    found: list[Word] = []
    follows_filler = False
    for word in words:
        if is_filled_pause(word.text):
            follows_filler = True
            continue
        start_s = found[-1].end_s if follows_filler and found else word.start_s
        found.append(Word(word.text, min(start_s, word.start_s), word.end_s))
        follows_filler = False
    return tuple(found)


def true_events(case: TimedRecording) -> list[Word]:
    """The true filled pauses of a recording, without those of a greeting."""
    message = sound_of(case.path).message
    start_s = message.start_s if message else 0.0
    return [word for word in case.words if is_filled_pause(word.text) and word.end_s > start_s]


def events(path: Path, transcript: Transcript | None) -> list[Filler]:
    """The filled pauses that are found with a transcript, or in the sound alone."""
    sound = sound_of(path)
    found = (
        fillers(Transcript(), sound.filled_pauses)
        if transcript is None
        else understand(with_word_times(transcript, sound), sound, Brief()).fillers
    )
    return [each for each in found if each.kind == "filled_pause"]


def filler_table(whisper: Recogniser) -> dict[str, dict[str, dict[str, float]]]:
    """The scores by set of recordings and transcript, then by edges."""
    table: dict[str, dict[str, Any]] = {}
    sets = {"ami": meetings(), "mfa": one_man(), "sample_audio": practice()}
    for name, cases in sets.items():
        for kind in ("truth", "stripped", "smeared", "whisper", "no words"):
            pairs = [
                (true_events(case), events(case.path, _transcript(case, kind, whisper))) for case in cases
            ]
            table[f"{name}, {kind}"] = {
                edges: score(pairs, edges=edges).as_dict for edges in ("onset", "both")
            }
    return table


def _transcript(case: TimedRecording, kind: str, whisper: Recogniser) -> Transcript | None:
    if kind == "whisper":
        return whisper.transcript(case.path)
    kinds = {"truth": case.words, "stripped": stripped(case.words), "smeared": smeared(case.words)}
    return Transcript(kinds[kind]) if kind in kinds else None


def false_alarms(whisper: Recogniser) -> dict[str, Row]:
    """Filled pauses a minute in fluent speech, by the sound alone and with Whisper's words."""
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
    """Invented words in the pauses of a message, before it and after it."""
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
            for start_s in np.arange(pause.start_s + 0.15, pause.end_s - 0.45, PLACED_EVERY_S):
                yield _placed("thanks", start_s)


def checked(recording: at.Recording, words: Sequence[Word], vad: Detector = "webrtc") -> tuple[int, int, int]:
    """Numbers of words that remain, that have no sound under them, and that have no voice under them."""
    sound = listen(recording, vad=vad)
    if sound.message is None:
        return 0, len(words), 0
    ordered = Transcript(tuple(sorted(words, key=lambda word: word.start_s)))
    left = len(understand(ordered, sound, Brief()).transcript.words)
    with_sound = len(check_words(ordered, sound.speech, start_s=sound.message.start_s).transcript.words)
    return left, len(words) - with_sound, with_sound - left


def invented_table() -> dict[str, Row]:
    """Words a minute in silence or noise, before and after the check against the sound."""
    recorded = {path.stem: at.read_audio(path) for path in sorted((SHARED_DATA / "noise").glob("*.wav"))}
    sets = {
        "noise1, 3 and 5, chosen on": [recorded[name] for name in CHOSEN_ON],
        "noise2 and 4": [each for name, each in recorded.items() if name not in CHOSEN_ON],
        "synthetic sounds": list(synthetic_sounds()),
        "synthetic sounds, made last": list(later_synthetic_sounds()),
    }
    table = {}
    detectors: tuple[Detector, ...] = ("webrtc", "silero")
    for name, recordings in sets.items():
        for vad in detectors:
            row = dict.fromkeys(COUNTS, 0.0)
            for recording in recordings:
                times_s = np.arange(0.0, recording.duration_s - PLACED_WORD_S, PLACED_EVERY_S)
                words = [_placed("thanks", at_s) for at_s in times_s]
                _count(row, recording.duration_s, words, checked(recording, words, vad))
            table[f"{name}, speech by {vad}"] = row
    for name, cases in (("pauses of real speech", one_man()), ("pauses of sample_audio", practice())):
        row = dict.fromkeys(COUNTS, 0.0)
        for case in cases:
            words = list(over_silence(sound_of(case.path)))
            _count(row, len(words) * PLACED_EVERY_S, words, checked(sound_of(case.path).recording, words))
        table[name] = row
    return {name: per_minute(row) for name, row in table.items()}


def _placed(text: str, start_s: float) -> Word:
    """An invented word at a time."""
    return Word(text, float(start_s), float(start_s) + PLACED_WORD_S)


def _count(row: Row, seconds: float, words: Sequence[Word], counts: tuple[int, int, int]) -> None:
    for key, value in zip(row, (seconds, len(words), *counts), strict=True):
        row[key] += value


def lost_table(whisper: Recogniser) -> dict[str, Row]:
    """True words that are dropped for want of sound or voice under them."""
    table = {}
    for name, pairs in true_words(whisper):
        row = dict.fromkeys(("words", "no sound", "no voice"), 0.0)
        for recording, words in pairs:
            _, no_sound, no_voice = checked(recording, words)
            for key, value in zip(row, (len(words), no_sound, no_voice), strict=True):
                row[key] += value
        table[name] = row
    return table


def true_words(whisper: Recogniser) -> Iterator[tuple[str, list[Spoken]]]:
    """Recordings with their words. Where these are unknown, one word for each 0.3 s of speech."""
    sets = {"real speech": one_man(), "sample_audio": practice()}
    for name, cases in sets.items():
        pairs: list[Spoken] = []
        for case in cases:
            sound = sound_of(case.path)
            start_s = sound.message.start_s if sound.message else 0.0
            pairs.append((sound.recording, [word for word in case.words if word.end_s > start_s]))
        yield name, pairs
        yield (
            f"{name}, words that Whisper has right",
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
            yield (
                f"{name}: placed over speech",
                [(sound_of(path).recording, _all_over(path)) for path in paths],
            )


def _right(case: TimedRecording, whisper: Recogniser) -> list[Word]:
    """Whisper's words that are spoken at the times that it gives."""
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


def _all_over(path: Path) -> list[Word]:
    return [
        _placed("oh", at_s)
        for part in sound_of(path).speech
        for at_s in np.arange(part.start_s, part.end_s, PLACED_WORD_S)
    ]


def _quieter(recording: at.Recording) -> at.Recording:
    return at.Recording.from_samples(recording.samples * 0.01, recording.rate_hz)


def _over_telephone(recording: at.Recording) -> at.Recording:
    return at.Recording.from_samples(over_telephone(recording.samples), 8_000)


def _in_noise(recording: at.Recording, words: Sequence[Word], seed: int) -> at.Recording:
    power = active_power(recording.samples, [(word.start_s, word.end_s) for word in words])
    return at.Recording.from_samples(in_noise(recording.samples, power, 10, seed), recording.rate_hz)


def per_minute(row: Row) -> Row:
    """Words placed and dropped, and words left a minute."""
    return {
        "minutes": round(row["seconds"] / 60, 2),
        "words placed": round(row["placed"]),
        "dropped, no sound": round(row["no sound"]),
        "dropped, no voice": round(row["no voice"]),
        "left per min": round(row["left"] * 60 / row["seconds"], 2),
    }


def trust_table(whisper: Recogniser) -> dict[str, Row]:
    """`words.confidence` of true and wrong words, and the share of transcripts below its threshold."""
    cases = [case for case in one_man() + practice() if len(case.words) > 5]
    spoken: dict[str, list[float]] = {}

    def note(name: str, case: TimedRecording, words: Words) -> None:
        share = understand(Transcript(words), sound_of(case.path), Brief()).fit_share
        spoken.setdefault(name, []).append(share or 0.0)

    for case in cases:
        real = case.path.name in ONE_MAN
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
               "not trusted": round(sum(share < TRUST.fit_share_min for share in shares) / len(shares), 2)}
        for name, shares in spoken.items()
    }  # fmt: skip


def fitted(words: Words, sound: AcousticAnalysis) -> Words:
    """Words stretched in time, to fill a message from start to end."""
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


def print_table(title: str, table: dict[str, dict[str, Any]]) -> None:
    """Print a table as Markdown."""
    columns = list(dict.fromkeys(column for row in table.values() for column in row))
    print(f"\n| {title} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, row in table.items():
        print(f"| {name} | {' | '.join(str(row.get(column, '-')) for column in columns)} |")


def main() -> None:
    """Print the tables; write them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    require_shared_data()
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
            print_table(title, table)
    if arguments.json:
        write_record(arguments.json, result)


if __name__ == "__main__":
    main()

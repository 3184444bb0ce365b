"""Where a number is read: fit the weights of `aftertone.language.number_places`, and show how good they are.

    python -m benchmarks.number_places FOLDER [--n 96] [--seed 1]

FOLDER keeps first hearings of the embedded engine, as `benchmarks.number_accuracy --words` does. A choice
among all ways to read a message, none among them, is fitted to composed numbers, each man heard by a net that
never heard him, and to recordings in which no number is said. What is printed as held out leaves a man out of
the fit, or half of these recordings. Needs festival and espeak-ng for some of them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import Sound, listen
from aftertone.acoustics.spoken_digits import stored_net
from aftertone.language.engines.digit_grammar import DigitEar
from aftertone.language.engines.sphinx import SphinxEngine
from aftertone.language.number_places import WEIGHTS, Places, candidates
from aftertone.language.numbers import call_back_number
from aftertone.language.second_look import stretches_of
from aftertone.language.transcript import Transcript, Word, read_transcript, write_transcript
from benchmarks.composed_numbers import SPEAKERS, Message, message
from benchmarks.digit_accuracy import UNHEARD
from benchmarks.machine import ROOT, SHARED_DATA

NEAR_S = 0.25  # of each end
NONE_WEIGHT = 3.0  # of a recording without a number: one invented is worse than one missed
TRUST = 0.5  # in weights that stand, as a share of them: how far a fit may go, and 1 at least
CHUNK_S, CHUNKS, BEFORE_S = 15.0, 12, 0.15
DIGITS = 10  # that a number should have, where there is none
SENTENCES = (
    "Good afternoon, this is Patricia from the planning office about the extension you applied for in March.",
    "The total comes to two hundred and fifty six dollars and forty cents, and is due on the third of May.",
    "Your appointment is on Tuesday the twenty first at a quarter to nine with Doctor Weaver in room four.",
    "We tried to deliver your parcel twice, at ten fifteen and again at two thirty, and nobody was at home.",
    "For four weeks we have waited for two or three of the eight pallets, and one of them was broken.",
    "I won one too, so you ought to see if Stephen ate all nine of them, or whether seven are left for six.",
    "The flight leaves at six oh five from gate nine and arrives at eleven fifty two, so be there by four.",
    "My order is four four seven two, and it was supposed to contain six blue mugs and three plates.",
    "There were eight hundred people at the five kilometre run, and seven finished in twenty nine minutes.",
    "Please remember to bring your insurance card, a photograph, and the signed form that we mailed to you.",
    "It was lovely to see you and the children on Sunday, and we hope that you will come again this summer.",
    "The plumber said that the boiler needs a new valve, that it costs ninety pounds, and he comes at five.",
    "Chapter seven, verse nine, on page two hundred and sixty five, is what I wanted to read you tonight.",
    "Nine times out of ten the printer works when you turn it off, count to five or six, and start it again.",
    "Hello Susan, it is only me, there is nothing urgent, I just wanted to hear how the interview went.",
    "This is a reminder from the library that three of your books are overdue and one has been requested.",
)
ACCENTS = ("en-gb", "en-us", "en-gb-scotland", "en-us+f3")


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """All ways to read a message: evidence, shape (n, len(WEIGHTS)), and which of them are right."""

    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    group: str


def ways_of(
    sound: Sound, words: Sequence[Word], count: int, ear: DigitEar, group: str, said: Message | None
) -> Ways:
    """What `candidates` makes of a message."""
    heard = [(stretch, ear.evidence_in(sound.recording, stretch)) for stretch in stretches_of(sound)]
    found = list(candidates(sound, heard, words, count))
    rows = [[places.evidence.get(name, 0.0) for name in WEIGHTS] for places in found]
    right = [said is not None and is_right(places, said) for places in found]
    return Ways(np.array(rows).reshape(-1, len(WEIGHTS)), np.array(right, np.bool_), group)


def is_right(places: Places, said: Message) -> bool:
    """Whether all that was said is where it was said."""
    part = [Interval(each.start_s, each.end_s) for each in said.readings if not each.is_full]
    full = [Interval(each.start_s, each.end_s) for each in said.full]
    found = [*places.readings, *([places.part] if places.part else [])]
    return (
        len(places.readings) == len(full)
        and len(found) == len(full + part)
        and all(
            abs(one.start_s - two.start_s) <= NEAR_S and abs(one.end_s - two.end_s) <= NEAR_S
            for one, two in zip(found, full + part, strict=True)
        )
    )


def without_a_number() -> Iterator[tuple[str, Recording]]:
    """Recordings of up to 15 s, and a bit, in which no telephone number is said."""
    for group in ("telephone", "mfa"):
        for path in sorted((SHARED_DATA / group).glob("*.*")):
            if path.suffix in (".wav", ".flac"):
                yield from chunks(f"{group}-{path.stem}", read_audio(path))
    paths = sorted((SHARED_DATA / "emodb").glob("*.wav"))[5::6]
    gap = np.zeros(8_000, np.float32)
    for at in range(0, len(paths) - 2, 3):
        samples = [each for path in paths[at : at + 3] for each in (read_audio(path).samples, gap)]
        yield f"emodb-{at}", Recording.from_samples(np.concatenate(samples), 16_000)
    for path in sorted((ROOT / "sample_audio" / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        recording = read_audio(ROOT / "sample_audio" / truth["file"])
        words = tuple(Word(each["text"], each["start_s"], each["end_s"]) for each in truth["words"])
        number = call_back_number(Transcript(words), region=truth.get("region") or "US")
        if not truth["number"]:
            yield path.stem, recording
        elif number is not None and number.readings[0].start_s > 3:
            last = round((number.readings[0].start_s - BEFORE_S) * recording.rate_hz)
            yield f"{path.stem}-before", replace(recording, samples=recording.samples[:last])
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "line.wav")
        for at, sentence in enumerate(SENTENCES):
            if shutil.which("text2wave"):
                ked = ["text2wave", "-eval", "(voice_ked_diphone)", "-o", str(wav)]
                subprocess.run(ked, input=sentence.encode(), check=True)
                yield f"festival-{at}", read_audio(wav)
            if shutil.which("espeak-ng"):
                voice = ACCENTS[at % len(ACCENTS)]
                subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(wav), sentence], check=True)
                yield f"espeak-{at}", read_audio(wav)


def chunks(name: str, recording: Recording) -> Iterator[tuple[str, Recording]]:
    """A recording in parts of 15 s."""
    size = round(CHUNK_S * recording.rate_hz)
    for at in range(min(CHUNKS, max(1, round(len(recording.samples) / size)))):
        samples = recording.samples[at * size : (at + 1) * size]
        if len(samples) > 2 * recording.rate_hz:
            yield f"{name}-{at}", Recording.from_samples(samples, recording.rate_hz)


def heard(name: str, recording: Recording, engine: SphinxEngine, folder: Path) -> tuple[Word, ...]:
    """The words of a recording, kept in a folder."""
    kept = folder / f"{name}.json"
    if not kept.exists():
        write_transcript(engine.transcribe(recording), kept)
    return read_transcript(kept).words


def fitted(said: Sequence[Ways], silent: Sequence[Ways]) -> NDArray[np.float64]:
    """Weights by which the right ways are likeliest, not far from those that stand."""
    stand = np.array(list(WEIGHTS.values()))
    spread = np.maximum(1.0, np.abs(stand) * TRUST)
    said = [ways for ways in said if ways.right.any()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total = float((((weights - stand) / spread) ** 2).sum() / 2)
        slope = (weights - stand) / spread**2
        for ways in (*said, *silent):
            scores = np.append(ways.evidence @ weights, 0.0)
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            wanted = np.append(ways.right, not ways.right.any())
            share = float(shares[wanted].sum()) + 1e-300
            counts = 1.0 if ways.right.any() else NONE_WEIGHT
            total -= counts * np.log(share)
            slope += counts * ((shares - np.where(wanted, shares / share, 0.0))[:-1] @ ways.evidence)
        return total, slope

    return np.asarray(minimize(loss, stand, jac=True, method="L-BFGS-B").x)


def best(ways: Ways, weights: NDArray[np.float64]) -> tuple[bool, float]:
    """Whether the likeliest way is right, and its log odds."""
    if not len(ways.evidence):
        return False, -np.inf
    scores = ways.evidence @ weights
    return bool(ways.right[scores.argmax()]), float(scores.max())


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    engine = SphinxEngine()
    ears = {man: DigitEar(stored_net(UNHEARD / f"{man}.npz")) for man in SPEAKERS}
    said, silent = [], []
    for index in range(arguments.n):
        composed = message(index, seed=arguments.seed)
        words = heard(composed.name, composed.recording, engine, arguments.folder)
        sound, count = listen(composed.recording), len(composed.full[0].digits)
        said.append(ways_of(sound, words, count, ears[composed.speaker], composed.speaker, composed))
    for name, recording in without_a_number():
        sound, first = listen(recording), heard(name, recording, engine, arguments.folder)
        silent += [ways_of(sound, words, DIGITS, engine.digit_ear, name, None) for words in (first, ())]
    names = list(dict.fromkeys(ways.group for ways in silent))
    half = {name: at % 2 for at, name in enumerate(names)}

    stand = np.array(list(WEIGHTS.values()))
    print(f"{len(said)} numbers, {len(names)} recordings without one")
    print(f"as it stands: {sum(best(ways, stand)[0] for ways in said)} right")
    right = 0
    for man in SPEAKERS:
        weights = fitted([ways for ways in said if ways.group != man], silent)
        right += sum(best(ways, weights)[0] for ways in said if ways.group == man)
    print(f"fitted, that man left out: {right} right")
    highest = []
    for part in (0, 1):
        weights = fitted(said, [ways for ways in silent if half[ways.group] != part])
        highest += [(best(w, weights)[1], w.group) for w in silent if half[w.group] == part]
    print(
        "highest without a number, left out:", [f"{odds:.1f} {name}" for odds, name in sorted(highest)[-6:]]
    )
    weights = fitted(said, silent)
    print(f"fitted to all: {sum(best(ways, weights)[0] for ways in said)} right")
    for name, stands, weight in zip(WEIGHTS, stand, weights, strict=True):
        print(f"{name:28} {stands:7.2f} {weight:7.2f}")


if __name__ == "__main__":
    main()

"""Fit the weights that decide the digits of the call-back number, and test its probability.

    python -m benchmarks.number_calibration [--n 48] [--model base] [--json FILE]

Whisper transcribes messages of `benchmarks.composed_messages`. Then every reading is decoded again as digits
alone. A reading counts if no other word stands between its digits, and if it overlaps exactly one true
reading. The weights are fitted by maximum likelihood (conditional logit, McFadden 1974) with a ridge penalty.
All strings that are not listed are one outcome. The weights of the prior and of a change are chosen, not
fitted.

Each source in turn is left out of the fit, and decided with weights that are fitted on the others. So no
reading is decided with weights that were fitted on its source. The shares of `words_probability` are
constants that were counted on the same sources: they are not held out. Two men of fsdd, one with a heavy
accent, are in no fit and have rows of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import aftertone as at
from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.language.brief import Brief
from aftertone.language.callback import CallbackNumber, find_callback_number
from aftertone.language.callback.decision import (
    WEIGHTS,
    Evidence,
    Weights,
    decide,
    evidence_of_words,
    left_log_prob,
    misfit,
    prior,
    words_probability,
)
from aftertone.language.callback.digit_runs import is_digits_alone
from aftertone.language.callback.redecoding import stretch_of, with_numerals
from aftertone.language.content import understand
from aftertone.language.transcript import NumeralRequest, NumeralStretch, Transcript
from aftertone.recognition.engine import decode_numerals
from benchmarks.common.bootstrap import share_interval
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.composition import Message, Split
from benchmarks.common.machine import RESULTS, machine
from benchmarks.common.number_finders import is_same
from benchmarks.common.tables import Table
from benchmarks.composed_messages import is_installed, messages

FITTED: tuple[tuple[str, Split], ...] = (
    ("an4", "fit"),
    ("an4", "held-out"),
    ("moshi_numbers", "held-out"),
    ("natural", "fit"),
    ("fsdd", "held-out"),
)
APART: tuple[tuple[str, Split], ...] = (("fsdd", "fit"),)
NAMES = ("numeral", "spaced", "syllables", "words", "other")
"""The fitted weights; the weights of the prior are chosen."""
RIDGE = 0.01  # penalty in nats a reading, times the sum of squared weights
OVERLAP_S = 0.3  # a reading matches a true one if they overlap by more
BANDS = (0.0, 0.5, 0.7, 0.9, 0.95, 1.0)  # edges of the bands of probability in the tables
DECIDED_IN = ("aftertone.language.callback.find.decide", "aftertone.language.callback.redecoding.decide")


@dataclass(frozen=True, slots=True)
class LabelledReading:
    """A reading: the evidence for its digits, and its true digits."""

    evidence: Evidence
    region: str
    truth: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The number of a message: its probability, and whether it is right."""

    speaker: str
    probability: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A message with its sound and transcript; `decoded` caches the decoded stretches."""

    message: Message
    sound: AcousticAnalysis
    transcript: Transcript
    engine: at.Engine
    decoded: dict[NumeralRequest, NumeralStretch] = field(default_factory=dict)

    def decode(self, requests: Sequence[NumeralRequest]) -> tuple[NumeralStretch, ...]:
        """Stretches, decoded as digits alone; each is decoded once."""
        new = [each for each in requests if each not in self.decoded]
        self.decoded.update(zip(new, decode_numerals(self.engine, self.message.recording, new), strict=True))
        return tuple(self.decoded[each] for each in requests)

    @property
    def by_words(self) -> CallbackNumber:
        """The number that the transcript's words alone give."""
        return find_callback_number(self.transcript, region=self.message.region)

    def number(self, weights: Weights) -> CallbackNumber:
        """The number that a review with these weights finds."""
        decided = partial(decide, weights=weights)
        brief = Brief(region=self.message.region)
        with patch(DECIDED_IN[0], decided), patch(DECIDED_IN[1], decided):
            transcript = with_numerals(self.transcript, self.sound, brief, self.decode)
            return understand(transcript, self.sound, brief).number

    def is_right(self, number: CallbackNumber) -> bool:
        """Whether the digits of a number are those of a full reading."""
        return any(is_same(number.digits, each.digits, self.message.region) for each in self.message.full)

    def prediction(self, weights: Weights) -> Prediction | None:
        """Its number, against the truth; None without a number or a probability."""
        number = self.number(weights)
        if number.digits is None or number.probability is None:
            return None
        return Prediction(self.message.speaker, number.probability, self.is_right(number))

    def readings(self) -> Iterator[LabelledReading]:
        """Its readings with known true digits."""
        words, region = self.transcript.words, self.message.region
        number = self.by_words
        also = tuple(dict.fromkeys(each.digits for each in number.readings))
        for reading in number.readings:
            true = [
                each.digits
                for each in self.message.readings
                if reading.interval.overlap_s(Interval(each.start_s, each.end_s)) > OVERLAP_S
            ]
            if len(true) != 1 or not is_digits_alone(reading, words):
                continue
            (stretch,) = self.decode([NumeralRequest(stretch_of(reading, self.sound), also)])
            if stretch.strings:
                count = nuclei_count(self.sound.nuclei, stretch.start_s, stretch.end_s)
                yield LabelledReading(
                    Evidence(reading.digits, False, stretch.strings, count), region, true[0]
                )


def transcribed_messages(source: str, split: Split, n: int, engine: at.Engine) -> Iterator[Transcribed]:
    """Messages of a source that contain speech."""
    for message in messages(source, n, split=split):
        sound = listen(message.recording)
        if sound.message is not None:
            yield Transcribed(message, sound, engine.transcribe(message.recording), engine)


# ── the fit ──────────────────────────────────────────────────────────────────────────────────────────


class Choices(NamedTuple):
    """The outcomes of a reading; the last one, "", stands for all unlisted strings."""

    strings: tuple[str, ...]
    features: NDArray[np.float64]
    """Shape (n_strings + 1, n_weights); columns follow NAMES."""
    priors: NDArray[np.float64]
    """Nats, shape (n_strings + 1,)."""


def choices(evidence: Evidence, region: str) -> Choices:
    """The outcomes of a reading, their features and their priors."""
    rows, priors = [], []
    for string in evidence.strings:
        off = misfit(string.digits, evidence.nuclei_count)
        is_written = string.digits == evidence.digits
        rows.append((string.numeral_log_prob, string.spaced_log_prob, -off, is_written, False))
        priors.append(prior(evidence.validity(string.digits, region), WEIGHTS))
    rows.append((left_log_prob(evidence.strings), min(row[1] for row in rows), 0.0, False, True))
    strings = (*(string.digits for string in evidence.strings), "")
    return Choices(strings, np.array(rows, np.float64), np.array([*priors, 0.0]))


def fitted(readings: Iterable[LabelledReading]) -> Weights:
    """The weights that maximise the penalised likelihood of the true digits."""
    rows, chosen = [], []
    for reading in readings:
        own = choices(reading.evidence, reading.region)
        rows.append(own)
        last = len(own.strings) - 1
        chosen.append(own.strings.index(reading.truth) if reading.truth in own.strings else last)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = RIDGE * len(rows) * weights @ weights, 2 * RIDGE * len(rows) * weights
        for (_, features, priors), at_index in zip(rows, chosen, strict=True):
            scores = features @ weights + priors
            total = np.logaddexp.reduce(scores)
            value += total - scores[at_index]
            slope = slope + np.exp(scores - total) @ features - features[at_index]
        return float(value), slope

    found = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B").x
    return replace(WEIGHTS, **dict(zip(NAMES, found.tolist(), strict=True)))


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────


def weights_table(whole: Weights, folds: Iterable[Weights]) -> Table:
    """The weights in use, the weights fitted on all sources, and their range with one source left out."""
    table = Table("Weights, nats", {"in use": ".2f", "fitted on all": ".2f", "with a source left out": ""})
    for name in NAMES:
        each = [getattr(fold, name) for fold in folds]
        ends = f"{min(each):.2f} to {max(each):.2f}"
        table.add(name, used=getattr(WEIGHTS, name), fitted=getattr(whole, name), ends=ends)
    return table


def accuracy_table(readings: Mapping[str, tuple[Sequence[LabelledReading], Weights]]) -> Table:
    """For each source: readings right by their words, and as decided with weights of other sources."""
    table = Table(
        "Readings, with their source left out of the fit",
        dict.fromkeys(("readings", "words right", "decided right", "worse", "mean probability %"), "d")
        | {"mean probability %": ".0f"},
        "Worse: the words are right, and the decision is wrong.",
    )
    for name, (own, weights) in readings.items():
        made = [decide([each.evidence], each.region, weights) for each in own]
        right = [is_same(one.digits[0], each.truth, each.region) for one, each in zip(made, own, strict=True)]
        words = [is_same(each.evidence.digits, each.truth, each.region) for each in own]
        table.add(
            name,
            n=len(own),
            words=sum(words),
            right=sum(right),
            worse=sum(by_words and not ours for by_words, ours in zip(words, right, strict=True)),
            mean=100 * float(np.mean([one.probability for one in made])) if made else None,
        )
    return table


def reliability_table(title: str, predictions: Sequence[Prediction]) -> Table:
    """For each band of probability, the share of numbers that are right."""
    table = Table(
        title,
        {"n": "d", "mean probability %": ".0f", "right %": ".0f", "95 %": ""},
        "Intervals by bootstrap over speakers, then messages. Where all outcomes are equal: Clopper and "
        "Pearson's.",
    )
    for low, high in pairwise(BANDS):
        own = [
            each for each in predictions if low <= each.probability < high or each.probability == high == 1.0
        ]
        right = [each.is_right for each in own]
        ends = share_interval(right, groups=[each.speaker for each in own]) if own else None
        table.add(
            f"{low:g} to {high:g}",
            n=len(own),
            mean=100 * sum(each.probability for each in own) / len(own) if own else None,
            right=100 * sum(right) / len(own) if own else None,
            ends=f"{100 * ends[0]:.0f} to {100 * ends[1]:.0f}" if ends else None,
        )
    return table


def words_table(messages: Iterable[Transcribed]) -> Table:
    """For each value of `words_probability`, the share of right numbers by the words alone."""
    found: dict[float, list[bool]] = {}
    for each in messages:
        number = each.by_words
        if number.digits is not None:
            readings = [evidence_of_words(reading) for reading in number.readings]
            share = words_probability(readings, each.message.region)
            found.setdefault(share, []).append(each.is_right(number))
    table = Table("Numbers by their words alone", {"n": "d", "right %": ".0f"})
    for share in sorted(found, reverse=True):
        table.add(
            f"stated probability {100 * share:.0f} %",
            n=len(found[share]),
            right=100 * float(np.mean(found[share])),
        )
    return table


def calibration(
    transcribe: Callable[[str, Split], Iterable[Transcribed]],
) -> tuple[Weights, list[Table]]:
    """The weights fitted on all installed sources, and the tables."""
    transcribed: dict[str, list[Transcribed]] = {}
    for source, split in (*FITTED, *APART):
        if is_installed(source):
            transcribed[f"{source}, {split}"] = list(transcribe(source, split))
            print(f"transcribed {source}, {split}", file=sys.stderr, flush=True)
        else:
            print(f"left out: {source} is not installed")
    apart = {", ".join(each) for each in APART}
    readings = {
        name: [reading for each in own for reading in each.readings()] for name, own in transcribed.items()
    }
    folds = {
        name: fitted(each for other in readings if other not in {name} | apart for each in readings[other])
        for name in transcribed
    }
    whole = fitted(each for name in readings if name not in apart for each in readings[name])
    predictions = {
        name: [one for each in own if (one := each.prediction(folds[name])) is not None]
        for name, own in transcribed.items()
    }
    inside = [name for name in transcribed if name not in apart]
    return whole, [
        weights_table(whole, [folds[name] for name in inside]),
        accuracy_table({name: (readings[name], folds[name]) for name in transcribed}),
        reliability_table(
            "Probability of a message's number, with its source left out of the fit",
            [one for name in inside for one in predictions[name]],
        ),
        *(
            reliability_table(f"The same for {name}, which is in no fit", predictions[name])
            for name in transcribed
            if name in apart
        ),
        words_table(each for name in inside for each in transcribed[name]),
    ]


def main() -> None:
    """Fit, print and record."""
    parser = parser_of(__doc__)
    parser.add_argument("--n", type=int, default=48, help="messages of each source")
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--json", type=Path, default=RESULTS / "number_calibration.json")
    arguments = parser.parse_args()
    engine = at.load_engine("whisper", model=arguments.model, threads=1)
    whole, made = calibration(partial(transcribed_messages, n=arguments.n, engine=engine))
    print("\n".join(each.markdown() for each in made))
    record = {
        "command": f"number_calibration --n {arguments.n} --model {Path(arguments.model).name}",
        "machine": machine(),
        "weights": {name: round(value, 3) for name, value in asdict(whole).items()},
        "tables": [each.as_json() for each in made],
    }
    write_record(arguments.json, record)


if __name__ == "__main__":
    main()

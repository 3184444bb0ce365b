from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import Sound, listen
from aftertone.acoustics.spoken_digits import DigitEvidence, SpokenDigit
from aftertone.acoustics.voice import Voice
from aftertone.language.brief import Brief
from aftertone.language.digits import Digit
from aftertone.language.engines.digit_grammar import DigitEar
from aftertone.language.engines.replay import ReplayEngine
from aftertone.language.engines.sphinx import SphinxEngine
from aftertone.language.numbers import number_of
from aftertone.language.said import understand
from aftertone.language.second_look import SecondLook, second_look
from aftertone.language.transcript import HeardDigit, Transcript, Word, digit_ear, heard_together
from aftertone.measurements import Measurements
from aftertone.measurements.words import Number
from aftertone.playbook import judge, load_playbook

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def shares(digit: str, probability: float = 1.0) -> tuple[float, ...]:
    """Of a digit that is as likely, all others alike."""
    rest = (1 - probability) / 9
    return tuple(probability if each == int(digit) else rest for each in range(10))


def heard(digits: str, start_s: float = 1.0, sure: str = "") -> tuple[HeardDigit, ...]:
    """Digits half a second apart; `sure` has a 0 for each that is doubtful."""
    marks = sure or "1" * len(digits)
    return tuple(
        HeardDigit(start_s + at / 2, start_s + at / 2 + 0.4, shares(digit, 0.98 if mark == "1" else 0.6))
        for at, (digit, mark) in enumerate(zip(digits, marks, strict=True))
    )


def spoken(digits: Sequence[HeardDigit], start_s: float, is_likeliest: bool = True) -> list[SpokenDigit]:
    """The same as a net has them, in a stretch that starts there."""
    return [
        SpokenDigit(
            NAMES[int(each.digit)],
            each.start_s - start_s,
            each.end_s - start_s,
            0.9,
            is_likeliest,
            each.shares,
        )
        for each in digits
    ]


@pytest.fixture(scope="module")
def engine() -> SphinxEngine:
    return SphinxEngine()


@pytest.fixture(scope="module")
def ear(engine: SphinxEngine) -> DigitEar:
    return engine.digit_ear


class HearsWhatWasSaid:
    """Hears the digits that were said, and an unlikely "eight" twice a second wherever else it listens."""

    def __init__(self, name: str) -> None:
        truth = json.loads((ROOT / "sample_audio" / "truth" / f"{name}.json").read_text())
        self.said = [
            HeardDigit(digit["start_s"], digit["end_s"], shares(digit["digit"], 0.99))
            for digit in truth["digits"] or []
        ]

    def within(self, interval: Interval) -> list[HeardDigit]:
        return [
            each for each in self.said if interval.start_s <= each.start_s and each.end_s <= interval.end_s
        ]

    def evidence_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> DigitEvidence:
        said = self.within(interval)
        times_s = np.arange(interval.start_s, interval.end_s, 0.01)
        under = np.zeros(len(times_s), np.bool_)
        for each in said:
            under |= (times_s >= each.start_s) & (times_s < each.end_s)
        stray = [
            HeardDigit(float(t), float(t) + 0.4, shares("8", 0.2))
            for t in np.arange(interval.start_s, interval.end_s - 0.4, 0.5)
        ]
        stray = [each for each in stray if not any(each.interval.overlap_s(s.interval) > 0 for s in said)]
        digits = spoken(said, interval.start_s) + spoken(stray, interval.start_s, is_likeliest=False)
        return DigitEvidence(
            np.where(under, 2.0, -2.0).astype(np.float32),
            np.ones(len(times_s), np.bool_),
            tuple(sorted(digits, key=lambda digit: digit.start_s)),
        )

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[HeardDigit, ...]:
        said = self.within(interval)
        return tuple(said) if count in (None, len(said)) else ()


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("number_once", None),
        ("number_twice_slowly", True),
        ("number_one_digit_changed", False),
        ("part_said_again", None),
        ("uk_number", True),
    ],
)
def test_a_number_is_found_where_it_was_said(name: str, same: bool | None) -> None:
    truth = json.loads((ROOT / "sample_audio" / "truth" / f"{name}.json").read_text())
    look = second_look(
        Transcript(),
        said_in(name)[0],
        "GB" if name == "uk_number" else "US",
        HearsWhatWasSaid(name),
    )
    assert look.number is not None
    assert [reading.digits for reading in look.number.readings] == truth["number"]["each_reading"]
    for at, reading in enumerate(look.number.readings, start=1):
        times = [d for d in truth["digits"] if d["reading"] == at]
        assert reading.start_s == pytest.approx(times[0]["start_s"], abs=0.2)
        assert reading.end_s == pytest.approx(times[-1]["end_s"], abs=0.2)
    assert look.same is same
    assert [part.digits for part in look.number.partials] == (["2365"] if name == "part_said_again" else [])


@pytest.mark.parametrize("name", ["follow_up_2", "sales_appointment", "who_is_this"])
def test_digits_heard_in_other_speech_are_no_number(name: str) -> None:
    sound, _ = said_in(name)
    assert second_look(Transcript(), sound, "US", HearsWhatWasSaid(name)).number is None


def test_engines_that_hear_have_an_ear_for_digits(engine: SphinxEngine) -> None:
    assert digit_ear(engine) is engine.digit_ear
    assert digit_ear(ReplayEngine()) is None


def test_digits_are_heard_and_as_many_as_are_told(ear: DigitEar) -> None:
    sound, _ = said_in("number_once")
    for count in (None, 3):
        digits = ear.digits_in(sound.recording, sound.speech[-3], count)
        assert len(digits) == count or count is None
        assert all(sum(each.shares) == pytest.approx(1.0) for each in digits)
        assert all(each.end_s > each.start_s >= sound.speech[-3].start_s for each in digits)
    assert ear.digits_in(sound.recording, Interval(1.0, 1.05), 3) == ()  # too short for so many


# `python -m benchmarks.number_accuracy --invented` asks of 70 whole recordings; these are the parts of four
# in which the grammar hears what is most like a number.
@pytest.mark.parametrize(
    ("path", "part_s"),
    [
        (ROOT / "sample_audio" / "sales_appointment.flac", (18.0, 25.2)),
        (ROOT / "sample_audio" / "follow_up_2.flac", (0.0, 5.0)),
        (SHARED / "telephone" / "jfk.flac", (5.0, 10.8)),
        (SHARED / "telephone" / "Us_English_Narrowband_Sample_2.wav", (11.7, 15.7)),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_no_number_is_invented_where_none_was_said(
    ear: DigitEar, path: Path, part_s: tuple[float, float]
) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} not found beside the checkout")
    whole = read_audio(path)
    first, last = (round(t * whole.rate_hz) for t in part_s)
    sound = listen(replace(whole, samples=whole.samples[first:last]))
    assert sound.speech
    assert second_look(Transcript(), sound, "US", ear).number is None


def test_an_engine_that_is_ahead_still_hears_digits() -> None:
    class Quick:
        name = "quick"
        digit_ear = HearsOtherwise("555")

        def transcribe(self, recording: Recording) -> Transcript:
            return Transcript()

        def transcribe_many(
            self, recordings: Sequence[Recording], hotwords: Sequence[Sequence[str]] | None = None
        ) -> list[Transcript]:
            return [Transcript() for _ in recordings]

    quick = Quick()
    silence = Recording.from_samples(np.zeros(160, np.float32), rate_hz=16_000)
    assert digit_ear(heard_together(quick, [silence, silence], [(), ()])) is quick.digit_ear


class HearsDigitsInBursts:
    """Takes ten bursts, half a second apart, for the digits of a number, and is sure of it."""

    def evidence_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> DigitEvidence:
        n_frames = round(interval.duration_s * 100)
        digits = [each for each in heard("8005552365") if each.start_s >= interval.start_s]
        spans = spoken([each for each in digits if each.end_s <= interval.end_s], interval.start_s)
        return DigitEvidence(np.full(n_frames, 3.0, np.float32), np.ones(n_frames, np.bool_), tuple(spans))

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[HeardDigit, ...]:
        return heard("8005552365")


@pytest.mark.parametrize("has_voice", [False, True])
def test_bursts_without_a_voice_are_no_number_however_like_digits(
    has_voice: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    samples = random.normal(0, 1e-4, 7 * 16_000)
    for at in range(10):
        first = round((1.0 + at / 2) * 16_000)
        samples[first : first + 6_400] += random.normal(0, 0.1, 6_400) * np.hanning(6_400)
    sound = listen(Recording.from_samples(samples.astype(np.float32), 16_000))
    bursts = tuple(each.interval for each in heard("8005552365"))
    sound = replace(sound, speech=bursts, nuclei=np.array([each.start_s + 0.2 for each in bursts]))
    monkeypatch.setattr(Voice, "is_under", lambda self, word: has_voice)
    number = second_look(Transcript(), sound, "US", HearsDigitsInBursts()).number
    assert (number is not None) is has_voice


class HearsOtherwise:
    """Hears the same digits whatever is said, and none of them surely by the net alone."""

    def __init__(self, digits: str, sure: str = "") -> None:
        self.digits, self.sure = digits, sure

    def evidence_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> DigitEvidence:
        n_frames = round(interval.duration_s * 100)
        return DigitEvidence(np.full(n_frames, -2.0, np.float32), np.ones(n_frames, np.bool_), ())

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[HeardDigit, ...]:
        return heard(self.digits, interval.start_s, self.sure)


@pytest.mark.parametrize(
    ("digits", "sure", "otherwise", "confidence", "trusted"),
    [
        ("8005552365", "1111111111", None, 1.0, True),
        ("8005552395", "1111111111", "8005552395", 0.9, False),
        ("8005552395", "1111111101", None, 1.0, False),  # of the 9 it is not sure
    ],
)
def test_a_clean_number_is_kept_and_what_else_was_heard_is_told(
    digits: str, sure: str, otherwise: str | None, confidence: float, trusted: bool
) -> None:
    sound, _ = said_in("number_once")
    text = ["call", "me", "at", *(NAMES[int(digit)] for digit in "8005552365")]
    words = tuple(Word(word, 13 + at / 4, 13.2 + at / 4, 0.6) for at, word in enumerate(text))
    said = understand(Transcript(words), sound, Brief(), HearsOtherwise(digits, sure))
    measured = Measurements.of(sound, said, Brief()).number
    assert measured.digits == "8005552365"
    assert measured.otherwise == otherwise
    assert measured.confidence == pytest.approx(confidence)
    assert measured.trusted is trusted


@pytest.mark.parametrize(
    ("text", "confidence"), [("eight hundred five five five two three six five", 0.6), ("8005552365", 0.6)]
)
def test_what_was_not_read_digit_by_digit_is_not_held_against_digits(text: str, confidence: float) -> None:
    sound, _ = said_in("number_once")
    words = [Word(word, 13 + at / 4, 13.2 + at / 4, confidence) for at, word in enumerate(text.split())]
    said = understand(Transcript(tuple(words)), sound, Brief(), HearsOtherwise("9995552365"))
    measured = Measurements.of(sound, said, Brief()).number
    assert (measured.digits, measured.otherwise, measured.trusted) == ("8005552365", None, True)


def test_words_that_are_sure_are_trusted_whatever_else_is_heard() -> None:
    sound, _ = said_in("number_once")
    text = [NAMES[int(digit)] for digit in "8005552365"]
    words = tuple(Word(word, 13 + at / 4, 13.2 + at / 4, 0.9) for at, word in enumerate(text))
    said = understand(Transcript(words), sound, Brief(), HearsOtherwise("8005552395"))
    measured = Measurements.of(sound, said, Brief()).number
    assert (measured.digits, measured.otherwise, measured.trusted) == ("8005552365", None, True)


def test_doubtful_digits_judge_nobody() -> None:
    doubtful = Number(
        digits="8005551234", otherwise="8005551244", readings=2, agree=False, digits_per_s=3.0, trusted=False
    )
    m = Measurements(duration_s=20.0, number=doubtful)
    assert m.doubts["number.agree"] == "the digits are in doubt: heard as 8005551234, and as 8005551244"
    verdicts = {finding.rule: finding.verdict for finding in judge(m, load_playbook("general"))}
    assert verdicts["number-twice"] == "not judged"
    assert verdicts["number-slow"] == "missed"


def looked(*readings: str, certainty: float = 0.75, first: tuple[str, ...] = ()) -> SecondLook:
    """A look that found a number read once or twice."""
    items = [
        [Digit(digit, at, 1 + 8 * nth + at / 2, 1.4 + 8 * nth + at / 2) for at, digit in enumerate(digits)]
        for nth, digits in enumerate(readings)
    ]
    return SecondLook(
        number=number_of(items, [], region="US"),
        same=len(set(readings)) == 1 if len(readings) > 1 else None,
        certainty=certainty,
        texts=readings,
        first=first,
    )


def measured_with(look: SecondLook) -> Measurements:
    sound, _ = said_in("number_once")
    return Measurements.of(sound, replace(understand(Transcript(()), sound, Brief()), look=look), Brief())


def test_a_number_that_only_the_grammar_has_is_in_doubt() -> None:
    measured = measured_with(looked("8005552365"))
    assert measured.number.digits == "8005552365"
    assert measured.number.trusted is False
    assert "nothing else confirms" in measured.doubts["number.valid"]


@pytest.mark.parametrize(("digits", "certainty"), [("8005552365", 0.5), ("0005552365", 1.0)])
def test_digits_that_cannot_be_made_out_are_not_told(digits: str, certainty: float) -> None:
    measured = measured_with(looked(digits, digits[:-1] + "4", certainty=certainty))
    number = measured.number
    assert (number.digits, number.e164, number.valid, number.otherwise) == (None, None, None, None)
    assert "could not be made out" in measured.reasons["number.digits"]
    assert (number.readings, number.repeated, number.agree, number.trusted) == (2, False, False, False)
    assert number.digits_per_s is not None
    assert number.slow is not None
    assert digits not in str(measured)
    assert "not be made out" in measured.doubts["number.repeated"]


@pytest.mark.parametrize(
    ("first", "trusted"), [(("8005552365", "8005552395"), True), (("8005552365",), False), ((), False)]
)
def test_a_changed_digit_counts_where_both_hearings_have_it(first: tuple[str, ...], trusted: bool) -> None:
    measured = measured_with(looked("8005552365", "8005552395", first=first)).number
    assert (measured.readings, measured.agree) == (2, False)
    assert measured.trusted is trusted


def test_a_number_of_whose_digits_the_second_look_is_sure_is_trusted() -> None:
    measured = measured_with(looked("8005552365", certainty=0.95)).number
    assert (measured.digits, measured.trusted) == ("8005552365", True)


def test_a_wrongly_said_digit_is_named_by_the_brief() -> None:
    sound, words = said_in("number_once")
    number = understand(Transcript(tuple(words)), sound, Brief()).number
    assert number is not None
    meant = Brief(number=number.digits[:-1] + str((int(number.digits[-1]) + 1) % 10))
    measured = Measurements.of(sound, understand(Transcript(tuple(words)), sound, meant), meant).number
    assert measured.digits == meant.number
    assert measured.agree is False


@cache
def said_in(name: str) -> tuple[Sound, list[Word]]:
    """A practice message's sound, and its true words."""
    truth = json.loads((ROOT / "sample_audio" / "truth" / f"{name}.json").read_text())
    words = [Word(w["text"], w["start_s"], w["end_s"]) for w in truth["words"]]
    return listen(read_audio(ROOT / "sample_audio" / f"{name}.flac")), words


def second_reading(words: list[Word], sound: Sound) -> Interval:
    number = understand(Transcript(tuple(words)), sound, Brief()).number
    assert number is not None
    again = number.readings[1]
    return Interval(again.start_s, again.end_s)


@pytest.mark.parametrize("left", ["nothing", "some digits"])
def test_the_sound_adds_a_reading_whose_words_are_spoilt(left: str) -> None:
    sound, words = said_in("number_twice_slowly")
    again = second_reading(words, sound)
    lost = [word for word in words if word.interval.overlap_s(again) > 0]
    kept = lost[1:5] if left == "some digits" else []
    spoilt = [word for word in words if word not in lost or word in kept]
    said = understand(Transcript(tuple(spoilt)), sound, Brief())
    assert said.again is not None
    assert said.again.start_s == pytest.approx(again.start_s, abs=0.3)
    assert said.again.end_s == pytest.approx(again.end_s, abs=0.3)


def test_the_sound_does_not_overrule_clean_words() -> None:
    sound, words = said_in("number_twice_slowly")
    again = second_reading(words, sound)
    lost = [word for word in words if word.interval.overlap_s(again) > 0]
    clean = [replace(word, text="mail") for word in lost]
    others = [word for word in words if word not in lost]
    text = Transcript(tuple(sorted([*others, *clean], key=lambda word: word.start_s)))
    assert understand(text, sound, Brief()).again is None


@pytest.mark.parametrize("name", ["number_once", "hurried_number", "part_said_again", "begging"])
def test_the_sound_adds_none_where_the_number_was_said_once(name: str) -> None:
    sound, words = said_in(name)
    assert understand(Transcript(tuple(words)), sound, Brief()).again is None

"""Train the net that `aftertone.acoustics.spoken_digits` reads, and write it to ``models/digits.npz``.

Truth: the digits of the Free Spoken Digit Dataset (four men), cut one from another; digits of flite's voices,
whose phones are timed, "oh" among them; and digits of espeak-ng in many voices, English and as people of ten
other languages would say them. Numbers are laid out of them anew for every step: at any pace, run together or
apart, cut at their edges, hissing, dull, through another line, with longer and shorter vocal tracts, in
noise, beside speech that is no digit. Where in a digit its parts lie is first an even share, and then what
the half-trained net finds.

Run: ``OMP_NUM_THREADS=1 python models/train_digits.py DATA FOLDER``. DATA holds fsdd, mfa, emodb and noise;
FOLDER keeps a net for each man of fsdd that never heard him, by which the probabilities are fitted (and
`benchmarks/digit_accuracy.py` judges); those that it has are taken. ``--without NAME`` trains one of these
and ends, so that several can be trained at once. Needs flite and espeak-ng, and some minutes for each net.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.spoken_digits import (
    CONTEXTS,
    DIGITS,
    N_BANDS,
    N_BINS,
    N_OUTPUTS,
    N_PARTS,
    OTHER_SPEECH,
    SILENCE,
    Net,
    beside,
    digit_path,
    filters,
    fit_of,
    log_likelihoods,
    normalised,
    power_of,
    stored_net,
    worth_of,
)

Array = NDArray[Any]
Labels = NDArray[np.intp]

MEN = ("jackson", "lucas", "nicolas", "theo")
WIDTH = 96  # of each hidden layer
STEPS, STEP_FRAMES = 1_100, 1_500
REALIGN_AT = (250, 600)  # steps
DROPPED = 0.15  # of the hidden values of a step
SHARES = {"man": 0.6, "flite": 0.15, "espeak": 0.1, "accent": 0.15}  # of the numbers
AUDIBLE = 10 ** (-35 / 10)  # of the loudest 10 ms of one by espeak-ng; people's are cut already
TELEPHONE_RATE_HZ = 8_000

FLITE_VOICES, FLITE_RUNS = ("slt", "rms", "awb", "kal16"), 14
FLITE_PHONES = {  # the first, and how many
    "zero": ("z", 4), "one": ("w", 3), "two": ("t", 2), "three": ("th", 3), "four": ("f", 3),
    "five": ("f", 3), "six": ("s", 4), "seven": ("s", 5), "eight": ("ey", 2), "nine": ("n", 3),
    "oh": ("ow", 1),
}  # fmt: skip
ENGLISHES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbclan", "en-gb-x-gbcwmd")
ESPEAK_VOICES = 48
NO_VOICES = ("robo", "whisper", "croak", "demonic", "tweaky", "storm")
SPELT = {  # English digits as a reader of another language is to say them
    "de": "siero wann tuh sri foor feiv ssicks ssewwen äit nein oh",
    "fr": "zirô ouane tou srî fore faïve sixe sévène éïte naïne ô",
    "es": "sirou uan tu zri for faiv six seven eit nain ou",
    "it": "zirou uan tu tri for faiv six seven eit nain ou",
    "nl": "ziero wan toe srie foor faif siks seven eet najn oo",
    "sv": "siro wann to tri får fajv siks seven ejt najn o",
    "pl": "zirou łan tu tri for fajw siks sewen ejt najn ou",
    "pt": "zirou uan tu tri fór faivi sics séven eit nain ôu",
    "hi": "ज़ीरो वन टू थ्री फ़ोर फ़ाइव सिक्स सेवन एट नाइन ओ",
    "ru": "зироу уан ту сри фор файв сикс севен эйт найн оу",
}
ACCENT_VOICES = 5  # of each
SENTENCES = (
    "Hi Mary, this is John Smith from Riverside Dental calling about your appointment on Tuesday.",
    "I just wanted to remind you that your balance is past due, so please get in touch.",
    "We have an important matter to discuss with you regarding your account with the company.",
    "Hello, my name is Angela and I am returning your call about the delivery of the sofa.",
    "If you could get back to me at your earliest convenience, I would really appreciate it.",
    "You can reach me on my mobile, and again, the number is the same as before.",
    "Thank you very much and have a wonderful afternoon, goodbye.",
    "The birch canoe slid on the smooth planks and glue the sheet to the dark blue background.",
    "These days a chicken leg is a rare dish, and rice is often served in round bowls.",
    "Unfortunately we were not able to process your application because some information is missing.",
    "Your prescription is ready to be picked up at the pharmacy on Washington Avenue.",
    "Could you please send me the revised contract by the end of the week, ideally on Thursday?",
    "The quarterly meeting has been moved from Monday to Wednesday in the large room.",
    "Yes, we do have the item in stock, but the blue model will not be available until January.",
    "Nobody answered the door when we came by yesterday, so we left a note with your neighbor.",
    "I apologize for the inconvenience and I hope we can resolve this issue as quickly as possible.",
)


@dataclass(eq=False)
class Take:
    """One digit as it was said once."""

    power: Array
    parts: Labels  # of each frame; -1 where it is silent


@dataclass(eq=False)
class Voices:
    """All that numbers are laid out of."""

    takes: dict[str, dict[str, dict[str, list[Take]]]] = field(default_factory=dict)  # kind, voice, digit
    others: list[list[Array]] = field(default_factory=list)  # speech without digits, by where it is from
    noises: list[Array] = field(default_factory=list)

    def add(self, kind: str, voice: str, digit: str, samples: Array, rate_hz: int) -> None:
        """One more take."""
        power = _power(samples, rate_hz)
        parts = np.minimum(N_PARTS - 1, np.arange(len(power)) * N_PARTS // len(power))
        self.takes.setdefault(kind, {}).setdefault(voice, {}).setdefault(digit, []).append(Take(power, parts))


def _power(samples: Array, rate_hz: int) -> Array:
    """Spectra over a telephone line, speech at full scale."""
    loud = np.abs(samples) > 0.05 * np.abs(samples).max()
    line = soxr.resample(samples / np.sqrt((samples[loud] ** 2).mean()), rate_hz, TELEPHONE_RATE_HZ)
    return power_of(soxr.resample(line, TELEPHONE_RATE_HZ, ANALYSIS_RATE_HZ).astype(np.float32))


def _trimmed(samples: Array, rate_hz: int) -> Array:
    hop = rate_hz // 100
    power = (samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1)
    (audible,) = np.nonzero(power > AUDIBLE * power.max())
    return samples[audible[0] * hop : (audible[-1] + 1) * hop]


def _read(path: Path) -> tuple[Array, int]:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(samples.mean(axis=1), np.float32), int(rate_hz)


# --- voices -----------------------------------------------------------------------------------------


def voices_of(data: Path) -> Voices:
    """Everything that is learnt from."""
    voices = Voices()
    for path in sorted((data / "fsdd").glob("*.wav")):
        digit, man, _ = path.stem.split("_")
        samples, rate_hz = _read(path)
        voices.add("man", man, DIGITS[int(digit)], samples, rate_hz)
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder, "spoken.wav")
        _add_flite(voices, spoken)
        _add_espeak(voices, spoken)
        voices.others = _sentences(spoken)
    for name in ("mfa", "emodb"):
        paths = sorted(path for path in (data / name).iterdir() if path.suffix in {".wav", ".flac"})
        voices.others.append([_power(*_first_seconds(path)) for path in paths])
    voices.noises = [_power(*_read(path)) for path in sorted((data / "noise").glob("*.wav"))]
    return voices


def _first_seconds(path: Path, seconds: int = 40) -> tuple[Array, int]:
    samples, rate_hz = _read(path)
    return samples[: seconds * rate_hz], rate_hz


def _add_flite(voices: Voices, spoken: Path) -> None:
    """Digits cut from runs of them, in flite's voices, by its phones' times."""
    draw = np.random.default_rng(5)
    for voice in FLITE_VOICES:
        for _ in range(FLITE_RUNS):
            names = [DIGITS[at] for at in draw.permutation(len(DIGITS))]
            text = "".join(name + str(draw.choice([" ", " ", ", ", ". "])) for name in names)
            stretch = f"duration_stretch={draw.choice([0.7, 0.85, 1, 1.2, 1.5])}"
            command = ["flite", "-voice", voice, "-psdur", "--setf", stretch, "-t", text, "-o", str(spoken)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            samples, rate_hz = _read(spoken)
            phones = [(phone, float(end_s)) for phone, end_s in (each.rsplit(":", 1) for each in printed)]
            starts_s = [0.0, *(end_s for _, end_s in phones)]
            at = 0
            for name in names:
                first, count = FLITE_PHONES[name]
                while phones[at][0] != first:
                    at += 1  # a pause
                part = samples[round(starts_s[at] * rate_hz) : round(phones[at + count - 1][1] * rate_hz)]
                voices.add("flite", voice, name, part, rate_hz)
                at += count


def _espeak_voices() -> list[str]:
    listed = subprocess.run(["espeak-ng", "--voices=variant"], check=True, capture_output=True, text=True)
    files = (
        line.split()[-2] if line.endswith(")") else line.split()[-1]
        for line in listed.stdout.split("\n")[1:]
        if line
    )
    found = sorted({name.removeprefix("!v/") for name in files if name.startswith("!v/")})
    return [name for name in found if not any(part in name.lower() for part in NO_VOICES)]


def _add_espeak(voices: Voices, spoken: Path) -> None:
    """Single digits in espeak-ng's voices."""
    draw = np.random.default_rng(7)
    listed = _espeak_voices()
    speakers: list[tuple[str, str, str, tuple[str, ...]]] = [
        ("espeak", ENGLISHES[at % len(ENGLISHES)], listed[at * len(listed) // ESPEAK_VOICES], DIGITS)
        for at in range(ESPEAK_VOICES)
    ]
    speakers += [
        ("accent", language, listed[(at * 17 + more * 19) % len(listed)], tuple(spelt.split()))
        for at, (language, spelt) in enumerate(SPELT.items())
        for more in range(ACCENT_VOICES)
    ]
    for kind, language, variant, texts in speakers:
        for name, text in zip(DIGITS, texts, strict=True):
            for _ in range(2):
                _espeak(text, f"{language}+{variant}", draw, spoken)
                samples, rate_hz = _read(spoken)
                if len(samples) > rate_hz // 20 and np.abs(samples).max() > 1e-3:
                    voices.add(kind, f"{language}+{variant}", name, _trimmed(samples, rate_hz), rate_hz)


def _espeak(text: str, voice: str, draw: np.random.Generator, spoken: Path) -> None:
    pace, pitch = f"-s{draw.integers(110, 200)}", f"-p{draw.integers(30, 70)}"
    subprocess.run(
        ["espeak-ng", "-v", voice, pace, pitch, "-w", str(spoken), text], check=True, capture_output=True
    )


def _sentences(spoken: Path) -> list[list[Array]]:
    """Sentences without digits, by flite and by espeak-ng."""
    draw = np.random.default_rng(9)
    listed = _espeak_voices()
    by_flite, by_espeak = [], []
    for text in SENTENCES:
        for voice in FLITE_VOICES:
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(spoken)], check=True)
            by_flite.append(_power(*_read(spoken)))
        for _ in range(3):
            _espeak(text, f"{draw.choice(ENGLISHES)}+{draw.choice(listed)}", draw, spoken)
            samples, rate_hz = _read(spoken)
            if np.abs(samples).max(initial=0.0) > 1e-3:
                by_espeak.append(_power(samples, rate_hz))
    return [by_flite, by_espeak]


# --- numbers ----------------------------------------------------------------------------------------


class Composer:
    """Lays out numbers, never twice the same.

    Parameters
    ----------
    voices : Voices
    seed : int
    without : str
        A voice that is not used.
    only : str
        The only voice that is.
    """

    def __init__(self, voices: Voices, seed: int, without: str = "", only: str = "") -> None:
        self.draw = np.random.default_rng(seed)
        self.voices = voices
        self.speakers = {
            kind: [said for name, said in by_name.items() if name != without and only in ("", name)]
            for kind, by_name in voices.takes.items()
        }
        self.kinds = [kind for kind, speakers in self.speakers.items() if speakers]
        shares = np.array([SHARES[kind] for kind in self.kinds])
        self.shares = shares / shares.sum()
        self.filters = [filters(float(stretch)) for stretch in np.exp(np.linspace(-0.2, 0.2, 17))]

    def batch(self, n_frames: int) -> tuple[Array, Labels]:
        """Numbers one after the other, at least so many frames."""
        inputs: list[Array] = []
        labels: list[Labels] = []
        while sum(len(each) for each in inputs) < n_frames:
            power, parts, _ = self.number()
            inputs.append(self.heard(power))
            labels.append(parts)
        return np.concatenate(inputs), np.concatenate(labels)

    def number(self, digits_max: int = 12) -> tuple[Array, Labels, list[str]]:
        """Power spectra, what each frame is, and the digits."""
        draw = self.draw
        speakers = self.speakers[str(draw.choice(self.kinds, p=self.shares))]
        voice = speakers[draw.integers(len(speakers))]
        pieces = [self._silence(draw.integers(5, 30))]
        if draw.random() < 0.35:
            pieces += [self._other(), self._silence(draw.integers(4, 50))]
        pace = float(np.exp(draw.uniform(np.log(0.48), np.log(1.25))))
        gap = draw.uniform(1, 4) if draw.random() < 0.5 else draw.uniform(3, 50)
        line = self._line() if draw.random() < 0.4 else np.ones(N_BINS, np.float32)
        edge = 10 ** -draw.uniform(2.6, 3.8) if draw.random() < 0.4 else 0.0
        hiss = self._hiss() if draw.random() < 0.4 else np.zeros(N_BINS, np.float32)
        names = []
        for _ in range(0 if draw.random() < 0.06 else draw.integers(2, digits_max + 1)):
            name = list(voice)[draw.integers(len(voice))]
            takes = voice[name]
            power, parts = _quicker(
                takes[draw.integers(len(takes))],
                float(np.clip(pace * np.exp(draw.normal(0, 0.12)), 0.42, 1.5)),
            )
            power = power * line
            level = power.mean(axis=1)
            (audible,) = np.nonzero(level > edge * level.max())
            if np.ptp(audible) >= 2 * N_PARTS:
                power, parts = (each[audible[0] : audible[-1] + 1] for each in (power, parts))
            power = power + np.percentile(level, 85) * hiss * draw.exponential(1, power.shape)
            pieces.append(
                (
                    power * 10 ** draw.normal(0, 0.2),
                    np.where(parts < 0, SILENCE, DIGITS.index(name) * N_PARTS + parts),
                )
            )
            stop = draw.integers(20, 60) if draw.random() < 0.15 else 0
            pieces.append(self._silence(int(gap * draw.uniform(0.6, 1.4)) + stop))
            names.append(name)
        if not names or draw.random() < 0.35:
            pieces.append(self._other())
        pieces.append(self._silence(draw.integers(5, 30)))
        power, labels = (np.concatenate(each) for each in zip(*pieces, strict=True))
        return self._in_noise(power), labels, names

    def heard(self, power: Array) -> Array:
        """What the net sees of it, in a voice and over a line drawn anew."""
        across = np.linspace(-1, 1, N_BANDS)
        tone = np.stack([across, np.cos(np.pi * across), np.sin(np.pi * across), np.cos(2 * np.pi * across)])
        bands = power @ self.filters[self.draw.integers(len(self.filters))]
        return normalised((bands * np.exp(self.draw.normal(0, 0.5, 4) @ tone)).astype(np.float32))

    def _silence(self, n_frames: int | np.integer[Any]) -> tuple[Array, Labels]:
        return np.zeros((n_frames, N_BINS), np.float32), np.full(n_frames, SILENCE)

    def _other(self) -> tuple[Array, Labels]:
        """Two seconds at most of speech that is no digit."""
        some = self.voices.others[self.draw.integers(len(self.voices.others))]
        whole = some[self.draw.integers(len(some))]
        n_frames = int(self.draw.integers(15, 200))
        first = self.draw.integers(max(1, len(whole) - n_frames))
        power = whole[first : first + n_frames] * np.float32(10 ** self.draw.normal(0.2, 0.3))
        is_speech = power.mean(axis=1) > np.percentile(whole.mean(axis=1), 95) * 10**-3.2
        return power, np.where(is_speech, OTHER_SPEECH, SILENCE)

    def _line(self) -> Array:
        """A dull recording: up to 22 dB less at the top."""
        fall = np.minimum(np.linspace(0, 1, N_BINS) * self.draw.uniform(1, 4), 1)
        return np.exp(-fall * self.draw.uniform(0, 5)).astype(np.float32)

    def _hiss(self) -> Array:
        across = np.linspace(-1, 1, N_BINS)
        shape = np.exp(self.draw.normal(0, 0.7) * across + self.draw.normal(0, 0.5) * np.cos(np.pi * across))
        return (10 ** -self.draw.uniform(0.8, 3.5) * shape).astype(np.float32)

    def _in_noise(self, power: Array) -> Array:
        draw = self.draw
        loud = np.percentile(power.mean(axis=1), 85)
        noise = loud * 10 ** -draw.uniform(2.5, 7) * draw.exponential(1, power.shape)
        if draw.random() < 0.25:
            noise += loud * self._hiss() * draw.exponential(1, power.shape)
        if draw.random() < 0.6:
            some = self.voices.noises[draw.integers(len(self.voices.noises))]
            at = np.arange(len(power)) + draw.integers(len(some))
            part = some.take(at, axis=0, mode="wrap")
            noise += part / part.mean() * loud * 10 ** -draw.uniform(0.7, 3)
        return np.asarray(power + noise, np.float32)


def _quicker(take: Take, share: float) -> tuple[Array, Labels]:
    """A take in a share of its time."""
    count = max(N_PARTS, round(len(take.power) * share))
    at = np.clip((np.arange(count) + 0.5) / count * len(take.power) - 0.5, 0, len(take.power) - 1.001)
    whole, part = at.astype(int), (at % 1)[:, None].astype(np.float32)
    after = np.minimum(whole + 1, len(take.power) - 1)
    return take.power[whole] * (1 - part) + take.power[after] * part, take.parts[np.round(at).astype(int)]


# --- the net ----------------------------------------------------------------------------------------


def fresh(draw: np.random.Generator) -> Net:
    """Random weights."""
    net, n_inputs = {}, N_BANDS
    for index, offsets in enumerate(CONTEXTS):
        fan_in = n_inputs * len(offsets)
        net[f"weights_{index}"] = draw.normal(0, (2 / fan_in) ** 0.5, (fan_in, WIDTH)).astype(np.float32)
        net[f"bias_{index}"] = np.zeros(WIDTH, np.float32)
        n_inputs = WIDTH
    net["weights_out"] = draw.normal(0, WIDTH**-0.5, (WIDTH, N_OUTPUTS)).astype(np.float32)
    net["bias_out"] = np.zeros(N_OUTPUTS, np.float32)
    return net


def slopes(net: Net, inputs: Array, labels: Labels, draw: np.random.Generator) -> Net:
    """Of the cross entropy, by each weight; silence counts half."""
    seen, kept, hidden = [], [], inputs
    for index, offsets in enumerate(CONTEXTS):
        seen.append(beside(hidden, offsets))
        rises = seen[-1] @ net[f"weights_{index}"] + net[f"bias_{index}"]
        stays = (draw.random(rises.shape, np.float32) > DROPPED) / np.float32(1 - DROPPED)
        kept.append(stays * (rises > 0))
        hidden = rises * kept[-1]
    out = hidden @ net["weights_out"] + net["bias_out"]
    error = np.exp(out - out.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error[np.arange(len(labels)), labels] -= 1
    counts = np.where(labels == SILENCE, 0.5, 1.0).astype(np.float32)[:, None]
    error *= counts / counts.sum()
    found = {"weights_out": hidden.T @ error, "bias_out": error.sum(axis=0)}
    back = error @ net["weights_out"].T
    for index in reversed(range(len(CONTEXTS))):
        back = back * kept[index]
        found[f"weights_{index}"], found[f"bias_{index}"] = seen[index].T @ back, back.sum(axis=0)
        if index:
            back = _gathered(back @ net[f"weights_{index}"].T, CONTEXTS[index])
    return found


def _gathered(beside_each: Array, offsets: tuple[int, ...]) -> Array:
    """The transpose of `beside`; what the ends were drawn out by is left out."""
    n_frames = len(beside_each)
    gathered = np.zeros((n_frames, beside_each.shape[1] // len(offsets)), np.float32)
    for step, part in zip(offsets, np.split(beside_each, len(offsets), axis=1), strict=True):
        first, past = max(0, step), min(n_frames, n_frames + step)
        gathered[first:past] += part[first - step : past - step]
    return gathered


def trained(voices: Voices, without: str = "", seed: int = 0) -> Net:
    """Adam (Kingma & Ba 2015), the step rising for 30 batches, then falling as a cosine."""
    draw = np.random.default_rng(seed)
    composer, net = Composer(voices, seed + 1, without), fresh(draw)
    mean: dict[str, Array] = {name: np.zeros_like(part) for name, part in net.items()}
    square: dict[str, Array] = {name: np.zeros_like(part) for name, part in net.items()}
    for at in range(STEPS):
        if at in REALIGN_AT:
            realign(voices, net)
        found = slopes(net, *composer.batch(STEP_FRAMES), draw)
        shrink = min(1.0, 2 / float(np.sqrt(sum((part**2).sum() for part in found.values()))))
        step = (3e-3 * 0.5 * (1 + np.cos(np.pi * at / STEPS)) + 1e-5) * min(1.0, (at + 1) / 30)
        for name, part in found.items():
            slope = part * shrink + 1e-5 * net[name]
            mean[name] = 0.9 * mean[name] + 0.1 * slope
            square[name] = 0.999 * square[name] + 0.001 * slope**2
            move = (
                mean[name] / (1 - 0.9 ** (at + 1)) / (np.sqrt(square[name] / (1 - 0.999 ** (at + 1))) + 1e-8)
            )
            net[name] = (net[name] - step * move).astype(np.float32)
    _, labels = composer.batch(40_000)
    counts = np.bincount(labels, minlength=N_OUTPUTS) + 50
    net["prior"] = np.log(counts / counts.sum()).astype(np.float32)
    net["sure"] = np.array([1.0, 0.0], np.float32)
    return net


def realign(voices: Voices, net: Net) -> None:
    """Each take's parts where the net finds them."""
    pad = 15
    for by_name in voices.takes.values():
        for said in by_name.values():
            for name, takes in said.items():
                first = DIGITS.index(name) * N_PARTS
                columns = [SILENCE, *range(first, first + N_PARTS), SILENCE]
                for take in takes:
                    floor = np.percentile(take.power.mean(axis=1), 85) * 1e-4
                    power = np.pad(take.power, ((pad, pad), (0, 0))) + np.float32(floor)
                    likely = log_likelihoods(normalised(power @ filters()), net)[pad:-pad]
                    state = _in_order(likely[:, columns])
                    take.parts = np.where((state == 0) | (state == N_PARTS + 1), -1, state - 1)


def _in_order(worth: Array) -> Labels:
    """The best way from the first or second column to one of the last two, one step at a time."""
    n_frames, n_states = worth.shape
    total = np.full(n_states, -1e9)
    total[:2] = worth[0, :2]
    moved = np.zeros((n_frames, n_states), np.bool_)
    for t in range(1, n_frames):
        before = np.concatenate([[-1e9], total[:-1]])
        moved[t] = before > total
        total = np.maximum(before, total) + worth[t]
    state = n_states - 1 if total[-1] > total[-2] else n_states - 2
    states = np.empty(n_frames, np.intp)
    for t in reversed(range(n_frames)):
        states[t] = state
        state -= int(moved[t, state])
    return states


# --- probabilities ----------------------------------------------------------------------------------


def fitted_sure(voices: Voices, nets: dict[str, Net], n_numbers: int = 60) -> Array:
    """What makes a probability of a digit's fit: of men's digits heard by nets that never heard them.

    Whether a digit is right is asked of the frame in its middle; where other speech lies, it is wrong.
    """
    from sklearn.linear_model import LogisticRegression

    fits, right = [], []
    for man, net in nets.items():
        composer = Composer(voices, 11, only=man)
        for _ in range(n_numbers):
            power, labels, _ = composer.number()
            likely = log_likelihoods(composer.heard(power), net)
            for word, first, past in digit_path(worth_of(likely, net)):
                said = labels[first:past] // N_PARTS
                fits.append(fit_of(likely[first:past], word))
                right.append(np.bincount(said).argmax() == word)
    fit = LogisticRegression(C=1e6).fit(np.array(fits)[:, None], right)
    return np.array([fit.coef_[0, 0], fit.intercept_[0]], np.float32)


def nets_of(folder: Path) -> Iterator[tuple[str, Net]]:
    """Each man of whom the folder has a net that never heard him."""
    for man in MEN:
        path = folder / f"{man}.npz"
        if path.exists():
            yield man, stored_net(path)


def main() -> None:
    """Train what is not there yet, and write the net beside this script."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="holds fsdd, mfa, emodb and noise")
    parser.add_argument("folder", type=Path, help="keeps the nets that never heard one man")
    parser.add_argument("--without", choices=MEN, help="train this one of them and end")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("digits.npz"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    wanted = [arguments.without] if arguments.without else MEN
    for man in wanted:
        path = arguments.folder / f"{man}.npz"
        if not path.exists():
            np.savez(path, **_small(trained(voices_of(arguments.data), man)))
            print(path)
    if arguments.without:
        return
    voices = voices_of(arguments.data)
    net = trained(voices)
    net["sure"] = fitted_sure(voices, dict(nets_of(arguments.folder)))
    np.savez(arguments.out, **_small(net))
    print(arguments.out, arguments.out.stat().st_size, "bytes")


def _small(net: Net) -> dict[str, Any]:
    return {name: part.astype(np.float16) for name, part in net.items()}


if __name__ == "__main__":
    main()

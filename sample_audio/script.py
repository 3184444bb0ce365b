"""The scripts of the practice messages: entries of scripts.toml, and the lines that they speak."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np

from aftertone.synthesis.phones import PUNCTUATION
from sample_audio.phone_numbers import NUMERALS, PLANS, TIMES, Plan, drawn, grouped, seeded

HERE = Path(__file__).resolve().parent
RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000
SUFFIX = {"flac": ".flac", "ulaw": ".wav", "gsm": ".wav", "amr": ".amr", "mp3": ".mp3", "opus": ".ogg"}
CODEC = {
    "flac": "FLAC",
    "ulaw": "G.711 mu-law",
    "gsm": "GSM 06.10",
    "amr": "AMR",
    "mp3": "MP3",
    "opus": "Opus",
}
TELEPHONE = frozenset({"ulaw", "gsm", "amr"})
NOISY_SNR_DB_MAX = 20  # the condition of a message names its noise up to this ratio


@dataclass(frozen=True, slots=True)
class Line:
    """One breath of a script, and the silence after it.

    Attributes
    ----------
    text : str
        The text, spoken and written.
    pause_s : float
    mark : str
        "1", "2": a reading of the number. "1a": its area code, said after the rest. "0": digits of no full
        reading. "x": another person's number. "": no number.
    voice : str
    taken_back : tuple of int
        Indices of words that the speaker takes back.
    word_count : int
        Number of words that are kept; the rest is cut off.
    """

    text: str
    pause_s: float
    mark: str
    voice: str
    taken_back: tuple[int, ...]
    word_count: int

    @property
    def words(self) -> list[str]:
        """The kept words, without punctuation."""
        return [word.strip(PUNCTUATION) for word in self.text.split()[: self.word_count]]


@dataclass(frozen=True)
class Message:
    """One entry of scripts.toml. Levels are in dBov (0: a full-scale square wave)."""

    name: str
    intent: str
    say: str
    kind: str = "voicemail"
    condition: str = ""  # "": derived from format and noise
    language: str = "en"
    voice: str = ""
    format: str = "flac"
    playbook: str = "general"
    recipient: str = ""
    caller: str = ""
    company: str = ""
    region: str = "US"
    recorded_at: str = ""
    caller_id: bool = False  # whether metadata.csv gives the number as that of the calling line
    brief_number: bool = False  # whether metadata.csv gives the number that should be said
    on_script: bool = False  # whether metadata.csv gives the words as the script of the call
    number: str = ""
    drawn_as: str = ""  # messages with the same text here have the same number
    other: str = ""
    zero: str = "oh"
    hundred: bool = False
    doubles: bool = False
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    greeting: str = ""
    greeting_voice: str = ""
    beep: bool = False
    music_s: float = 0.0
    lead_s: float = 0.5  # before the first speech, or between the beep and the first speech
    trail_s: float = 0.8
    speed: float = 1.0
    number_speed: float = 1.0
    flat: bool = False
    far: bool = False
    rustle: bool = False
    muffled: str = ""  # text of people in the distance
    level_dbov: float = -26.0
    noise_dbov: float = -75.0
    noise: str = "pink"
    drive_db: float = 0.0
    clicks_s: Sequence[float] = ()
    meets: Sequence[str] = ()
    misses: Sequence[str] = ()

    @property
    def file_name(self) -> str:
        """Name of the audio file."""
        return self.name + SUFFIX[self.format]

    @property
    def is_telephone(self) -> bool:
        """Whether the format is that of a telephone line."""
        return self.format in TELEPHONE

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the file."""
        return TELEPHONE_RATE_HZ if self.is_telephone else RATE_HZ

    @property
    def condition_name(self) -> str:
        """The condition of the recording, in one or two words."""
        snr_db = self.level_dbov - self.noise_dbov
        noisy = f"noise {snr_db:.0f} dB" if snr_db <= NOISY_SNR_DB_MAX else ""
        return self.condition or noisy or ("telephone" if self.is_telephone else "clean")

    @cached_property
    def draw(self) -> np.random.Generator:
        """A random generator seeded with the message's name, or with `drawn_as`."""
        return seeded(self.drawn_as or self.name)

    @cached_property
    def plan(self) -> Plan:
        """The plan of the number."""
        own = [plan for plan in PLANS.values() if plan.region == self.region]
        written = (plan for plan in own if self.number.startswith(plan.beginnings))
        return PLANS.get(self.number) or next(written, own[0])

    @cached_property
    def digits(self) -> str:
        """The caller's number; "" where there is none."""
        return drawn(self.plan, self.draw) if self.number in PLANS else self.number

    @cached_property
    def spoken(self) -> dict[str, str]:
        """Text for each placeholder of the script."""
        if not self.digits:
            return {}
        groups = grouped(self.digits, self.plan)
        said = [self.as_spoken(group) for group in groups]
        at = int(self.draw.integers(len(groups[-1])))
        other = (int(groups[-1][at]) + int(self.draw.integers(1, 10))) % 10
        changed = groups[-1][:at] + str(other) + groups[-1][at + 1 :]
        found = {str(k + 1): text for k, text in enumerate(said)}
        found |= {"all": ", ".join(said), "3*": self.as_spoken(changed), "2|": _cut(said[1])}
        found["ext"] = self.as_spoken("".join(map(str, self.draw.integers(1, 10, 3))))
        if self.other:
            plan = PLANS[self.other]
            own = (self.as_spoken(group) for group in grouped(drawn(plan, self.draw), plan))
            found["other"] = ", ".join(own)
        return found

    def as_spoken(self, group: str) -> str:
        """A group of digits in words, in the style of the message.

        >>> Message("", "", "", zero="oh", doubles=True).as_spoken("0113")
        'oh double one three'
        """
        if self.hundred and re.fullmatch(r"[1-9]00", group):
            return f"{NUMERALS[int(group[0])]} hundred"
        words = []
        for digit, run in groupby(group):
            count = len(list(run))
            if self.doubles and count in TIMES.values():
                words.append(next(word for word, times in TIMES.items() if times == count))
                count = 1
            words += [self._zero() if digit == "0" else NUMERALS[int(digit)] for _ in range(count)]
        return " ".join(words)

    def _zero(self) -> str:
        return str(self.draw.choice(["oh", "zero"])) if self.zero == "mixed" else self.zero

    def lines(self, script: str | None = None, voice: str = "") -> list[Line]:
        r"""The lines of a script, each with its voice. A row is `[MARK>] TEXT [/PAUSE_S [TEXT …]]`.

        >>> line = Message("", "", "Call me at, /0.3\n1> four one five /0.5", voice="v").lines()[1]
        >>> line.text, line.pause_s, line.mark, line.voice
        ('four one five', 0.5, '1', 'v')
        """
        found = []
        voice = voice or self.voice
        for row in filter(None, map(str.strip, (self.say if script is None else script).splitlines())):
            if row.startswith("@"):
                voice = row[1:]
                continue
            match = re.fullmatch(r"(?:(\d?a?|x)>\s*)?(.+)", row)
            assert match is not None, row
            mark, text = match.groups()
            text = re.sub(r"\{([^}]+)\}", lambda place: self.spoken[place[1]], text)
            parts = re.split(r"\s*/([\d.]+)\s*", text)
            for said, pause in zip(parts[::2], [*parts[1::2], "0.1"], strict=False):
                if said:
                    found.append(_line(said, float(pause), mark or "", voice))
        return found

    @cached_property
    def own_lines(self) -> list[Line]:
        """The lines of the message itself."""
        return self.lines()

    @property
    def transcript(self) -> str:
        """The words of the message in one line."""
        return " ".join(" ".join(line.text.split()[: line.word_count]) for line in self.own_lines)


def _cut(group: str) -> str:
    """A group of digits that is cut off before its last word."""
    *kept, last = group.split()
    return f"{' '.join(kept)} | {last}"


def _line(text: str, pause_s: float, mark: str, voice: str) -> Line:
    kept = len(text.split("|")[0].split())
    words, taken_back, inside = [], [], False
    for index, word in enumerate(text.replace("|", "").split()):
        inside |= word.startswith("<")
        if inside:
            taken_back.append(index)
        inside &= not word.endswith(">")
        words.append(word.strip("<>"))
    return Line(" ".join(words), pause_s, mark, voice, tuple(taken_back), kept)


def messages(path: Path = HERE / "scripts.toml") -> list[Message]:
    """Every message of scripts.toml."""
    with path.open("rb") as file:
        entries = tomllib.load(file)["message"]
    known = {one.name for one in fields(Message)}
    for entry in entries:
        if unknown := set(entry) - known:
            raise LookupError(f"{path.name}, {entry.get('name')}: no such setting: {', '.join(unknown)}")
    return [Message(**entry) for entry in entries]

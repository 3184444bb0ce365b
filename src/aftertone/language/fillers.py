"""Fillers: "um" in the words and in the sound, "like" and "you know" where they fill, and hedges.

Rules look at the words around a filler, since transcripts often have no punctuation; where there is
punctuation, or a pause, it decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, Protocol

from aftertone.acoustics.interval import Interval
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import FillerSpan, Transcript, Witness, Word

Kind = Literal["filled_pause", "lexical", "just", "minimising"]


@dataclass(frozen=True, slots=True)
class Filler:
    """One filler or hedge.

    Attributes
    ----------
    form : str
        What was said, in plain spelling: "um", "you know"; "" where only the sound tells.
    start_s, end_s : float
    witness : "words", "sound" or "both"
        What it was found in.
    kind : "filled_pause", "lexical", "just" or "minimising"
    confidence : float or None
        0 to 1: the recogniser's for words, the detector's for sound, that one of both is right where both
        tell; None where the recogniser gives none.
    """

    form: str
    start_s: float
    end_s: float
    witness: Witness
    kind: Kind
    confidence: float | None = None

    @property
    def span(self) -> FillerSpan:
        """Where it is, and what says so: the evidence."""
        return FillerSpan(self.start_s, self.end_s, self.form, self.witness, self.confidence)


class SoundedPause(Protocol):
    """A filled pause found in the sound, such as `aftertone.acoustics.filled_pauses` finds."""

    @property
    def confidence(self) -> float:
        """How sure the detector is, 0 to 1."""
        ...

    @property
    def start_s(self) -> float:
        """Its start."""
        ...

    @property
    def end_s(self) -> float:
        """Its end."""
        ...


WORD_SHARE_MAX = 0.5
"""A sound of which other words cover more than this is a drawn-out word, not a filled pause."""

SYLLABLE_S = 0.15
"""Unless a word is smeared over it. Such a word begins or ends with the sound, and has besides it this much
time (4 to 5.5 syllables a second are conversation) and a nucleus for each of its own syllables. A drawn-out
vowel stands inside its word and is the nucleus of it."""

SMEAR_EDGE_S = 0.12
"""How near the sound is to the edge of the word smeared over it; fitted on mfa, AMI and natural voices."""

NUCLEUS_S = 0.05
"""A nucleus this near a sound is the sound's own: nuclei are placed to about 0.05 s."""

SMEARED_S_MIN = 0.25
"""The shortest sound that is looked for under a smeared word; fitted on mfa, AMI and natural voices."""

MISHEARD_S_MIN = 0.3
"""A word that sounds like a filled pause ("a", "I'm", "'em") and lasts this long may be one."""

PAUSE_S = 0.25
"""A gap between words that parts clauses, where there is no punctuation (Goldman-Eisler tradition)."""


def fillers(
    transcript: Transcript, filled_pauses: Sequence[SoundedPause] = (), nuclei_s: Iterable[float] = ()
) -> tuple[Filler, ...]:
    """Filled pauses and lexical fillers, in order of time.

    `nuclei_s` are the times of the syllable nuclei, by which a smeared word is told from a drawn-out one.

    A filled pause in the words and one in the sound that overlap are one event, with both as its
    witness and the time of the sound. One in the sound alone counts where no other word covers more
    than half of it, or where the words that do have time to spare: recognisers smear a word over the "um"
    beside it.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "um I like it but you know it was like five days".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.5) for at, text in enumerate(said)))
    >>> [filler.form for filler in fillers(heard)]
    ['um', 'you know', 'like']
    """
    words = tokens(transcript)
    spoken = [
        Filler(
            _plain_form(token.text),
            token.start_s,
            token.end_s,
            "words",
            "filled_pause",
            transcript.words[token.word_index].confidence,
        )
        for token in words
        if is_filled_pause(token.text) and not _is_answer(transcript.words[token.word_index].text)
    ]
    found = _matched(words, _filler_rules(), "lexical") + _witnessed(
        spoken, filled_pauses, words, tuple(nuclei_s)
    )
    return tuple(sorted(found, key=lambda filler: (filler.start_s, filler.end_s)))


def hedges(transcript: Transcript) -> tuple[Filler, ...]:
    """Words that make the message small: every "just", and "sorry to bother", "only", "quick", "a little".

    >>> from aftertone.language.transcript import Word
    >>> said = "sorry to bother you I was just calling with a quick question".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.5) for at, text in enumerate(said)))
    >>> [(hedge.form, hedge.kind) for hedge in hedges(heard)]
    [('sorry to bother', 'minimising'), ('just', 'just'), ('quick', 'minimising')]
    """
    words = tokens(transcript)
    just = _matched(words, ((("just",), _Rule.of({"fills": "anywhere"})),), "just")
    found = [*just, *_matched(words, _hedge_rules(), "minimising")]
    return tuple(sorted(found, key=lambda hedge: hedge.start_s))


def is_filled_pause(word: str) -> bool:
    """Whether a word is a filled pause in any spelling: "um", "uhhh", "erm", "hmmm", "mm".

    >>> [is_filled_pause(word) for word in ("Ummm,", "er", "hm", "mm-hmm", "uh-huh", "her", "a")]
    [True, True, True, False, False, False, False]
    """
    return bool(_FILLED_PAUSE.fullmatch(word.strip(" .,;:!?…-\"'").lower()))


def _is_answer(word: str) -> bool:
    return word.strip(" .,;:!?…\"'").lower() in (
        "mm-hmm",
        "mm-hm",
        "uh-huh",
        "uh-uh",
        "mm-mm",
        "um-hum",
        "um-hmm",
        "ah-hah",
        "ah-ha",
    )


_FILLED_PAUSE = re.compile(r"u+[hm]+|u+h+m+|e+r+m*|e+hm+|e+rr+|a+h+m*|h+m+|m{2,}|hu+m+")
_PLAIN = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"e+h?r*m+", "erm"),
        (r"e+r+", "er"),
        (r"u+h*m+|hu+m+", "um"),
        (r"u+h+", "uh"),
        (r"a+h+m*", "ah"),
        (r"h+m+", "hmm"),
        (r"m+", "mm"),
    )
)


def _plain_form(word: str) -> str:
    return next((form for pattern, form in _PLAIN if pattern.fullmatch(word)), word)


def _witnessed(
    spoken: list[Filler],
    sounded: Sequence[SoundedPause],
    words: Sequence[Token],
    nuclei_s: Sequence[float],
) -> list[Filler]:
    """Filled pauses of the words and of the sound, one event where they meet."""
    found = list(spoken)
    others = [token for token in words if not (is_filled_pause(token.text) or may_be_misheard(token))]
    for pause in sounded:
        sound = Interval(pause.start_s, pause.end_s)
        same = [filler for filler in found if _interval(filler).overlap_s(sound) > 0]
        if same:
            found.remove(same[0])
            sure = _either(same[0].confidence, pause.confidence)
            found.append(Filler(same[0].form, *sound, "both", "filled_pause", sure))
        elif _is_bare(sound, others, nuclei_s):
            found.append(Filler("", *sound, "sound", "filled_pause", pause.confidence))
    return found


def _is_bare(sound: Interval, words: Sequence[Token], nuclei_s: Sequence[float]) -> bool:
    """Whether a sound has no word over it, or only one that is smeared over it."""
    over = [token for token in words if _interval(token).overlap_s(sound) > 0]
    covered_s = sum(_interval(token).overlap_s(sound) for token in over)
    if covered_s <= WORD_SHARE_MAX * sound.duration_s:
        return True
    widest = max(over, key=lambda token: _interval(token).overlap_s(sound))
    edge_s = min(abs(sound.start_s - widest.start_s), abs(widest.end_s - sound.end_s))
    spare_s = widest.end_s - widest.start_s - _interval(widest).overlap_s(sound)
    own = [at_s for at_s in nuclei_s if widest.start_s <= at_s <= widest.end_s and not _is_in(sound, at_s)]
    syllables = syllable_count(widest.text)
    return (
        sound.duration_s >= SMEARED_S_MIN
        and edge_s <= SMEAR_EDGE_S
        and spare_s >= SYLLABLE_S * syllables
        and len(own) >= syllables
    )


def _is_in(interval: Interval, at_s: float) -> bool:
    return interval.start_s - NUCLEUS_S <= at_s <= interval.end_s + NUCLEUS_S


def _either(one: float | None, other: float) -> float:
    """That one of two is right, taken as independent."""
    return other if one is None else 1 - (1 - one) * (1 - other)


def _interval(timed: Filler | Token) -> Interval:
    return Interval(timed.start_s, timed.end_s)


def may_be_misheard(word: Word | Token) -> bool:
    """Whether a word is one that recognisers hear in a filled pause, and too long for itself.

    >>> from aftertone.language.transcript import Word
    >>> may_be_misheard(Word("I'm", 0.0, 0.5)), may_be_misheard(Word("I'm", 0.0, 0.2))
    (True, False)
    """
    return word.end_s - word.start_s >= MISHEARD_S_MIN and word.text.lower().strip(".,") in _MISHEARD


_MISHEARD = frozenset({"a", "ah", "i'm", "'em", "em", "am"})


# --- lexical fillers and hedges, as fillers.toml says ------------------------------------------------


class _Rule(NamedTuple):
    """When the words of a form fill; see fillers.toml."""

    fills: str
    never_after: frozenset[str]
    never_before: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    after: frozenset[str]
    before: frozenset[str]

    @classmethod
    def of(cls, table: dict[str, str]) -> _Rule:
        lists = (frozenset(table.get(name, "").split()) for name in cls._fields[1:])
        return cls(table.get("fills", ""), *lists)

    def holds(self, words: Sequence[Token], at: int, size: int) -> bool:
        """Whether the `size` words from `at` on fill."""
        before = words[at - 1].text if at else ""
        after = words[at + size].text if at + size < len(words) else ""
        two_before = "_".join(token.text for token in words[max(0, at - 2) : at])
        two_after = "_".join(token.text for token in words[at + size : at + size + 2])
        if not self.never_after.isdisjoint((before, two_before)):
            return False
        if not self.never_before.isdisjoint((after, two_after)):
            return False
        opens, closes = _parted(words, at), _parted(words, at + size)
        if opens and closes and at:
            return True
        if before in self.not_after or after in self.not_before:
            return False
        return (
            self.fills == "anywhere"
            or (self.fills == "opening" and _begins(words, at))
            or (self.fills == "starting" and (at == 0 or words[at - 1].mark != ",") and _begins(words, at))
            or (self.fills == "asking" and words[at + size - 1].mark == "?")
            or before in self.after
            or after in self.before
        )


def _parted(words: Sequence[Token], at: int) -> bool:
    """Whether a comma, a sentence end or a pause stands before word `at`."""
    if not 0 < at < len(words):
        return True
    return bool(words[at - 1].mark) or words[at].start_s - words[at - 1].end_s >= PAUSE_S


def _begins(words: Sequence[Token], at: int) -> bool:
    """Whether a sentence begins at word `at`, as far as marks, pauses and filled pauses show."""
    return _parted(words, at) or is_filled_pause(words[at - 1].text)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("aftertone.language").joinpath("fillers.toml").read_text(encoding="utf-8"))


@cache
def _filler_rules() -> tuple[tuple[tuple[str, ...], _Rule], ...]:
    return tuple(
        (tuple(form.split()), _Rule.of(table)) for table in _tables()["filler"] for form in table["forms"]
    )


@cache
def _hedge_rules() -> tuple[tuple[tuple[str, ...], _Rule], ...]:
    hedges = _tables()["hedges"]
    phrases = [(tuple(phrase.split()), _Rule.of({"fills": "anywhere"})) for phrase in hedges["phrases"]]
    words = [
        (
            tuple(table["form"].split()),
            _Rule.of(table if "before" in table else {**table, "fills": "anywhere"}),
        )
        for table in hedges["word"]
    ]
    return (*sorted(phrases, key=lambda rule: -len(rule[0])), *words)


def _matched(
    words: Sequence[Token], rules: tuple[tuple[tuple[str, ...], _Rule], ...], kind: Kind
) -> list[Filler]:
    """Every form that its rule holds for, from left to right, none inside another."""
    found: list[Filler] = []
    at = 0
    while at < len(words):
        size = 1
        for form, rule in rules:
            phrase = words[at : at + len(form)]
            if tuple(token.text for token in phrase) == form:
                size = len(form)
                if rule.holds(words, at, size):
                    found.append(Filler(" ".join(form), phrase[0].start_s, phrase[-1].end_s, "words", kind))
                break
        at += size
    return found

"""Train the language model of the embedded recogniser: voicemails of our own, mixed with general English.

    python models/train_language_model.py [--out models/voicemail.lm.bin] [--messages 60000] [--text FILE]

Voicemails are drawn from the rules in voicemail_sentences.txt and counted (interpolated Kneser-Ney). General
English is the model inside pocketsphinx's wheel. Each n-gram's probability is a mixture of both, weighted
by how likely each model finds the words before it, so that where a voicemail's words end general English
goes on undisturbed. What loses least is cut (relative entropy), until the file is small.

The same versions of numpy and pocketsphinx write the same bytes.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

HERE = Path(__file__).parent
RULES = HERE / "voicemail_sentences.txt"
SEED = 20261122
MESSAGES = 40_000
VOICEMAIL_SHARE = 0.6  # prior weight of voicemails in the mixture; see benchmarks/sphinx_trials.md
LIKELIER = 0.35  # power of how much likelier one model finds a context: drawn sentences repeat themselves
DISCOUNT = 0.9  # of every count; more than is usual, since drawn sentences repeat themselves
GENERAL_WORDS = 40_000  # of the general model's 72,547, the likeliest: those beyond are mostly rare surnames
PRUNE_2 = 5e-8  # nats that a bigram must be worth, weighed by how often it comes
PRUNE_3 = 5e-8  # the same of a trigram
JOIN_SHARE = 0.5  # of breath groups that run on without a pause that the recogniser would cut at
START, END = "<s>", "</s>"


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
_UNITS += ["twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_ORDINALS += ["eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"]
_ORDINALS += ["eighteenth", "nineteenth", "twentieth"]
_NAME_RANK = 30.0  # names are drawn as 1 / (rank + this): the common ones more often, none left out


def alternatives(text: str) -> list[str]:
    """What stands between bars that are in no parentheses.

    >>> alternatives("now|(today|this (week|month))|")
    ['now', '(today|this (week|month))', '']
    """
    ways, depth = [""], 0
    for character in text.strip():
        depth += (character == "(") - (character == ")")
        if character == "|" and not depth:
            ways.append("")
        else:
            ways[-1] += character
    return ways


class Sentences:
    """The rules of voicemail_sentences.txt, and what can be drawn from them."""

    def __init__(self, path: Path = RULES, seed: int = SEED) -> None:
        self._chance = random.Random(seed)
        self._ways: dict[str, list[str]] = {}
        name = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if heading := re.fullmatch(r"\[(\w+)\]", line):
                name = heading[1]
                self._ways[name] = []
            elif line and not line.startswith("#"):
                text, _, weight = line.partition(" *")
                self._ways[name] += alternatives(text) * int(weight or 1)
        self._name_weights = {
            name: [1 / (rank + _NAME_RANK) for rank in range(len(self._ways[name]))]
            for name in ("first", "last")
        }
        self._made = {
            "number": self._number,
            "extension": lambda: self._digits(self._chance.choice("2334")),
            "digits": self._digits,
            "count": self._count,
            "ordinal": self._ordinal,
            "clock": self._clock,
            "money": self._money,
        }

    def breaths(self, messages: int) -> Iterator[list[str]]:
        """What is said between two pauses, in words: one sentence or some."""
        for _ in range(messages):
            run: list[str] = []
            for group in self._said("message").split("/"):
                run += group.split()
                if run and self._chance.random() > JOIN_SHARE:
                    yield run
                    run = []
            if run:
                yield run

    def _said(self, name: str) -> str:
        if name in self._name_weights:
            return self._chance.choices(self._ways[name], self._name_weights[name])[0]
        kind, *argument = name.split(":")
        if kind in self._made:
            return str(self._made[kind](*argument))  # type: ignore[operator]
        text = self._chance.choice(self._ways[name])
        while "(" in text:
            text = re.sub(r"\(([^()]*)\)", lambda m: self._chance.choice(m[1].split("|")), text)
        return re.sub(r"\{([\w:]+)\}", lambda m: self._said(m[1]), text)

    def _digits(self, count: str) -> str:
        return self._spelled([self._chance.randrange(10) for _ in range(int(count))])

    def _spelled(self, digits: Sequence[int]) -> str:
        zero = self._chance.choice(["oh", "oh", "zero"])
        return " ".join(zero if digit == 0 else _UNITS[digit] for digit in digits)

    def _group(self, digits: Sequence[int]) -> str:
        """Digits as people say a group of them: one by one, as hundreds, in pairs, with double."""
        chance = self._chance.random()
        *head, last = digits
        if len(digits) in (3, 4) and digits[0] and not any(digits[-2:]) and chance < 0.7:
            return f"{_cardinal(int(''.join(map(str, digits[:-2]))))} hundred"
        if len(digits) == 4 and digits[0] and digits[2] and chance < 0.1:
            return f"{_cardinal(10 * digits[0] + digits[1])} {_cardinal(10 * digits[2] + last)}"
        if len(digits) == 3 and digits[1] and chance < 0.04:
            return f"{self._spelled(digits[:1])} {_cardinal(10 * digits[1] + last)}"
        if len(digits) > 1 and head[-1] == last and chance > 0.93:
            return f"{self._spelled(head[:-1])} double {self._spelled([last])}".strip()
        return self._spelled(digits)

    def _number(self) -> str:
        """A telephone number: North American with and without area code, British, a short one."""
        any_digit = self._chance.randrange
        area = [any_digit(2, 10), any_digit(10), any_digit(10)]
        if self._chance.random() < 0.15:
            area = [8, *self._chance.choice([[0, 0], [6, 6], [7, 7], [8, 8]])]
        exchange = [any_digit(2, 10), any_digit(10), any_digit(10)]
        if self._chance.random() < 0.3:  # as numbers do that are nobody's
            exchange = [5, 5, 5]
        line = [any_digit(10) for _ in range(4)]
        if self._chance.random() < 0.15:
            line = [any_digit(10), any_digit(10), 0, 0]
        kind = self._chance.random()
        if kind < 0.72:
            groups = [area, exchange, line]
        elif kind < 0.84:
            groups = [exchange, line]
        elif kind < 0.92:
            groups = [
                [0, any_digit(1, 10), *area[1:][: any_digit(1, 3)]],
                [*exchange, any_digit(10)][: any_digit(3, 5)],
                line,
            ]
        else:
            groups = [[any_digit(10) for _ in range(any_digit(2, 5))] for _ in range(any_digit(1, 4))]
        said = [self._group(group) for group in groups]
        if kind < 0.03:
            said.insert(0, "one")
        elif kind < 0.06:
            said.insert(0, "area code")
        return " ".join(said)

    def _count(self) -> str:
        return _cardinal(
            self._chance.choice([*range(1, 13), *range(1, 13), 15, 20, 24, 25, 30, 40, 45, 50, 60, 75, 90])
        )

    def _ordinal(self) -> str:
        day = self._chance.randrange(1, 32)
        if day <= 20:
            return _ORDINALS[day - 1]
        return "thirtieth" if day == 30 else f"{_TENS[day // 10]} {_ORDINALS[day % 10 - 1]}"

    def _clock(self) -> str:
        hour = _cardinal(self._chance.randrange(1, 13))
        kind = self._chance.random()
        if kind < 0.06:
            return self._chance.choice(["noon", "noon", "midnight", "lunch time", "twelve noon"])
        if kind < 0.12:
            past = ["half past", "quarter past", "quarter to", "a quarter to", "ten to", "ten past"]
            return f"{self._chance.choice(past)} {hour}"
        minutes = [
            "",
            "",
            "",
            "",
            "thirty",
            "thirty",
            "fifteen",
            "forty five",
            "o'clock",
            "o'clock",
            "twenty",
            "oh five",
        ]
        half = ["", "", "", "", "a m", "p m", "p m", "in the morning", "in the afternoon", "tonight", "sharp"]
        return f"{hour} {self._chance.choice(minutes)} {self._chance.choice(half)}"

    def _money(self) -> str:
        some = self._chance.randrange
        hundreds = f"{_UNITS[some(1, 10)]} hundred"
        ways = [
            _cardinal(some(5, 100)),
            _cardinal(some(5, 100)),
            f"{self._chance.choice(['a', _cardinal(some(2, 20))])} hundred",
            f"{hundreds} {self._chance.choice(['', 'and'])} {_cardinal(some(5, 100))}",
            f"{_cardinal(some(1, 30))} thousand",
            f"{_UNITS[some(1, 10)]} thousand {hundreds}",
        ]
        cents = self._chance.choice(["", "", "", "", f"and {_cardinal(some(5, 100))} cents"])
        unit = self._chance.choice(["dollars", "dollars", "dollars", "dollars", "pounds", "bucks"])
        return f"{self._chance.choice(ways)} {unit} {cents}"


def _cardinal(value: int) -> str:
    if value < 20:
        return _UNITS[value]
    return _TENS[value // 10] + (f" {_UNITS[value % 10]}" if value % 10 else "")


# ── models ───────────────────────────────────────────────────────────────────────────────────────────

_SHIFT = 17  # bits of a word's id in a key: 131,072 words
_MASK = (1 << _SHIFT) - 1


@dataclass(frozen=True)
class Ngrams:
    """A trigram model that backs off, in natural logarithms.

    Attributes
    ----------
    words : list of str
    uni, uni_bo : float64, (words,)
    keys : two of int64, ascending
        Of the bigrams "h w" ``h << 17 | w``, of the trigrams "g h w" ``g << 34 | h << 17 | w``.
    logp : two of float64
    bi_bo : float64, (bigrams,)
    """

    words: list[str]
    uni: Floats
    uni_bo: Floats
    keys: tuple[Ids, Ids]
    logp: tuple[Floats, Floats]
    bi_bo: Floats

    def logp_2(self, keys: Ids) -> Floats:
        """Of w after h."""
        at, known = _found(self.keys[0], keys)
        return np.where(known, self.logp[0][at], self.uni_bo[keys >> _SHIFT] + self.uni[keys & _MASK])

    def logp_3(self, keys: Ids) -> Floats:
        """Of w after g h."""
        at, known = _found(self.keys[1], keys)
        return np.where(known, self.logp[1][at], self.context_bo(keys >> _SHIFT) + self.logp_2(_tail(keys)))

    def context_bo(self, contexts: Ids) -> Floats:
        """What backing off from the two words g h costs: nothing where nothing is known of them."""
        at, known = _found(self.keys[0], contexts)
        return np.where(known, self.bi_bo[at], 0.0)

    def logp_context(self, contexts: Ids) -> Floats:
        """Of the two words g h, wherever they are."""
        return self._anywhere(contexts >> _SHIFT) + self.logp_2(contexts)

    def _anywhere(self, ids: Ids) -> Floats:
        start, end = self.words.index(START), self.words.index(END)
        return np.where(ids == start, self.uni[end], self.uni[ids])  # as many starts as ends

    def logp_text(self, text: Sequence[str]) -> float:
        """Of a sentence with its end; for words that are unknown, of what is left. In nats a word."""
        ids = {word: number for number, word in enumerate(self.words)}
        known = [ids[START], *(ids[word] for word in text if word in ids), ids[END]]
        array = np.array(known, np.int64)
        total = float(self.logp_2(array[:1] << _SHIFT | array[1:2])[0])
        return total + float(self.logp_3(array[:-2] << 2 * _SHIFT | array[1:-1] << _SHIFT | array[2:]).sum())


def _tail(keys: Ids) -> Ids:
    return keys & ((1 << 2 * _SHIFT) - 1)


def _found(keys: Ids, wanted: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Where wanted keys are among sorted ones, and whether."""
    if not keys.size:
        return np.zeros(wanted.shape, np.int64), np.zeros(wanted.shape, bool)
    at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return at, keys[at] == wanted


def general_model() -> Ngrams:
    """The model in pocketsphinx's wheel, from its binary trie: words in reverse, bits packed."""
    package = find_spec("pocketsphinx")
    assert package is not None
    assert package.submodule_search_locations
    data = Path(package.submodule_search_locations[0], "model/en-us/en-us.lm.bin").read_bytes()
    head = b"Trie Language Model"
    assert data.startswith(head)
    assert data[len(head)] == 3  # trigrams
    at = len(head) + 1
    counts = [int(n) for n in np.frombuffer(data, "<u4", 3, at)]
    at += 12 + 4
    tables = np.frombuffer(data, "<f4", 3 * 65536, at).reshape(3, 65536)  # bigrams, their backoffs, trigrams
    at += tables.nbytes
    record = np.dtype([("logp", "<f4"), ("bo", "<f4"), ("next", "<u4")])
    uni = np.frombuffer(data, record, counts[0] + 1, at)
    at += uni.nbytes
    word_bits, next_bits = counts[0].bit_length(), counts[2].bit_length()
    width_2, width_3 = word_bits + 32 + next_bits, word_bits + 16
    size_2, size_3 = (((1 + n) * w + 7) // 8 + 8 for n, w in ((counts[1], width_2), (counts[2], width_3)))
    packed_2 = np.frombuffer(data, np.uint8, size_2, at)
    packed_3 = np.frombuffer(data, np.uint8, size_3, at + size_2)
    at += size_2 + size_3 + 4
    words = [word.decode() for word in data[at:].split(b"\0")[: counts[0]]]

    bigrams = int(uni["next"][-1])  # a few less than the head says
    index_2, index_3 = np.arange(bigrams + 1), np.arange(counts[2])
    before = _bits(packed_2, index_2[:-1], width_2, 0, word_bits)
    backoff = tables[1][_bits(packed_2, index_2[:-1], width_2, word_bits, 16)]
    logp_2 = tables[0][_bits(packed_2, index_2[:-1], width_2, word_bits + 16, 16)]
    first_3 = _bits(packed_2, index_2, width_2, word_bits + 32, next_bits)
    before_3 = _bits(packed_3, index_3, width_3, 0, word_bits)
    logp_3 = tables[2][_bits(packed_3, index_3, width_3, word_bits, 16)]

    starts: Ids = uni["next"].astype(np.int64)
    word = np.repeat(np.arange(counts[0]), np.diff(starts))
    pair = before << _SHIFT | word
    first_3[-1] = counts[2]
    triple = before_3 << 2 * _SHIFT | np.repeat(pair, np.diff(first_3))
    # the trie goes from the last word back; a bigram's backoff is that of its two words as context
    order_2, order_3 = np.argsort(pair), np.argsort(triple)
    nats = math.log(1.0001)  # pocketsphinx counts in powers of 1.0001
    return Ngrams(
        words,
        uni["logp"][:-1].astype(float) * nats,
        uni["bo"][:-1].astype(float) * nats,
        (pair[order_2], triple[order_3]),
        (logp_2[order_2].astype(float) * nats, logp_3[order_3].astype(float) * nats),
        backoff[order_2].astype(float) * nats,
    )


def _bits(packed: NDArray[np.uint8], index: Ids, width: int, offset: int, count: int) -> Ids:
    at = index.astype(np.int64) * width + offset
    padded = np.concatenate([packed, np.zeros(8, np.uint8)])
    value = np.zeros(at.shape, np.uint64)
    for byte in range(8):
        value |= padded[(at >> 3) + byte].astype(np.uint64) << np.uint64(8 * byte)
    return ((value >> (at & 7).astype(np.uint64)) & np.uint64((1 << count) - 1)).astype(np.int64)


def counted_model(breaths: Iterable[list[str]], words: Sequence[str]) -> Ngrams:
    """Interpolated Kneser-Ney over sentences of known words, with the word numbers given."""
    ids = {word: number for number, word in enumerate(words)}
    start, end = ids[START], ids[END]
    triples: Counter[int] = Counter()
    pairs: Counter[int] = Counter()
    for breath in breaths:
        line = [start, *(ids[word] for word in breath), end]
        pairs[line[0] << _SHIFT | line[1]] += 1
        triples.update(
            g << 2 * _SHIFT | h << _SHIFT | w for g, h, w in zip(line, line[1:], line[2:], strict=False)
        )
    key_3 = np.array(sorted(triples), np.int64)
    count_3 = np.array([triples[int(key)] for key in key_3], float)
    # a bigram counts once for each word it was seen after; one that opens a sentence as often as it does
    first = np.array(sorted(pairs), np.int64)
    tails = np.concatenate([_tail(key_3), first])
    ones = np.concatenate([np.ones(key_3.size), [float(pairs[int(key)]) for key in first]])
    key_2, inverse = np.unique(tails, return_inverse=True)
    count_2: Floats = np.bincount(inverse, ones).astype(np.float64)
    n = len(words)
    follows = np.bincount(key_2 & _MASK, minlength=n).astype(float)  # how many words each was seen after
    uni = follows / follows.sum()
    uni = 0.999 * uni + 0.001 / n

    def discounted(keys: Ids, counts: Floats, lower: Floats) -> tuple[Floats, Ids, Floats]:
        contexts, context = np.unique(keys >> _SHIFT, return_inverse=True)
        total, kinds = np.bincount(context, counts), np.bincount(context)
        spare = np.minimum(DISCOUNT, 0.9 * counts[np.argsort(context, kind="stable")[0]]) * kinds / total
        return (counts - DISCOUNT) / total[context] + spare[context] * lower, contexts, spare

    p_2, contexts_1, spare_1 = discounted(key_2, count_2, uni[key_2 & _MASK])
    bo_1 = np.zeros(n)
    bo_1[contexts_1] = np.log(spare_1)
    at, known = _found(key_2, _tail(key_3))
    assert known.all()
    p_3, contexts_2, spare_2 = discounted(key_3, count_3, p_2[at])
    bo_2 = np.zeros(key_2.size)
    at, known = _found(key_2, contexts_2)
    bo_2[at[known]] = np.log(spare_2[known])
    return Ngrams(list(words), np.log(uni), bo_1, (key_2, key_3), (np.log(p_2), np.log(p_3)), bo_2)


def mixed(voicemail: Ngrams, general: Ngrams, share: float) -> Ngrams:
    """Both models' probabilities, weighted for each context by how likely each finds it.

    The two have the same word numbers.
    """

    def both(a: Floats, b: Floats, weight: Floats | float) -> Floats:
        return np.logaddexp(np.log(weight) + a, np.log1p(-np.minimum(weight, 1 - 1e-12)) + b)

    def weight(a: Floats, b: Floats) -> Floats:
        return np.asarray(1 / (1 + (1 - share) / share * np.exp(np.clip(LIKELIER * (b - a), -50, 50))))

    uni = both(voicemail.uni, general.uni, share)
    key_2 = np.union1d(voicemail.keys[0], general.keys[0])
    context = key_2 >> _SHIFT
    share_2 = weight(voicemail._anywhere(context), general._anywhere(context))
    logp_2 = both(voicemail.logp_2(key_2), general.logp_2(key_2), share_2)
    key_3 = np.union1d(voicemail.keys[1], general.keys[1])
    pairs = key_3 >> _SHIFT
    share_3 = weight(voicemail.logp_context(pairs), general.logp_context(pairs))
    logp_3 = both(voicemail.logp_3(key_3), general.logp_3(key_3), share_3)
    return backed_off(voicemail.words, uni, (key_2, key_3), (logp_2, logp_3))


def backed_off(words: list[str], uni: Floats, keys: tuple[Ids, Ids], logp: tuple[Floats, Floats]) -> Ngrams:
    """A model whose backoffs make each context's probabilities sum to one."""
    uni = uni - np.log(np.exp(uni).sum())
    h, w = keys[0] >> _SHIFT, keys[0] & _MASK
    bo_1 = _backoffs(h, np.exp(logp[0]), np.exp(uni[w]), len(words))
    half = Ngrams(words, uni, bo_1, (keys[0], keys[1][:0]), (logp[0], logp[1][:0]), np.zeros(h.size))
    at, known = _found(keys[0], keys[1] >> _SHIFT)
    assert known.all(), "a trigram whose first two words are no bigram"
    bo_2 = _backoffs(at, np.exp(logp[1]), np.exp(half.logp_2(_tail(keys[1]))), h.size)
    return Ngrams(words, uni, bo_1, keys, logp, bo_2)


def _backoffs(context: Ids, p: Floats, lower: Floats, count: int) -> Floats:
    left = 1 - np.bincount(context, p, count)
    left_lower = 1 - np.bincount(context, lower, count)
    return np.log(np.maximum(left, 1e-6) / np.maximum(left_lower, 1e-6))


def pruned(model: Ngrams, least_2: float, least_3: float) -> Ngrams:
    """Without the n-grams that are worth less than that: p(context) p(w) (log p(w) - log p backed off)."""
    key_2, key_3 = model.keys
    pairs = key_3 >> _SHIFT
    by_less = model.context_bo(pairs) + model.logp_2(_tail(key_3))
    worth_3 = np.exp(model.logp_context(pairs) + model.logp[1]) * (model.logp[1] - by_less)
    keep_3 = worth_3 > least_3
    h, w = key_2 >> _SHIFT, key_2 & _MASK
    worth_2 = np.exp(model._anywhere(h) + model.logp[0]) * (model.logp[0] - model.uni_bo[h] - model.uni[w])
    needed = np.isin(key_2, pairs[keep_3])
    keep_2 = (worth_2 > least_2) | needed
    return backed_off(
        model.words, model.uni, (key_2[keep_2], key_3[keep_3]), (model.logp[0][keep_2], model.logp[1][keep_3])
    )


def with_words(model: Ngrams, words: list[str]) -> Ngrams:
    """The model in other word numbers: words it lacks are next to impossible, those left out are gone."""
    number = {word: at for at, word in enumerate(words)}
    new = np.array([number.get(word, -1) for word in model.words])
    uni, uni_bo = np.full(len(words), -30.0), np.zeros(len(words))
    uni[new[new >= 0]], uni_bo[new[new >= 0]] = model.uni[new >= 0], model.uni_bo[new >= 0]
    key_2, key_3 = model.keys
    parts_2 = [new[key_2 >> _SHIFT], new[key_2 & _MASK]]
    parts_3 = [new[key_3 >> 2 * _SHIFT], new[key_3 >> _SHIFT & _MASK], new[key_3 & _MASK]]
    keep_2, keep_3 = np.min(parts_2, axis=0) >= 0, np.min(parts_3, axis=0) >= 0
    key_2 = parts_2[0][keep_2] << _SHIFT | parts_2[1][keep_2]
    key_3 = parts_3[0][keep_3] << 2 * _SHIFT | parts_3[1][keep_3] << _SHIFT | parts_3[2][keep_3]
    order_2, order_3 = np.argsort(key_2), np.argsort(key_3)
    return Ngrams(
        words,
        uni,
        uni_bo,
        (key_2[order_2], key_3[order_3]),
        (model.logp[0][keep_2][order_2], model.logp[1][keep_3][order_3]),
        model.bi_bo[keep_2][order_2],
    )


# ── files ────────────────────────────────────────────────────────────────────────────────────────────


def pronounced_words() -> set[str]:
    """The words of the recogniser's dictionary."""
    package = find_spec("pocketsphinx")
    assert package is not None
    assert package.submodule_search_locations
    path = Path(package.submodule_search_locations[0], "model/en-us/cmudict-en-us.dict")
    return {line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()}


def write_arpa(model: Ngrams, path: Path) -> None:
    """The model as text, in logarithms to the base 10."""
    tens = 1 / math.log(10)
    words = model.words
    with path.open("w", encoding="utf-8") as file:
        key_2, key_3 = model.keys
        sizes = (len(words), key_2.size, key_3.size)
        file.write("\\data\\\n" + "".join(f"ngram {n}={size}\n" for n, size in enumerate(sizes, 1)))
        file.write("\n\\1-grams:\n")
        for word, logp, bo in zip(words, model.uni * tens, model.uni_bo * tens, strict=True):
            file.write(f"{-99 if word == START else logp:.4f} {word} {bo:.4f}\n")
        file.write("\n\\2-grams:\n")
        for key, logp, bo in zip(key_2.tolist(), model.logp[0] * tens, model.bi_bo * tens, strict=True):
            file.write(f"{logp:.4f} {words[key >> _SHIFT]} {words[key & _MASK]} {bo:.4f}\n")
        file.write("\n\\3-grams:\n")
        for key, logp in zip(key_3.tolist(), model.logp[1] * tens, strict=True):
            context = f"{words[key >> 2 * _SHIFT]} {words[key >> _SHIFT & _MASK]}"
            file.write(f"{logp:.4f} {context} {words[key & _MASK]}\n")
        file.write("\n\\end\\\n")


def write_binary(model: Ngrams, path: Path) -> None:
    """The model as pocketsphinx reads it fastest; pocketsphinx writes it."""
    from pocketsphinx import Config, LogMath, NGramModel

    with tempfile.TemporaryDirectory() as folder:
        arpa = Path(folder, "model.arpa")
        write_arpa(model, arpa)
        read: Any = NGramModel(Config(), LogMath(), str(arpa))
        read.write(str(path), NGramModel.str_to_type("bin"))


def trained(messages: int, share: float) -> Ngrams:
    """The mixture, before anything is cut."""
    general = general_model()
    pronounced = pronounced_words()
    breaths = [
        [word if word in pronounced else word.removesuffix("'s") for word in breath]
        for breath in Sentences().breaths(messages)
    ]
    said = {word for breath in breaths for word in breath}
    unknown = sorted(said - pronounced)
    if unknown:
        raise SystemExit(f"{RULES.name}: words that the dictionary lacks: {' '.join(unknown)}")
    likeliest = np.argsort(-general.uni, kind="stable")[:GENERAL_WORDS]
    words = sorted({general.words[at] for at in likeliest} | said | {START, END})
    return mixed(counted_model(breaths, words), with_words(general, words), share)


def main() -> None:
    """Train, cut, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "voicemail.lm.bin")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--share", type=float, default=VOICEMAIL_SHARE)
    parser.add_argument("--prune", type=float, nargs=2, default=(PRUNE_2, PRUNE_3))
    parser.add_argument(
        "--text", type=Path, help="a text, a sentence a line: print the perplexity of both models"
    )
    arguments = parser.parse_args()
    whole = trained(arguments.messages, arguments.share)
    small = pruned(whole, *arguments.prune)
    write_binary(small, arguments.out)
    sizes = ", ".join(f"{keys.size:,}" for keys in (np.arange(len(small.words)), *small.keys))
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB; words, bigrams, trigrams: {sizes}")
    if arguments.text:
        lines = [line.split() for line in arguments.text.read_text(encoding="utf-8").splitlines() if line]
        tokens = sum(len(line) + 1 for line in lines)
        models = {"general": general_model(), "mixed": whole, "cut": small}
        for name, model in models.items():
            print(
                f"{name}: perplexity {math.exp(-sum(model.logp_text(line) for line in lines) / tokens):.0f}"
            )


if __name__ == "__main__":
    main()

"""The truth of the practice messages: times of words, digits, pauses and restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sample_audio.phone_numbers import TIMES, digits_of
from sample_audio.sound import Piece

SHORTEST_PAUSE_S = 0.25  # Hincks 2005; the measure pauses.count has the same
SLOW_DIGITS_PER_S = 2.0  # DECtalk manual: 120 words a minute for numbers to be copied down


def span(start_s: float, end_s: float) -> dict[str, float]:
    """Start and end, rounded to 0.1 ms."""
    return {"start_s": round(start_s, 4), "end_s": round(end_s, 4)}


def timed_words(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Each word with its time in the recording."""
    return [
        {"text": word.text, **span(start_s + word.start_s, start_s + word.end_s)}
        for piece, start_s in zip(pieces, starts_s, strict=True)
        for word in piece.words
    ]


def restarts(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Runs of words that the speaker takes back."""
    found: list[dict[str, Any]] = []
    for piece, start_s in zip(pieces, starts_s, strict=True):
        last = None
        for index in piece.line.taken_back:
            word = piece.words[index]
            if last is not None and index == last + 1:
                found[-1]["text"] += f" {word.text}"
                found[-1]["end_s"] = round(start_s + word.end_s, 4)
            else:
                found.append({"text": word.text, **span(start_s + word.start_s, start_s + word.end_s)})
            last = index
    return found


def spoken_digits(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Each digit with its time and the mark of its line. Digits of one word share its time evenly."""
    found: list[dict[str, Any]] = []
    for piece, start_s in zip(pieces, starts_s, strict=True):
        if not piece.line.mark:
            continue
        digits = digits_of(piece.line.words)
        for position, (digit, word) in enumerate(digits):
            sharing = [k for k, (_, other) in enumerate(digits) if other == word]
            _, begin, end = piece.words[word]
            if word and piece.line.words[word - 1] in TIMES:
                begin = piece.words[word - 1].start_s
            step, rank = (end - begin) / len(sharing), sharing.index(position)
            times = span(start_s + begin + rank * step, start_s + begin + (rank + 1) * step)
            found.append({"digit": digit, **times, "mark": piece.line.mark})
    return found


def number_of(digits: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The truth of the number: digits of the first reading, pace of the slowest reading."""
    marks = list(dict.fromkeys(digit["mark"] for digit in digits))
    readings = []
    for mark in (mark for mark in marks if mark.isdigit() and mark != "0"):
        own = [digit for digit in digits if digit["mark"].rstrip("a") == mark]
        front = [digit["digit"] for digit in own if digit["mark"].endswith("a")]
        text = "".join([*front, *(digit["digit"] for digit in own if digit["mark"] == mark)])
        readings.append((text, len(own) / (own[-1]["end_s"] - own[0]["start_s"])))
    if not readings:
        return None
    strings = [text for text, _ in readings]
    pace = min(pace for _, pace in readings)
    agree = len(set(strings)) == 1
    return {
        "digits": strings[0],
        "each_reading": strings,
        "readings": len(strings),
        "agree": agree,
        "digits_per_s": round(pace, 3),
        "slow": pace <= SLOW_DIGITS_PER_S,
        "repeated": agree and len(strings) >= 2,
        "extension_or_partial": "".join(d["digit"] for d in digits if d["mark"] == "0") or None,
    }


def turns(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """The voice and time of each line of a conversation."""
    return [
        {"voice": piece.line.voice, **span(start_s, start_s + piece.audible_s)}
        for piece, start_s in zip(pieces, starts_s, strict=True)
    ]


def pauses(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, float]]:
    """Silences of SHORTEST_PAUSE_S and more between words."""
    every = [
        (start_s + word.start_s, start_s + word.end_s)
        for piece, start_s in zip(pieces, starts_s, strict=True)
        for word in piece.words
    ]
    gaps = ((earlier[1], later[0]) for earlier, later in pairwise(every))
    return [span(a, b) for a, b in gaps if round(b - a, 4) >= SHORTEST_PAUSE_S]

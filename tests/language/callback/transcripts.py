"""Transcripts of words that are given as text."""

from __future__ import annotations

from aftertone.language.callback import CallbackNumber, find_callback_number
from aftertone.language.transcript import Transcript, Word


def heard(text: str, step_s: float = 0.35) -> Transcript:
    """The words of a text, one each `step_s`, with short gaps."""
    words = enumerate(text.split())
    return Transcript(tuple(Word(word, at * step_s, (at + 0.9) * step_s) for at, word in words))


def number(text: str, region: str = "US", expected: str | None = None) -> CallbackNumber:
    """The call-back number of a text that has one."""
    found = find_callback_number(heard(text), region=region, expected=expected)
    assert found.digits is not None
    return found

"""Word times of the synthesiser, on sound of known times."""

from __future__ import annotations

import numpy as np
import pytest

from aftertone.errors import SynthesisError
from aftertone.synthesis.kokoro import RATE_HZ, Span, Utterance, audible_words, say
from aftertone.synthesis.packages import is_installed

needs_voices = pytest.mark.skipif(not is_installed(), reason="the voices are not installed")


def test_a_silence_belongs_to_the_phrase_that_ends_there() -> None:
    """The network predicts two words of 0.3 s, 0.2 s apart, 0.1 s too early."""
    rate_hz = 16_000
    tone = np.sin(2 * np.pi * 200 * np.arange(round(0.3 * rate_hz)) / rate_hz)
    quiet = np.zeros(round(0.2 * rate_hz))
    samples = np.concatenate([quiet, tone, quiet, tone, quiet])
    predicted = (Span("one", 0.15, 0.4), Span("two", 0.55, 0.8))
    spoken = Utterance(samples, predicted, (), (True, True))
    edges = [(w.start_s, w.end_s) for w in audible_words(samples, rate_hz, spoken, -40.0)]
    assert np.array(edges) == pytest.approx(np.array([(0.2, 0.5), (0.7, 1.0)]), abs=0.006)


@needs_voices
def test_words_lie_where_the_sound_is() -> None:
    spoken = say("Hello Mary, call me.", "af_heart")
    words = spoken.words
    assert [word.text for word in words] == ["Hello", "Mary", "call", "me"]
    first, last = (round(at_s * RATE_HZ) for at_s in (words[0].start_s, words[-1].end_s))
    loudest = np.abs(spoken.samples).max()
    assert np.abs(spoken.samples[:first]).max() < 0.2 * loudest
    assert np.abs(spoken.samples[last:]).max() < 0.2 * loudest


@needs_voices
@pytest.mark.parametrize(
    ("text", "voice", "what"),
    [("Hello 24", "af_heart", "no letters"), ("hello", "xx_none", "no voice 'xx_none'; there are af_alloy")],
)
def test_what_cannot_be_spoken(text: str, voice: str, what: str) -> None:
    with pytest.raises(SynthesisError, match=what):
        say(text, voice)


@needs_voices
def test_a_text_that_is_too_long() -> None:
    with pytest.raises(SynthesisError, match="phones are too many at once; the limit of a voice is 50"):
        say("several " * 100, "af_heart")

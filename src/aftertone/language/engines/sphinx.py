"""The embedded recogniser: pocketsphinx, whose English sounds come inside its wheel.

What it expects to hear is ours: ``models/voicemail.lm.bin``, voicemails mixed with general English. It hears
each stretch of speech by itself, cut at pauses: silence is not searched for words, and what was heard before
changes nothing. How well it hears, and what was tried: docs/engines.md, benchmarks/sphinx_trials.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval, joined
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.engines.digit_grammar import FRAME_S, NOT_WORDS, VARIANT, DigitEar, audible_of
from aftertone.language.pronunciation import pronunciation
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import CALIBRATED, Transcript, Word
from aftertone.models import data_path

LANGUAGE_MODEL = "voicemail.lm.bin"  # in models/
PAUSE_S = 0.5  # shorter silences stay inside a stretch: 0.3, 0.5, 0.8 s did alike on ten messages by flite
PAD_S = 0.2  # on either side: the model expects silence there, and vad may clip a weak consonant
# Of a name from the brief, against 1/40,000. Of 15 sentences by flite with such a name, 12 have it heard
# at 20 and 14 at 150; at 400 one of 9 without it does.
NAME_WEIGHT = 150.0

DOUBTFUL_SHARE = 0.7  # of words right in a stretch, below which it is heard again as general English
LOST_SHARE = 0.45  # below which general English stays, whatever it scores: benchmarks/sphinx_trials.md

# A word's chance to be right, by its posterior and those of all words of the message. Fitted to the messages
# of benchmarks/tuning_messages.toml, to half of them over a telephone, and to general speech, which weigh
# alike; what it says is in docs/engines.md.
DOUBT_MIN = 1e-4  # 1 - posterior is no smaller than this
_BIAS, _BY_DOUBT, _BY_MESSAGE = -1.40, -0.73, -0.54

_UNKNOWN_LOGP = -100_000_000  # what the language model says of a word that it lacks is far below this


class SphinxEngine:
    """Hears English words with pocketsphinx. Needs no weights and no network, and mishears more than whisper.

    A word's `confidence` is the share of words that are right among those that the recogniser was as sure of:
    see `right_shares`. One engine serves one thread at a time; its decoder is loaded once.

    Parameters
    ----------
    language_model : str, Path or None
        Another n-gram model than the project's: ARPA, or pocketsphinx's binary.

    Raises
    ------
    ModelNotFoundError
        The language model is missing or cannot be read.
    """

    name = "sphinx"

    def __init__(self, language_model: str | Path | None = None) -> None:
        from importlib.metadata import version

        from pocketsphinx import Decoder

        self._model = Path(language_model) if language_model is not None else data_path(LANGUAGE_MODEL)
        try:
            self._decoder: Any = Decoder(loglevel="FATAL", lm=str(self._model))
        except RuntimeError as error:
            raise ModelNotFoundError(
                f"{self._model}: pocketsphinx cannot read this language model; expected an n-gram model in "
                f"ARPA format, or as pocketsphinx writes it"
            ) from error
        self._search: str | None = None  # that is active; None is the decoder's own
        self._has_general = False
        self._added: set[str] = (
            set()
        )  # words of briefs: the decoder's own model has them, and no use for them
        self._settings = {
            "model": "en-us",
            "language_model": self._model.name,
            "pocketsphinx": version("pocketsphinx"),
            "confidence": CALIBRATED,
        }

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where nobody speaks.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        (transcript,) = self.transcribe_many([recording])
        return transcript

    @cached_property
    def digit_ear(self) -> DigitEar:
        """Who hears digits alone for it."""
        return DigitEar()

    def transcribe_many(
        self, recordings: Sequence[Recording], hotwords: Sequence[Sequence[str]] | None = None
    ) -> list[Transcript]:
        """The words of each recording, one after the other.

        Parameters
        ----------
        recordings : sequence of Recording
        hotwords : sequence of sequence of str, or None
            For each recording the names in its brief: words of theirs that the recogniser does not know are
            known to it for that recording.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        names = hotwords if hotwords is not None else [()] * len(recordings)
        return [self._transcript(*pair) for pair in zip(recordings, names, strict=True)]

    def _transcript(self, recording: Recording, names: Sequence[str]) -> Transcript:
        samples = audible_of(recording.samples, recording.source_rate_hz)
        words: list[Word] = []
        settings = dict(self._settings)
        heard_s = again_s = 0.0
        try:
            if added := self._told(names):
                settings["hotwords"] = " ".join(added)
            try:
                for stretch in _stretches(speech_intervals(recording), recording.duration_s):
                    first, last = (round(t * recording.rate_hz) for t in stretch)
                    found, again = self._words(samples[first:last], stretch)
                    words += found
                    heard_s += stretch.duration_s
                    again_s += again * stretch.duration_s
            finally:
                self._search = None
                if added:
                    self._decoder.activate_search()
                    self._decoder.remove_search("brief")
        except RuntimeError as error:
            raise TranscriptionError(f"{recording.name}: pocketsphinx failed: {error}") from error
        settings["heard_again"] = f"{again_s:.1f} of {heard_s:.1f} s"
        shares = right_shares([word.confidence or 0.0 for word in words])
        heard = tuple(replace(word, confidence=share) for word, share in zip(words, shares, strict=True))
        return Transcript(heard, "en", self.name, settings)

    def _told(self, names: Sequence[str]) -> list[str]:
        """Search with a model that knows the words of these names; those that it did not know before."""
        wanted = dict.fromkeys(part for name in names for part in word_parts(name.lower()))
        said = {word: phones for word in wanted if word.isalpha() and (phones := pronunciation(word))}
        if not said:
            return []
        from pocketsphinx import NGramModel

        decoder = self._decoder
        known = decoder.get_lm()
        new = [word for word in said if known.prob([word]) < _UNKNOWN_LOGP or word in self._added]
        if not new:
            return []
        model = NGramModel(decoder.config, decoder.logmath, str(self._model))
        for word in new:
            if decoder.lookup_word(word) is None:
                decoder.add_word(word, said[word], False)
            model.add_word(word, NAME_WEIGHT)
        self._added.update(new)
        decoder.add_lm("brief", model)
        decoder.activate_search("brief")
        self._search = "brief"
        return new

    def _words(self, samples: NDArray[np.floating], stretch: Interval) -> tuple[list[Word], bool]:
        """The words of a stretch, with their posteriors as confidence, and whether it was heard twice.

        Where they are doubtful, it is heard once more as general English: that stays if it scores better, or
        if hardly a word was right before.
        """
        raw = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        score, words = self._heard(raw, stretch)
        sure = _mean_share(words)
        again = bool(words) and sure < DOUBTFUL_SHARE
        if again:
            try:
                self._decoder.activate_search(self._general())
                other_score, others = self._heard(raw, stretch)
            finally:
                self._decoder.activate_search(*([self._search] if self._search else []))
            if other_score > score or sure < LOST_SHARE:
                return others, again
        return words, again

    def _general(self) -> str:
        """The search with pocketsphinx's own language model, made when it is first needed."""
        if not self._has_general:
            from pocketsphinx import get_model_path

            self._decoder.add_lm_file("general", get_model_path("en-us/en-us.lm.bin"))
            self._has_general = True
        return "general"

    def _heard(self, raw: bytes, stretch: Interval) -> tuple[float, list[Word]]:
        """How well the best words score, sound and language model together, and those words."""
        decoder = self._decoder
        decoder.reinit_feat()  # forgets the noise of the stretch before, which words would else depend on
        decoder.start_utt()
        decoder.process_raw(raw, full_utt=True)
        decoder.end_utt()
        words = []
        for segment in decoder.seg() or ():
            if not NOT_WORDS.fullmatch(segment.word):
                text, end_s = VARIANT.sub("", segment.word), (segment.end_frame + 1) * FRAME_S
                start_s = stretch.start_s + segment.start_frame * FRAME_S
                words.append(Word(text, start_s, min(stretch.start_s + end_s, stretch.end_s), segment.prob))
        best = decoder.hyp()
        return best.score if best else 0.0, words


def right_shares(posteriors: Sequence[float]) -> list[float]:
    """For each word of a message, the share that is right of words heard as surely.

    Parameters
    ----------
    posteriors : sequence of float
        The words' probabilities in the decoder's lattice: how far each beat its rivals there. They are too
        sure where everything in the message is doubtful.

    Examples
    --------
    >>> [round(share, 2) for share in right_shares([0.99, 0.99, 0.99])]
    [0.99, 0.99, 0.99]
    >>> [round(share, 2) for share in right_shares([0.3, 0.99, 0.2])]
    [0.45, 0.95, 0.42]
    """
    doubts = [math.log(max(1.0 - posterior, DOUBT_MIN)) for posterior in posteriors]
    of_message = _BIAS + _BY_MESSAGE * sum(doubts) / max(len(doubts), 1)
    return [1 / (1 + math.exp(-of_message - _BY_DOUBT * doubt)) for doubt in doubts]


def _mean_share(words: Sequence[Word]) -> float:
    """The share of words that are right, by their posteriors."""
    shares = right_shares([word.confidence or 0.0 for word in words])
    return sum(shares) / len(shares) if shares else 0.0


def _stretches(speech: Sequence[Interval], duration_s: float) -> tuple[Interval, ...]:
    """Speech joined over short silences, each stretch with silence round it.

    >>> _stretches([Interval(0.1, 1.0), Interval(1.2, 2.0), Interval(3.0, 4.0)], 5.0)
    (Interval(start_s=0.0, end_s=2.2), Interval(start_s=2.8, end_s=4.2))
    """
    return tuple(part.padded(PAD_S, duration_s) for part in joined(speech, PAUSE_S))

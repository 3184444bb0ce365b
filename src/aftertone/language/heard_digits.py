"""Digits and nothing else, heard in the sound alone: no recogniser is needed for it."""

from __future__ import annotations

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spoken_digits import Net, spoken_digits
from aftertone.language.transcript import Word


class DigitEar:
    """Hears digits in any stretch of sound, whatever engine heard its words.

    Parameters
    ----------
    net : dict of str to float32 array, optional
        Another net than that of models/digits.npz: one that never heard a voice shows what is heard of a
        stranger's (benchmarks/digit_nets).
    """

    def __init__(self, net: Net | None = None) -> None:
        self._net = net

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[Word, ...]:
        """The digits in a stretch, whether or not any were said; exactly `count` where it is given.

        Parameters
        ----------
        recording : Recording
        interval : Interval
            One voice, with a little silence round what it says: its loud frames set the level and the line
            that its digits are held against, so the less there is of anything else the better.
        count : int, optional
            How many digits there are.

        Returns
        -------
        tuple of Word
            In order of time; none where the sound is too short for `count`. A word's confidence is the
            probability that this digit was said there, as measured in people's numbers by nets that had
            never heard them; it is 0.0 where other speech, silence or another digit fits better. In speech
            without digits most words have 0.0 (benchmarks/results/digit_accuracy.json).

        Examples
        --------
        >>> import numpy as np
        >>> silence = Recording.from_samples(np.zeros(1_600, np.float32), rate_hz=16_000)
        >>> DigitEar().digits_in(silence, Interval(0.0, 0.05), count=3)
        ()
        """
        first, last = (max(0, round(t * recording.rate_hz)) for t in interval)
        start_s, end_s = first / recording.rate_hz, min(last / recording.rate_hz, recording.duration_s)
        return tuple(
            Word(
                digit.name,
                start_s + digit.start_s,
                min(start_s + digit.end_s, end_s),
                digit.probability if digit.is_likeliest else 0.0,
            )
            for digit in spoken_digits(recording.samples[first:last], count, self._net)
        )

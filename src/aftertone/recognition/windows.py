"""Windows of at most 30 s that Whisper decodes, cut in pauses, without long silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval, within

WINDOW_S = 30.0  # the input of a whisper model
DEAD_AIR_S = 2.0  # longer silence is left out; as faster-whisper's VadOptions
PAD_S = 0.4  # silence that stays before and after speech, whose edges may be clipped; as VadOptions


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of a recording that are decoded as one, end to end."""

    pieces: tuple[Interval, ...]  # in order and apart, in seconds of the recording

    @property
    def duration_s(self) -> float:
        """Seconds of sound in it."""
        return sum(piece.duration_s for piece in self.pieces)

    def samples(self, recording: Recording) -> NDArray[np.float32]:
        """The samples of the pieces, joined."""
        bounds = [[round(t * recording.rate_hz) for t in piece] for piece in self.pieces]
        return np.concatenate([recording.samples[first:last] for first, last in bounds])

    def speech(self, speech: Sequence[Interval]) -> tuple[Interval, ...]:
        """The parts of some speech that are in the window.

        >>> Window((Interval(1.0, 3.0),)).speech([Interval(0.0, 1.5), Interval(2.0, 2.5), Interval(4.0, 5.0)])
        (Interval(start_s=1.0, end_s=1.5), Interval(start_s=2.0, end_s=2.5))
        """
        return tuple(part for piece in self.pieces for part in within(speech, piece))

    def placed(self, interval: Interval) -> Interval:
        """The interval of the recording for an interval of the window.

        An interval across two pieces is placed in the one that has its middle.

        >>> window = Window((Interval(1.0, 3.0), Interval(9.0, 12.0)))
        >>> window.placed(Interval(0.5, 1.5)), window.placed(Interval(2.5, 9.0))
        (Interval(start_s=1.5, end_s=2.5), Interval(start_s=9.5, end_s=12.0))
        """
        middle_s = (interval.start_s + interval.end_s) / 2
        at_s = 0.0
        for piece in self.pieces:
            shift_s = piece.start_s - at_s
            at_s += piece.duration_s
            if middle_s < at_s:
                break
        start_s, end_s = (min(max(t + shift_s, piece.start_s), piece.end_s) for t in interval)
        return Interval(start_s, end_s)


def windows(duration_s: float, speech: Sequence[Interval], *, trimmed: bool = True) -> tuple[Window, ...]:
    """Windows over all speech of a recording, each at most WINDOW_S long.

    A longer stretch is cut in the longest pause of its second half, so that no word is cut; without a pause,
    at 30 s. If trimmed, silence of more than DEAD_AIR_S is left out. Otherwise they cover the whole
    recording.

    >>> windows(12.0, [Interval(1.0, 3.0), Interval(4.0, 5.0), Interval(9.0, 11.8)])[0].pieces
    (Interval(start_s=0.6, end_s=5.4), Interval(start_s=8.6, end_s=12.0))
    """
    whole = _padded(speech, duration_s) if trimmed else [Interval(0.0, duration_s)]
    made: list[Window] = []
    for piece in (part for stretch in whole for part in _cut(stretch, speech)):
        if made and made[-1].duration_s + piece.duration_s <= WINDOW_S:
            made[-1] = Window((*made[-1].pieces, piece))
        else:
            made.append(Window((piece,)))
    return tuple(made) if trimmed else tuple(Window((piece,)) for window in made for piece in window.pieces)


def _padded(speech: Sequence[Interval], duration_s: float) -> list[Interval]:
    """Speech with PAD_S around it, joined over silence of up to DEAD_AIR_S."""
    joined: list[Interval] = []
    for part in speech:
        if joined and part.start_s - joined[-1].end_s <= DEAD_AIR_S:
            part = Interval(joined.pop().start_s, part.end_s)
        joined.append(part)
    return [part.padded(PAD_S, duration_s) for part in joined]


def _cut(piece: Interval, speech: Sequence[Interval]) -> Iterator[Interval]:
    """A piece in parts of at most WINDOW_S."""
    start_s, end_s = piece
    pauses = [Interval(a.end_s, b.start_s) for a, b in pairwise(speech)]
    while end_s - start_s > WINDOW_S:
        middles_s = {(pause.start_s + pause.end_s) / 2: pause.duration_s for pause in pauses}
        here = [at for at in middles_s if start_s + WINDOW_S / 2 <= at <= start_s + WINDOW_S]
        cut_s = max(here, key=lambda at: middles_s[at], default=start_s + WINDOW_S)
        yield Interval(start_s, cut_s)
        start_s = cut_s
    yield Interval(start_s, end_s)

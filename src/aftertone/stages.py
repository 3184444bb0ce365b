"""How long each stage of the pipeline takes, for whoever asks; where nobody does, nothing is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Literal

Stage = Literal["load", "read", "acoustics", "transcribe", "align", "language", "judge"]
Told = Callable[[Stage, float], None]

_told: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """What is done inside is this stage of the pipeline. Stages do not stand inside each other."""
    told = _told.get()
    if told is None:
        yield
        return
    start_s = perf_counter()
    try:
        yield
    finally:
        told(name, perf_counter() - start_s)


@contextmanager
def stages_told(told: Told) -> Iterator[None]:
    """Stages that end inside, in this thread, are told: their names and seconds.

    Examples
    --------
    >>> from aftertone import Recording, measure_sound
    >>> import numpy as np
    >>> names = []
    >>> with stages_told(lambda name, seconds: names.append(name)):
    ...     _ = measure_sound(Recording.from_samples(np.ones(16_000), rate_hz=16_000))
    >>> names
    ['acoustics', 'language']
    """
    before = _told.set(told)
    try:
        yield
    finally:
        _told.reset(before)

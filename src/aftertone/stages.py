"""How long each stage of the pipeline takes; without a hook nothing is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Literal

Stage = Literal["load", "read", "acoustics", "transcribe", "align", "language", "judge"]
StageHook = Callable[[Stage, float], None]

_hook: ContextVar[StageHook | None] = ContextVar("stage_hook", default=None)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Everything inside is one stage of the pipeline; also a decorator. Stages are not nested."""
    hook = _hook.get()
    if hook is None:
        yield
        return
    start_s = perf_counter()
    try:
        yield
    finally:
        hook(name, perf_counter() - start_s)


@contextmanager
def stage_hook(hook: StageHook) -> Iterator[None]:
    """Call `hook` with the name and seconds of each stage that ends inside, in this thread.

    Examples
    --------
    >>> from aftertone import Recording, measure_sound
    >>> import numpy as np
    >>> names = []
    >>> with stage_hook(lambda name, seconds: names.append(name)):
    ...     _ = measure_sound(Recording.from_samples(np.ones(16_000), rate_hz=16_000))
    >>> names
    ['acoustics', 'language']
    """
    token = _hook.set(hook)
    try:
        yield
    finally:
        _hook.reset(token)

"""Two benchmarks side by side: a difference counts where no repeat of one lies among those of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

from aftertone.bench.record import Benchmark, EngineResult, Pass, median_of

Says = Literal["less", "more", "within the spread", "too few repeats"]
_REPEATS_MIN = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure before and after.

    Attributes
    ----------
    engine, figure, unit : str
    before, after : float
        Medians over the repeats.
    says : {"less", "more", "within the spread", "too few repeats"}
        Whether the repeats of one lie all under or over those of the other.
    luck : float or None
        How often that comes about where nothing changed: two over the ways to choose which repeats are whose.
    """

    engine: str
    figure: str
    unit: str
    before: float
    after: float
    says: Says
    luck: float | None = None

    @property
    def ratio(self) -> float | None:
        """After over before."""
        return self.after / self.before if self.before else None


def difference(
    engine: str, figure: str, unit: str, before: Sequence[float], after: Sequence[float]
) -> Difference:
    """A figure's repeats before against those after.

    >>> difference("whisper", "warm", "s", [1.0, 1.1, 1.2], [0.7, 0.8, 0.9]).says
    'less'
    >>> difference("whisper", "warm", "s", [1.0, 1.1, 1.2], [0.7, 0.8, 1.0]).says
    'within the spread'
    """
    says: Says = "within the spread"
    luck = None
    if min(len(before), len(after)) < _REPEATS_MIN:
        says = "too few repeats"
    elif max(after) < min(before) or min(after) > max(before):
        says = "less" if max(after) < min(before) else "more"
        luck = 2 / comb(len(before) + len(after), len(before))
    return Difference(engine, figure, unit, median_of(before), median_of(after), says, luck)


_PER_PASS: tuple[tuple[str, Callable[[Pass], float | None]], ...] = (
    ("wall", lambda p: p.wall_s),
    ("cold start", lambda p: p.start_s),
    ("message p50", lambda p: p.message_p50_s),
    ("message p95", lambda p: p.message_p95_s),
    ("message max", lambda p: p.message_max_s),
)


def differences(before: Benchmark, after: Benchmark) -> list[Difference]:
    """Every figure that both have, engine by engine. Times are of a pass; see `unlike` first."""
    earlier = {result.engine: result for result in before.results}
    return [
        found
        for result in after.results
        if result.engine in earlier
        for found in _of_engine(earlier[result.engine], result)
    ]


def _of_engine(before: EngineResult, after: EngineResult) -> list[Difference]:
    found = []

    def add(figure: str, unit: str, jobs: int, value: Callable[[Pass], float | None]) -> None:
        one, other = before.of(jobs, value), after.of(jobs, value)
        if one and other:
            found.append(difference(after.engine, figure, unit, one, other))

    for jobs in after.jobs:
        for figure, value in _PER_PASS:
            add(f"{figure}, {jobs} job{'s' * (jobs > 1)}", "s", jobs, value)
        add(f"peak memory, {jobs} job{'s' * (jobs > 1)}", "MB", jobs, _peak_mb)
    for name in dict.fromkeys(name for each in after.passes for name in each.stages_s):
        add(name, "s", 1, lambda p, name=name: p.stages_s.get(name))  # type: ignore[misc]
    return found


def _peak_mb(each: Pass) -> float | None:
    return None if each.peak_bytes is None else each.peak_bytes / 1e6


def unlike(before: Benchmark, after: Benchmark) -> list[str]:
    """What else differs than the code: where there is any, a difference may be of that.

    The engines are compared by name, and do not stand here.
    """
    lines = []
    for what, one, other in (
        ("processor", before.machine["cpu"], after.machine["cpu"]),
        ("cores", before.machine["cores"], after.machine["cores"]),
        ("Python", before.machine["python"], after.machine["python"]),
        ("corpus", before.corpus["digest"], after.corpus["digest"]),
        *((key, before.settings.get(key), value) for key, value in after.settings.items()),
    ):
        if one != other:
            lines.append(f"{what} differs: {one} before, {other} after")
    for name, benchmark in (("before", before), ("after", after)):
        if benchmark.load.note:
            lines.append(f"{name}, {benchmark.load.note}")
    return lines

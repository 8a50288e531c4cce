"""Timing, and the results."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stopwatch:
    """A measured duration; ``seconds`` is set when the block ends."""

    seconds: float = 0.0


@contextmanager
def measure_time() -> Iterator[Stopwatch]:
    """Measure the duration of a block."""
    measured = Stopwatch()
    began = time.perf_counter()
    yield measured
    measured.seconds = time.perf_counter() - began


def measure_runs(function: Callable[[], object], *, repeat: int) -> list[float]:
    """Return the seconds of each run, after one warm-up run."""
    function()
    measured = []
    for _run in range(repeat):
        began = time.perf_counter()
        function()
        measured.append(time.perf_counter() - began)
    return measured


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which ``fraction`` of the values are (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(fraction * len(ordered)) - 1))]


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One row of the table.

    value, baseline: in ``unit``; ratio: how much of the baseline's speed is reached (1 is the baseline itself).
    target: the number to reach, as text; reached: None where a size has no target.
    """

    path: str
    size: int
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None
    seconds: float | None = None
    notes: str = ""
    details: list[tuple[str, float]] = field(default_factory=list)


def growth_exponent(results: Sequence[BenchResult]) -> float | None:
    """Return the exponent k of time ~ size^k between the two largest sizes, or None."""
    timed = sorted((r for r in results if r.seconds), key=lambda r: r.size)
    if len(timed) < 2:
        return None
    low, high = timed[-2], timed[-1]
    if low.size == high.size or not low.seconds or not high.seconds:
        return None
    return math.log(high.seconds / low.seconds) / math.log(high.size / low.size)

"""The method and the report of the benchmarks.

A run measures everything in one process. Compared variants take turns in small batches, so a slower machine affects all of them. The
figures compare medians of wall-clock time (``time.perf_counter``) per call. The settings of the garbage collector are not changed. The
column "by turn" shows the middle half of the ratios of single turns. If it is wide, other programs disturbed the run. The exit status
is 0 if all targets are reached.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from statistics import median, quantiles
from typing import Any

LEAST_ROUNDS = 20

Prepare = Callable[[int], Callable[[], Any]]
"""A function that takes the number of a record, and returns a call that is ready to be timed."""


@dataclass(frozen=True)
class Figure:
    """A line of the table."""

    name: str
    measured: float
    target: float
    unit: str = "times"
    spread: str = ""
    """The middle half of the ratios of single turns."""

    @property
    def is_reached(self) -> bool:
        """True if the target is reached."""
        return self.measured <= self.target


def report(figures: list[Figure], notes: list[str]) -> int:
    """Print the table and the notes. Return 1 if a figure is over its target."""
    _print_table(figures)
    print(*notes, sep="\n")
    return 0 if all(figure.is_reached for figure in figures) else 1


def _print_table(figures: list[Figure]) -> None:
    width = max(len(figure.name) for figure in figures)
    print(f"{'figure':{width}}  {'measured':>11}  {'by turn':>12}  {'target':>11}")
    print("-" * (width + 46))
    for figure in figures:
        measured, target = (f"{value:.3f} {figure.unit}" for value in (figure.measured, figure.target))
        reached = "ok" if figure.is_reached else "OVER"
        print(f"{figure.name:{width}}  {measured:>11}  {figure.spread:>12}  {target:>11}  {reached}")
    print()


class Turns:
    """The times of variants that took turns, in seconds: one list per turn."""

    def __init__(self, variants: Mapping[str, Prepare], turns: int, batch: int) -> None:
        self.times: dict[str, list[list[float]]] = {name: [] for name in variants}
        for start in range(0, turns * batch, batch):
            for name, prepare in variants.items():
                self.times[name].append([_seconds(prepare(number)) for number in range(start, start + batch)])

    def median(self, variant: str) -> float:
        """Return the median seconds of a call."""
        return median(chain.from_iterable(self.times[variant]))

    def compare(self, variant: str, other: str, name: str, target: float) -> Figure:
        """Return the ratio of a variant's time per call to another's."""
        pairs = zip(self.times[variant], self.times[other], strict=True)
        ratios = [median(times) / median(other_times) for times, other_times in pairs]
        lower, _, upper = quantiles(ratios, n=4)
        spread = f"{lower:.2f} to {upper:.2f}"
        return Figure(name, self.median(variant) / self.median(other), target, spread=spread)

    def __str__(self) -> str:
        return ", ".join(f"{variant} {self.median(variant) * 1e6:.0f} us" for variant in self.times)


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began

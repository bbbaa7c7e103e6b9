"""Faults that a test armed, to find those that never affected a call. It imports neither moto nor botocore."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class FeatureStoreUnusedFaultWarning(UserWarning):
    """A fault that no call has hit, for example because of a misspelled group."""


class WatchedFault(Protocol):
    """A fault that is checked at the end of a test."""

    @property
    def is_unused(self) -> bool:
        """True if the fault was armed and could affect calls, but affected none."""


_watches: list[list[WatchedFault]] = []
"""The faults that were armed during each running watch. The last watch is the innermost one."""


@contextmanager
def watch() -> Iterator[list[WatchedFault]]:
    """Collect the faults that are armed in the block."""
    faults: list[WatchedFault] = []
    _watches.append(faults)
    try:
        yield faults
    finally:
        _watches[:] = [other for other in _watches if other is not faults]


def add(fault: WatchedFault) -> None:
    """Add a fault that was armed to the innermost watch."""
    if _watches and fault not in _watches[-1]:
        _watches[-1].append(fault)


def remove(fault: WatchedFault) -> None:
    """Remove a fault that is not used itself, but as a decorator."""
    for faults in _watches:
        if fault in faults:
            faults.remove(fault)

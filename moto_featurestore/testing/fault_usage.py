"""Detection of faults that a test armed but that never affected a call. This module imports neither moto nor botocore."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class FeatureStoreUnusedFaultWarning(UserWarning):
    """A warning for a fault that affected no call, for example because the name of the group is misspelled."""


class WatchedFault(Protocol):
    """A fault that is checked at the end of a test."""

    @property
    def is_unused(self) -> bool:
        """True if the fault has never affected a call.

        Always False for a fault that need not affect a call, for example because of its probability.
        """


_watches: list[list[WatchedFault]] = []
"""A list for each running ``watch`` block, the innermost block last. Each list contains the faults armed in the block."""


@contextmanager
def watch() -> Iterator[list[WatchedFault]]:
    """Return a context manager that yields a list. Faults that are armed in the block are added to this list."""
    faults: list[WatchedFault] = []
    _watches.append(faults)
    try:
        yield faults
    finally:
        _watches[:] = [other for other in _watches if other is not faults]


def add(fault: WatchedFault) -> None:
    """Add an armed fault to the list of the innermost ``watch`` block, if there is one."""
    if _watches and fault not in _watches[-1]:
        _watches[-1].append(fault)


def remove(fault: WatchedFault) -> None:
    """Remove a fault from all lists.

    A fault that is used as a decorator is removed, because it arms copies of itself, and never affects a call itself.
    """
    for faults in _watches:
        if fault in faults:
            faults.remove(fault)

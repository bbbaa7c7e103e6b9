"""What testers ask of the Feature Store, on the handle: faults, time, calls, history."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from moto_featurestore.testing import calls
from moto_featurestore.testing.clock import Clock, span
from moto_featurestore.testing.dataframes import frame
from moto_featurestore.testing.faults import Fault, Selection, check_names, check_texts, group_at, make_fault
from moto_featurestore.testing.history import versions
from moto_featurestore.testing.part import Part
from moto_featurestore.testing.remote import as_it_is, shared

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack


class History(list[dict[str, Any]]):
    """The versions of a record, the oldest first: rows by column, in the types of the offline store."""

    def __init__(self, rows: Iterable[dict[str, Any]], types: dict[str, str]) -> None:
        super().__init__(rows)
        self._types = types

    def to_dataframe(self) -> "pd.DataFrame":
        """A row a version.

        :raises ImportError: where pandas is missing; the message says what to install
        """
        return frame(self, self._types)


class Tester(Part):
    """The part of the handle that changes what the service does, and tells what it did."""

    # Faults.

    def fail(
        self,
        operation: str,
        error: str,
        message: str | None = None,
        *,
        partial: bool = False,
        when_done: bool = False,
        **selection: "Unpack[Selection]",
    ) -> Fault:
        """Let calls fail with an error that the operation can answer with, from now on.

        :param operation: the API's name, or ``*`` for all
        :param error: the code, such as ``ServiceUnavailable``
        :param message: else what botocore's model says of the error
        :param partial: whether single records of a batch fail, each counted, and are among its Errors
        :param when_done: whether the operation is done before it fails
        :raises ValueError: where there is no such operation, or it has no such error; with the nearest name
        """
        return self._armed(
            "fail", operation, error=error, message=message, partial=partial, when_done=when_done, **selection
        )

    def delay(self, operation: str, seconds: "float | dict[float, float]", **selection: "Unpack[Selection]") -> Fault:
        """Let calls take longer: the delays of several faults add up.

        :param seconds: always the same, or by percentiles, linear between them: ``{50: 0.02, 99: 0.4}``
        """
        return self._armed("delay", operation, seconds=seconds, **selection)

    def drop(self, operation: str, *, when_done: bool = True, **selection: "Unpack[Selection]") -> Fault:
        """Let the connection break before the answer: clients do not know whether the operation was done.

        :param when_done: whether it was
        """
        return self._armed("drop", operation, when_done=when_done, **selection)

    def leave_unprocessed(self, operation: str, **selection: "Unpack[Selection]") -> Fault:
        """Let records of a batch be left out: they are among its UnprocessedEntries, or UnprocessedIdentifiers."""
        return self._armed("leave_unprocessed", operation, **selection)

    def enforce_throughput(self, group: str | None = None) -> Fault:
        """Throttle what exceeds the provisioned throughput of a feature group, or of all, as the service does.

        :param group: a feature group's name or ARN
        """
        return Fault(lambda: self._enforce_throughput(group), self._lift, lambda _: None)

    def lift(self, *, everywhere: bool = False) -> None:
        """Let no fault happen any more in the handle's account and region, and enforce no throughput.

        :param everywhere: in all accounts and regions
        """
        self._lift(everywhere=everywhere)

    # Time and calls.

    @property
    def clock(self) -> Clock:
        """The service's clock, of all accounts and regions."""
        return Clock(self._clock)

    @property
    def calls(self) -> calls.Calls:
        """The calls in the handle's account and region, the oldest first."""
        return calls.Calls(map(calls.read, self._calls()), self._clear_calls)

    def history(self, group: str, record_identifier: str) -> History:
        """The versions of a record that were written: the offline store's rows, or else what the calls wrote.

        :raises LookupError: where there is no such group
        :raises ImportError: where a library is missing; the message says what to install
        """
        moments = ("write_time", "api_invocation_time")
        rows = (
            row | {name: datetime.fromisoformat(row[name]) for name in moments if row[name]}
            for row in self._history(group, record_identifier)
        )
        return History(rows, self._types(group))

    # Where the state is.

    def _armed(self, kind: str, operation: str, **params: Any) -> Fault:
        given = {name: value for name, value in params.items() if value is not None}
        return Fault(partial(self._arm, kind, operation, **given), self._lift, self._hits)

    @shared(as_it_is)
    def _arm(self, /, kind: str, operation: str, **params: Any) -> str:
        world, store = self._here()
        check_names(kind, params)
        return world.rehearsal.arm(make_fault((store.account_id, store.region), kind, operation, **params))

    @shared(as_it_is)
    def _enforce_throughput(self, group: str | None = None) -> str:
        world, store = self._here()
        return world.rehearsal.enforce(*group_at((store.account_id, store.region), group))

    @shared(as_it_is)
    def _hits(self, fault: str) -> int | None:
        world, _ = self._here()
        return world.rehearsal.faults.hits(fault)

    @shared(as_it_is)
    def _lift(self, fault: str | None = None, *, everywhere: bool = False) -> None:
        world, store = self._here()
        if everywhere:
            world.rehearsal.lift_everywhere()
        else:
            world.rehearsal.lift(store.account_id, store.region, fault)

    @shared(as_it_is)
    def _clock(self, seconds: float = 0, *, reset: bool = False) -> int:
        world, _ = self._here()
        if reset:
            world.rehearsal.clock.reset()
        world.rehearsal.clock.advance(span(seconds=seconds))
        return world.now()

    @shared(as_it_is)
    def _calls(self) -> list[dict[str, Any]]:
        world, store = self._here()
        return list(map(calls.told, world.rehearsal.calls.of(store.account_id, store.region)))

    @shared(as_it_is)
    def _clear_calls(self) -> None:
        world, store = self._here()
        world.rehearsal.calls.forget(store.account_id, store.region)

    @shared(as_it_is)
    def _history(self, group: str, record_identifier: str) -> list[dict[str, Any]]:
        from moto_featurestore.offline.history import rows_of

        check_texts(record_identifier=record_identifier)
        world, store = self._here()
        found = self._group(world, group)
        rows = rows_of(world, found, record_identifier) if found.offline_store else []
        if not rows:
            logged = world.rehearsal.calls.of(store.account_id, store.region)
            rows = versions(found, record_identifier, map(calls.read, map(calls.told, logged)))
        return [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
            for row in rows
        ]

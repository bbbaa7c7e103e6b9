"""The methods of the handle for faults, time, calls and history."""

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
    """The versions of a record, oldest first. Each one is a dict by column, with the types of the offline store."""

    def __init__(self, rows: Iterable[dict[str, Any]], types: dict[str, str]) -> None:
        super().__init__(rows)
        self._types = types

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with one row for each version.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        return frame(self, self._types)


class Tester(Part):
    """The part of the handle that changes how the service behaves, and shows what it did."""

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
        """Make calls of an operation fail, from now on until the returned fault is lifted.

        ```python
        with featurestore.fail("PutRecord", "ServiceUnavailable", times=1) as fault:
            write_customer()  # botocore retries
        assert fault.hits == 1
        ```

        :param operation: the operation's API name, such as ``PutRecord``, or ``*`` for all operations
        :param error: the AWS error code, such as ``ServiceUnavailable``; it must be one that the operation can return
        :param message: the error message; by default, the documentation of the error in botocore's model
        :param partial: for batch operations: single records fail and are returned in ``Errors``. Each record counts as
            one call for the selection
        :param when_done: the operation is performed before the call fails
        :param selection: the affected calls: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation, or it cannot return the error; the message suggests a name
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault(
            "fail", operation, error=error, message=message, partial=partial, when_done=when_done, **selection
        )

    def delay(self, operation: str, seconds: "float | dict[float, float]", **selection: "Unpack[Selection]") -> Fault:
        """Make calls of an operation slower, from now on until the returned fault is lifted.

        Delays add up if several faults affect the same call.

        ```python
        with featurestore.delay("GetRecord", 0.2):
            read_customer()
        ```

        :param operation: the operation's API name, such as ``GetRecord``, or ``*`` for all operations
        :param seconds: the delay in seconds, or a distribution: a mapping from percentile to seconds, such as
            ``{50: 0.02, 99: 0.4}``, with linear interpolation
        :param selection: the affected calls: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation, or the delay is invalid
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault("delay", operation, seconds=seconds, **selection)

    def drop(self, operation: str, *, when_done: bool = True, **selection: "Unpack[Selection]") -> Fault:
        """Close the connection before the response, so that clients cannot know if the operation was performed.

        ```python
        with featurestore.drop("PutRecord", times=1):
            write_customer()  # botocore retries, and writes twice
        featurestore.calls.assert_called("PutRecord", times=2)
        ```

        :param operation: the operation's API name, such as ``PutRecord``, or ``*`` for all operations
        :param when_done: the operation is performed before the connection closes; False prevents it
        :param selection: the affected calls: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault("drop", operation, when_done=when_done, **selection)

    def leave_unprocessed(self, operation: str, **selection: "Unpack[Selection]") -> Fault:
        """Return records of a batch unprocessed, in ``UnprocessedEntries`` or ``UnprocessedIdentifiers``.

        :param operation: ``BatchWriteRecord`` or ``BatchGetRecord``
        :param selection: the affected records: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if it is another operation
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault("leave_unprocessed", operation, **selection)

    def enforce_throughput(self, group: str | None = None) -> Fault:
        """Throttle requests that exceed the provisioned throughput of a feature group, as the service does.

        :param group: a feature group's name or ARN; by default, all groups of the handle's account and region
        :return: a fault that ends the throttling when it is lifted. It does not count hits
        :raises ValueError: if ``group`` is the ARN of another resource
        """
        return Fault(lambda: self._enforce_throughput(group), self._lift, lambda _: None)

    def lift(self, *, everywhere: bool = False) -> None:
        """Lift all faults of the handle's account and region, and stop enforcing throughput there.

        :param everywhere: do this in all accounts and regions
        """
        self._lift(everywhere=everywhere)

    # Time and calls.

    @property
    def clock(self) -> Clock:
        """The service's clock, which all accounts and regions share."""
        return Clock(self._clock)

    @property
    def calls(self) -> calls.Calls:
        """The logged calls of the handle's account and region, oldest first."""
        return calls.Calls(map(calls.from_json, self._calls()), self._clear_calls)

    def history(self, group: str, record_identifier: str) -> History:
        """Return all versions of a record, oldest first.

        The versions are the rows of the offline store. If it has none, they are the writes in the call log.

        ```python
        write_customer(age=30)
        write_customer(age=31)
        assert [version["age"] for version in featurestore.history("customers", "1")] == [30, 31]
        ```

        :param group: a feature group's name
        :param record_identifier: the record identifier, as a string
        :raises LookupError: if there is no such group
        :raises TypeError: if ``record_identifier`` is not a string
        :raises ImportError: if a library is missing; the message says how to install it
        """
        time_columns = ("write_time", "api_invocation_time")
        rows = (
            row | {name: datetime.fromisoformat(row[name]) for name in time_columns if row[name]}
            for row in self._history(group, record_identifier)
        )
        return History(rows, self._types(group))

    # The rest runs where the state is: in this process or on the server.

    def _fault(self, kind: str, operation: str, **params: Any) -> Fault:
        arguments = {name: value for name, value in params.items() if value is not None}
        return Fault(partial(self._arm, kind, operation, **arguments), self._lift, self._hits)

    @shared(as_it_is)
    def _arm(self, /, kind: str, operation: str, **params: Any) -> str:
        world, store = self._here()
        check_names(kind, params)
        return world.controls.arm(make_fault((store.account_id, store.region), kind, operation, **params))

    @shared(as_it_is)
    def _enforce_throughput(self, group: str | None = None) -> str:
        world, store = self._here()
        return world.controls.enforce(*group_at((store.account_id, store.region), group))

    @shared(as_it_is)
    def _hits(self, fault: str) -> int | None:
        world, _ = self._here()
        return world.controls.faults.hits(fault)

    @shared(as_it_is)
    def _lift(self, fault: str | None = None, *, everywhere: bool = False) -> None:
        world, store = self._here()
        if everywhere:
            world.controls.lift_everywhere()
        else:
            world.controls.lift(store.account_id, store.region, fault)

    @shared(as_it_is)
    def _clock(self, seconds: float = 0, *, reset: bool = False) -> int:
        world, _ = self._here()
        if reset:
            world.controls.clock.reset()
        world.controls.clock.advance(span(seconds=seconds))
        return world.now()

    @shared(as_it_is)
    def _calls(self) -> list[dict[str, Any]]:
        world, store = self._here()
        return list(map(calls.to_json, world.controls.calls.of(store.account_id, store.region)))

    @shared(as_it_is)
    def _clear_calls(self) -> None:
        world, store = self._here()
        world.controls.calls.forget(store.account_id, store.region)

    @shared(as_it_is)
    def _history(self, group: str, record_identifier: str) -> list[dict[str, Any]]:
        from moto_featurestore.offline.history import rows_of

        check_texts(record_identifier=record_identifier)
        world, store = self._here()
        feature_group = self._group(world, group)
        rows = rows_of(world, feature_group, record_identifier) if feature_group.offline_store else []
        if not rows:
            logged_calls = world.controls.calls.of(store.account_id, store.region)
            rows = versions(feature_group, record_identifier, map(calls.from_json, map(calls.to_json, logged_calls)))
        return [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
            for row in rows
        ]

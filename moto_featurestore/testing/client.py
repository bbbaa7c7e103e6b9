"""The class FeatureStore. With FeatureStore objects, tests inspect and control the emulated Feature Store."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from weakref import finalize

from moto_featurestore.credentials import account_and_region
from moto_featurestore.testing import commands, endpoint, queries
from moto_featurestore.testing.calls import Calls, from_json
from moto_featurestore.testing.fault_parameters import Selection, check_names, group_at, make_fault
from moto_featurestore.testing.faults import Fault
from moto_featurestore.testing.group_sources import creation
from moto_featurestore.testing.names import BatchOperation, ErrorCode, Operation
from moto_featurestore.testing.queries import QueryRows
from moto_featurestore.testing.record_files import rows_of_file
from moto_featurestore.testing.record_sources import rows_of
from moto_featurestore.testing.results import Clock, Group, Groups, History, Records, Rows, Snapshot

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from moto_featurestore.store.group import Store

R = TypeVar("R")


class FeatureStore:
    """An object with which tests inspect and control the Feature Store of one account in one region.

    The state is in this process or on a server.

    ```python
    with mock_featurestore():
        types = {"id": "String", "time": "String", "total": "Fractional"}
        featurestore.create_group("orders", types, record_identifier="id", event_time="time")
        featurestore.load("orders", [{"id": "1", "time": "2026-01-01T00:00:00Z", "total": 9.5}])
        assert featurestore.records("orders").online["1"]["total"] == "9.5"
    ```

    :param account_id: the account; by default ``MOTO_ACCOUNT_ID``, or moto's default account
    :param region_name: the region; by default ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or us-east-1
    :param url: the URL of a server of this package, such as ``http://127.0.0.1:5000``; by default, the object uses the
        state of this process
    """

    def __init__(self, account_id: str | None = None, region_name: str | None = None, url: str | None = None) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self.url = url

    def __call__(
        self, *, account_id: str | None = None, region_name: str | None = None, url: str | None = None
    ) -> "FeatureStore":
        """Return a FeatureStore object for another account, region or server.

        If a parameter is omitted, the new object has the value of this object.

        :param account_id: the account
        :param region_name: the region
        :param url: the URL of a server
        """
        return FeatureStore(account_id or self._account_id, region_name or self._region_name, url or self.url)

    def __repr__(self) -> str:
        location = self.location()
        if self.url is not None:
            names = [f"{name}={value!r}" for name, value in {**location, "url": self.url}.items() if value is not None]
            return f"FeatureStore({', '.join(names)})"
        try:
            overview = self._run(commands.overview)
        except RuntimeError as error:
            return f"<FeatureStore: {error}>"
        return f"<FeatureStore: {overview}>"

    def location(self) -> dict[str, str | None]:
        """Return the account and region from this object's parameters or from the environment. None means moto's default."""
        account_id, region_name = account_and_region(self._account_id, self._region_name)
        return {"account_id": account_id, "region_name": region_name}

    # Groups and records.

    @property
    def groups(self) -> dict[str, Group]:
        """A dict from name to feature group, for this object's account and region, in the order of creation."""
        return Groups({members["name"]: Group(**members) for members in self._run(commands.groups)})

    def create_group(
        self,
        name: str,
        features: "pd.DataFrame | str | PathLike[str] | Mapping[str, str | Mapping[str, Any]]",
        *,
        record_identifier: str,
        event_time: str,
        offline: bool | str = False,
        **options: Any,
    ) -> str:
        """Create a feature group with an online store and, on request, an offline store, and return its ARN.

        ```python
        types = {"id": "String", "time": "String", "total": "Fractional"}
        featurestore.create_group("orders", types, record_identifier="id", event_time="time", offline=True)
        ```

        :param name: the name of the feature group
        :param features: a pandas DataFrame, the path of a CSV, JSON lines or Parquet file, or a mapping. The DataFrame's
            dtypes determine the feature types, as in the SageMaker SDKs. For a file, its values determine the types; to
            write the records of the file, call ``load``. The mapping is from feature name to ``Integral``,
            ``Fractional`` or ``String``, or to a mapping with the other members of a ``FeatureDefinition``
        :param record_identifier: the name of the feature that identifies a record
        :param event_time: the name of the feature that has the event time
        :param offline: True for an offline store, or the S3Uri of the offline store. If its bucket or role does not exist,
            the method creates the bucket or role
        :param options: parameters of CreateFeatureGroup by their API names; they override the other arguments. For a group
            without an online store: ``OnlineStoreConfig={"EnableOnlineStore": False}``
        :raises ValueError: if the parameters are invalid, or the service rejects them; the message gives the reason
        :raises TypeError: if ``features`` or ``offline`` has the wrong type
        :raises OSError: if the file cannot be read
        """
        names = {"record_identifier": record_identifier, "event_time": event_time}
        params = creation(name, features, **names, offline=offline, options=options)
        return self._run(commands.create_groups, groups=[params])[0]

    def create_groups_from(
        self, source: "Mapping[str, Any] | str | PathLike[str]", *, parameters: Mapping[str, str] | None = None
    ) -> list[str]:
        """Create the feature groups that a document describes, and return their ARNs.

        The document is one of these:

        - the output of ``aws sagemaker describe-feature-group``
        - a CloudFormation template in YAML or JSON
        - a Terraform state: the output of ``terraform show -json``, or a ``terraform.tfstate``

        The method creates missing buckets and roles. The method checks all groups before it creates the first group.

        :param source: the document, or the path of a file
        :param parameters: values for the parameters of a CloudFormation template; a parameter with a default is optional
        :raises OSError: if the file cannot be read
        :raises ValueError: if the document has another format, or the service rejects a group
        """
        document = source if isinstance(source, Mapping) else Path(source).read_text(encoding="utf-8")
        text = document if isinstance(document, str) else json.dumps(document, default=str)
        return self._run(commands.create_groups_from, text=text, parameters=dict(parameters or {}))

    def load(
        self, group: str, records: "pd.DataFrame | str | PathLike[str] | Iterable[Mapping[str, Any]]", **options: Any
    ) -> int:
        """Write many records at once, and return the number of records.

        The method checks all records as PutRecord does. If a record is invalid, the method writes no record. It does not
        check permissions, apply faults or log calls. It omits missing values, such as None and NaN.

        ```python
        featurestore.load("customers", [{"id": "1", "time": "2026-01-01T00:00:00Z", "age": 30}])
        ```

        :param group: a feature group's name
        :param records: a pandas DataFrame with a column for each feature, the path of a CSV, JSON lines or Parquet file, or
            mappings from feature name to value
        :param options: other parameters of PutRecord, for all records: ``TargetStores`` and ``TtlDuration``
        :raises LookupError: if there is no such group
        :raises ValueError: if a record or an option is invalid; the message names the record or option, and the reason
        :raises TypeError: if ``records`` has the wrong type
        :raises OSError: if the file cannot be read
        """
        if isinstance(records, str | PathLike):
            rows = rows_of_file(Path(records), self._run(commands.definitions, group=group))
        else:
            rows = rows_of(records, self._types(group))
        return self._run(commands.load, group=group, rows=list(rows), **options)

    def _types(self, group: str) -> dict[str, str]:
        definitions = self._run(commands.definitions, group=group)
        return {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}

    def records(self, group: str) -> Records:
        """Return the online records of a feature group, and its rows that are not yet written to the offline store.

        :param group: a feature group's name
        :raises LookupError: if there is no such group
        """
        return Records(**self._run(commands.records, group=group))

    def history(self, group: str, record_identifier: str) -> History:
        """Return all versions of a record, oldest first.

        The versions are the rows of the offline store. If the offline store has no rows of the record, the versions are
        the writes in the call log.

        ```python
        write_customer(age=30)
        write_customer(age=31)
        assert [version["age"] for version in featurestore.history("customers", "1")] == [30, 31]
        ```

        :param group: a feature group's name
        :param record_identifier: the record identifier, as a string. For an Integral feature, the offline store cannot
            distinguish the identifiers "7" and "007". The method then uses the call log, which does not contain the
            writes of ``load``
        :raises LookupError: if there is no such group
        :raises TypeError: if ``record_identifier`` is not a string
        :raises ImportError: if a library is missing; the message says how to install it
        """
        rows = self._run(commands.history, group=group, record_identifier=record_identifier)
        return History(rows, self._types(group))

    def offline_rows(self, group: str) -> Rows:
        """Write the buffered rows of a feature group to its offline store, and return all rows of the offline store.

        ```python
        types = {"id": "String", "time": "String"}
        featurestore.create_group("visits", types, record_identifier="id", event_time="time", offline=True)
        featurestore.load("visits", [{"id": "1", "time": "2026-01-01T00:00:00Z"}])
        assert [row["id"] for row in featurestore.offline_rows("visits")] == ["1"]
        ```

        :param group: a feature group's name
        :raises LookupError: if there is no such group
        :raises ValueError: if the group has no offline store
        :raises RuntimeError: if rows cannot be written
        :raises ImportError: if a library is missing; the message says how to install it
        """
        return Rows(self._run(commands.offline_rows, group=group), self._types(group))

    def query(self, sql: str) -> QueryRows:
        """Run a query in Athena, and return its rows. Buffered rows are written to the offline stores first.

        ```python
        types = {"id": "String", "time": "String"}
        featurestore.create_group("visits", types, record_identifier="id", event_time="time", offline=True)
        featurestore.load("visits", [{"id": "1", "time": "2026-01-01T00:00:00Z"}])
        assert featurestore.query("SELECT count(*) AS visits FROM {visits}") == [{"visits": 1}]
        ```

        The query needs no output location, and ``ListQueryExecutions`` does not return it.

        :param sql: the SQL text. ``{group}`` is replaced by the table of a feature group. Other braces must be doubled
        :raises LookupError: if there is no such group
        :raises ValueError: if a group has no table, a placeholder is malformed, or two columns have the same name
        :raises RuntimeError: if the query fails; the message is the reason that Athena gives
        :raises ImportError: if a library is missing; the message names the extra that installs it
        """
        return QueryRows(**self._run(queries.query, sql=sql))

    def flush(self, group: str | None = None) -> None:
        """Write all buffered rows to the offline store now, regardless of ``offline_delay``.

        :param group: a feature group's name; by default, all groups of the account and region, including deleted ones
        :raises LookupError: if there is no such group
        :raises RuntimeError: if rows cannot be written; the rows stay in the buffer, and DescribeFeatureGroup
            shows the reason
        """
        self._run(commands.flush, group=group)

    def set_status(self, group: str, status: str, *, failure_reason: str | None = None) -> None:
        """Set the status of a feature group, to test code that waits for a status.

        A group serves records only in the status ``Created``.

        :param group: a feature group's name
        :param status: a ``FeatureGroupStatus`` of the API, such as ``DeleteFailed``
        :param failure_reason: the ``FailureReason`` that DescribeFeatureGroup returns while the status is a failure
        :raises LookupError: if there is no such group
        :raises ValueError: if there is no such status
        """
        self._run(commands.set_status, group=group, status=status, failure_reason=failure_reason)

    # Faults and denials.

    def fail(
        self,
        operation: Operation | Literal["*"],
        error: ErrorCode,
        message: str | None = None,
        *,
        partial: bool = False,
        when_done: bool = False,
        **selection: "Unpack[Selection]",
    ) -> Fault:
        """Make calls of an operation fail until the returned fault is lifted.

        ```python
        with featurestore.fail("PutRecord", "ServiceUnavailable", times=1) as fault:
            write_customer()  # botocore retries
        assert fault.hits == 1
        ```

        :param operation: the operation's API name, such as ``PutRecord``, or ``*`` for all operations
        :param error: the AWS error code, such as ``ServiceUnavailable``; the operation must be able to return this error
        :param message: the error message; by default, the documentation of the error in botocore's model
        :param partial: for batch operations: if True, single records fail, and the response lists them in ``Errors``.
            Each record then counts as one call for ``times``, ``after`` and ``probability``
        :param when_done: if True, the service performs the operation before the call fails
        :param selection: the affected calls: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation, or it cannot return the error; the message suggests a name
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        options = {"message": message, "partial": partial or None, "when_done": when_done or None}
        return self._fault("fail", operation, error=error, **options, **selection)

    def delay(
        self,
        operation: Operation | Literal["*"],
        seconds: "float | dict[float, float]",
        **selection: "Unpack[Selection]",
    ) -> Fault:
        """Delay calls of an operation until the returned fault is lifted.

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

    def drop(
        self, operation: Operation | Literal["*"], *, when_done: bool = True, **selection: "Unpack[Selection]"
    ) -> Fault:
        """Close the connection of calls before the response, until the returned fault is lifted.

        The client cannot know whether the service performed the operation.

        ```python
        with featurestore.drop("PutRecord", times=1):
            write_customer()  # botocore retries, and writes twice
        featurestore.calls.assert_called("PutRecord", times=2)
        ```

        :param operation: the operation's API name, such as ``PutRecord``, or ``*`` for all operations
        :param when_done: if True, the service performs the operation before it closes the connection; if False, it does not
            perform the operation
        :param selection: the affected calls: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault("drop", operation, when_done=when_done, **selection)

    def leave_unprocessed(self, operation: BatchOperation, **selection: "Unpack[Selection]") -> Fault:
        """Make batch operations leave records unprocessed, until the returned fault is lifted.

        The response lists these records in ``UnprocessedEntries`` or ``UnprocessedIdentifiers``.

        :param operation: ``BatchWriteRecord`` or ``BatchGetRecord``
        :param selection: the affected records: ``group``, ``record_identifier``, ``times``, ``after``, ``probability`` and
            ``seed``, as described in ``Selection``
        :return: the armed fault, also usable as a context manager or decorator
        :raises ValueError: if ``operation`` is not a batch operation
        :raises TypeError: if a parameter is unknown or has the wrong type
        """
        return self._fault("leave_unprocessed", operation, **selection)

    def enforce_throughput(self, group: str | None = None) -> Fault:
        """Throttle requests that exceed the provisioned throughput of a feature group, as on AWS.

        :param group: a feature group's name or ARN; by default, all groups of this object's account and region
        :return: a fault, whose method ``lift`` ends the throttling; its ``hits`` are always 0
        :raises ValueError: if ``group`` is the ARN of a resource that is not a feature group
        """
        group_at(("", ""), group)
        return Fault(self._run, commands.enforce_throughput, {"group": group}, is_certain=False)

    def deny(self, operation: Operation, *, group: str | None = None) -> Fault:
        """Deny an operation to all callers, like an explicit deny in IAM, until the returned denial is lifted.

        ```python
        with featurestore.deny("PutRecord", group="customers"), pytest.raises(runtime.exceptions.AccessForbidden):
            write_customer()
        ```

        The denial applies in this object's account and region. As with IAM, denying ``PutRecord`` also denies
        ``UpdateRecord`` and ``BatchWriteRecord``.

        :param operation: the operation's API name, such as ``PutRecord``
        :param group: a feature group's name or ARN; by default, the operation is denied on all groups
        :return: the denial, also usable as a context manager or decorator
        :raises ValueError: if there is no such operation, or if ``group`` is given for an operation without a feature group
        :raises TypeError: if a parameter is not a string
        """
        make_fault(("", ""), "deny", operation, group=group)
        return Fault(self._run, commands.deny, {"operation": operation, "group": group})

    def lift(self, *, everywhere: bool = False) -> None:
        """Lift all faults, denials and throughput limits of this object's account and region.

        :param everywhere: if True, lift the faults, denials and throughput limits of all accounts and regions
        """
        self._run(commands.lift, everywhere=everywhere)

    # Time and calls.

    @property
    def clock(self) -> Clock:
        """The service's clock, which all accounts and regions share."""
        return Clock(partial(self._run, commands.clock))

    @property
    def calls(self) -> Calls:
        """The logged calls of this object's account and region, oldest first."""
        return Calls(map(from_json, self._run(commands.calls)), partial(self._run, commands.clear_calls))

    # Snapshots.

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Save the state of all accounts and regions, for ``restore``.

        The snapshot contains all feature groups with their records, buffered rows and offline stores, and the call log.
        The method is fast, even with many records.

        ```python
        snapshot = featurestore.snapshot()
        write_customer()
        featurestore.restore(snapshot)
        assert featurestore.records("customers").online == {}
        ```

        :param everything: if True, also save all other moto services; a warning names the services that cannot be saved
        """
        members = self._run(commands.snapshot, everything=everything)
        if self.url is not None:
            return Snapshot(**members, forget=lambda name: self._run(commands.forget_snapshot, snapshot=name))
        world, _ = self._own_store()
        snapshot = Snapshot(**members, forget=world.forget_snapshot)
        finalize(snapshot, world.forget_snapshot, snapshot.id)
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state that a snapshot saved. Changes after the snapshot are lost.

        A snapshot can be restored any number of times. Faults, denials and the clock do not change.

        :param snapshot: the result of ``snapshot()``
        :raises LookupError: if ``forget()`` deleted the snapshot, or if a different process took the snapshot
        :raises TypeError: if ``snapshot`` is not a snapshot
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"snapshot must be the result of snapshot(), not {snapshot!r}.")
        self._run(commands.restore, snapshot=snapshot.id)

    # Commands, in this process or on a server.

    def _fault(self, kind: str, operation: str, **params: Any) -> Fault:
        arguments = {name: value for name, value in params.items() if value is not None}
        check_names(kind, arguments)
        make_fault(("", ""), kind, operation, **arguments)  # raise errors now, not when a decorated function runs
        arguments = {"kind": kind, "operation": operation, **arguments}
        return Fault(self._run, commands.arm, arguments, is_certain="probability" not in arguments)

    def _run(self, command: Callable[..., R], /, **params: Any) -> R:
        if self.url is None:
            return command(*self._own_store(must_run=command not in commands.WITHOUT_MOCK), **params)
        result: R = endpoint.call(self.url, command.__name__, params | self.location())
        return result

    def _own_store(self, *, must_run: bool = True) -> "tuple[commands.AdminWorld, Store]":
        """Return this process's interface to S3, Glue, IAM and the clock, and its store of the account and region.

        :param must_run: if True, raise NoMockError unless a mock or a server is running
        """
        from moto_featurestore._moto import admin_api

        if must_run:
            admin_api.require_mock()
        return admin_api.open_own_store(self._account_id, self._region_name)


featurestore = FeatureStore()
"""The FeatureStore object for the default account and the default region."""

"""The call log for tests: the requests to the service, and assertions about these requests.

The module also finds the versions of a record that the requests wrote.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto_featurestore.controls.calls import LoggedCall
from moto_featurestore.controls.faults import LOST
from moto_featurestore.offline.parquet import PARSE
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import http
from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, is_control_plane, service_model
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.testing.fault_parameters import check_operation, suggestion
from moto_featurestore.testing.results import dataframe, html_table

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20
"""The number of calls listed in a failure message."""
_OK = 200


@dataclass(frozen=True)
class Call:
    """One call to the service, with its response."""

    operation: str
    """The operation's API name. For an unknown operation, it is the requested name, or the HTTP method and path."""
    params: dict[str, Any]
    """The request parameters by their API names. Empty if the request could not be parsed."""
    account_id: str
    region: str
    identity: str | None
    """The caller's ARN if moto enforces IAM, otherwise None."""
    status: int | None
    """The HTTP status. None if a ``drop`` fault closed the connection before the response."""
    error_code: str | None
    """The AWS error code. None if the call succeeded; ``ConnectionClosed`` if a ``drop`` fault closed the connection."""
    response: Any
    """The response body, parsed from JSON. None if the response has no body."""
    time: datetime
    """The time of the response in UTC, by the service's clock."""
    milliseconds: float = 0
    """The duration of the call in milliseconds, measured in the service."""

    @property
    def group(self) -> str | None:
        """The name or ARN of the feature group, or None if the request names no feature group."""
        return self.params.get("FeatureGroupName")

    def __str__(self) -> str:
        params = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.operation}({params}) -> {self.status or ''} {self.error_code or ''}".rstrip()


class Calls(list[Call]):
    """The logged calls, oldest first.

    ```python
    write_customer()
    featurestore.calls.assert_called("PutRecord", times=1, FeatureGroupName="customers")
    featurestore.calls.assert_not_called("DeleteRecord")
    ```

    The log keeps the last 10,000 calls, or fewer if they need more than 8 MiB of memory.
    """

    def __init__(self, calls: Iterable[Call], forget: Callable[[], None]) -> None:
        super().__init__(calls)
        self._forget = forget

    def __repr__(self) -> str:
        return f"<Calls: {len(self)}\n{self._listing()}>"

    def of(self, operation: str | None = None, *, error_code: str | None = None, **params: Any) -> "Calls":
        """Return the calls that match all of the given filters.

        :param operation: the operation's API name, such as ``PutRecord``
        :param error_code: the AWS error code that the call returned, such as ``ValidationError``
        :param params: request parameters by their API names, such as ``FeatureGroupName="customers"``
        :raises ValueError: if there is no such operation, or it has no such parameter; the message suggests a name
        """
        self._check(operation, params)
        return Calls(
            (
                call
                for call in self
                if operation in (None, call.operation)
                and error_code in (None, call.error_code)
                and all(call.params.get(name) == value for name, value in params.items())
            ),
            self._forget,
        )

    def assert_called(self, operation: str, *, times: int | None = None, **params: Any) -> "Calls":
        """Assert that an operation was called, and return the matching calls.

        :param operation: the operation's API name, such as ``PutRecord``
        :param times: the exact number of calls; by default, at least one
        :param params: request parameters by their API names; only calls with these parameters count
        :raises AssertionError: if the number of matching calls is different; the message lists the logged calls
        :raises ValueError: if there is no such operation, or it has no such parameter; the message suggests a name
        """
        calls = self.of(operation, **params)
        is_expected = bool(calls) if times is None else len(calls) == times
        if not is_expected:
            expected = "at least once" if times is None else f"{times} times"
            raise AssertionError(
                f"Expected {_call_text(operation, params)} to be called {expected}, but it was called {len(calls)} times."
                f" The calls:\n{self._listing()}"
            )
        return calls

    def assert_not_called(self, operation: str, **params: Any) -> None:
        """Assert that an operation was not called.

        :param operation: the operation's API name, such as ``PutRecord``
        :param params: request parameters by their API names; only calls with these parameters count
        :raises AssertionError: if there are matching calls; the message lists these calls
        :raises ValueError: if there is no such operation, or it has no such parameter, because no call could ever match
        """
        if calls := self.of(operation, **params):
            raise AssertionError(
                f"Expected {_call_text(operation, params)} not to be called, but it was called {len(calls)} times:\n"
                f"{calls._listing()}"
            )

    def _check(self, operation: str | None, params: dict[str, Any]) -> None:
        """Raise ValueError if no call can match the filter.

        Without this check, ``assert_not_called`` would pass for a misspelled name.
        """
        is_known = operation in OPERATIONS
        if operation is None or (not is_known and any(call.operation == operation for call in self)):
            return
        check_operation(operation)
        service = CONTROL_PLANE if is_control_plane(operation) else RUNTIME
        known = [*input_shape(service_model(service).operation_model(operation)).members]
        for name in params:
            if name not in known:
                raise ValueError(f"{operation} has no parameter {name!r}; {suggestion(name, known, 'parameters')}")

    def clear(self) -> None:
        """Remove all calls of the FeatureStore object's account and region, from this list and from the call log."""
        super().clear()
        self._forget()

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with one row for each call.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        data = dataframe([asdict(call) for call in self])
        return data.astype({"status": "Int64"}) if self else data

    def _repr_html_(self) -> str:
        names = ("time", "operation", "group", "status", "error_code", "milliseconds")
        rows = [{name: getattr(call, name) for name in names} for call in self]
        return html_table(rows, "calls", columns=names, has_last_rows=True)

    def _listing(self) -> str:
        lines = [f"  {call}" for call in self[-_SHOWN:]] or ["  none"]
        if len(self) > _SHOWN:
            lines.insert(0, f"  ... {len(self) - _SHOWN} earlier calls")
        return "\n".join(lines)


def _call_text(operation: str, params: dict[str, Any]) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in params.items())
    return f"{operation}({arguments})" if arguments else operation


# Conversion of logged calls to JSON, and from JSON.


def to_json(logged: LoggedCall) -> dict[str, Any]:
    """Convert a logged call to a dict for JSON: the attributes of ``Call``, with the time in nanoseconds since 1970."""
    time, caller, request, status, error_code, body, duration, _ = logged
    operation, params = f"{request.method} {request.path}", {}
    try:
        model = http.find_operation(request, OPERATIONS)
        operation = model.name
        params = http.parse(model, request)
    except ServiceError:
        operation = request.target.rpartition(".")[2] if request.target else operation
    return {
        "operation": operation,
        "params": params,
        "account_id": caller.account_id,
        "region": caller.region,
        "identity": caller.identity.arn if caller.identity else None,
        "status": status,
        "error_code": LOST if status is None else error_code,
        "response": json.loads(body) if body else None,
        "time": time,
        "milliseconds": duration / 1e6,
    }


def from_json(members: dict[str, Any]) -> Call:
    """Convert a dict that ``to_json`` returned to a Call."""
    time = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=members["time"] // 1000)
    return Call(**members | {"time": time})


# The versions of a record according to the call log, for groups without rows in the offline store.


def written_versions(group: FeatureGroup, identifier: str, calls: Iterable[Call]) -> list[dict[str, Any]]:
    """Return the versions of a record that successful calls wrote, in call order, as rows with the columns of the offline store.

    The version of an UpdateRecord call contains only the features in the request. The function ignores calls before the
    creation of the group, because these calls wrote to an earlier group with the same name.

    :param identifier: the record identifier in the requests
    :param calls: the logged calls
    """
    return [version for text, version in _versions(group, calls) if text == identifier]


def without_other_texts(
    rows: list[dict[str, Any]], group: FeatureGroup, identifier: str, calls: Iterable[Call]
) -> list[dict[str, Any]]:
    """Remove the rows that belong to a different record, whose identifier is a different string for the same number.

    For the record "007", the function removes rows that calls wrote with the identifier "7". The online store contains
    both records, but the files of the offline store contain only the number.

    :param rows: rows of the offline store whose record identifier is this number
    :param identifier: the record identifier in the requests, such as "007"
    :param calls: the logged calls, which contain the identifiers as strings
    """
    own: set[Any] = set()
    others: set[Any] = set()
    for text, version in _versions(group, calls):
        (own if text == identifier else others).add(_key(group, version))
    return [row for row in rows if (key := _key(group, row)) in own or key not in others]


def _key(group: FeatureGroup, row: dict[str, Any]) -> tuple[Any, ...]:
    columns = (group.record_identifier, group.event_time, "api_invocation_time", "is_deleted")
    return tuple(row[column] for column in columns)


def _versions(group: FeatureGroup, calls: Iterable[Call]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield the record identifier (a string) and the version for each record that successful calls wrote."""
    names = {group.name, group.arn}
    successes = [call for call in calls if call.status == _OK]
    creations = [index for index, call in enumerate(successes) if _creates(call, group.name)]
    start = creations[-1] if creations else 0
    for call in successes[start:]:
        for params in _writes(call):
            if params["FeatureGroupName"] in names:
                text = _texts(params).get(group.record_identifier, params.get("RecordIdentifierValueAsString"))
                yield text, _version(group, call, params)


def _creates(call: Call, name: str) -> bool:
    return call.operation == "CreateFeatureGroup" and call.group == name


def _writes(call: Call) -> Iterator[dict[str, Any]]:
    if call.operation in ("PutRecord", "UpdateRecord", "DeleteRecord"):
        yield call.params
    elif call.operation == "BatchWriteRecord":
        failed = [error["Entry"] for error in call.response["Errors"]] + call.response["UnprocessedEntries"]
        not_written = [_without_nulls(entry) for entry in failed]
        for entry in call.params["Entries"]:
            if entry in not_written:
                not_written.remove(entry)  # only one, because entries can be equal
            else:
                yield entry


def _texts(params: dict[str, Any]) -> dict[str, Any]:
    """Return a dict from feature name to value for the features in a write request. A value is a string or a list of strings."""
    features = params.get("Record") or params.get("Features") or ()
    return {item["FeatureName"]: item.get("ValueAsString", item.get("ValueAsStringList")) for item in features}


def _version(group: FeatureGroup, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    texts = {
        group.event_time: params.get("EventTime"),
        group.record_identifier: params.get("RecordIdentifierValueAsString"),
    } | _texts(params)
    values = {name: _value(definition.feature_type, texts.get(name)) for name, definition in group.definitions.items()}
    return values | {
        "write_time": None,
        "api_invocation_time": call.time.replace(microsecond=0),
        "is_deleted": call.operation == "DeleteRecord",
    }


def _value(feature_type: str, text: str | list[str] | None) -> Any:
    """Convert the value of a feature in a request to the Python value that the offline store contains for this feature type."""
    parse: Any = PARSE.get(feature_type, str)
    if text is None:
        return None
    return [parse(item) for item in text] if isinstance(text, list) else parse(text)


def _without_nulls(value: Any) -> Any:
    """Remove members that are None from an unprocessed or failed entry in a response of BatchWriteRecord.

    After this change, the entry equals the entry in the request.
    """
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value

"""The calls that were made, and what tests want to be sure of."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from moto_featurestore.controls.calls import LoggedCall
from moto_featurestore.controls.faults import LOST
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import http
from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, is_control_plane, service_model
from moto_featurestore.testing.dataframes import frame
from moto_featurestore.testing.faults import check_operation

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20
"""Calls in a failure's text."""


@dataclass(frozen=True)
class Call:
    """A call, and what came of it."""

    operation: str
    """The API's name; of what is none, what was asked."""
    params: dict[str, Any]
    """By the shapes of the API; empty where they could not be read."""
    account_id: str
    region: str
    identity: str | None
    """The ARN of who asked, while moto enforces IAM."""
    status: int | None
    """Of HTTP; None where the answer was lost."""
    error_code: str | None
    """None where the call went well; ConnectionClosed where the answer was lost."""
    answer: Any
    """The body of the answer, as JSON; None where there is none."""
    time: datetime
    """When it was answered, in UTC, by the service's clock."""

    @property
    def group(self) -> str | None:
        """The feature group's name or ARN, where the call concerns one."""
        return self.params.get("FeatureGroupName")

    def __str__(self) -> str:
        params = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.operation}({params}) -> {self.status or ''} {self.error_code or ''}".rstrip()


class Calls(list[Call]):
    """The last 10,000 calls at most, or as many as have 32 MiB, the oldest first."""

    def __init__(self, calls: Iterable[Call], forget: Callable[[], None]) -> None:
        super().__init__(calls)
        self._forget = forget

    def __repr__(self) -> str:
        return f"<Calls: {len(self)}\n{self._listed()}>"

    def of(self, operation: str | None = None, *, error_code: str | None = None, **params: Any) -> "Calls":
        """Those of an operation, that ended with an error, that had these parameters, by the API's names.

        :raises ValueError: where there is no such operation, or it has no such parameter; with the nearest name
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
        """Fail, unless an operation was called, with these parameters and so often; gives those calls.

        :raises AssertionError: whose text lists what was called
        :raises ValueError: as ``of`` does
        """
        found = self.of(operation, **params)
        if len(found) != times if times is not None else not found:
            wanted = "at least once" if times is None else f"{times} times"
            raise AssertionError(
                f"{_asked(operation, params)} was to be called {wanted}, and was called {len(found)} times."
                f" The calls:\n{self._listed()}"
            )
        return found

    def assert_not_called(self, operation: str, **params: Any) -> None:
        """Fail, if an operation was called, with these parameters.

        :raises AssertionError: whose text lists the calls
        :raises ValueError: as ``of`` does: of a name that is misspelt nothing would ever be found
        """
        if found := self.of(operation, **params):
            raise AssertionError(
                f"{_asked(operation, params)} was not to be called, and was called {len(found)} times:\n{found._listed()}"
            )

    def _check(self, operation: str | None, params: dict[str, Any]) -> None:
        """Refuse what can never be found: an assertion that nobody called it would hold for ever."""
        is_known = operation in OPERATIONS
        if operation is None or (not is_known and any(call.operation == operation for call in self)):
            return
        check_operation(operation)
        service = CONTROL_PLANE if is_control_plane(operation) else RUNTIME
        known = [*input_shape(service_model(service).operation_model(operation)).members]
        for name in params:
            if name not in known:
                close = get_close_matches(name, known, 1) or known
                raise ValueError(f"{operation} has no parameter {name!r}; did you mean {close[0]!r}?")

    def clear(self) -> None:
        """Forget the calls of the handle's account and region, also where they are logged."""
        super().clear()
        self._forget()

    def to_dataframe(self) -> "pd.DataFrame":
        """A row a call.

        :raises ImportError: where pandas is missing; the message says what to install
        """
        data = frame([asdict(call) for call in self])
        return data.astype({"status": "Int64"}) if self else data

    def _listed(self) -> str:
        lines = [f"  {call}" for call in self[-_SHOWN:]] or ["  none"]
        if len(self) > _SHOWN:
            lines.insert(0, f"  ... {len(self) - _SHOWN} before, and then")
        return "\n".join(lines)


def _asked(operation: str, params: dict[str, Any]) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in params.items())
    return f"{operation}({given})" if given else operation


# Out of the log, and over the wire.


def told(logged: LoggedCall) -> dict[str, Any]:
    """A logged call as JSON: its members by name, the time in nanoseconds since 1970."""
    moment, caller, request, response = logged
    operation, params = f"{request.method} {request.path}", {}
    try:
        found = http.find_operation(request, OPERATIONS)
        operation = found.name
        params = http.parse(found, request)
    except ServiceError:
        operation = request.target.rpartition(".")[2] if request.target else operation
    return {
        "operation": operation,
        "params": params,
        "account_id": caller.account_id,
        "region": caller.region,
        "identity": caller.identity.arn if caller.identity else None,
        "status": response.status if response else None,
        "error_code": response.headers.get(http.ERROR_CODE) if response else LOST,
        "answer": json.loads(response.body) if response and response.body else None,
        "time": moment,
    }


def read(told: dict[str, Any]) -> Call:
    """A call out of JSON."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=told["time"] // 1000)
    return Call(**told | {"time": moment})

"""Faults as testers hold them: armed by a call, or for as long as a block or a function runs."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from inspect import isclass
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from moto_featurestore.controls import faults
from moto_featurestore.decorators import decorate_function
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.operations.locate import place_in_arn
from moto_featurestore.protocol import errors
from moto_featurestore.protocol.errors import ProtocolError, ServiceError, ThrottlingException
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, is_control_plane, service_model

if TYPE_CHECKING:
    from typing import Self

F = TypeVar("F", bound=Callable[..., Any])

_KINDS: dict[str, tuple[str, ...]] = {
    "fail": ("error", "message", "partial", "when_done"),
    "delay": ("seconds",),
    "drop": ("when_done",),
    "leave_unprocessed": (),
}
"""By the handle's method, what it takes beside the operation and the selection."""
_BATCHES = ("BatchGetRecord", "BatchWriteRecord")
_OF_RECORDS = (*_BATCHES, "DeleteRecord", "GetRecord", "PutRecord", "UpdateRecord")
OF_NO_GROUP = ("GetSearchSuggestions", "ListFeatureGroups", "Search")
_ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:[^:]+:feature-group/[^:/]+")
_COMMON = ("InternalFailure", "ServiceUnavailable")
"""What the control plane answers with too, and does not model:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html."""


class Selection(TypedDict, total=False):
    """Which calls a fault happens to."""

    group: str
    """Those that concern a feature group, by its name or ARN; else all of the handle's account and region."""
    record_identifier: str
    """Those that concern a record."""
    times: int
    """So many at most; else until the fault is lifted."""
    after: int
    """Only once so many calls have gone well."""
    probability: float
    """Each with this probability; else all."""
    seed: int
    """Of the probability, and of a delay's distribution: the same calls again."""


class Fault:
    """A fault that is armed, until it is lifted.

    As a context manager it is lifted at the end of the block; as a decorator it is armed anew for each call of the
    function, which may be asynchronous.
    """

    def __init__(self, arm: Callable[[], str], lift: Callable[[str], None], hits: Callable[[str], int | None]) -> None:
        self._arm, self._lift, self._hits = arm, lift, hits
        self._seen = 0
        self._id: str | None = arm()

    @property
    def hits(self) -> int:
        """How often it has happened since it was armed."""
        if self._id is not None:
            self._seen = self._hits(self._id) or self._seen
        return self._seen

    def lift(self) -> None:
        """Let it happen no more."""
        if self._id is not None:
            self._seen = self.hits
            self._lift(self._id)
            self._id = None

    def __enter__(self) -> "Self":
        if self._id is None:
            self._seen, self._id = 0, self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()

    def __call__(self, function: F) -> F:
        """Decorate a function, or an asynchronous one.

        :raises TypeError: for a class; its methods can be decorated
        """
        self.lift()
        if isclass(function):
            raise TypeError(f"A fault decorates functions, not classes: decorate methods of {function.__name__}.")
        return decorate_function(function, lambda: Fault(self._arm, self._lift, self._hits))  # type: ignore[return-value]


def make_fault(  # noqa: PLR0913 - what a fault is made of
    place: tuple[str, str],
    kind: str,
    operation: str,
    *,
    error: str | None = None,
    message: str | None = None,
    seconds: Any = None,
    partial: bool = False,
    when_done: bool = False,
    group: str | None = None,
    record_identifier: str | None = None,
    times: int | None = None,
    after: int = 0,
    probability: float = 1,
    seed: int | None = None,
) -> faults.Fault:
    """A fault out of values that JSON has.

    :param place: account and region, where the group is not an ARN with its own
    :raises ValueError: where there is no such operation or error, or the parts do not fit together
    :raises TypeError: where a part is of another type
    """
    check_texts(message=message, record_identifier=record_identifier)
    if operation != faults.ANY:
        check_operation(operation)
    _check_selection(operation, group, record_identifier)
    _check_numbers(times, after, probability)
    of_items = partial or kind == "leave_unprocessed"
    _check_items(operation, of_items=of_items, alone_when_done=partial and when_done)
    account_id, region, group = group_at(place, group)
    return faults.Fault(
        operation,
        account_id,
        region,
        group=group,
        record_identifier=record_identifier,
        error=_ending(kind, operation, error, message),
        latency=faults.as_latency(seconds) if kind == "delay" else None,
        of_items=of_items,
        when_done=when_done,
        after=after,
        times=times,
        probability=probability,
        seed=seed,
    )


def check_names(kind: str, given: Iterable[str]) -> None:
    """Refuse what a fault does not take.

    :raises ValueError: where there is no such kind
    :raises TypeError: as Python does; with the nearest name
    """
    if kind not in _KINDS:
        raise ValueError(f"There is no fault of kind {kind!r}; these are: {', '.join(_KINDS)}.")
    known = [*_KINDS[kind], *Selection.__annotations__]
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, 1) or known
            raise TypeError(f"{kind} takes no {name!r}; did you mean {close[0]!r}?")


def check_texts(**texts: Any) -> None:
    """Refuse what is neither a text nor None.

    :raises TypeError: which names it
    """
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise TypeError(f"{name} must be a text, not {value!r}.")


def group_at(place: tuple[str, str], group: str | None) -> tuple[str, str, str | None]:
    """Account, region and name of a group by its name or ARN; of none, those of the place.

    :raises TypeError: where it is no text
    :raises ValueError: where it is an ARN of something else
    """
    check_texts(group=group)
    if group is None or not group.startswith("arn:"):
        return (*place, group)
    if not _ARN.fullmatch(group):
        raise ValueError(f"{group!r} is no ARN of a feature group.")
    return place_in_arn(group)


def check_operation(operation: str) -> None:
    """See to it that there is an operation.

    :raises ValueError: where there is none; with the nearest name
    """
    if not isinstance(operation, str):
        raise TypeError(f"operation must be a text, not {operation!r}.")
    if operation not in OPERATIONS:
        close = get_close_matches(operation, OPERATIONS, 1) or sorted(OPERATIONS)
        raise ValueError(f"There is no operation {operation!r}; did you mean {close[0]!r}?")


def _check_items(operation: str, *, of_items: bool, alone_when_done: bool) -> None:
    if of_items and operation not in _BATCHES:
        raise ValueError(f"{operation} has no parts; those of these can fail alone: {', '.join(_BATCHES)}.")
    if alone_when_done:
        raise ValueError("A record of a batch that fails alone is not written: when_done does not go with partial.")


def _check_selection(operation: str, group: str | None, record_identifier: str | None) -> None:
    if group is not None and operation in OF_NO_GROUP:
        raise ValueError(f"{operation} concerns no group in particular; let it fail without one.")
    if record_identifier is not None and operation not in (*_OF_RECORDS, faults.ANY):
        raise ValueError(f"{operation} concerns no record in particular; these do: {', '.join(_OF_RECORDS)}.")


def _check_numbers(times: int | None, after: int, probability: float) -> None:
    for name, value in (("times", times), ("after", after)):
        if not isinstance(value, int | None) or isinstance(value, bool):
            raise TypeError(f"{name} must be a whole number, not {value!r}.")
    if not isinstance(probability, int | float):
        raise TypeError(f"probability must be a number, not {probability!r}.")
    if times is not None and times < 1:
        raise ValueError(f"times must be 1 or more, not {times!r}.")
    if after < 0:
        raise ValueError(f"after must be 0 or more, not {after!r}.")
    if not 0 < probability <= 1:
        raise ValueError(f"probability must be more than 0 and at most 1, not {probability!r}.")


# Errors.


def _ending(kind: str, operation: str, error: str | None, message: str | None) -> Callable[[], Exception] | None:
    if kind == "drop":
        return faults.LostAnswerError
    if kind != "fail":
        return None
    modelled = _modelled(operation)
    known = [*modelled, *_COMMON, *(kind.__name__ for kind in ProtocolError.__subclasses__())]
    if error not in known:
        close = get_close_matches(str(error), known, 1) or known
        who = "An operation of any kind" if operation == faults.ANY else operation
        raise ValueError(f"{who} does not answer with {error!r}; did you mean {close[0]!r}?")
    return faults.as_service_error(_error_class(error), _default_message(error) if message is None else message)


def _modelled(operation: str) -> list[str]:
    if operation == faults.ANY:
        return []
    service = CONTROL_PLANE if is_control_plane(operation) else RUNTIME
    return [shape.name for shape in service_model(service).operation_model(operation).error_shapes]


def _error_class(code: str) -> type[ServiceError]:
    known: type[ServiceError] | None = getattr(errors, code, None)
    return known or type(code, (ServiceError,), {})


def _default_message(code: str) -> str:
    """What botocore's model says of an error; the service's own texts are not known."""
    if code == ThrottlingException.__name__:
        return "Rate exceeded"  # assumed: real_service.md, X.18
    for service in (RUNTIME, CONTROL_PLANE):
        for shape in service_model(service).error_shapes:
            if shape.name == code and shape.documentation:
                return re.sub(r"<[^>]+>", "", shape.documentation).strip()
    return f"A fault: {code}"

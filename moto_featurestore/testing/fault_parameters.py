"""Functions that check the parameters of faults, and that create ``controls.faults.Fault`` objects from them."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypedDict

from moto_featurestore.controls import faults
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.operations.locate import parse_group_arn
from moto_featurestore.protocol import errors
from moto_featurestore.protocol.errors import InternalFailure, ProtocolError, ServiceError, ThrottlingException
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, is_control_plane, service_model

_KINDS: dict[str, tuple[str, ...]] = {
    "fail": ("error", "message", "partial", "when_done"),
    "delay": ("seconds",),
    "drop": ("when_done",),
    "leave_unprocessed": (),
}
"""A dict from the FeatureStore method that creates a fault to the method's own parameters.

The dict omits the parameters that all methods have: the operation and the parameters in ``Selection``.
"""
_BATCHES = ("BatchGetRecord", "BatchWriteRecord")
_OF_RECORDS = (*_BATCHES, "DeleteRecord", "GetRecord", "PutRecord", "UpdateRecord")
_OF_NO_GROUP = ("GetSearchSuggestions", "ListFeatureGroups", "Search")
_ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:[^:]+:feature-group/[^:/]+")
_COMMON = ("InternalFailure", "ServiceUnavailable")
"""Error codes that all control-plane operations can return, although botocore's model does not list these errors:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html."""


class Selection(TypedDict, total=False):
    """The calls that a fault affects. If no parameter is given, the fault affects all calls of its operation."""

    group: str
    """The name or ARN of a feature group. By default, the fault affects all calls in its account and region."""
    record_identifier: str
    """A record identifier. By default, the fault affects calls for all records."""
    times: int
    """The maximum number of affected calls. By default, the fault affects calls until the fault is lifted."""
    after: int
    """The number of matching calls that pass before the fault affects calls. The default is 0."""
    probability: float
    """The probability that a call is affected: more than 0 and at most 1, which is the default."""
    seed: int
    """The random seed for ``probability`` and for random delays. With the same seed, the fault affects the same calls."""


def make_fault(  # noqa: PLR0913 - one for each property of a fault
    location: tuple[str, str],
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
    """Create a fault from JSON values.

    The methods of FeatureStore, such as ``fail``, and the class ``Selection`` describe the other parameters.

    :param location: account and region of the fault, unless ``group`` is an ARN
    :param kind: the method of FeatureStore that creates this fault: ``fail``, ``delay``, ``drop``, ``leave_unprocessed`` or ``deny``
    :raises ValueError: if there is no such operation or error, or parameters contradict each other
    :raises TypeError: if a parameter has the wrong type
    """
    check_texts(message=message, record_identifier=record_identifier)
    if operation != faults.ANY or kind == "deny":
        check_operation(operation)
    _check_selection(operation, group, record_identifier)
    _check_numbers(times, after, probability)
    is_per_item = partial or kind == "leave_unprocessed"
    _check_items(operation, is_per_item=is_per_item, is_partial_when_done=partial and when_done)
    account_id, region, group = group_at(location, group)
    return faults.Fault(
        operation,
        account_id,
        region,
        group=group,
        record_identifier=record_identifier,
        error=_error_factory(kind, operation, error, message),
        latency=faults.as_latency(seconds) if kind == "delay" else None,
        is_denial=kind == "deny",
        is_per_item=is_per_item,
        when_done=when_done,
        after=after,
        times=times,
        probability=probability,
        seed=seed,
    )


def check_names(kind: str, names: Iterable[str]) -> None:
    """Check the names of a fault's parameters.

    :param kind: the method of FeatureStore that creates the fault, such as ``fail``
    :param names: the names of the parameters
    :raises ValueError: if there is no such method
    :raises TypeError: if the method has no parameter with one of the names; the message suggests a name
    """
    if kind not in _KINDS:
        raise ValueError(f"Unknown kind of fault {kind!r}. The kinds are {', '.join(_KINDS)}.")
    known = [*_KINDS[kind], *Selection.__annotations__]
    for name in names:
        if name not in known:
            raise TypeError(f"{kind} has no parameter {name!r}; {suggestion(name, known, 'parameters')}")


def suggestion(name: str, known: Iterable[str], noun: str) -> str:
    """Return the end of an error message about an unknown name: the most similar known name, or else all known names.

    :param noun: a plural noun for the names, such as ``operations``
    """
    known = sorted(known)
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"the {noun} are {', '.join(known)}."


def check_texts(**texts: Any) -> None:
    """Check that values are strings or None.

    :param texts: dict from parameter name to value
    :raises TypeError: if a value is neither a string nor None; the message contains the parameter's name
    """
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise TypeError(f"{name} must be a string, not {value!r}.")


def group_at(location: tuple[str, str], group: str | None) -> tuple[str, str, str | None]:
    """Return the account, region and name of a group. The name is None if ``group`` is None.

    :param location: the account and region to return, unless ``group`` is an ARN
    :param group: a name, an ARN, or None for all groups
    :raises TypeError: if ``group`` is not a string
    :raises ValueError: if ``group`` is the ARN of a resource that is not a feature group
    """
    check_texts(group=group)
    if group is None or not group.startswith("arn:"):
        return (*location, group)
    if not _ARN.fullmatch(group):
        raise ValueError(f"{group!r} is not the ARN of a feature group.")
    return parse_group_arn(group)


def check_operation(operation: str) -> None:
    """Check that an operation exists.

    :raises TypeError: if the name is not a string
    :raises ValueError: if there is no such operation; the message suggests a name
    """
    if not isinstance(operation, str):
        raise TypeError(f"operation must be a string, not {operation!r}.")
    if operation not in OPERATIONS:
        raise ValueError(f"Unknown operation {operation!r}; {suggestion(operation, OPERATIONS, 'operations')}")


def _check_items(operation: str, *, is_per_item: bool, is_partial_when_done: bool) -> None:
    if is_per_item and operation not in _BATCHES:
        raise ValueError(f"{operation} is not a batch operation. The batch operations are {', '.join(_BATCHES)}.")
    if is_partial_when_done:
        raise ValueError(
            "partial and when_done cannot both be true, because the service does not write a batch entry that fails."
        )


def _check_selection(operation: str, group: str | None, record_identifier: str | None) -> None:
    if group is not None and operation in _OF_NO_GROUP:
        raise ValueError(
            f"The parameter group is not valid for {operation}, which does not apply to a single feature group. Omit it."
        )
    if record_identifier is not None and operation not in (*_OF_RECORDS, faults.ANY):
        raise ValueError(
            f"The parameter record_identifier is not valid for {operation}. It is valid only for"
            f" {', '.join(_OF_RECORDS)}."
        )


def _check_numbers(times: int | None, after: int, probability: float) -> None:
    for name, value in (("times", times), ("after", after)):
        if not isinstance(value, int | None) or isinstance(value, bool):
            raise TypeError(f"{name} must be an integer, not {value!r}.")
    if not isinstance(probability, int | float):
        raise TypeError(f"probability must be a number, not {probability!r}.")
    if times is not None and times < 1:
        raise ValueError(f"times must be 1 or more, not {times!r}.")
    if after < 0:
        raise ValueError(f"after must be 0 or more, not {after!r}.")
    if not 0 < probability <= 1:
        raise ValueError(f"probability must be more than 0 and at most 1, not {probability!r}.")


# Errors.


def _error_factory(kind: str, operation: str, error: str | None, message: str | None) -> Callable[[], Exception] | None:
    if kind == "drop":
        return faults.LostResponseError
    if kind != "fail":
        return None
    if not isinstance(error, str):
        raise TypeError(f"error must be an error code as a string, such as 'InternalFailure', not {error!r}.")
    known = errors_of(operation)
    if error not in known:
        subject = "Not every operation can" if operation == faults.ANY else f"{operation} cannot"
        raise ValueError(f"{subject} return the error {error!r}; {suggestion(error, known, 'possible errors')}")
    return faults.as_service_error(_error_class(error), _default_message(error) if message is None else message)


def errors_of(operation: str) -> list[str]:
    """Return the codes of the errors that an operation can return."""
    return [*_modelled(operation), *_COMMON, *(error_class.__name__ for error_class in ProtocolError.__subclasses__())]


def _modelled(operation: str) -> list[str]:
    if operation == faults.ANY:
        return []
    service = CONTROL_PLANE if is_control_plane(operation) else RUNTIME
    return [shape.name for shape in service_model(service).operation_model(operation).error_shapes]


def _error_class(code: str) -> type[ServiceError]:
    known: type[ServiceError] | None = getattr(errors, code, None)
    return known or type(code, (ServiceError,), {})


def _default_message(code: str) -> str:
    """Return the default message of an error: its documentation in botocore's model.

    The messages of the real service are mostly unknown.
    """
    if code == InternalFailure.__name__:
        # Verbatim: https://github.com/aws/sagemaker-python-sdk/issues/2252
        return "Internal server error. Please try again later."
    if code == ThrottlingException.__name__:
        return "Rate exceeded"  # assumed: AWS services return this text for throttled calls
    for service in (RUNTIME, CONTROL_PLANE):
        for shape in service_model(service).error_shapes:
            if shape.name == code and shape.documentation:
                return re.sub(r"<[^>]+>", "", shape.documentation).strip()
    return f"Injected fault: {code}"

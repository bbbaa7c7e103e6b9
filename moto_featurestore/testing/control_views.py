"""Read-only commands for this package's web console. The commands return the call log, the faults and the throughput limits.

Times are in milliseconds since 1970.
"""

from itertools import islice
from typing import Any

from moto_featurestore.controls.faults import LOST, Fault, LostResponseError
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, service_model
from moto_featurestore.store.changes import NO_OBSERVER
from moto_featurestore.store.group import Store
from moto_featurestore.testing import calls
from moto_featurestore.testing.commands import AdminWorld, command
from moto_featurestore.testing.fault_parameters import check_texts, errors_of
from moto_featurestore.testing.views import MILLISECOND, MOST, contains

Json = dict[str, Any]

_SCANNED = 2000
"""The maximum number of calls that ``show_calls`` searches for one page, so that a filter with few matches is not slow."""


@command
def show_calls(  # noqa: PLR0913 - the filters and the page
    world: AdminWorld,
    store: Store,
    /,
    *,
    before: int | None = None,
    size: int = 100,
    operation: str = "",
    group: str = "",
    errors: bool = False,
) -> Json:
    """Return the latest calls, newest first, without their parameters and responses.

    :param before: the number of a call; return only calls before this call
    :param operation: return only calls whose operation name contains this text
    :param group: return only calls whose group name contains this text
    :param errors: if True, return only failed calls
    """
    check_texts(operation=operation, group=group)
    shown: list[Json] = []
    last = None
    log = world.controls.calls
    for logged in islice(log.before(store.account_id, store.region, before), _SCANNED):
        last = logged[-1]
        call = calls.to_json(logged)
        name = call["params"].get("FeatureGroupName")
        is_hidden = errors and not call["error_code"]
        if not is_hidden and contains(call["operation"], operation) and contains(name, group):
            members = ("operation", "identity", "status", "error_code", "milliseconds")
            summary = {member: call[member] for member in members}
            shown.append(summary | {"number": last, "group": name, "time": call["time"] // MILLISECOND})
        if len(shown) == min(max(size, 1), MOST):
            break
    is_last = last is None or next(log.before(store.account_id, store.region, last), None) is None
    return {"calls": shown, "next": None if is_last else last}


@command
def show_call(world: AdminWorld, store: Store, /, *, number: int) -> Json:
    """Return a call with its parameters and its response.

    :raises LookupError: if the log no longer contains the call
    """
    for logged in world.controls.calls.before(store.account_id, store.region, number + 1):
        if logged[-1] == number:
            call = calls.to_json(logged)
            return call | {"number": number, "time": call["time"] // MILLISECOND}
        break
    raise LookupError(f"The call log no longer contains the call {number}.")


@command
def show_controls(world: AdminWorld, store: Store, /) -> Json:
    """Return the armed faults, the throughput limits and the snapshots."""
    location = store.account_id, store.region
    controls = world.controls
    limits = controls.throughput.enforced.items()
    return {
        "faults": [_fault(fault) for fault in controls.faults.armed if (fault.account_id, fault.region) == location],
        "throughput": [{"id": key, "group": group} for key, (*limit, group) in limits if tuple(limit) == location],
        "snapshots": world.snapshots(),
        "is_persistent": store.observer is not NO_OBSERVER,
    }


@command
def show_operations(_world: AdminWorld, _store: Store, /) -> Json:
    """Return a dict from each operation that the installed botocore knows to the error codes of the operation."""
    known = {name for service in (RUNTIME, CONTROL_PLANE) for name in service_model(service).operation_names}
    return {operation: list(dict.fromkeys(errors_of(operation))) for operation in OPERATIONS if operation in known}


def _fault(fault: Fault) -> Json:
    error = fault.error() if fault.error else None
    kind = "fail"
    if fault.is_denial:
        kind = "deny"
    elif isinstance(error, LostResponseError):
        kind = "drop"
    elif error is None:
        kind = "delay" if fault.latency else "leave_unprocessed"
    return {
        "id": fault.id,
        "kind": kind,
        "operation": fault.operation,
        "group": fault.group,
        "record_identifier": fault.record_identifier,
        "error": LOST if kind == "drop" else type(error).__name__ if error else None,
        "when_done": fault.when_done,
        "after": fault.after,
        "times": fault.times,
        "probability": fault.probability,
        "hits": fault.hits,
    }

"""The commands that perform the methods of FeatureStore objects.

Each command is a function that takes a world, a store and JSON parameters, and returns a JSON value. The world is the
interface to S3, Glue, IAM and the clock. The store is the state of one account in one region. FeatureStore objects call
commands in this process, or through the HTTP endpoint of a server. Seed files (``--seed``) use commands too.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from moto_featurestore.operations.locate import hint_elsewhere
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.testing import calls as call_log
from moto_featurestore.testing import group_sources
from moto_featurestore.testing.fault_parameters import check_names, check_texts, group_at, make_fault
from moto_featurestore.testing.results import duration
from moto_featurestore.values import Value, Values
from moto_featurestore.world import World

Params = dict[str, Any]
C = TypeVar("C", bound=Callable[..., Any])

COMMANDS: dict[str, Callable[..., Any]] = {}
"""A dict from name to command."""


class NoMockError(RuntimeError):
    """An error that is raised if this process has no Feature Store state, because no mock and no server runs in it."""


class AdminWorld(World, Protocol):
    """The interface to S3, Glue, IAM and the clock, with additional methods for commands, such as ``create_groups``."""

    def create_bucket(self, store: Store, name: str) -> None:
        """Create an S3 bucket, unless the bucket exists."""

    def create_groups(self, store: Store, groups: list[Params]) -> list[str]:
        """Create feature groups, and their buckets and roles if these do not exist. Return the ARNs of the groups.

        :param groups: parameters of CreateFeatureGroup; a missing S3Uri or RoleArn of an offline store gets a default
        :raises ValueError: if a group is invalid; most problems are detected before any group is created
        """

    def delete_group(self, store: Store, name: str) -> None:
        """Call DeleteFeatureGroup."""

    def read_yaml(self, text: str) -> Params:
        """Parse a YAML document, which may contain short forms of CloudFormation functions, such as ``!Ref``.

        :raises ValueError: if the text is not a YAML mapping
        :raises ImportError: if a library is missing
        """

    def groups_of_template(self, store: Store, template: Params, parameters: Mapping[str, str]) -> list[Params]:
        """Return the parameters of CreateFeatureGroup for all groups of a CloudFormation template.

        :param parameters: values for the parameters of the template
        :raises ValueError: if the template contains no group, or cannot be resolved
        :raises ImportError: if a library is missing
        """

    def query(self, store: Store, sql: str) -> tuple[list[Params], list[list[str | None]]]:
        """Run a query in Athena. Return the columns as ``ColumnInfo`` structures, and the rows.

        The values in the rows are strings as in Athena's results, and None for NULL.

        :raises ImportError: if a library is missing
        :raises RuntimeError: if the query fails; the message is Athena's reason
        """

    def take_snapshot(self, *, everything: bool) -> tuple[str, Mapping[str, str]]:
        """Save the state. Return the snapshot's ID, and a dict from each moto service that cannot be saved to the reason.

        :param everything: if True, also save all other moto services
        """

    def snapshots(self) -> list[Params]:
        """Return the snapshots as JSON, oldest first: ``id``, ``time``, ``groups`` and ``everything``."""

    def restore_snapshot(self, snapshot_id: str) -> None:
        """Restore the state of a snapshot.

        :raises LookupError: if the snapshot does not exist
        """

    def forget_snapshot(self, snapshot_id: str) -> None:
        """Delete a snapshot, if it exists."""


def command(function: C) -> C:
    """Add a function to ``COMMANDS`` under its own name."""
    COMMANDS[function.__name__] = function
    return function


# Faults, denials and statuses.


@command
def arm(world: AdminWorld, store: Store, /, kind: str, operation: str, **params: Any) -> str:
    """Arm a fault, and return the fault's ID.

    :param kind: the name of the FeatureStore method that creates the fault, such as ``fail``
    :param params: the parameters of that method
    """
    check_names(kind, params)
    return world.controls.arm(make_fault((store.account_id, store.region), kind, operation, **params))


@command
def enforce_throughput(world: AdminWorld, store: Store, /, group: str | None = None) -> str:
    """Enforce the provisioned throughput of a group (None for all groups), and return an ID for the command ``lift``."""
    return world.controls.enforce(*group_at((store.account_id, store.region), group))


@command
def hits(world: AdminWorld, _store: Store, /, fault: str) -> int | None:
    """Return the number of calls that a fault or denial affected, or None if its ID is unknown.

    The function also works for a fault that was lifted recently.
    """
    return world.controls.faults.hits(fault)


@command
def lift(world: AdminWorld, store: Store, /, fault: str | None = None, *, everywhere: bool = False) -> None:
    """Lift a fault, denial or throughput limit by its ID.

    :param fault: the ID; None lifts all faults, denials and throughput limits of the store
    :param everywhere: if True, lift all faults, denials and throughput limits of all stores
    """
    if everywhere:
        world.controls.lift_everywhere()
    else:
        world.controls.lift(store.account_id, store.region, fault)


@command
def deny(world: AdminWorld, store: Store, /, operation: str, *, group: str | None = None) -> str:
    """Deny an operation on a feature group (None for all groups) to all callers, and return an ID for the command ``lift``."""
    return world.controls.arm(make_fault((store.account_id, store.region), "deny", operation, group=group))


@command
def set_status(
    world: AdminWorld, store: Store, /, group: str, status: str, *, failure_reason: str | None = None
) -> None:
    """Set the status of a feature group, and the failure reason that DescribeFeatureGroup returns."""
    from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

    statuses = service_model(CONTROL_PLANE).shape_for("FeatureGroupStatus").metadata["enum"]
    if status not in statuses:
        raise ValueError(f"Unknown status {status!r}. The statuses are {', '.join(statuses)}.")
    find_group(world, store, group).set_status(status, failure_reason)


WITHOUT_MOCK = (hits, lift)
"""The commands that FeatureStore objects run even if the mock has ended."""


# The clock and the call log.


@command
def clock(world: AdminWorld, _store: Store, /, seconds: float = 0, *, reset: bool = False) -> int:
    """Advance the clock by ``seconds``, or reset it if ``reset`` is true. Return the clock's time in nanoseconds since 1970."""
    if reset:
        world.controls.clock.reset()
    world.controls.clock.advance(duration(seconds=seconds))
    return world.now()


@command
def calls(world: AdminWorld, store: Store, /) -> list[Params]:
    """Return the logged calls, oldest first."""
    return [call_log.to_json(call) for call in world.controls.calls.of(store.account_id, store.region)]


@command
def clear_calls(world: AdminWorld, store: Store, /) -> None:
    """Remove all calls of the store from the log."""
    world.controls.calls.forget(store.account_id, store.region)


# Feature groups.


@command
def create_groups(world: AdminWorld, store: Store, /, groups: list[Params]) -> list[str]:
    """Create a feature group for each dict of CreateFeatureGroup parameters, and return the ARNs of the groups."""
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise TypeError(f"groups must be a list of objects with parameters of CreateFeatureGroup, not {groups!r}.")
    return world.create_groups(store, groups)


@command
def create_groups_from(world: AdminWorld, store: Store, /, text: str, parameters: dict[str, str]) -> list[str]:
    """Create the feature groups that a document describes, and return their ARNs.

    :param text: the document, in JSON or YAML
    :param parameters: values for the parameters of a CloudFormation template
    """
    if not isinstance(text, str) or not isinstance(parameters, dict):
        raise TypeError("text (the template) must be a string, and parameters must be a JSON object.")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else world.read_yaml(text)
    except json.JSONDecodeError:  # a YAML document can also start with a brace
        document = world.read_yaml(text)
    if group_sources.is_template(document):
        return world.create_groups(store, world.groups_of_template(store, document, parameters))
    return world.create_groups(store, group_sources.groups_of(document))


@command
def groups(world: AdminWorld, store: Store, /) -> list[Params]:
    """Return the name, status, stores, number of records and number of rows to be flushed for each feature group."""
    return [_summary(world, group) for group in store.all_groups()]


def overview(world: AdminWorld, store: Store, /) -> str:
    """Return a string for ``repr()``, with the names of the store's feature groups, and of the groups in all other stores."""
    text = f"account {store.account_id}, region {store.region}, groups: {', '.join(store.groups) or 'none'}"
    others = [other for other in world.all_stores() if other is not store and other.groups]
    elsewhere = [f"{', '.join(other.groups)} in account {other.account_id}, region {other.region}" for other in others]
    return f"{text}; elsewhere: {'; '.join(elsewhere)}" if elsewhere else text


def _summary(world: AdminWorld, group: FeatureGroup) -> Params:
    with group.lock:
        group.expire(world.now())
        return {
            "name": group.name,
            "status": group.status,
            "stores": group.stores,
            "records": group.records.live,
            "waiting": len(group.buffer),
        }


@command
def definitions(world: AdminWorld, store: Store, /, group: str) -> list[Params]:
    """Return the FeatureDefinitions of a group."""
    return [definition.given for definition in find_group(world, store, group).definitions.values()]


# Records.


@command
def load(world: AdminWorld, store: Store, /, group: str, rows: list[Any], **options: Any) -> int:
    """Write records, and return the number of records.

    :param rows: for each record, a list of a label (for error messages) and the record's FeatureValues
    :param options: other parameters of PutRecord, for all records
    """
    from moto_featurestore.testing import loading

    loading.check_rows(rows)
    return loading.load(world, find_group(world, store, group), rows, options)


@command
def records(world: AdminWorld, store: Store, /, group: str) -> dict[str, Any]:
    """Return the online records of a feature group, its rows that are not yet flushed, and its feature types."""
    feature_group = find_group(world, store, group)
    with feature_group.lock:
        live = [record for record in feature_group.records_from(0, world.now()) if not record.is_deleted]
        features = (_features(feature_group, record.values) for record in live)
        online = {values[feature_group.record_identifier]: values for values in features}
        waiting = [
            _features(feature_group, row.values) | {"is_deleted": row.is_deleted} for row in feature_group.buffer
        ]
        return {"online": online, "waiting": waiting, "types": _types(feature_group)}


@command
def history(world: AdminWorld, store: Store, /, group: str, record_identifier: str) -> list[dict[str, Any]]:
    """Return all versions of a record: the rows of the offline store or, if it has no rows of the record, the logged writes."""
    from moto_featurestore.offline.history import rows_of

    check_texts(record_identifier=record_identifier)
    feature_group = find_group(world, store, group)
    rows = rows_of(world, feature_group, record_identifier) if feature_group.offline_store else []
    if rows and feature_group.identifier_definition.feature_type == "String":
        return _with_iso_times(rows)
    logged_calls = map(call_log.from_json, calls(world, store))
    if rows:
        rows = call_log.without_other_texts(rows, feature_group, record_identifier, logged_calls)
    else:
        rows = call_log.written_versions(feature_group, record_identifier, logged_calls)
    return _with_iso_times(rows)


@command
def offline_rows(world: AdminWorld, store: Store, /, group: str) -> list[dict[str, Any]]:
    """Write the buffered rows of a group to its offline store, and return all rows of the offline store."""
    from moto_featurestore.offline.history import all_rows

    feature_group = find_group(world, store, group)
    if feature_group.offline_store is None:
        raise ValueError(f"The feature group {group!r} has no offline store. Create it with offline=True.")
    flush(world, store, group)
    return _with_iso_times(all_rows(world, feature_group))


def _with_iso_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in rows
    ]


@command
def flush(world: AdminWorld, store: Store, /, group: str | None = None) -> None:
    """Write the buffered rows of a group, or of all groups, to the offline store."""
    from moto_featurestore.offline.flush import flush as flush_group

    messages = []
    for feature_group in [find_group(world, store, group)] if group else list(store.pending):
        flush_group(world, feature_group)
        if reason := (feature_group.offline_store_status or {}).get("BlockedReason"):
            messages.append(
                f"Cannot write all rows of the feature group {feature_group.name!r} to the offline store: {reason}"
            )
    if messages:
        raise RuntimeError("\n".join(sorted(messages)))


# Snapshots.


@command
def snapshot(world: AdminWorld, _: Store, /, *, everything: bool = False) -> dict[str, Any]:
    """Save the state of all stores. Return the snapshot's ID, and the services that cannot be saved, with reasons.

    :param everything: if True, also save all other moto services
    """
    snapshot_id, left_out = world.take_snapshot(everything=everything)
    return {"id": snapshot_id, "left_out": dict(left_out)}


@command
def restore(world: AdminWorld, _store: Store, /, snapshot: str) -> None:
    """Restore the state that a snapshot saved."""
    world.restore_snapshot(snapshot)


@command
def forget_snapshot(world: AdminWorld, _store: Store, /, snapshot: str) -> None:
    """Delete a snapshot, if the snapshot exists."""
    world.forget_snapshot(snapshot)


def find_group(world: AdminWorld, store: Store, name: str) -> FeatureGroup:
    """Return the feature group with this name.

    :raises LookupError: if there is no such group; the message lists the groups of the store, and the accounts and regions
        that contain a group with this name
    """
    check_texts(group=name)
    group = store.find(name)
    if group is None:
        known = ", ".join(store.groups) or "none"
        raise LookupError(
            f"The feature group {name!r} does not exist in account {store.account_id}, region {store.region}."
            f" Existing groups: {known}."
            f"{hint_elsewhere(world, store.account_id, store.region, name)}"
        )
    return group


def _types(group: FeatureGroup) -> dict[str, str]:
    return {name: definition.feature_type for name, definition in group.definitions.items()}


def _features(group: FeatureGroup, values: Values) -> dict[str, Any]:
    return {name: _plain(value) for name, value in group.features(values)}


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)

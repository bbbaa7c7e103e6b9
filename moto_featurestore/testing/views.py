"""Read-only commands for this package's web console. The commands return feature groups and records.

Long lists are returned in pages. The time to read a page does not depend on the number of records. Times are in milliseconds since 1970.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from moto_featurestore.store.group import FeatureDefinition, FeatureGroup, Store
from moto_featurestore.store.online import Record
from moto_featurestore.testing import statistics
from moto_featurestore.testing.commands import AdminWorld, command, find_group
from moto_featurestore.testing.fault_parameters import check_texts
from moto_featurestore.values import Value
from moto_featurestore.world import World

Json = dict[str, Any]

MOST = 500
"""The maximum number of items on a page."""
_CELL = 200
"""The maximum number of characters of a value in a table."""
MILLISECOND = 1_000_000
"""The number of nanoseconds in a millisecond."""


@command
def changes(world: AdminWorld, store: Store, /) -> Json:
    """Return the account, the region, the clock's time, and a string ``version`` that changes whenever the state changes."""
    controls = world.controls
    faults = [(fault.id, fault.hits) for fault in controls.faults.armed]
    groups = [
        (
            id(group),
            group.status,
            group.records.changes,
            len(group.buffer),
            group.rows_written,
            group.last_modified_time,
            len(group.tags),
            str(group.offline_store_status),
        )
        for group in store.all_groups()
    ]
    state = controls.calls.newest, controls.clock.ahead, faults, list(controls.throughput.enforced), groups
    return {
        "version": f"{hash(str(state)):x}",
        "account_id": store.account_id,
        "region": store.region,
        "time": world.now() // MILLISECOND,
        "ahead": controls.clock.ahead // MILLISECOND,
    }


# Feature groups.


@command
def show_groups(  # noqa: PLR0913 - the filters and the page
    world: AdminWorld, store: Store, /, *, name: str = "", tag: str = "", page: int = 1, size: int = 50
) -> Json:
    """Return a page of the feature groups, sorted by name.

    :param name: return only groups whose names contain this text
    :param tag: return only groups with this tag, as ``key`` or ``key=value``
    """
    check_texts(name=name, tag=tag)
    groups = sorted(store.all_groups(), key=lambda group: group.name)
    chosen = [group for group in groups if contains(group.name, name) and _has_tag(group, tag)]
    shown, paging = _page(chosen, page, size)
    return {"groups": [_summary(world, group) for group in shown], "all": len(groups), **paging}


@command
def show_group(world: AdminWorld, store: Store, /, *, group: str) -> Json:
    """Return a feature group without its features and records.

    :raises LookupError: if there is no such group
    """
    found = find_group(world, store, group)
    return _summary(world, found) | {
        "account_id": store.account_id,
        "region": store.region,
        "record_identifier": found.record_identifier,
        "event_time": found.event_time,
        "features": len(found.definitions),
        "description": found.description,
        "role_arn": found.role_arn,
        "throughput": found.throughput,
        "online_store": found.online_store,
        "offline_store": found.offline_store,
        "offline_store_status": found.offline_store_status,
        "last_modified_time": _milliseconds(found.last_modified_time),
    }


@command
def show_features(  # noqa: PLR0913 - the filters and the page
    world: AdminWorld,
    store: Store,
    /,
    *,
    group: str,
    name: str = "",
    page: int = 1,
    size: int = 50,
) -> Json:
    """Return a page of a group's features, in the order of the feature definitions.

    :param name: return only features whose names contain this text
    """
    check_texts(name=name)
    found = find_group(world, store, group)
    chosen = [definition for definition in found.definitions.values() if contains(definition.name, name)]
    shown, paging = _page(chosen, page, size)
    return {"features": [_feature(found, definition) for definition in shown], **paging}


def _summary(world: World, group: FeatureGroup) -> Json:
    with group.lock:
        group.expire(world.now())
        return {
            "name": group.name,
            "arn": group.arn,
            "status": group.status,
            "failure_reason": group.failure_reason,
            "stores": group.stores,
            "records": group.records.live,
            "deleted": group.records.deleted,
            "online_bytes": group.online_bytes,
            "rows_waiting": len(group.buffer),
            "rows_written": group.rows_written,
            "creation_time": _milliseconds(group.creation_time),
            "tags": dict(group.tags),
        }


def contains(text: str | None, part: str | None) -> bool:
    """Return True if ``text`` contains ``part``, ignoring case, or if ``part`` is None or empty."""
    return not part or part.lower() in (text or "").lower()


def _has_tag(group: FeatureGroup, tag: str | None) -> bool:
    key, _, value = (tag or "").partition("=")
    return not tag or any(contains(name, key) and contains(text, value) for name, text in group.tags.items())


def _feature(group: FeatureGroup, definition: FeatureDefinition) -> Json:
    roles = {group.record_identifier: "record identifier", group.event_time: "event time"}
    return {
        "name": definition.name,
        "type": definition.feature_type,
        "collection": definition.collection_type,
        "dimension": definition.dimension,
        "role": roles.get(definition.name),
        "description": definition.description,
        "parameters": definition.parameters,
    }


# Records.


@command
def show_records(  # noqa: PLR0913 - the page has columns too
    world: AdminWorld,
    store: Store,
    /,
    *,
    group: str,
    page: int = 1,
    size: int = 100,
    first: int = 0,
    columns: int = 20,
    deleted: bool = False,
) -> Json:
    """Return a page of the online records, in the order of ListRecords, with some of the features.

    If ``deleted`` is false, the function removes soft-deleted records from the page, and the page may contain fewer
    than ``size`` records. It does not search for more records, because this could take long in a large group.

    :param first: the index of the first feature to return, not counting the record identifier and the event time
    :param columns: the number of features to return, besides the record identifier and the event time
    :param deleted: if True, include soft-deleted records
    """
    found = find_group(world, store, group)
    with found.lock:
        found.expire(world.now())
        total = len(found.records.by_identifier)
        number, size, pages = _place(page, size, total)
        records = found.record_page((number - 1) * size, size, world.now())
    shown = [record for record in records if deleted or not record.is_deleted]
    table = _table(found, shown, first, columns)
    return {**table, "hidden": len(records) - len(shown), "total": total, "page": number, "pages": pages, "size": size}


@command
def find_records(  # noqa: PLR0913 - the page has columns too
    world: AdminWorld, store: Store, /, *, group: str, text: str, size: int = 100, first: int = 0, columns: int = 20
) -> Json:
    """Return at most ``size`` records whose identifiers contain ``text``. An identifier that equals ``text`` comes first.

    :param first: the index of the first feature to return, not counting the record identifier and the event time
    :param columns: the number of features to return, besides the record identifier and the event time
    """
    check_texts(text=text)
    found = find_group(world, store, group)
    size = min(max(size, 1), MOST)
    with found.lock:
        found.expire(world.now())
        identifiers = list(found.records.by_identifier)
        exact = [text] if text in found.records.by_identifier else []
    # Search without the lock, so that writes do not wait. The result omits a record that is removed during the search.
    others = islice((name for name in identifiers if text in name and name != text), size + 1 - len(exact))
    found_records = map(found.records.by_identifier.get, (*exact, *others))
    records = [record for record in found_records if record is not None]
    table = _table(found, records[:size], first, columns)
    return {**table, "is_complete": len(records) <= size}


@command
def show_record(world: AdminWorld, store: Store, /, *, group: str, record_identifier: str) -> Json | None:
    """Return a record with all its features, or None if the online store does not contain the record."""
    check_texts(record_identifier=record_identifier)
    found = find_group(world, store, group)
    with found.lock:
        record = found.find(record_identifier, world.now())
    if record is None:
        return None
    values = {name: _plain(value) for name, value in found.features(record.values)}
    return _row(found, record, ()) | {"values": values}


def _table(group: FeatureGroup, records: Iterable[Record], first: int, columns: int) -> Json:
    special = (group.record_identifier, group.event_time)
    others = [definition for definition in group.definitions.values() if definition.name not in special]
    window = others[max(first, 0) : max(first, 0) + min(max(columns, 1), MOST)]
    shown = [*(group.definitions[name] for name in dict.fromkeys(special)), *window]
    return {
        "columns": [_feature(group, definition) for definition in shown],
        "features": len(others),
        "first": first,
        "rows": [_row(group, record, shown) for record in records],
    }


def _row(group: FeatureGroup, record: Record, columns: Iterable[FeatureDefinition]) -> Json:
    event_time = group.event_time_definition.position
    return {
        "identifier": record.identifier,
        "cells": [_cell(record, definition) for definition in columns],
        "event_time": record.values[event_time],
        "expires_at": _milliseconds(record.expires_at),
        "is_deleted": record.is_deleted,
    }


def _cell(record: Record, definition: FeatureDefinition) -> str | None:
    value = record.values[definition.position] if definition.position < len(record.values) else None
    text = value if value is None or isinstance(value, str) else f"[{', '.join(value)}]"
    return text if text is None or len(text) <= _CELL else f"{text[:_CELL]}…"


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


@command
def show_statistics(
    world: AdminWorld,
    store: Store,
    /,
    *,
    group: str,
    page: int = 1,
    size: int = 12,
) -> Json:
    """Return a page of features, each with the distribution of its values in a sample of the online records."""
    found = find_group(world, store, group)
    shown, paging = _page(list(found.definitions.values()), page, size)
    with found.lock:
        everything = found.record_page(0, len(found.records.order), world.now())
        deleted = found.records.deleted
    sample = everything[:: max(1, -(-len(everything) // statistics.SAMPLE))]
    records = [record for record in sample if not record.is_deleted]
    features = [_feature(found, definition) | _distribution(found, definition, records) for definition in shown]
    return {"features": features, "sample": len(records), "records": len(everything) - deleted, **paging}


def _distribution(group: FeatureGroup, definition: FeatureDefinition, records: list[Record]) -> Json:
    values = [_value(record, definition.position) for record in records]
    is_time = definition.name == group.event_time != group.record_identifier
    return statistics.describe(definition.feature_type, values, is_time=is_time)


def _value(record: Record, position: int) -> Value | None:
    return record.values[position] if position < len(record.values) else None


# Pages.


def _page(items: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], Json]:
    number, size, pages = _place(page, size, len(items))
    start = (number - 1) * size
    return items[start : start + size], {"total": len(items), "page": number, "pages": pages, "size": size}


def _place(page: int, size: int, total: int) -> tuple[int, int, int]:
    """Return the page number, the page size and the number of pages.

    Replace a page number or size that is out of range by the nearest valid value.

    :param total: the number of items on all pages
    """
    size = min(max(size, 1), MOST)
    pages = max(1, -(-total // size))
    return min(max(page, 1), pages), size, pages


def _milliseconds(time: int | None) -> int | None:
    return None if time is None else time // MILLISECOND

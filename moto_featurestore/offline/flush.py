"""The writing of buffered rows to the offline store (a flush). If a flush fails, no row is lost or written twice."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from logging import getLogger
from threading import local

from moto_featurestore.offline import OfflineWriteError, parquet
from moto_featurestore.offline.layout import HOUR, TOKEN_DIGITS, file_name, files_by, location, partition
from moto_featurestore.offline.optional_dependencies import MissingExtraError, require_pyarrow, require_pyiceberg
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.world import World

_LOCK_TIMEOUT = 5
"""Maximum time in seconds that a flush waits for another flush of the same group. The limit prevents a deadlock.

A flush may wait for a subscriber that S3 notifies of a new object. If this subscriber causes a second flush, the two
flushes would wait for each other forever.
"""

_thread_state = local()
_logger = getLogger(__name__)


def refresh(world: World, groups: Iterable[FeatureGroup]) -> None:
    """Call ``flush_due()`` for each group."""
    for group in list(groups):
        flush_due(world, group)


def flush_due(world: World, group: FeatureGroup) -> None:
    """Write those rows of a group that have been in the buffer for at least the configured delay."""
    if _is_due(world, group):
        flush(world, group, world.settings().offline_delay)


def _is_due(world: World, group: FeatureGroup) -> bool:
    with group.lock:
        return bool(group.due(world.now(), world.settings().offline_delay))


def _import_library(group: FeatureGroup) -> None:
    """Import pyiceberg or pyarrow, depending on the group's table format.

    :raises MissingExtraError: if the library is not installed
    """
    if group.is_iceberg:
        require_pyiceberg()
    else:
        require_pyarrow()


def flush(world: World, group: FeatureGroup, delay: float = 0) -> None:
    """Write those rows of a group that have been in the buffer for at least ``delay`` seconds.

    If the write fails, the rows stay in the buffer, and OfflineStoreStatus contains the reason. Rows that arrive during
    the flush stay until the next flush. Do nothing if the caller is itself a request that a flush sends to S3 or Glue,
    or if another flush of the group takes longer than ``_LOCK_TIMEOUT``.

    :param delay: delay in seconds; by default, write all rows
    """
    if getattr(_thread_state, "is_flushing", False):
        return
    if not group.flush_lock.acquire(timeout=_LOCK_TIMEOUT):
        return
    _thread_state.is_flushing = True
    try:
        with group.observer.flushing(_LOCK_TIMEOUT) as is_free:
            if is_free:
                _flush(world, group, delay)
    finally:
        _thread_state.is_flushing = False
        group.flush_lock.release()


def _flush(world: World, group: FeatureGroup, delay: float) -> None:
    with group.lock:
        due = group.due(world.now(), delay)
        rows = group.buffer.select(due)
    if not rows:
        return
    written: list[int] = []
    try:
        for positions in _write(world, group, rows, due):
            written += positions
    except (MissingExtraError, OfflineWriteError) as error:
        _set_status(group, _blocked(error))
    except Exception as error:
        # The request that caused the flush must not fail: report the error in OfflineStoreStatus and the log instead.
        _logger.exception(
            "Cannot write rows of the feature group %s to the offline store. They stay in the buffer", group.name
        )
        _set_status(group, {"Status": "Blocked", "BlockedReason": f"{type(error).__name__}: {error}"})
    else:
        _set_status(group, {"Status": "Active"})
    finally:
        group.remove_written_rows(written)


def _set_status(group: FeatureGroup, status: dict[str, str]) -> None:
    if status != group.offline_store_status:
        group.update_members(offline_store_status=status)


def _blocked(reason: Exception) -> dict[str, str]:
    return {"Status": "Blocked", "BlockedReason": str(reason)}


def _write(world: World, group: FeatureGroup, rows: OfflineRows, due: Sequence[int]) -> Iterator[Collection[int]]:
    """Write rows in the group's table format. After each write, yield the positions of the written rows in the buffer.

    :raises OfflineWriteError: if the service cannot write to the bucket or the table
    :raises MissingExtraError: if the library that writes the rows is missing
    """
    if reason := world.write_problem(group):
        raise OfflineWriteError(reason)
    if group.is_iceberg and (reason := world.table_problem(group)):
        raise OfflineWriteError(reason)
    _import_library(group)
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        iceberg.append(world, group, rows, world.now())
        yield due
    else:
        yield from _write_parquet(world, group, rows, due)


def _write_parquet(
    world: World, group: FeatureGroup, rows: OfflineRows, due: Sequence[int]
) -> Iterator[Collection[int]]:
    """Write one file per hour of the event time. After each file, yield the positions of its rows in the buffer.

    If a single file would contain all rows, write two files.
    """
    import pyarrow as pa

    files = files_by(event_time // HOUR for event_time in rows.event_times)
    table = parquet.table(_definitions(group), rows, world.now())
    table = table.take(pa.array(chain.from_iterable(files), pa.int64()))
    s3, (bucket, prefix), start = world.s3(group), location(group), 0
    for positions in files:
        latest = max(rows.event_times[position] for position in positions)
        name = file_name(latest, world.random_hex(TOKEN_DIGITS))
        key = f"{prefix}/{partition(latest)}/{name}"
        s3.put_object(bucket, key, parquet.encode(table.slice(start, len(positions))))
        start += len(positions)
        yield [due[position] for position in positions]


def _definitions(group: FeatureGroup) -> Collection[FeatureDefinition]:
    return group.definitions.values()

"""From a group's buffer to its offline store: nothing is lost where writing fails, nothing is written twice."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from logging import getLogger
from threading import local

from moto_featurestore.offline import RefusedError, parquet
from moto_featurestore.offline.layout import HOUR, TOKEN_DIGITS, file_name, files_by, location, partition
from moto_featurestore.offline.optional_dependencies import MissingExtraError, require_pyarrow, require_pyiceberg
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.world import World

_PATIENCE = 5
"""For how many seconds a flush waits for another one: that may wait for who asks, whom S3 has told of a new object."""

_at_work = local()
_logger = getLogger(__name__)


def refresh(world: World, groups: Iterable[FeatureGroup]) -> None:
    """Let groups be as whoever looks at them has to see them; of a missing library, OfflineStoreStatus tells."""
    for group in list(groups):
        with suppress(MissingExtraError):
            flush_due(world, group)


def flush_due(world: World, group: FeatureGroup) -> None:
    """Write what is pending in a group, once it has waited as long as the settings say.

    :raises MissingExtraError: where a library is missing
    """
    if _is_due(world, group):
        flush(world, group, world.settings().offline_delay)


def require_library(world: World, group: FeatureGroup) -> None:
    """Say what to install, where that is why rows are not written which should be.

    :raises MissingExtraError: where it is
    """
    if _is_due(world, group):
        _require(group)


def _is_due(world: World, group: FeatureGroup) -> bool:
    with group.lock:
        return bool(group.due(world.now(), world.settings().offline_delay))


def _require(group: FeatureGroup) -> None:
    """Import what a group's rows are written with."""
    if group.is_iceberg:
        require_pyiceberg()
    else:
        require_pyarrow()


def flush(world: World, group: FeatureGroup, delay: float = 0) -> None:
    """Write the rows that have waited so long; where they cannot be written, they stay, and OfflineStoreStatus says why.

    Rows that arrive meanwhile wait for the next time. What a flush itself asks of AWS flushes nothing.

    :raises MissingExtraError: where a library is missing
    """
    if getattr(_at_work, "is_so", False):
        return
    if not group.flush_lock.acquire(timeout=_PATIENCE):
        return
    _at_work.is_so = True
    try:
        _flush(world, group, delay)
    finally:
        _at_work.is_so = False
        group.flush_lock.release()


def _flush(world: World, group: FeatureGroup, delay: float) -> None:
    with group.lock:
        due = group.due(world.now(), delay)
        rows = group.buffer.select(due)
    if not rows:
        return
    written: list[int] = []
    try:
        for places in _write(world, group, rows, due):
            written += [due[place] for place in places]
    except MissingExtraError as error:
        _tell(group, _blocked(error))
        raise
    except RefusedError as error:
        _tell(group, _blocked(error))
    except Exception as error:
        # Whoever looks at the bucket has asked for something else: it is told where the service tells it, and logged.
        _logger.exception("Rows of the feature group %s cannot be written", group.name)
        _tell(group, {"Status": "Blocked", "BlockedReason": f"{type(error).__name__}: {error}"})
    else:
        _tell(group, {"Status": "Active"})
    finally:
        group.take_written(written)


def _tell(group: FeatureGroup, status: dict[str, str]) -> None:
    if status != group.offline_store_status:
        group.offline_store_status = status
        group.changed()


def _blocked(reason: Exception) -> dict[str, str]:
    return {"Status": "Blocked", "BlockedReason": str(reason)}


def _write(world: World, group: FeatureGroup, rows: OfflineRows, due: Sequence[int]) -> Iterator[Collection[int]]:
    """Write rows in the group's table format; gives the places of those that are written, as they are."""
    if refusal := world.write_refusal(group):
        raise RefusedError(refusal)
    if group.is_iceberg and (refusal := world.table_refusal(group)):
        raise RefusedError(refusal)
    _require(group)
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        iceberg.append(world, group, rows, world.now())
        yield range(len(rows))
    else:
        yield from _write_parquet(world, group, rows, due)


def _write_parquet(
    world: World, group: FeatureGroup, rows: OfflineRows, due: Sequence[int]
) -> Iterator[Collection[int]]:
    """One file an event hour, or two, where that would make a single file of several rows."""
    import pyarrow as pa

    files = files_by(event_time // HOUR for event_time in rows.event_times)
    table = parquet.table(_definitions(group), rows, world.now())
    table = table.take(pa.array(chain.from_iterable(files), pa.int64()))
    bucket_prefix, start = location(group).prefix, 0
    for places in files:
        latest = max(rows.event_times[place] for place in places)
        name = file_name(latest, world.random_hex(TOKEN_DIGITS))
        key = f"{bucket_prefix}/{partition(latest)}/{name}"
        group.intend(key, [due[place] for place in places])
        world.put_object(group, key, parquet.encode(table.slice(start, len(places))))
        start += len(places)
        yield places


def _definitions(group: FeatureGroup) -> Collection[FeatureDefinition]:
    return group.definitions.values()

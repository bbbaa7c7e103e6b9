"""OPTIMIZE and VACUUM of Iceberg tables.

https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html,
https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pyiceberg.table import Table as Iceberg
from pyiceberg.table.snapshots import Operation, Snapshot
from pyiceberg.utils.properties import property_as_int
from sqlglot import exp

from moto_featurestore.athena.catalog import Table
from moto_featurestore.athena.ddl.hive import TABLE, match_statement, names_of
from moto_featurestore.athena.dml import TARGET
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Run
from moto_featurestore.athena.iceberg import FILE
from moto_featurestore.athena.iceberg_write import IcebergCatalog, Target, target_size
from moto_featurestore.athena.language.dialect import parse_query
from moto_featurestore.athena.query import plan
from moto_featurestore.athena.scan import bucket_and_key, bucket_and_prefix

_OPTIMIZE = rf"OPTIMIZE {TABLE} REWRITE DATA USING BIN_PACK(?: WHERE (?P<where>.+))?"
_VACUUM = rf"VACUUM {TABLE}"

# Athena's defaults: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html. The page of
# CREATE TABLE AS documents the sizes.
_MIN_SIZE_RATIO, _MAX_SIZE_RATIO = 0.75, 1.8
_FILES = 5
_AGE = 432_000
_SNAPSHOTS = 1


def maintain(running: Run, text: str) -> bool:
    """Run an OPTIMIZE or VACUUM statement, and return True. If the text is another statement, return False."""
    if match := match_statement(_OPTIMIZE, text):
        _optimize(running, _table(running, match), match["where"])
    elif match := match_statement(_VACUUM, text):
        _vacuum(running, _table(running, match))
    else:
        return False
    return True


def _table(running: Run, match: re.Match[str]) -> Table:
    table = running.catalog.existing_table(names_of(match["table"]))
    if not table.is_iceberg:
        reason = f"{match[0].split()[0].upper()} is only supported for Iceberg tables"  # the message is assumed
        raise QueryFailed("NOT_SUPPORTED", reason)
    return table


def _optimize(running: Run, table: Table, where: str | None) -> None:
    """Rewrite the data files that are too small or too large.

    Skip a partition if it has fewer such files than the table property ``optimize_rewrite_data_file_threshold``.

    :param where: condition that selects the files, or None for all files
    """
    target = Target(running.services, table)
    if where is None:
        target.admit(running.session.admit)
        selected = set(target.files)
    else:
        selected = _files_of(running, target, where)
    properties = target.iceberg.properties
    size = target_size(properties)
    minimum = property_as_int(properties, "optimize_rewrite_min_data_file_size_bytes") or size * _MIN_SIZE_RATIO
    maximum = property_as_int(properties, "optimize_rewrite_max_data_file_size_bytes") or size * _MAX_SIZE_RATIO
    by_partition: dict[Any, list[str]] = defaultdict(list)
    for path in sorted(selected):
        file = target.files[path]
        if not minimum <= file.file_size_in_bytes <= maximum:
            by_partition[file.spec_id, file.partition].append(path)
    enough = property_as_int(properties, "optimize_rewrite_data_file_threshold") or _FILES
    paths = [path for group in by_partition.values() if len(group) >= enough for path in group]
    if paths:
        names = ", ".join(f'"{column.name}"' for column in target.reader.columns)
        rows = target.rows(running.cursor, f"SELECT {names} FROM ({target.read(paths)})")
        target.replace(paths, rows, Operation.REPLACE)
    running.answer_count(0, ".csv")


def _files_of(running: Run, target: Target, where: str) -> set[str]:
    """Return the paths of the files that contain a matching row.

    :param where: SQL condition, which may use only partition columns
    :raises QueryFailed: if the condition is not valid, or uses another column
    """
    text = f"SELECT {FILE} FROM {TARGET} WHERE {where}"
    tree = parse_query(text)
    if not isinstance(tree, exp.Select) or {name for name, part in tree.args.items() if part} - _CLAUSES:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{where}'")
    schema, spec = target.iceberg.schema(), target.iceberg.spec()
    keys = {schema.find_field(field.source_id).name.lower() for field in spec.fields}
    condition = tree.args["where"]
    if any(column.name.lower() not in keys for column in condition.find_all(exp.Column)):
        # https://github.com/trinodb/trino, io.trino.sql.planner.optimizations; Athena's message is assumed.
        reason = (
            "Unexpected FilterNode found in plan; probably connector was not able to handle provided WHERE expression"
        )
        raise QueryFailed("NOT_SUPPORTED", reason)
    planned = plan(running, tree, text, {TARGET: target})
    sql = planned.over_files(running.catalog, running.session)
    return {path for (path,) in running.cursor.execute(f"SELECT DISTINCT * FROM ({sql})").fetchall()}


_CLAUSES = {"expressions", "from_", "where"}


def _vacuum(running: Run, table: Table) -> None:
    """Expire old snapshots, and delete the files that no remaining snapshot references."""
    bucket, prefix = bucket_and_prefix(table.location)
    if not prefix:
        reason = f"Path missing in file system location: s3://{bucket}"
        raise QueryFailed("GENERIC_INTERNAL_ERROR", reason)
    catalog = IcebergCatalog(running.services)
    iceberg = catalog.open(table)
    age = property_as_int(iceberg.properties, "history.expire.max-snapshot-age-ms", _AGE * 1000)
    limit = now() - timedelta(milliseconds=age or 0)
    before = set(_referenced_files(iceberg))
    if expired := _expired(iceberg, int(limit.timestamp() * 1000)):
        with catalog.changing_table(table.database, table.name):
            iceberg.maintenance.expire_snapshots().by_ids(expired).commit()
    after = set(_referenced_files(iceberg))
    unreferenced = [
        stored.key
        for stored in running.services.objects(bucket, prefix)
        if (key := (bucket, stored.key)) not in after and (key in before or _aware(stored.last_modified) < limit)
    ]
    running.services.delete_objects(bucket, unreferenced)
    running.answer_count(0, ".csv")


def now() -> datetime:
    """Return the current time of the system clock, in UTC."""
    return datetime.now(UTC)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _expired(table: Iceberg, limit: int) -> list[int]:
    """Return the ids of the snapshots to expire.

    Omit snapshots of branches and tags, and the latest snapshots that the table's properties retain.

    :param limit: expire only snapshots that are older than this time, in milliseconds since 1970
    """
    retained = {reference.snapshot_id for reference in table.metadata.refs.values()}
    least = property_as_int(table.properties, "history.expire.min-snapshots-to-keep", _SNAPSHOTS) or _SNAPSHOTS
    retained |= {snapshot.snapshot_id for snapshot in [*_ancestors(table)][:least]}
    return [
        snapshot.snapshot_id
        for snapshot in table.metadata.snapshots
        if snapshot.timestamp_ms < limit and snapshot.snapshot_id not in retained
    ]


def _ancestors(table: Iceberg) -> Iterator[Snapshot]:
    snapshot = table.current_snapshot()
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = table.metadata.snapshot_by_id(parent) if parent is not None else None


def _referenced_files(table: Iceberg) -> Iterable[tuple[str, str]]:
    """Yield the bucket and key of each metadata and data file that a table references."""
    yield bucket_and_key(table.metadata_location)
    for entry in table.metadata.metadata_log:
        yield bucket_and_key(entry.metadata_file)
    seen: set[str] = set()
    for snapshot in table.metadata.snapshots:
        yield bucket_and_key(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield bucket_and_key(manifest.manifest_path)
                yield from (
                    bucket_and_key(entry.data_file.file_path)
                    for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                )

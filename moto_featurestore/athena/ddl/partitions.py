"""Statements that change or show the partitions of a table."""

import re

from moto_featurestore.athena.catalog import Catalog, Table
from moto_featurestore.athena.ddl.hive import TEXT, names_of, pairs_of, text_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.outcome import Shown
from moto_featurestore.athena.scan import bucket_and_prefix

_PARTITION = re.compile(rf"PARTITION\s*\((?P<pairs>[^)]*)\)(?:\s*LOCATION\s+(?P<location>{TEXT}))?", re.IGNORECASE)


def _values(table: Table, pairs: str) -> list[str]:
    spec = {key.lower(): value for key, value in pairs_of(pairs).items()}
    keys = [column.name for column in table.partition_columns]
    if sorted(spec) != sorted(keys):
        raise QueryFailed(
            "", f"FAILED: SemanticException partition spec {spec} doesn't match the partition keys {keys}"
        )
    return [spec[key] for key in keys]


def _partition_name(table: Table, values: list[str]) -> str:
    return "/".join(f"{column.name}={value}" for column, value in zip(table.partition_columns, values, strict=True))


def _unescaped(value: str) -> str:
    """Decode a partition value from a path, like Hive: https://github.com/apache/hive, FileUtils.unescapePathName."""
    return re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), value)


def _add(catalog: Catalog, table: Table, values: list[str], location: str | None) -> None:
    folder = location or f"{table.location.rstrip('/')}/{_partition_name(table, values)}"
    storage = {**table.storage, "Location": folder}
    catalog.lake.create_partition(table.database, table.name, {"Values": values, "StorageDescriptor": storage})


def _partition_values(catalog: Catalog, table: Table) -> list[list[str]]:
    return [partition["Values"] for partition in catalog.lake.partitions(table.database, table.name)]


def add(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an ALTER TABLE ADD PARTITION statement."""
    table = catalog.existing_table(names_of(match["table"]))
    spec = [(_values(table, part["pairs"]), part["location"]) for part in _PARTITION.finditer(match["partitions"])]
    known = _partition_values(catalog, table)
    for values, location in spec:
        if values not in known:
            _add(catalog, table, values, text_of(location) if location else None)
        elif not match["exists"]:
            raise QueryFailed("", f"FAILED: Execution Error, return code 1: Partition already exists: {values}")
    return Shown([])


def drop(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an ALTER TABLE DROP PARTITION statement."""
    table = catalog.existing_table(names_of(match["table"]))
    known = _partition_values(catalog, table)
    for part in _PARTITION.finditer(match["partitions"]):
        values = _values(table, part["pairs"])
        if values in known:
            catalog.lake.delete_partition(table.database, table.name, values)
        elif not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10006]: Partition not found {values}")
    return Shown([])


def show(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run a SHOW PARTITIONS statement."""
    table = catalog.existing_table(names_of(match["table"]))
    if not table.partition_columns:
        raise QueryFailed("", f"FAILED: SemanticException [Error 10241]: Table {table.name} is not a partitioned table")
    return Shown(sorted(_partition_name(table, values) for values in _partition_values(catalog, table)), "partition")


def repair(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an MSCK REPAIR TABLE statement: add a partition for each folder in S3 with a Hive name (``key=value``)."""
    table = catalog.existing_table(names_of(match["table"]))
    keys = [column.name for column in table.partition_columns]
    bucket, prefix = bucket_and_prefix(table.location)
    pattern = re.compile("/".join(rf"{re.escape(key)}=([^/]+)" for key in keys) + "/.", re.IGNORECASE)
    known = _partition_values(catalog, table)
    added: list[str] = []
    for stored in catalog.lake.objects(bucket, prefix):
        folder_match = pattern.match(stored.key[len(prefix) :]) if keys else None
        values = list(map(_unescaped, folder_match.groups())) if folder_match else None
        if folder_match and values and values not in known:
            folder = f"s3://{bucket}/{prefix}{folder_match[0].rpartition('/')[0]}"
            _add(catalog, table, values, folder)
            known.append(values)
            added.append(_partition_name(table, values))
    names = [f"{table.name}:{name}" for name in added]
    lines = [f"Partitions not in metastore:\t{' '.join(names)}"] if names else []
    return Shown([*lines, *(f"Repair: Added partition to metastore {name}" for name in names)], "result")

"""The entry point for statements in Hive's DDL dialect, and the functions for CREATE, DROP, ALTER and MSCK statements."""

import re
from collections.abc import Callable
from typing import Any

from moto_featurestore.athena.catalog import Catalog, Table, iceberg_module
from moto_featurestore.athena.ddl import show
from moto_featurestore.athena.ddl.hive import (
    NAME,
    TABLE,
    TEXT,
    check_repeated,
    columns_of,
    match_statement,
    names_of,
    pairs_of,
    text_of,
)
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.results import TextResult
from moto_featurestore.athena.scan import bucket_and_prefix

# Partitions.

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


def _create_partition(catalog: Catalog, table: Table, values: list[str], location: str | None) -> None:
    folder = location or f"{table.location.rstrip('/')}/{_partition_name(table, values)}"
    storage = {**table.storage, "Location": folder}
    catalog.services.create_partition(table.database, table.name, {"Values": values, "StorageDescriptor": storage})


def _partition_values(catalog: Catalog, table: Table) -> list[list[str]]:
    return [partition["Values"] for partition in catalog.services.partitions(table.database, table.name)]


def _add_partitions(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the ALTER TABLE ADD PARTITION statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    spec = [(_values(table, part["pairs"]), part["location"]) for part in _PARTITION.finditer(match["partitions"])]
    known = _partition_values(catalog, table)
    for values, location in spec:
        if values not in known:
            _create_partition(catalog, table, values, text_of(location) if location else None)
        elif not match["exists"]:
            raise QueryFailed("", f"FAILED: Execution Error, return code 1: Partition already exists: {values}")
    return TextResult([])


def _drop_partitions(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the ALTER TABLE DROP PARTITION statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    known = _partition_values(catalog, table)
    for part in _PARTITION.finditer(match["partitions"]):
        values = _values(table, part["pairs"])
        if values in known:
            catalog.services.delete_partition(table.database, table.name, values)
        elif not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10006]: Partition not found {values}")
    return TextResult([])


def _show_partitions(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW PARTITIONS statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    if not table.partition_columns:
        raise QueryFailed("", f"FAILED: SemanticException [Error 10241]: Table {table.name} is not a partitioned table")
    return TextResult(
        sorted(_partition_name(table, values) for values in _partition_values(catalog, table)), "partition"
    )


def _repair(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the MSCK REPAIR TABLE statement in ``match``.

    Add a partition for each folder in S3 whose name has Hive's format, ``key=value``.
    """
    table = catalog.existing_table(names_of(match["table"]))
    keys = [column.name for column in table.partition_columns]
    bucket, prefix = bucket_and_prefix(table.location)
    pattern = re.compile("/".join(rf"{re.escape(key)}=([^/]+)" for key in keys) + "/.", re.IGNORECASE)
    known = _partition_values(catalog, table)
    added: list[str] = []
    for stored in catalog.services.objects(bucket, prefix):
        folder_match = pattern.match(stored.key[len(prefix) :]) if keys else None
        values = list(map(_unescaped, folder_match.groups())) if folder_match else None
        if folder_match and values and values not in known:
            folder = f"s3://{bucket}/{prefix}{folder_match[0].rpartition('/')[0]}"
            _create_partition(catalog, table, values, folder)
            known.append(values)
            added.append(_partition_name(table, values))
    names = [f"{table.name}:{name}" for name in added]
    lines = [f"Partitions not in metastore:\t{' '.join(names)}"] if names else []
    return TextResult([*lines, *(f"Repair: Added partition to metastore {name}" for name in names)], "result")


def run(catalog: Catalog, text: str) -> TextResult | None:
    """Run a DDL statement in Hive's dialect. If the text is any other statement, do nothing and return None.

    :param text: the statement without comments and without the final semicolon
    :raises QueryFailed: if the statement fails, or is not supported
    """
    text = text.strip()
    for pattern, handler in _STATEMENTS:
        if (match := match_statement(pattern, text)) and (result := handler(catalog, match)) is not None:
            return result
    if head := _HEAD.match(text):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support this statement: {head[0].upper()}")
    return None


def _create_database(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the CREATE DATABASE statement in ``match``."""
    name = text_of(match["name"]).lower()
    if catalog.find_database(name) is not None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10242]: Database {name} already exists")
        return TextResult([])
    database_input: dict[str, Any] = {}
    for key, group in (("Description", "comment"), ("LocationUri", "location")):
        if match[group]:
            database_input[key] = text_of(match[group])
    if match["properties"]:
        database_input["Parameters"] = pairs_of(match["properties"])
    catalog.services.create_database(name, database_input)
    return TextResult([])


def _drop_database(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the DROP DATABASE statement in ``match``."""
    name = text_of(match["name"])
    stored_name = catalog.find_database(name)
    if stored_name is None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
        return TextResult([])
    if stored_name == "default":  # https://github.com/apache/hive, HiveMetaStore
        raise QueryFailed(
            "",
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
            " MetaException(message:Can not drop default database)",
        )
    if catalog.services.tables(stored_name) and (match["how"] or "").upper() != "CASCADE":
        raise QueryFailed(
            "",
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
            f" InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)",
        )
    catalog.services.delete_database(stored_name)
    return TextResult([])


def _drop_table(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the DROP TABLE or DROP VIEW statement in ``match``."""
    *qualifiers, name = names_of(match["table"])
    database = qualifiers[-1] if qualifiers else catalog.database
    table = catalog.find_table(database, name)
    kind = match["kind"].lower()
    if table is None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
        return TextResult([])
    if table.is_view != (kind == "view"):
        raise QueryFailed(
            "", f"FAILED: SemanticException: {database}.{name} is {'' if table.is_view else 'not '}a view"
        )
    if table.is_iceberg:
        # https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-drop-table.html: Athena also deletes the data.
        bucket, prefix = bucket_and_prefix(table.location)
        catalog.services.delete_objects(bucket, [stored.key for stored in catalog.services.objects(bucket, prefix)])
    catalog.services.delete_table(table.database, table.name)
    return TextResult([])


def _alter_iceberg(catalog: Catalog, match: re.Match[str]) -> TextResult | None:
    """Run the ALTER TABLE statement in ``match`` on an Iceberg table.

    Do nothing and return None in two cases: the table is not an Iceberg table, or ``iceberg_ddl.alter()`` does not support
    the statement.
    """
    *qualifiers, name = names_of(match["table"])
    table = catalog.find_table(qualifiers[-1] if qualifiers else catalog.database, name)
    if table is None or not table.is_iceberg:
        return None
    result: TextResult | None = iceberg_module("iceberg_ddl").alter(catalog, table, match["what"])
    return result


def _set_properties(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the ALTER TABLE SET TBLPROPERTIES statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    parameters = {**table.parameters, **pairs_of(match["properties"])}
    catalog.services.put_table(table.database, table.name, {**table.input, "Parameters": parameters})
    return TextResult([])


def _set_location(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the ALTER TABLE SET LOCATION statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    storage = {**table.storage, "Location": text_of(match["location"])}
    catalog.services.put_table(table.database, table.name, {**table.input, "StorageDescriptor": storage})
    return TextResult([])


def _add_columns(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the ALTER TABLE ADD COLUMNS statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    added = columns_of(match["columns"])
    check_repeated((column["Name"] for column in added), (column.name for column in table.columns))
    storage = {**table.storage, "Columns": [*(table.storage.get("Columns") or []), *added]}
    catalog.services.put_table(table.database, table.name, {**table.input, "StorageDescriptor": storage})
    return TextResult([])


_IN = rf"(?: (?:IN|FROM) (?P<database>{NAME}))?"
_LIKE = rf"(?: (?:LIKE )?(?P<like>{TEXT}))?"
_STATEMENTS: list[tuple[str, Callable[[Catalog, re.Match[str]], TextResult | None]]] = [
    (
        (
            rf"CREATE (?:DATABASE|SCHEMA)(?P<exists> IF NOT EXISTS)? (?P<name>{NAME})(?: COMMENT (?P<comment>{TEXT}))?"
            rf"(?: LOCATION (?P<location>{TEXT}))?(?: WITH DBPROPERTIES\s*\((?P<properties>.*)\))?"
        ),
        _create_database,
    ),
    (
        rf"DROP (?:DATABASE|SCHEMA)(?P<exists> IF EXISTS)? (?P<name>{NAME})(?: (?P<how>RESTRICT|CASCADE))?",
        _drop_database,
    ),
    (rf"SHOW (?:DATABASES|SCHEMAS){_LIKE}", show.databases),
    (rf"SHOW TABLES{_IN}{_LIKE}", show.tables),
    (rf"SHOW VIEWS{_IN}{_LIKE}", show.views),
    (rf"SHOW COLUMNS (?:IN|FROM) {TABLE}{_IN}", show.columns),
    (rf"SHOW PARTITIONS {TABLE}", _show_partitions),
    (rf"SHOW CREATE TABLE {TABLE}", show.create_table),
    (rf"SHOW CREATE VIEW {TABLE}", show.create_view),
    (rf"SHOW TBLPROPERTIES {TABLE}(?:\s*\(\s*(?P<property>{TEXT})\s*\))?", show.properties),
    (rf"(?:DESCRIBE|DESC) {TABLE}", show.describe),
    (rf"MSCK REPAIR TABLE {TABLE}", _repair),
    (rf"DROP (?P<kind>TABLE|VIEW)(?P<exists> IF EXISTS)? {TABLE}", _drop_table),
    (rf"ALTER TABLE {TABLE} (?P<what>.*)", _alter_iceberg),
    (
        rf"ALTER TABLE {TABLE} ADD(?P<exists> IF NOT EXISTS)? (?P<partitions>PARTITION\s*\(.*)",
        _add_partitions,
    ),
    (
        rf"ALTER TABLE {TABLE} DROP(?P<exists> IF EXISTS)? (?P<partitions>PARTITION\s*\(.*)",
        _drop_partitions,
    ),
    (rf"ALTER TABLE {TABLE} SET TBLPROPERTIES\s*\((?P<properties>.*)\)", _set_properties),
    (rf"ALTER TABLE {TABLE} SET LOCATION (?P<location>{TEXT})", _set_location),
    (rf"ALTER TABLE {TABLE} ADD COLUMNS\s*\((?P<columns>.*)\)", _add_columns),
]

_HEAD = re.compile(
    r"(?:SHOW|DESCRIBE|DESC|MSCK|ALTER|DROP|EXPLAIN|OPTIMIZE|VACUUM|SET|RESET|USE|CALL|GRANT|REVOKE|ANALYZE|START|COMMIT|ROLLBACK"
    r"|PRAGMA|ATTACH|DETACH|COPY|INSTALL|LOAD|EXPORT|IMPORT|CHECKPOINT|TRUNCATE|USING|COMMENT|REFRESH"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP|TEMPORARY|MACRO|FUNCTION|SECRET|SEQUENCE|TYPE|INDEX|ROLE|MATERIALIZED|DATABASE|SCHEMA|PROTECTED))\b"
    r"(?:\s+\w+)?",
    re.IGNORECASE,
)
"""Matches the start of unsupported statements. ``run()`` rejects these statements before sqlglot parses them."""

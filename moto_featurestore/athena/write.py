"""Statements that write files: CREATE TABLE AS, INSERT INTO and UNLOAD, each with the manifest of what it wrote."""

import re
from typing import Any
from uuid import uuid4

import duckdb
from sqlglot import exp

from moto_featurestore.athena.catalog import Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execute import Columns, failure, write_parquet
from moto_featurestore.athena.query import fill_in, parse, plan
from moto_featurestore.athena.run import Run
from moto_featurestore.athena.scan import bucket_and_prefix, objects
from moto_featurestore.athena.types import athena_type, column_info_of, hive_type, quoted_name, quoted_text

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
_COMPRESSIONS = {"GZIP", "SNAPPY", "ZSTD", "UNCOMPRESSED"}
_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']*)'\s*WITH\s*\((?P<properties>.*)\)",
    re.IGNORECASE | re.DOTALL,
)
_PROPERTY = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|(ARRAY\s*\[[^\]]*\]|[\w.]+))", re.IGNORECASE)
_SELECTED = "moto_featurestore_selected"


def unload(running: Run, text: str) -> bool:
    """Run an UNLOAD; whether the text is one."""
    found = _UNLOAD.fullmatch(text.strip().rstrip("; \n\t"))
    if not found:
        return False
    properties = {name.lower(): text or other for name, text, other in _PROPERTY.findall(found["properties"])}
    _check_properties(properties, {"format", "compression"})
    _check_is_empty(running, found["location"], "UNLOAD")
    columns = _select(running, fill_in(parse(found["query"]), running.query.parameters), found["query"])
    _write(running, columns, found["location"], [], properties.get("compression", "GZIP"))
    running.outcome.suffix = ""
    return True


def create_table_as(running: Run, tree: exp.Create, text: str) -> None:
    """Run a CREATE TABLE AS."""
    properties = _properties(tree)
    _check_properties(
        properties,
        {"format", "external_location", "partitioned_by", "write_compression", "parquet_compression", "table_type"},
    )
    if properties.get("table_type", "HIVE").upper() != "HIVE":
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support CREATE TABLE AS of Iceberg tables")
    database, name = _new_table(running, tree)
    location = properties.get("external_location") or f"{running.query.folder.rstrip('/')}/tables/{running.query.id}"
    _check_is_empty(running, location, f"table '{database}.{name}'")
    columns = _select(running, tree.expression, text)
    keys = re.findall(r"'([^']*)'", properties.get("partitioned_by", ""))
    _check_keys(columns, keys)
    compression = properties.get("write_compression") or properties.get("parquet_compression") or "GZIP"
    storage = {**PARQUET, "Columns": _glue(columns[: len(columns) - len(keys)]), "Location": location}
    given = {
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false", "classification": "parquet"},
        "PartitionKeys": _glue(columns[len(columns) - len(keys) :]),
        "StorageDescriptor": storage,
    }
    partitions: list[tuple[list[str], str]] = []
    if not any(isinstance(part, exp.WithDataProperty) and part.args.get("no") for part in _parts(tree)):
        partitions = _write(running, columns, location, keys, compression)
    running.lake.put_table(database, name, given)
    for values, folder in partitions if keys else ():
        running.lake.create_partition(
            database, name, {"Values": values, "StorageDescriptor": {**storage, "Location": folder}}
        )
    running.outcome.statement_type, running.outcome.suffix = "DDL", ""


def insert(running: Run, tree: exp.Insert, text: str) -> None:
    """Run an INSERT INTO a table of Parquet."""
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table = running.catalog.existing_table([part.name for part in target.parts], target)
    if table.is_iceberg or table.is_view or table.partition_columns:
        kind = "Iceberg tables" if table.is_iceberg else "views" if table.is_view else "partitioned tables"
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support INSERT INTO {kind}", target)
    if (table.storage.get("SerdeInfo") or {}).get("SerializationLibrary") != PARQUET["SerdeInfo"][
        "SerializationLibrary"
    ]:  # type: ignore[index]
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports INSERT INTO tables of Parquet only", target)
    names = (
        [part.name.lower() for part in tree.this.expressions]
        if isinstance(tree.this, exp.Schema)
        else [c.name for c in table.columns]
    )
    columns = _select(running, tree.expression, text, named=False)
    wanted = _insertable(table, names, columns, target)
    values = ", ".join(
        f"CAST({quoted_name(f'c{names.index(column.name)}') if column.name in names else 'NULL'} AS {column.duckdb}) AS {quoted_name(column.name)}"
        for column in wanted
    )
    aliases = ", ".join(f"c{place}" for place in range(len(columns)))
    running.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_SELECTED} AS SELECT {values} FROM {_SELECTED} AS s({aliases})"
    )
    relation = running.cursor.table(_SELECTED)
    _write(running, list(zip(relation.columns, relation.types, strict=True)), table.location, [], "GZIP")
    running.outcome.suffix = ""


def _insertable(table: Table, names: list[str], columns: Columns, node: exp.Expr) -> Any:
    by_name = {column.name: column for column in table.columns}
    if unknown := next((name for name in names if name not in by_name), None):
        raise QueryFailed("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown}", node)
    kinds = [by_name[name] for name in names]
    given = [athena_type(kind) for _, kind in columns]
    if len(names) != len(columns) or not all(map(_fits, (c.duckdb for c in kinds), given)):
        wanted = ", ".join(column.hive for column in kinds)
        raise QueryFailed(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: [{wanted}], Query: [{', '.join(given)}]",
            node,
        )
    return table.columns


_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "decimal", "float", "double")


def _fits(wanted: str, given: str) -> bool:
    """Whether a value may be put into a column: numbers into wider ones, and what is of the kind of the column."""
    name = wanted.lower().partition("(")[0].replace("int[]", "array")
    name = {"int": "integer", "text": "varchar", "real": "float", "blob": "varbinary"}.get(name, name)
    if given == "unknown" or "[" in wanted or name.startswith(("struct", "map")):
        return True
    if name in _NUMBERS and given in _NUMBERS:
        return _NUMBERS.index(given) <= _NUMBERS.index(name)
    return name == given


def _select(running: Run, tree: exp.Expr, text: str, *, named: bool = True) -> Columns:
    """Answer a query into a table of DuckDB's own, which ends with the cursor."""
    planned = plan(running.cursor, running.catalog, tree, text)
    for place, (name, kind) in enumerate(planned.columns, 1):
        if named and name.startswith("_col"):
            raise QueryFailed("MISSING_COLUMN_NAME", f"Column name not specified at position {place}")
        if named and athena_type(kind) == "timestamp with time zone":
            raise QueryFailed("NOT_SUPPORTED", "Unsupported Hive type: timestamp(3) with time zone")
    sql = planned.over_files(running.catalog, running.session)
    columns = [(name.lower(), kind) for name, kind in planned.columns]
    names = ", ".join(quoted_name(name) if named else f"c{place}" for place, (name, _) in enumerate(columns))
    try:
        running.cursor.execute(f"CREATE TEMP TABLE {_SELECTED} AS SELECT * FROM ({sql}) AS r({names})")
    except duckdb.Error as error:
        raise failure(error, tree) from None
    return columns


def _write(
    running: Run, columns: Columns, location: str, keys: list[str], compression: str
) -> list[tuple[list[str], str]]:
    """Write what was selected below a location, a file for each partition; gives their values and folders."""
    if compression.upper() not in _COMPRESSIONS:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the compression {compression!r}")
    bucket, prefix = bucket_and_prefix(location)
    partitions = _partitions(running, keys)
    written = []
    for number, (values, condition) in enumerate(partitions):
        folder = prefix + "".join(f"{key}={value}/" for key, value in zip(keys, values, strict=True))
        path = running.session.sink(f"part{number}")
        selected = f"SELECT * FROM {_SELECTED} WHERE {condition}"
        data = [column for column in columns if column[0] not in keys]
        names = ", ".join(quoted_name(name) for name, _ in data)
        running.outcome.update_count += write_parquet(
            running.cursor, f"SELECT {names} FROM ({selected})", data, path, compression.upper()
        )
        key = f"{folder}{running.query.id.replace('-', '_')}_{uuid4()}"
        running.lake.put_object(bucket, key, running.session.written(path))
        written.append(f"s3://{bucket}/{key}")
    running.outcome.columns = [column_info_of("rows", "bigint")]
    running.outcome.manifest = running.put_result("-manifest.csv", "".join(f"{uri}\n" for uri in written).encode())
    return [(values, uri.rpartition("/")[0]) for (values, _), uri in zip(partitions, written, strict=True)]


def _partitions(running: Run, keys: list[str]) -> list[tuple[list[str], str]]:
    """The values of the partitions in what was selected, and the condition that holds for each."""
    if not keys:
        return [([], "true")]
    names = ", ".join(f"CAST({quoted_name(key)} AS VARCHAR)" for key in keys)
    rows = running.cursor.execute(f"SELECT DISTINCT {names} FROM {_SELECTED} ORDER BY ALL").fetchall()
    return [
        (
            ["__HIVE_DEFAULT_PARTITION__" if value is None else value for value in row],
            " AND ".join(
                f"CAST({quoted_name(key)} AS VARCHAR) IS NOT DISTINCT FROM {'NULL' if value is None else quoted_text(value)}"
                for key, value in zip(keys, row, strict=True)
            ),
        )
        for row in rows
    ]


def _parts(tree: exp.Create) -> list[exp.Expr]:
    properties = tree.args.get("properties")
    return properties.expressions if properties else []


def _properties(tree: exp.Create) -> dict[str, str]:
    """The properties of WITH (...), as texts."""
    properties: dict[str, str] = {}
    for part in _parts(tree):
        if isinstance(part, exp.FileFormatProperty):
            properties["format"] = part.name
        elif isinstance(part, exp.PartitionedByProperty):
            properties["partitioned_by"] = part.this.sql(dialect="athena")
        elif isinstance(part, exp.Property) and not isinstance(part, exp.WithDataProperty):
            value = part.args.get("value")
            properties[part.name.lower()] = value.name if value is not None else part.sql(dialect="athena")
    return properties


def _check_properties(properties: dict[str, str], known: set[str]) -> None:
    if unknown := sorted(properties.keys() - known):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the table property '{unknown[0]}'")
    if properties.get("format", "PARQUET").upper() != "PARQUET":
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore writes Parquet, not {properties['format']}")


def _new_table(running: Run, tree: exp.Create) -> tuple[str, str]:
    *qualifiers, name = [part.name.lower() for part in tree.this.parts]
    database = running.catalog.existing_database(qualifiers[-1] if qualifiers else running.catalog.database, tree.this)
    if running.catalog.find_table(database, name) is not None:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table 'awsdatacatalog.{database}.{name}' already exists", tree.this)
    return database, name


def _check_is_empty(running: Run, location: str, what: str) -> None:
    bucket, _ = bucket_and_prefix(location)
    if not running.lake.has_bucket(bucket):
        raise QueryFailed("", f"The bucket {bucket} does not exist")
    if objects(running.lake, location):
        raise QueryFailed("HIVE_PATH_ALREADY_EXISTS", f"Target directory for {what} already exists: {location}")


def _check_keys(columns: Columns, keys: list[str]) -> None:
    if keys and [name for name, _ in columns][len(columns) - len(keys) :] != keys:
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties",
        )


def _glue(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": hive_type(kind)} for name, kind in columns]

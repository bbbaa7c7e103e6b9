"""CREATE TABLE AS, INSERT INTO and UNLOAD. These statements write files, and a manifest that lists the files."""

import re
from typing import Any
from uuid import uuid4

import duckdb
from sqlglot import exp

from moto_featurestore.athena.catalog import Column, Table, iceberg_module
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Columns, Run, write_parquet
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.language.dialect import parse_query
from moto_featurestore.athena.query import fill_in, parameter, plan
from moto_featurestore.athena.results import metadata
from moto_featurestore.athena.scan import bucket_and_prefix, objects
from moto_featurestore.athena.statement import Statement
from moto_featurestore.athena.type_compatibility import check_insert, insert_names
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


def unload(running: Run, statement: Statement) -> None:
    """Run an UNLOAD statement.

    https://docs.aws.amazon.com/athena/latest/ug/unload.html
    """
    match = _UNLOAD.fullmatch(statement.text.strip())
    if not match:
        raise QueryFailed("SYNTAX_ERROR", "UNLOAD needs the form UNLOAD (query) TO 's3://...' WITH (format = '...')")
    properties = {name.lower(): text or other for name, text, other in _PROPERTY.findall(match["properties"])}
    _check_properties(properties, {"format", "compression"})
    _check_is_empty(running, match["location"], "UNLOAD")
    tree = fill_in(parse_query(match["query"]), list(map(parameter, running.query.parameters)))
    columns = _select(running, tree, match["query"])
    _write(running, columns, match["location"], [], properties.get("compression", "GZIP"))
    running.outcome.suffix = ""


def create_table_as(running: Run, tree: exp.Create, text: str) -> None:
    """Run a CREATE TABLE AS statement, for a Hive or an Iceberg table."""
    running.outcome.folder = "tables/"  # measured by https://github.com/aoyagikouhei/athena-local
    properties = _properties(tree)
    is_iceberg = properties.pop("table_type", "HIVE").upper() == "ICEBERG"
    if is_iceberg:
        _create_iceberg_as(running, tree, text, properties)
        return
    _check_properties(
        properties,
        {
            *("format", "external_location", "partitioned_by", "write_compression", "parquet_compression"),
            *("is_external", "bucketed_by", "bucket_count"),
        },
    )
    database, name = _new_table(running, tree)
    location = properties.get("external_location") or f"{running.query.folder.rstrip('/')}/tables/{running.query.id}"
    _check_is_empty(running, location, f"table '{database}.{name}'")
    columns = _select(running, tree.expression, text)
    keys = re.findall(r"'([^']*)'", properties.get("partitioned_by", ""))
    _check_keys(columns, keys)
    compression = properties.get("write_compression") or properties.get("parquet_compression") or "GZIP"
    storage: dict[str, Any] = {**PARQUET, "Columns": _glue(columns[: len(columns) - len(keys)]), "Location": location}
    if "bucketed_by" in properties:
        storage["BucketColumns"] = re.findall(r"'([^']*)'", properties["bucketed_by"])
        storage["NumberOfBuckets"] = int(properties.get("bucket_count", 0))
    table_input = {
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false", "classification": "parquet"},
        "PartitionKeys": _glue(columns[len(columns) - len(keys) :]),
        "StorageDescriptor": storage,
    }
    partitions: list[tuple[list[str], str]] = []
    if not _has_no_data(tree):
        partitions = _write(running, columns, location, keys, compression)
    running.services.put_table(database, name, table_input)
    for values, folder in partitions if keys else ():
        running.services.create_partition(
            database, name, {"Values": values, "StorageDescriptor": {**storage, "Location": folder}}
        )
    running.outcome.suffix = ""


def _create_iceberg_as(running: Run, tree: exp.Create, text: str, properties: dict[str, str]) -> None:
    names = _new_table(running, tree)
    create_as = iceberg_module("iceberg_ddl").create_table_as
    planned = plan(running, tree.expression, text)
    check_names(planned.columns)
    columns = [Column(name.lower(), hive_type(kind)) for name, kind in planned.columns]
    values = ", ".join(f"CAST(c{place} AS {column.duckdb})" for place, column in enumerate(columns))
    aliases = ", ".join(f"c{place}" for place in range(len(columns)))
    sql = f"SELECT {values} FROM ({planned.over_files(running.catalog, running.session)}) AS r({aliases})"
    if _has_no_data(tree):
        sql += " LIMIT 0"
    try:
        count = create_as(running, names, columns, sql, properties)
    except duckdb.Error as error:
        raise failure(error, tree) from None
    running.answer_count(count, "")


def insert(running: Run, table: Table, tree: exp.Insert, text: str) -> None:
    """Run an INSERT INTO a Hive table that stores Parquet files, and create its new partitions in Glue.

    https://docs.aws.amazon.com/athena/latest/ug/insert-into.html
    """
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if table.is_view:
        raise QueryFailed("NOT_SUPPORTED", "Inserting into views is not supported", target)
    if (table.storage.get("SerdeInfo") or {}).get("SerializationLibrary") != PARQUET["SerdeInfo"][
        "SerializationLibrary"
    ]:  # type: ignore[index]
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports INSERT INTO only for Parquet tables", target)
    names = insert_names(tree, table.columns)
    columns = _select(running, tree.expression, text, named=False)
    check_insert(table.columns, names, columns, target)
    values = ", ".join(
        f"CAST({quoted_name(f'c{names.index(column.name)}') if column.name in names else 'NULL'} AS {column.duckdb}) AS {quoted_name(column.name)}"
        for column in table.columns
    )
    aliases = ", ".join(f"c{place}" for place in range(len(columns)))
    running.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_SELECTED} AS SELECT {values} FROM {_SELECTED} AS s({aliases})"
    )
    relation = running.cursor.relation(f"FROM {_SELECTED}")
    keys = [column.name for column in table.partition_columns]
    partitions = _write(
        running, list(zip(relation.columns, relation.types, strict=True)), table.location, keys, "GZIP", table
    )
    known = {tuple(partition["Values"]) for partition in running.services.partitions(table.database, table.name)}
    for partition, folder in partitions if keys else ():
        if tuple(partition) not in known:
            storage = {**table.storage, "Location": folder}
            running.services.create_partition(
                table.database, table.name, {"Values": partition, "StorageDescriptor": storage}
            )
    running.outcome.suffix = ""


def _select(running: Run, tree: exp.Expr, text: str, *, named: bool = True) -> Columns:
    """Write a query's result to a temporary DuckDB table. Return the names and types of the columns.

    :param named: if true, check the names of the columns and use them; if false, name the columns c0, c1, ...
    """
    planned = plan(running, tree, text)
    if named:
        check_names(planned.columns)
        check_zones(planned.columns, "Unsupported Hive type: timestamp(3) with time zone")
    sql = planned.over_files(running.catalog, running.session)
    columns = [(name.lower(), kind) for name, kind in planned.columns]
    names = ", ".join(quoted_name(name) if named else f"c{place}" for place, (name, _) in enumerate(columns))
    try:
        running.cursor.execute(f"CREATE TEMP TABLE {_SELECTED} AS SELECT * FROM ({sql}) AS r({names})")
    except duckdb.Error as error:
        raise failure(error, tree) from None
    return columns


def check_names(columns: Columns) -> None:
    """Check that the columns of a new table or view have distinct names.

    https://github.com/trinodb/trino, StatementAnalyzer.

    :raises QueryFailed: if a column has no name, or the name of another column
    """
    known: set[str] = set()
    for place, (name, _) in enumerate(columns, 1):
        if name.startswith("_col"):
            raise QueryFailed("MISSING_COLUMN_NAME", f"Column name not specified at position {place}")
        if name.lower() in known:
            raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Column name '{name.lower()}' specified more than once")
        known.add(name.lower())


def check_zones(columns: Columns, message: str) -> None:
    """Check that no column of a new Hive table or view is a timestamp with time zone.

    https://github.com/aws/aws-sdk-pandas/issues/86 and https://github.com/Tomme/dbt-athena/issues/115 show Athena's
    messages. https://github.com/apache/iceberg/issues/15761 shows the precision in such a message.

    :param message: message of the error, which can contain ``{}`` for the name of the column
    :raises QueryFailed: if a column has this type
    """
    for name, kind in columns:
        if athena_type(kind) == "timestamp with time zone":
            raise QueryFailed("NOT_SUPPORTED", message.format(name.lower()))


def _write(  # noqa: PLR0913, PLR0917 - the rows and their destination
    running: Run, columns: Columns, location: str, keys: list[str], compression: str, table: Table | None = None
) -> list[tuple[list[str], str]]:
    """Write the rows of the temporary table to S3, one file per partition, and a manifest that lists the files.

    Return (partition values, S3 URI of the folder) for each partition.

    :param location: S3 URI of the table's folder
    :param keys: names of the partition columns
    :param table: the existing table, or None for a new table; existing partitions keep their folders
    """
    if compression.upper() not in _COMPRESSIONS:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the compression {compression!r}")
    root = location if location.endswith("/") else f"{location}/"
    folders = _folders_of(running, table)
    partitions = _partitions(running, keys)
    uris = []
    for number, (values, condition) in enumerate(partitions):
        parts = "".join(f"{key}={_escaped(value)}/" for key, value in zip(keys, values, strict=True))
        folder = folders.get(tuple(values), root + parts)
        path = running.session.sink(f"part{number}")
        selected = f"SELECT * FROM {_SELECTED} WHERE {condition}"
        data = [column for column in columns if column[0] not in keys]
        names = ", ".join(quoted_name(name) for name, _ in data)
        running.outcome.update_count += write_parquet(
            running.cursor, f"SELECT {names} FROM ({selected})", data, path, compression.upper()
        )
        bucket, prefix = bucket_and_prefix(folder)
        key = f"{prefix}{running.query.id.replace('-', '_')}_{uuid4()}"
        running.services.put_object(bucket, key, running.session.written(path))
        uris.append(f"s3://{bucket}/{key}")
    running.outcome.columns = [column_info_of("rows", "bigint")]
    running.outcome.has_rows = False
    running.put_result(".metadata", metadata(running.outcome.columns))
    running.outcome.manifest = running.put_result("-manifest.csv", "".join(f"{uri}\n" for uri in uris).encode())
    return [(values, f"{uri.rpartition('/')[0]}/") for (values, _), uri in zip(partitions, uris, strict=True)]


def _folders_of(running: Run, table: Table | None) -> dict[tuple[str, ...], str]:
    """Return a dict from the values of each existing partition to the S3 URI of its folder."""
    if table is None or not table.partition_columns:
        return {}
    partitions = running.services.partitions(table.database, table.name)
    return {tuple(one["Values"]): one["StorageDescriptor"]["Location"].rstrip("/") + "/" for one in partitions}


_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


def _escaped(value: str) -> str:
    """Escape a partition value for a path, like Hive: https://github.com/apache/hive, FileUtils.escapePathName."""
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def _partitions(running: Run, keys: list[str]) -> list[tuple[list[str], str]]:
    """Return (partition values, SQL condition that selects the rows) for each partition of the temporary table."""
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


def _has_no_data(tree: exp.Create) -> bool:
    return any(isinstance(part, exp.WithDataProperty) and part.args.get("no") for part in _parts(tree))


def _properties(tree: exp.Create) -> dict[str, str]:
    """Return the properties in the clause ``WITH (...)`` of a CREATE TABLE AS, with their values as strings."""
    properties: dict[str, str] = {}
    for part in _parts(tree):
        if isinstance(part, exp.FileFormatProperty):
            properties["format"] = part.name
        elif isinstance(part, exp.PartitionedByProperty):
            properties["partitioned_by"] = part.this.sql(dialect="athena")
        elif isinstance(part, exp.LocationProperty):
            properties["location"] = part.name
        elif isinstance(part, exp.Property) and not isinstance(part, exp.WithDataProperty):
            value = part.args.get("value")
            literal = value if value is not None else part
            properties[part.name.lower()] = literal.name or literal.sql(dialect="athena")
    return properties


def _check_properties(properties: dict[str, str], known: set[str]) -> None:
    if unknown := sorted(properties.keys() - known):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the table property '{unknown[0]}'")
    if properties.get("format", "PARQUET").upper() != "PARQUET":
        raise QueryFailed(
            "NOT_SUPPORTED", f"moto_featurestore does not support the format {properties['format']}, only Parquet"
        )


def _new_table(running: Run, tree: exp.Create) -> tuple[str, str]:
    *qualifiers, name = [part.name.lower() for part in tree.this.parts]
    database = running.catalog.existing_database(qualifiers[-1] if qualifiers else running.catalog.database, tree.this)
    if running.catalog.find_table(database, name) is not None:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table 'awsdatacatalog.{database}.{name}' already exists", tree.this)
    return database, name


def _check_is_empty(running: Run, location: str, what: str) -> None:
    bucket, _ = bucket_and_prefix(location)
    if not running.services.has_bucket(bucket):
        raise QueryFailed("", f"The bucket {bucket} does not exist")
    if objects(running.services, location):
        raise QueryFailed("HIVE_PATH_ALREADY_EXISTS", f"Target directory for {what} already exists: {location}")


def _check_keys(columns: Columns, keys: list[str]) -> None:
    if keys and [name for name, _ in columns][len(columns) - len(keys) :] != keys:
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties",
        )


def _glue(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": hive_type(kind)} for name, kind in columns]

"""CREATE TABLE, CREATE TABLE AS, DESCRIBE, SHOW CREATE TABLE and ALTER TABLE for Iceberg tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

import re
from collections.abc import Callable
from typing import Any

from pyiceberg.exceptions import ResolveError, ValidationError
from pyiceberg.table import Table as Iceberg
from pyiceberg.table.update.schema import UpdateSchema
from sqlglot import exp

from moto_featurestore.athena.catalog import Catalog, Column, S3AndGlue, Table
from moto_featurestore.athena.ddl.hive import (
    NAME,
    TABLE,
    TEXT,
    columns_of,
    glue_column,
    match_statement,
    names_of,
    pairs_of,
    text_of,
)
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Run
from moto_featurestore.athena.iceberg import IcebergTable, current, hive_type
from moto_featurestore.athena.iceberg_schema import (
    Partition,
    altered_properties,
    properties_of,
    removed_properties,
    schema_of,
    spec_of,
    type_of,
)
from moto_featurestore.athena.iceberg_write import IcebergCatalog, data_files, in_schema
from moto_featurestore.athena.results import TextResult
from moto_featurestore.athena.scan import bucket_and_prefix, objects

_FORBIDDEN_CLAUSES = {
    exp.ClusteredByProperty: "CLUSTERED BY",
    exp.RowFormatSerdeProperty: "ROW FORMAT",
    exp.RowFormatDelimitedProperty: "ROW FORMAT",
    exp.FileFormatProperty: "STORED AS/BY",
}
_FUNCTIONS = {
    exp.Year: "year",
    exp.Month: "month",
    exp.Day: "day",
    exp.Hour: "hour",
    exp.PartitionedByBucket: "bucket",
    exp.PartitionByTruncate: "truncate",
}
# https://github.com/aoyagikouhei/athena-local measured the ErrorTypes and the messages of the errors on Athena.
_NOT_ALLOWED, _MISSING = 1200, 1006


def create_table(catalog: Catalog, tree: exp.Create, database: str, name: str) -> TextResult:
    """Run a CREATE TABLE with ``'table_type'='ICEBERG'``.

    :param catalog: the databases and tables
    :param tree: the parsed statement
    :param database: database of the new table
    :param name: name of the new table, which must not exist
    :raises QueryFailed: if the statement is not valid in Athena, or is not supported
    """
    parts = tree.args["properties"].expressions
    by_kind: dict[type, Any] = {type(part): part for part in parts}
    _check_clauses(tree, by_kind)
    parameters = {part.name: part.args["value"].name for part in parts if type(part) is exp.Property}
    properties = properties_of(parameters)
    location = by_kind[exp.LocationProperty].name.rstrip("/")
    columns = [glue_column(column) for column in tree.this.expressions]
    comments = {column["Name"]: column["Comment"] for column in columns if "Comment" in column}
    schema = schema_of([Column(column["Name"], column["Type"]) for column in columns], comments)
    partitioned = by_kind.get(exp.PartitionedByProperty)
    spec = spec_of([_partition(node) for node in partitioned.this.expressions] if partitioned else [], schema)
    _check_bucket(catalog.services, location)
    iceberg = IcebergCatalog(catalog.services)
    with iceberg.changing_table(database, name):
        paths = _paths(location, parameters.get("write_data_path_enabled"))
        iceberg.create_table((database, name), schema, location, spec, properties={**properties, **paths})
    return TextResult([])


def _check_clauses(tree: exp.Create, by_kind: dict[type, Any]) -> None:
    if exp.ExternalProperty in by_kind:
        raise QueryFailed("", "External keyword not supported for table type ICEBERG")
    for kind, clause in _FORBIDDEN_CLAUSES.items():
        if kind in by_kind:
            text = f"Iceberg create table statement does not allow {clause}"
            raise QueryFailed("", text, error_type=_NOT_ALLOWED)
    partitioned = by_kind.get(exp.PartitionedByProperty)
    if partitioned and any(isinstance(part, exp.ColumnDef) for part in partitioned.this.expressions):
        text = "Invalid PARTITIONED BY clause in Iceberg create table statement"
        raise QueryFailed("", text, error_type=_MISSING)
    if not isinstance(tree.this, exp.Schema):
        text = "At least one column is required for Iceberg create table statement"
        raise QueryFailed("", text, error_type=_MISSING)
    if exp.LocationProperty not in by_kind:
        raise QueryFailed("", "No location was specified for table")


def _partition(node: exp.Expr) -> Partition:
    """Parse one item of PARTITIONED BY: a transform, such as ``bucket(16, id)``, or a column name."""
    column, number = node.find(exp.Identifier), node.find(exp.Literal)
    name = _FUNCTIONS.get(type(node), node.name if isinstance(node, exp.Anonymous) else "identity")
    return name.lower(), column.name if column else "", int(number.name) if number else 0


def _check_bucket(services: S3AndGlue, location: str) -> None:
    bucket, _ = bucket_and_prefix(location)
    if not services.has_bucket(bucket):
        raise QueryFailed("", f"The bucket {bucket} does not exist")


def _paths(location: str, is_new: str | None) -> dict[str, str]:
    """Return the path properties that Athena sets on each new Iceberg table.

    https://github.com/aws/aws-sdk-pandas contains the metadata of a table with these properties.

    :param is_new: value of the table property ``write_data_path_enabled``, or None. If it is ``true``, the result
        contains ``write.data.path``, otherwise ``write.object-storage.path``.
    """
    path = "write.data.path" if (is_new or "").lower() == "true" else "write.object-storage.path"
    return {"write.object-storage.enabled": "true", path: f"{location}/data"}


# CREATE TABLE AS.

_CALL = re.compile(r"\s*(\w+)\s*\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\)\s*")


def create_table_as(
    running: Run, names: tuple[str, str], columns: list[Column], sql: str, with_properties: dict[str, str]
) -> int:
    """Create a table from the result of a query, in one commit. Return the number of rows.

    :param running: the running statement
    :param names: database and name of the new table
    :param columns: columns of the new table
    :param sql: DuckDB SQL of the query; it returns the columns in the order of ``columns``
    :param with_properties: properties of the WITH clause; the function removes some properties from the dict
    :raises QueryFailed: if a property is not valid, or the location is not empty
    """
    default_location = f"{running.query.folder.rstrip('/')}/tables/{running.query.id}"
    location = with_properties.pop("location", default_location).rstrip("/")
    if with_properties.pop("is_external", "true").lower() != "false":
        # https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html: the rule. The message is assumed.
        raise QueryFailed("INVALID_TABLE_PROPERTY", "is_external must be set to false for Iceberg tables")
    partitions = [
        _partition_of_text(text) for text in re.findall(r"'([^']*)'", with_properties.pop("partitioning", ""))
    ]
    properties = properties_of(with_properties) | _paths(location, with_properties.get("write_data_path_enabled"))
    schema = schema_of(columns, {})
    spec = spec_of(partitions, schema)
    _check_bucket(running.services, location)
    if objects(running.services, location):
        # https://github.com/trinodb/trino, io.trino.plugin.iceberg.IcebergMetadata
        reason = f"Cannot create a table on a non-empty location: {location}"
        raise QueryFailed("ICEBERG_FILESYSTEM_ERROR", reason)
    iceberg = IcebergCatalog(running.services)
    data = in_schema(running.cursor.relation(sql).to_arrow_table(), schema)
    with iceberg.changing_table(*names):
        transaction = iceberg.create_table_transaction(names, schema, location, spec, properties=properties)
        with transaction.update_snapshot().fast_append() as append:
            for file in data_files(transaction.table_metadata, data, iceberg.files):
                append.append_data_file(file)
        transaction.commit_transaction()
    return int(data.num_rows)


def _partition_of_text(text: str) -> Partition:
    """Parse one item of the property ``partitioning``: a transform, such as ``bucket(id, 16)``, or a column name."""
    match = _CALL.fullmatch(text)
    return (match[1].lower(), match[2], int(match[3] or 0)) if match else ("identity", text.strip(), 0)


# DESCRIBE and SHOW CREATE TABLE. https://github.com/aoyagikouhei/athena-local measured the output.


def describe(services: S3AndGlue, table: Table) -> TextResult:
    """Run a DESCRIBE of an Iceberg table."""
    iceberg = IcebergTable(services, table, current)
    lines = ["# Table schema:\t\t", "# col_name\tdata_type\tcomment"]
    lines += [
        f"{field.name.lower()}\t{hive_type(field.field_type, blank=' ')}\t{field.doc or ''}" for field in iceberg.fields
    ]
    lines += ["\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name"]
    lines += [f"{name}\t{transform}\t{column}" for name, transform, column in iceberg.partitions]
    return TextResult(lines, "col_name", "data_type", "comment")


def show_create(services: S3AndGlue, table: Table) -> TextResult:
    """Run a SHOW CREATE TABLE of an Iceberg table."""
    iceberg = IcebergTable(services, table, current)
    comments = [f" COMMENT '{field.doc}'" if field.doc else "" for field in iceberg.fields]
    columns = [
        f"  {column.name} {column.hive}{comment}" for column, comment in zip(iceberg.columns, comments, strict=True)
    ]
    lines = [f"CREATE TABLE {table.database}.{table.name} (", *",\n".join(columns).split("\n")]
    lines[-1] += ")"
    if partitions := [_partition_sql(*partition) for partition in iceberg.partitions]:
        lines.append(f"PARTITIONED BY ({', '.join(partitions)})")
    lines += [f"LOCATION '{table.location}'", "TBLPROPERTIES ("]
    codec = table.parameters.get("write.parquet.compression-codec")
    properties = ["  'table_type'='iceberg'", *([f"  'write_compression'='{codec}'"] if codec else [])]
    lines += ",\n".join(properties).split("\n")
    return TextResult([*lines, ")"], "createtab_stmt")


def _partition_sql(_: str, transform: str, column: str) -> str:
    match = re.fullmatch(r"(\w+)\[(\d+)\]", transform)
    if match:
        return f"{match[1]}({match[2]}, `{column}`)"
    return f"`{column}`" if transform == "identity" else f"{transform}(`{column}`)"


# ALTER TABLE: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-evolving-table-schema.html.


def alter(catalog: Catalog, table: Table, what: str) -> TextResult | None:
    """Run an ALTER TABLE statement on an Iceberg table. Return None if this module has no function for ``what``.

    :param what: the part of the statement after the table's name, such as ``DROP COLUMN a``
    :raises QueryFailed: if the change fails, or is not supported
    """
    if match := match_statement(_RENAME, what):
        return _rename(catalog, table, names_of(match["table"]))
    for pattern, change in _CHANGES:
        if match := match_statement(pattern, what):
            iceberg = IcebergCatalog(catalog.services)
            with iceberg.changing_table(table.database, table.name):
                change(iceberg.open(table), match)
            return TextResult([])
    if match_statement(_UNSUPPORTED, what):
        raise QueryFailed("", "Query type not supported by Athena Iceberg at this time", error_type=_NOT_ALLOWED)
    return None


_RENAME = rf"RENAME TO {TABLE}"


def _rename(catalog: Catalog, table: Table, parts: list[str]) -> TextResult:
    """Rename a table: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-rename.html.

    :param parts: the new name: database (optional) and table name
    """
    *qualifiers, name = [part.lower() for part in parts]
    database = catalog.existing_database(qualifiers[-1]) if qualifiers else table.database
    if catalog.find_table(database, name) is not None:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table 'awsdatacatalog.{database}.{name}' already exists")
    table_input = {member: value for member, value in table.input.items() if member != "Name"}
    catalog.services.put_table(database, name, table_input)
    catalog.services.delete_table(table.database, table.name)
    return TextResult([])


def _set_properties(table: Iceberg, match: re.Match[str]) -> None:
    with table.transaction() as transaction:
        transaction.set_properties(altered_properties(pairs_of(match["properties"])))


def _unset_properties(table: Iceberg, match: re.Match[str]) -> None:
    names = removed_properties(text_of(name) for name in re.findall(TEXT, match["properties"]))
    assert isinstance(table.catalog, IcebergCatalog)
    table.catalog.removed.update(names)
    with table.transaction() as transaction:
        transaction.remove_properties(*(name for name in names if name in table.properties))


def _add_columns(table: Iceberg, match: re.Match[str]) -> None:
    def add(update: UpdateSchema) -> None:
        taken = {field.name.lower() for field in table.schema().fields}
        for column in columns_of(match["columns"]):
            if column["Name"] in taken:
                # The message is from Iceberg: org.apache.iceberg.SchemaUpdate.
                raise QueryFailed("", f"Cannot add column, name already exists: {column['Name']}")
            taken.add(column["Name"])
            update.add_column(column["Name"], type_of(column["Type"]), column.get("Comment"))

    _update(table, add)


def _drop_column(table: Iceberg, match: re.Match[str]) -> None:
    def drop(update: UpdateSchema) -> None:
        name, place = _field(table, match["name"], "Cannot delete missing column: {}")
        if any(field.source_id == place for field in table.spec().fields):
            # The message is from https://github.com/trinodb/trino, io.trino.plugin.iceberg.IcebergMetadata.
            raise QueryFailed("NOT_SUPPORTED", f"Cannot drop partition field: {name}")
        update.delete_column(name)

    _update(table, drop)


def _change_column(table: Iceberg, match: re.Match[str]) -> None:
    def change(update: UpdateSchema) -> None:
        old, _ = _field(table, match["name"], "Cannot rename missing column: {}")
        [column] = columns_of(f"{match['new']} {match['definition']}")
        update.update_column(old, type_of(column["Type"]), doc=column.get("Comment"))
        if match["after"]:
            update.move_after(old, _field(table, match["after"], "Cannot move {0} after missing column: {0}")[0])
        elif match["first"]:
            update.move_first(old)
        if column["Name"] != old.lower():
            if any(field.name.lower() == column["Name"] for field in table.schema().fields):
                raise QueryFailed("", f"Cannot rename column, name already exists: {column['Name']}")
            update.rename_column(old, column["Name"])

    _update(table, change)


def _update(table: Iceberg, change: Callable[[UpdateSchema], None]) -> None:
    try:
        with table.update_schema() as update:
            change(update)
    except (ResolveError, ValidationError, ValueError) as error:
        raise QueryFailed("", str(error)) from None


def _field(table: Iceberg, name: str, missing: str) -> tuple[str, int]:
    """Return the name and the field id of a column.

    :param missing: message of the error if the column does not exist, with ``{}`` in place of the name
    """
    [column_name] = names_of(name)
    for field in table.schema().fields:
        if field.name.lower() == column_name.lower():
            return field.name, field.field_id
    raise QueryFailed("", missing.format(column_name.lower()))


_CHANGES: list[tuple[str, Callable[[Iceberg, re.Match[str]], None]]] = [
    (r"SET TBLPROPERTIES\s*\((?P<properties>.*)\)", _set_properties),
    (r"UNSET TBLPROPERTIES\s*\((?P<properties>.*)\)", _unset_properties),
    (r"ADD COLUMNS\s*\((?P<columns>.*)\)", _add_columns),
    (rf"DROP(?: COLUMN)? (?P<name>{NAME})", _drop_column),
    (
        (
            rf"CHANGE(?: COLUMN)? (?P<name>{NAME}) (?P<new>{NAME}) (?P<definition>.+?)"
            rf"(?:(?P<first> FIRST)| AFTER (?P<after>{NAME}))?"
        ),
        _change_column,
    ),
]
_UNSUPPORTED = r"(?:REPLACE COLUMNS|ADD(?: IF NOT EXISTS)? PARTITION|DROP(?: IF EXISTS)? PARTITION|SET LOCATION)\b.*"

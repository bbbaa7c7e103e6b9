"""ALTER TABLE of Iceberg tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-evolving-table-schema.html.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

import re
from collections.abc import Callable

from pyiceberg.exceptions import ResolveError, ValidationError
from pyiceberg.table import Table as Iceberg
from pyiceberg.table.update.schema import UpdateSchema

from moto_featurestore.athena.catalog import Catalog, Table
from moto_featurestore.athena.ddl.hive import (
    NAME,
    TABLE,
    TEXT,
    columns_of,
    match_statement,
    names_of,
    pairs_of,
    text_of,
)
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.iceberg_catalog import LakeCatalog
from moto_featurestore.athena.iceberg_schema import altered_properties, removed_properties, type_of
from moto_featurestore.athena.outcome import Shown

_NOT_ALLOWED = 1200
"""The ErrorType of an unsupported change. https://github.com/aoyagikouhei/athena-local measured the number and the message."""


def alter(catalog: Catalog, table: Table, what: str) -> Shown | None:
    """Run an ALTER TABLE on an Iceberg table. Return None if this module does not know the change.

    :param what: the part of the statement after the table's name, such as ``DROP COLUMN a``
    :raises QueryFailed: if the change fails, or is not supported
    """
    if match := match_statement(_RENAME, what):
        return _rename(catalog, table, names_of(match["table"]))
    for pattern, change in _CHANGES:
        if match := match_statement(pattern, what):
            iceberg = LakeCatalog(catalog.lake)
            with iceberg.changing_table(table.database, table.name):
                change(iceberg.open(table), match)
            return Shown([])
    if match_statement(_UNSUPPORTED, what):
        raise QueryFailed("", "Query type not supported by Athena Iceberg at this time", error_type=_NOT_ALLOWED)
    return None


_RENAME = rf"RENAME TO {TABLE}"


def _rename(catalog: Catalog, table: Table, parts: list[str]) -> Shown:
    """Rename a table: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-rename.html."""
    *qualifiers, name = [part.lower() for part in parts]
    database = catalog.existing_database(qualifiers[-1]) if qualifiers else table.database
    if catalog.find_table(database, name) is not None:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table 'awsdatacatalog.{database}.{name}' already exists")
    table_input = {member: value for member, value in table.input.items() if member != "Name"}
    catalog.lake.put_table(database, name, table_input)
    catalog.lake.delete_table(table.database, table.name)
    return Shown([])


def _set_properties(table: Iceberg, match: re.Match[str]) -> None:
    with table.transaction() as transaction:
        transaction.set_properties(altered_properties(pairs_of(match["properties"])))


def _unset_properties(table: Iceberg, match: re.Match[str]) -> None:
    names = removed_properties(text_of(name) for name in re.findall(TEXT, match["properties"]))
    assert isinstance(table.catalog, LakeCatalog)
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

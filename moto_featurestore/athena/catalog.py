"""The lookup of Glue databases and tables by name. Like Athena, the lookup ignores case."""

import base64
import json
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.types import duckdb_type
from moto_featurestore.aws.ports import S3, Dict, Glue, table_input

CATALOG = "awsdatacatalog"
PATH = "$path"


class S3AndGlue(S3, Glue, Protocol):
    """The interface of the SQL engine to Glue, S3 and the prepared statements of one account in one region."""

    @property
    def prepared_statements(self) -> MutableMapping[str, str]:
        """A dict from the name of each prepared statement to its SQL text."""


@dataclass(frozen=True)
class Column:
    """The name and the type of a column of a Glue table."""

    name: str
    hive: str
    """The type in Glue's notation, such as ``array<int>``."""

    @property
    def duckdb(self) -> str:
        """The type in DuckDB's notation, such as ``INT[]``."""
        return duckdb_type(self.hive)


@dataclass(frozen=True)
class Table:
    """A Glue table."""

    database: str
    name: str
    glue: Dict = field(repr=False)
    """The table as the Glue API returns it: its ``Table`` structure."""

    @property
    def columns(self) -> list[Column]:
        """The columns in Glue's order, with the partition columns last."""
        return [*self.data_columns, *self.partition_columns]

    @property
    def data_columns(self) -> list[Column]:
        """The columns that are stored in the files: all columns except the partition columns."""
        return _columns(self.storage.get("Columns"))

    @property
    def partition_columns(self) -> list[Column]:
        """The partition columns. Glue stores their values in the partitions, not in the files."""
        return _columns(self.glue.get("PartitionKeys"))

    @property
    def storage(self) -> Dict:
        """The table's StorageDescriptor, or an empty dict if the table has no StorageDescriptor."""
        return self.glue.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """The S3 URI of the table's files, or an empty string if the table has no location."""
        return self.storage.get("Location") or ""

    @property
    def parameters(self) -> dict[str, str]:
        """The table's Parameters, or an empty dict if the table has no Parameters."""
        return self.glue.get("Parameters") or {}

    @property
    def input(self) -> Dict:
        """The ``TableInput`` structure for Glue: the ``Table`` structure without the members that Glue adds."""
        return table_input(self.glue)

    @property
    def is_iceberg(self) -> bool:
        """Return True if the table is an Iceberg table."""
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def is_view(self) -> bool:
        """Return True if the table is a view."""
        return self.glue.get("TableType") == "VIRTUAL_VIEW"


def _columns(glue_columns: list[dict[str, Any]] | None) -> list[Column]:
    """Convert Glue's columns, if any, to Column objects. Omit old Iceberg columns, which pyiceberg leaves in Glue."""
    return [
        Column(column["Name"].lower(), column.get("Type") or "string")
        for column in glue_columns or []
        if (column.get("Parameters") or {}).get("iceberg.field.current") != "false"
    ]


class Catalog:
    """The databases and tables that a query can refer to.

    :param services: the interface to Glue and S3
    :param database: the database to use for table names that do not contain a database
    """

    def __init__(self, services: S3AndGlue, database: str) -> None:
        self.services, self.database = services, database.strip("`")  # awswrangler quotes the name

    def find_database(self, name: str) -> str | None:
        """Return the name of a database as Glue stores it, or None if the database does not exist."""
        return _match(name, self.services.databases())

    def find_table(self, database: str, name: str) -> Table | None:
        """Return a table, or None if the table or its database does not exist."""
        database_name = self.find_database(database)
        if database_name is None:
            return None
        table_name = _match(name, self.services.tables(database_name))
        if table_name is None:
            return None
        return Table(database_name, table_name, self.services.table(database_name, table_name))

    def existing_database(self, name: str, node: Any = None) -> str:
        """Return the name of a database as Glue stores it.

        :param name: name of the database, in upper or lower case
        :param node: part of the query that names the database, for the position in the error
        :raises QueryFailed: if the database does not exist
        """
        database_name = self.find_database(name)
        if database_name is None:
            raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{name.lower()}' does not exist", node)
        return database_name

    def existing_table(self, parts: list[str], node: Any = None) -> Table:
        """Return the table that a qualified name refers to.

        :param parts: catalog, database and table name; catalog and database are optional
        :param node: part of the query that names the table, for the position in the error
        :raises QueryFailed: if the catalog, the database or the table does not exist
        """
        *qualifiers, name = parts
        database = qualifiers[-1] if qualifiers else self.database
        if len(qualifiers) > 1 and qualifiers[0].lower() != CATALOG:
            raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{qualifiers[0].lower()}' does not exist", node)
        table = self.find_table(self.existing_database(database, node), name)
        if table is None:
            full_name = f"{CATALOG}.{database}.{name}".lower()
            raise QueryFailed("TABLE_NOT_FOUND", f"Table '{full_name}' does not exist", node)
        return table


def _match(name: str, candidates: Iterable[str]) -> str | None:
    """Return the first candidate that equals ``name``, ignoring case, or None if there is none."""
    lower = name.lower()
    return next((candidate for candidate in candidates if candidate.lower() == lower), None)


def view_of(table: Table) -> tuple[str, str]:
    """Return the SQL of a view's query, and the database in which the view was created.

    :raises QueryFailed: if Glue has no valid Athena definition of the view
    """
    encoded = table.glue.get("ViewOriginalText", "").removeprefix("/* Presto View: ").removesuffix(" */")
    try:
        definition = json.loads(base64.b64decode(encoded, validate=True))
        return definition["originalSql"], definition.get("schema") or table.database
    except (ValueError, KeyError, TypeError):
        reason = f"View '{table.database}.{table.name}' has no Athena definition"
        raise QueryFailed("INVALID_VIEW", reason) from None


def iceberg_module(module: str, node: Any = None) -> Any:
    """Import and return a module of this package that needs pyiceberg, an optional dependency.

    :param module: name of the module in ``moto_featurestore.athena``, such as ``iceberg_write``
    :param node: part of the query that needs the module, for the position in the error
    :raises QueryFailed: if a package that the module imports is not installed
    """
    try:
        return import_module(f"moto_featurestore.athena.{module}")
    except ModuleNotFoundError as error:
        reason = f"moto_featurestore needs {error.name} for Iceberg tables: pip install 'moto-featurestore[iceberg]'"
        raise QueryFailed("NOT_SUPPORTED", reason, node) from None

"""From names to tables: Glue's, folded to lower case, as Athena folds them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.lake import Dict, Lake
from moto_featurestore.athena.types import duckdb_type

CATALOG = "awsdatacatalog"
PATH = "$path"
_OF_GLUE = {
    "CatalogId",
    "CreateTime",
    "CreatedBy",
    "DatabaseName",
    "IsRegisteredWithLakeFormation",
    "UpdateTime",
    "VersionId",
}
"""What Glue adds to a TableInput."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    hive: str
    """Its type, as Glue has it."""

    @property
    def duckdb(self) -> str:
        """Its type, as DuckDB has it."""
        return duckdb_type(self.hive)


@dataclass(frozen=True)
class Table:
    """A table of Glue's."""

    database: str
    name: str
    glue: Dict = field(repr=False)
    """Glue's own Table."""

    @property
    def columns(self) -> list[Column]:
        """The columns in Glue's order, those that partition it last."""
        return [*self.data_columns, *self.partition_columns]

    @property
    def data_columns(self) -> list[Column]:
        """The columns that its files have."""
        return _columns(self.storage.get("Columns"))

    @property
    def partition_columns(self) -> list[Column]:
        """The columns whose values its partitions have."""
        return _columns(self.glue.get("PartitionKeys"))

    @property
    def storage(self) -> Dict:
        """Its StorageDescriptor."""
        return self.glue.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """Where its files are."""
        return self.storage.get("Location") or ""

    @property
    def parameters(self) -> dict[str, str]:
        """Its Parameters."""
        return self.glue.get("Parameters") or {}

    @property
    def input(self) -> Dict:
        """The table as Glue takes it: without what Glue itself adds."""
        return {member: value for member, value in self.glue.items() if member not in _OF_GLUE}

    @property
    def is_iceberg(self) -> bool:
        """Whether Iceberg's metadata says what its files are."""
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def is_view(self) -> bool:
        """Whether it is a view of Athena's."""
        return self.glue.get("TableType") == "VIRTUAL_VIEW"


def _columns(given: list[dict[str, Any]] | None) -> list[Column]:
    """Those that are there: pyiceberg leaves in Glue what earlier schemas of a table had."""
    return [
        Column(column["Name"].lower(), column.get("Type") or "string")
        for column in given or []
        if (column.get("Parameters") or {}).get("iceberg.field.current") != "false"
    ]


class Catalog:
    """The databases and tables that a query can name.

    :param database: the one that names without a database are of
    """

    def __init__(self, lake: Lake, database: str) -> None:
        self.lake, self.database = lake, database.strip("`")  # awswrangler quotes it

    def find_database(self, name: str) -> str | None:
        """A database's name as Glue holds it."""
        return _folded(name, self.lake.databases())

    def find_table(self, database: str, name: str) -> Table | None:
        """A table by its name."""
        held_database = self.find_database(database)
        if held_database is None:
            return None
        held = _folded(name, self.lake.tables(held_database))
        return None if held is None else Table(held_database, held, self.lake.table(held_database, held))

    def existing_database(self, name: str, node: Any = None) -> str:
        """A database's name as Glue holds it.

        :raises QueryFailed: where there is none
        """
        held = self.find_database(name)
        if held is None:
            raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{name.lower()}' does not exist", node)
        return held

    def existing_table(self, parts: list[str], node: Any = None) -> Table:
        """The table of a name with or without database and catalog.

        :raises QueryFailed: where there is none
        """
        *qualifiers, name = parts
        database = qualifiers[-1] if qualifiers else self.database
        if len(qualifiers) > 1 and qualifiers[0].lower() != CATALOG:
            raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{qualifiers[0].lower()}' does not exist", node)
        held = self.existing_database(database, node)
        table = self.find_table(held, name)
        if table is None:
            full_name = f"{CATALOG}.{database}.{name}".lower()
            raise QueryFailed("TABLE_NOT_FOUND", f"Table '{full_name}' does not exist", node)
        return table


def _folded(name: str, held: Iterable[str]) -> str | None:
    """Of the names that are there, the one that is equal but for the case."""
    lower = name.lower()
    return next((candidate for candidate in held if candidate.lower() == lower), None)

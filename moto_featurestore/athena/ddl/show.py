"""SHOW and DESCRIBE statements, which return information about databases and tables."""

import re
from collections.abc import Iterator

from moto_featurestore.athena.catalog import Catalog, Column, Table, iceberg_module, view_of
from moto_featurestore.athena.ddl.hive import names_of, text_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.results import TextResult


def databases(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW DATABASES statement in ``match``."""
    return TextResult(_matching(catalog.services.databases(), match["like"]), "database_name")


def _matching(names: list[str], like: str | None) -> list[str]:
    """Return the names that match a LIKE pattern, sorted.

    :param like: Hive's pattern, in which ``*`` matches any text and ``|`` separates alternatives; None for all names
    """
    if like is None:
        return sorted(names)
    pattern = "|".join(part.replace("*", ".*") for part in text_of(like).split("|"))
    return sorted(name for name in names if re.fullmatch(pattern, name, re.IGNORECASE))


def tables(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW TABLES statement in ``match``."""
    database = catalog.existing_database(text_of(match["database"]) if match["database"] else catalog.database)
    return TextResult(_matching(catalog.services.tables(database), match["like"]), "tab_name")


def views(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW VIEWS statement in ``match``."""
    database = catalog.existing_database(text_of(match["database"]) if match["database"] else catalog.database)
    names = [
        name
        for name in catalog.services.tables(database)
        if Table(database, name, catalog.services.table(database, name)).is_view
    ]
    return TextResult(_matching(names, match["like"]), "views")


def columns(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW COLUMNS statement in ``match``."""
    names = names_of(match["table"])
    if match["database"]:
        names = [text_of(match["database"]), *names]
    return TextResult([f"{column.name:<20}" for column in catalog.existing_table(names).columns], "field")


def describe(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the DESCRIBE statement in ``match``. Like Hive, pad each column's name, type and comment to 20 characters."""
    table = catalog.existing_table(names_of(match["table"]))
    if table.is_iceberg:
        result: TextResult = iceberg_module("iceberg_ddl").describe(catalog.services, table)
        return result
    comments = {
        column["Name"].lower(): column.get("Comment", "")
        for column in [*(table.storage.get("Columns") or []), *(table.glue.get("PartitionKeys") or [])]
    }
    lines = [_description_line(column.name, column.hive, comments[column.name]) for column in table.columns]
    if table.partition_columns:
        lines += [
            "\t \t ",
            "# Partition Information\t \t ",
            _description_line("# col_name", "data_type", "comment"),
            "\t \t ",
        ]
        lines += [
            _description_line(column.name, column.hive, comments[column.name]) for column in table.partition_columns
        ]
    return TextResult(lines, "col_name", "data_type", "comment")


def _description_line(*values: str) -> str:
    return "\t".join(f"{value:<20}" for value in values)


def create_table(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW CREATE TABLE statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    if table.is_view:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support SHOW CREATE TABLE of a view")
    if table.is_iceberg:
        result: TextResult = iceberg_module("iceberg_ddl").show_create(catalog.services, table)
        return result
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`("]
    lines += list(_column_lines(table.data_columns, ")"))
    if table.partition_columns:
        lines += ["PARTITIONED BY ( ", *_column_lines(table.partition_columns, ")")]
    serde = table.storage.get("SerdeInfo") or {}
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{table.storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{table.storage.get('OutputFormat', '')}'", "LOCATION", f"  '{table.location}'"]
    if table.parameters:
        lines += ["TBLPROPERTIES (", *_property_lines(table.parameters)]
    return TextResult(lines, "createtab_stmt")


def create_view(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW CREATE VIEW statement in ``match``.

    https://docs.aws.amazon.com/athena/latest/ug/show-create-view.html
    """
    table = catalog.existing_table(names_of(match["table"]))
    if not table.is_view:
        raise QueryFailed(
            "NOT_SUPPORTED", f"Relation 'awsdatacatalog.{table.database}.{table.name}' is a table, not a view"
        )
    query, _ = view_of(table)
    lines = [f"CREATE VIEW awsdatacatalog.{table.database}.{table.name} AS ", *query.split("\n")]
    return TextResult(lines, "create view")


def _column_lines(columns: list[Column], end: str) -> Iterator[str]:
    for place, column in enumerate(columns, 1):
        yield f"  `{column.name}` {column.hive}{end if place == len(columns) else ', '}"


def _property_lines(properties: dict[str, str]) -> Iterator[str]:
    for place, (key, value) in enumerate(properties.items(), 1):
        yield f"  '{key}'='{value}'{')' if place == len(properties) else ', '}"


def properties(catalog: Catalog, match: re.Match[str]) -> TextResult:
    """Run the SHOW TBLPROPERTIES statement in ``match``."""
    table = catalog.existing_table(names_of(match["table"]))
    return TextResult([f"{key}\t{value}" for key, value in table.parameters.items()], "prpt_name", "prpt_value")

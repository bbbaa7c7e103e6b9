"""DROP TABLE, DROP VIEW and ALTER TABLE."""

import re

from moto_featurestore.athena import extras
from moto_featurestore.athena.catalog import Catalog
from moto_featurestore.athena.ddl.hive import check_repeated, columns_of, names_of, pairs_of, text_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.outcome import Shown
from moto_featurestore.athena.scan import bucket_and_prefix


def drop(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run a DROP TABLE or DROP VIEW."""
    *qualifiers, name = names_of(match["table"])
    database = qualifiers[-1] if qualifiers else catalog.database
    table = catalog.find_table(database, name)
    kind = match["kind"].lower()
    if table is None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
        return Shown([])
    if table.is_view != (kind == "view"):
        raise QueryFailed(
            "", f"FAILED: SemanticException: {database}.{name} is {'' if table.is_view else 'not '}a view"
        )
    if table.is_iceberg:
        # https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-drop-table.html: the data is deleted too.
        bucket, prefix = bucket_and_prefix(table.location)
        catalog.lake.delete_objects(bucket, [stored.key for stored in catalog.lake.objects(bucket, prefix)])
    catalog.lake.delete_table(table.database, table.name)
    return Shown([])


def alter_iceberg(catalog: Catalog, match: re.Match[str]) -> Shown | None:
    """Alter an Iceberg table. Return None if the table is not an Iceberg table, or Athena does not support the change."""
    *qualifiers, name = names_of(match["table"])
    table = catalog.find_table(qualifiers[-1] if qualifiers else catalog.database, name)
    if table is None or not table.is_iceberg:
        return None
    shown: Shown | None = extras.iceberg("iceberg_alter").alter(catalog, table, match["what"])
    return shown


def set_properties(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an ALTER TABLE SET TBLPROPERTIES."""
    table = catalog.existing_table(names_of(match["table"]))
    parameters = {**table.parameters, **pairs_of(match["properties"])}
    catalog.lake.put_table(table.database, table.name, {**table.input, "Parameters": parameters})
    return Shown([])


def set_location(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an ALTER TABLE SET LOCATION."""
    table = catalog.existing_table(names_of(match["table"]))
    storage = {**table.storage, "Location": text_of(match["location"])}
    catalog.lake.put_table(table.database, table.name, {**table.input, "StorageDescriptor": storage})
    return Shown([])


def add_columns(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run an ALTER TABLE ADD COLUMNS."""
    table = catalog.existing_table(names_of(match["table"]))
    added = columns_of(match["columns"])
    check_repeated((column["Name"] for column in added), (column.name for column in table.columns))
    storage = {**table.storage, "Columns": [*(table.storage.get("Columns") or []), *added]}
    catalog.lake.put_table(table.database, table.name, {**table.input, "StorageDescriptor": storage})
    return Shown([])

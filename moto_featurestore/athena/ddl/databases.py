"""Statements that create and drop databases."""

import re
from typing import Any

from moto_featurestore.athena.catalog import Catalog
from moto_featurestore.athena.ddl.hive import pairs_of, text_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.outcome import Shown


def create(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run a CREATE DATABASE."""
    name = text_of(match["name"]).lower()
    if catalog.find_database(name) is not None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10242]: Database {name} already exists")
        return Shown([])
    database_input: dict[str, Any] = {}
    for key, group in (("Description", "comment"), ("LocationUri", "location")):
        if match[group]:
            database_input[key] = text_of(match[group])
    if match["properties"]:
        database_input["Parameters"] = pairs_of(match["properties"])
    catalog.lake.create_database(name, database_input)
    return Shown([])


def drop(catalog: Catalog, match: re.Match[str]) -> Shown:
    """Run a DROP DATABASE."""
    name = text_of(match["name"])
    stored_name = catalog.find_database(name)
    if stored_name is None:
        if not match["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
        return Shown([])
    if stored_name == "default":  # https://github.com/apache/hive, HiveMetaStore
        raise QueryFailed(
            "",
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
            " MetaException(message:Can not drop default database)",
        )
    if catalog.lake.tables(stored_name) and (match["how"] or "").upper() != "CASCADE":
        raise QueryFailed(
            "",
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
            f" InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)",
        )
    catalog.lake.delete_database(stored_name)
    return Shown([])

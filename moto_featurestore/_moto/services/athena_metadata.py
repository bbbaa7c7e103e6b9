"""Athena's operations that return databases and tables of Glue's catalog, such as ListTableMetadata."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

_PAGE = 50
"""The maximum number of items in a response.

Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html
"""


def _services(response: Any) -> Any:
    from moto_featurestore._moto.services.athena_s3_and_glue import MotoS3AndGlue

    return MotoS3AndGlue(response.athena_backend)


def _missing(what: str) -> tuple[str, dict[str, int]]:
    message = f"An error occurred (EntityNotFoundException): {what} not found."
    return json.dumps({"__type": "MetadataException", "Message": message}), {"status": 400}


def _folded(name: str, names: list[str]) -> str | None:
    return next((candidate for candidate in names if candidate.lower() == name.lower()), None)


def page(response: Any, member: str, items: list[Any]) -> str:
    """Return a page of items as a JSON response. NextToken and MaxResults of the request define the page.

    :param response: moto's response object, which contains the parameters of the request
    :param member: the name of the JSON member for the items
    :param items: the items of all pages
    """
    start, limit = int(response._get_param("NextToken") or 0), min(response._get_param("MaxResults") or _PAGE, _PAGE)
    end = start + limit
    result: dict[str, Any] = {member: items[start:end]}
    return json.dumps({**result, "NextToken": str(end)} if end < len(items) else result)


def _get_database(response: Any) -> Any:
    services, name = _services(response), response._get_param("DatabaseName")
    stored_name = _folded(name, services.databases())
    return json.dumps({"Database": _database(services, stored_name)}) if stored_name else _missing(f"Database {name}")


def _list_databases(response: Any) -> str:
    services = _services(response)
    return page(response, "DatabaseList", [_database(services, name) for name in sorted(services.databases())])


def _database(services: Any, name: str) -> dict[str, Any]:
    database = services.database(name)
    shown = {"Name": name, "Description": database.get("Description"), "Parameters": database.get("Parameters")}
    return {member: value for member, value in shown.items() if value is not None}


def _get_table_metadata(response: Any) -> Any:
    services = _services(response)
    database = _folded(response._get_param("DatabaseName"), services.databases())
    if database is None:
        return _missing(f"Database {response._get_param('DatabaseName')}")
    name = _folded(response._get_param("TableName"), services.tables(database))
    if name is None:
        return _missing(f"Table {response._get_param('TableName')}")
    return json.dumps({"TableMetadata": _table(services.table(database, name))})


def _list_table_metadata(response: Any) -> Any:
    services = _services(response)
    database = _folded(response._get_param("DatabaseName"), services.databases())
    if database is None:
        return _missing(f"Database {response._get_param('DatabaseName')}")
    expression = response._get_param("Expression") or ".*"
    names = [
        name
        for name in sorted(services.tables(database))
        if re.fullmatch(expression.replace("*", ".*").replace("..*", ".*"), name)
    ]
    return page(response, "TableMetadataList", [_table(services.table(database, name)) for name in names])


def _table(glue: dict[str, Any]) -> dict[str, Any]:
    storage = glue.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    described = {
        "inputformat": storage.get("InputFormat"),
        "location": storage.get("Location"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
    }
    shown = {
        "Name": glue["Name"],
        "CreateTime": _seconds(glue["CreateTime"]),
        "TableType": glue.get("TableType"),
        "Columns": _columns(storage.get("Columns")),
        "PartitionKeys": _columns(glue.get("PartitionKeys")),
        "Parameters": {**(glue.get("Parameters") or {}), **{name: value for name, value in described.items() if value}},
    }
    return {member: value for member, value in shown.items() if value is not None}


def _seconds(moment: Any) -> Any:
    """Convert a datetime to seconds since 1970. Return any other value unchanged."""
    return moment.timestamp() if isinstance(moment, datetime) else moment


def _columns(columns: list[dict[str, str]] | None) -> list[dict[str, str]]:
    return [
        {member: column[member] for member in ("Name", "Type", "Comment") if column.get(member)}
        for column in columns or []
    ]


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "get_database": _get_database,
    "get_table_metadata": _get_table_metadata,
    "list_databases": _list_databases,
    "list_table_metadata": _list_table_metadata,
}
"""A dict from the name of a method of moto's AthenaResponse to the function that replaces the method."""

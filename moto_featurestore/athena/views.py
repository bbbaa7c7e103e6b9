"""The definitions of Athena views in Glue."""

import base64
import json

from moto_featurestore.athena.catalog import Table
from moto_featurestore.athena.errors import QueryFailed


def view_of(table: Table) -> tuple[str, str]:
    """Return the query of a view, and the database in which the view was created.

    :raises QueryFailed: if Glue has no valid Athena definition of the view
    """
    encoded = table.glue.get("ViewOriginalText", "").removeprefix("/* Presto View: ").removesuffix(" */")
    try:
        definition = json.loads(base64.b64decode(encoded, validate=True))
        return definition["originalSql"], definition.get("schema") or table.database
    except (ValueError, KeyError, TypeError):
        reason = f"View '{table.database}.{table.name}' has no Athena definition"
        raise QueryFailed("INVALID_VIEW", reason) from None

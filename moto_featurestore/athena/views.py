"""Views of Athena's, as Glue holds them."""

import base64
import json

from moto_featurestore.athena.catalog import Table
from moto_featurestore.athena.errors import QueryFailed


def view_of(table: Table) -> tuple[str, str]:
    """A view's query, and the database that it was made in.

    :raises QueryFailed: where it has none
    """
    encoded = table.glue.get("ViewOriginalText", "").removeprefix("/* Presto View: ").removesuffix(" */")
    try:
        definition = json.loads(base64.b64decode(encoded, validate=True))
        return definition["originalSql"], definition.get("schema") or table.database
    except (ValueError, KeyError, TypeError):
        reason = f"View '{table.database}.{table.name}' has no definition of Athena's"
        raise QueryFailed("INVALID_VIEW", reason) from None

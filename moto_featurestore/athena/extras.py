"""The import of optional dependencies, deferred until a statement needs them."""

from importlib import import_module
from typing import Any

from moto_featurestore.athena.errors import QueryFailed


def iceberg(module: str, node: Any = None) -> Any:
    """Import and return a module of this package that needs pyiceberg.

    :param module: name of the module
    :param node: part of the query that needs it, for the position in the error
    :raises QueryFailed: if a package that the module imports is not installed
    """
    try:
        return import_module(f"moto_featurestore.athena.{module}")
    except ModuleNotFoundError as error:
        reason = f"moto_featurestore needs {error.name} for Iceberg tables: pip install 'moto-featurestore[iceberg]'"
        raise QueryFailed("NOT_SUPPORTED", reason, node) from None

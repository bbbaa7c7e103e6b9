"""The modules that need pyiceberg, imported where a statement needs them."""

from importlib import import_module
from typing import Any

from moto_featurestore.athena.errors import QueryFailed


def iceberg(module: str, node: Any = None) -> Any:
    """A module of this package by its name, one of those that import pyiceberg.

    :raises QueryFailed: where that is not installed
    """
    try:
        return import_module(f"moto_featurestore.athena.{module}")
    except ModuleNotFoundError as error:
        reason = f"moto_featurestore needs {error.name} for Iceberg tables: pip install 'moto-featurestore[iceberg]'"
        raise QueryFailed("NOT_SUPPORTED", reason, node) from None

"""A group and records for the tests of the commands that show a store."""

from typing import Any

from support.groups import group_parameters
from support.memory import Service

TIME = "2026-01-01T00:00:00Z"
TYPES = {"id": "String", "time": "String", "age": "Integral"}


def create(service: Service, name: str = "group", types: dict[str, str] | None = None, **members: Any) -> None:
    """Create a group. Its first two features are the record identifier and the event time."""
    assert service.control("CreateFeatureGroup", **group_parameters(name, types or TYPES, **members)).status == 200


def put(service: Service, identifier: str, group: str = "group", time: str = TIME, **values: Any) -> None:
    """Put a record with the features ``id`` and ``time``, and other values."""
    assert service.put(group, {"id": identifier, "time": time, **values}).status == 200

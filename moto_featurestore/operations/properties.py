"""What Search can be asked about a resource: the properties that its shape in the model has, by their dotted names.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-feature-group-metadata.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-metadata.html list them: members, members of members
(``OnlineStoreConfig.EnableOnlineStore``), tags and parameters by their key (``Tags.team``), or all of them (``AllTags``:
keys and values alike).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

Row = dict[str, Any]
"""A resource as Search shows it, or an element of a list in it."""

Properties = Mapping[str, "Property"]

_KINDS = {
    "string": "text",
    "integer": "number",
    "long": "number",
    "float": "number",
    "double": "number",
    "boolean": "Boolean",
    "timestamp": "timestamp",
}
#: As the table of the developer guide's page on feature groups spells it; the model has FeatureGroupArn.
_ALIASES = {"FeatureGroupARN": "FeatureGroupArn"}
_TAGS = {"Tags", "AllTags"}


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a resource, or of an element of a list in it."""

    name: str
    kind: str
    """text, number, Boolean or timestamp; structure or list, of which only the existence can be asked."""
    values: Callable[[Row], list[Any]]
    """Its values in a row: none where it is absent, several where a list lies on the way."""
    is_single: bool
    """Whether a row has one value of it at most, so that rows can be sorted by it."""
    element: StructureShape | None = None
    """Of a list of structures: its elements' shape."""


def find_property(known: Properties, name: str) -> Property:
    """The property that has a name: one that is known by it, or the value of a tag or a parameter.

    :raises ValidationException: where there is none; in the words that moto has from the service
        (https://github.com/getmoto/moto/blob/5.0.28/moto/sagemaker/models.py, search)
    """
    found = known.get(_ALIASES.get(name, name)) or _of_key(known, name)
    if found is None:
        raise ValidationException(f"Unknown property name: {name}")
    return found


@cache
def named_properties(resource: str) -> Properties:
    """All properties of a resource by their names, but for those of tags and parameters, which have any name."""
    shape = service_model(CONTROL_PLANE).shape_for(resource)
    assert isinstance(shape, StructureShape)
    return {found.name: found for found in _properties(shape, (), is_single=True)}


def discoverable_properties(resource: str) -> Properties:
    """Those of another account's resource, whose tags are not shown."""
    return {name: found for name, found in named_properties(resource).items() if name not in _TAGS}


@cache
def element_properties(listed: Property) -> Properties:
    """The properties of a list's elements, by their whole names: ``FeatureDefinitions.FeatureName``."""
    assert listed.element
    found = _properties(listed.element, (), is_single=True)
    return {f"{listed.name}.{inner.name}": inner for inner in found}


def _properties(shape: StructureShape, path: tuple[str, ...], *, is_single: bool) -> Iterator[Property]:
    for member, inner in shape.members.items():
        yield from _of_member(inner, (*path, member), is_single=is_single)


def _of_member(shape: Shape, path: tuple[str, ...], *, is_single: bool) -> Iterator[Property]:
    name, values = ".".join(path), _getter(path)
    if isinstance(shape, StructureShape):
        yield Property(name, "structure", values, is_single=False)
        yield from _properties(shape, path, is_single=is_single)
    elif isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        yield Property(name, "list", values, is_single=False, element=shape.member)
        if _is_keyed(shape.member):
            yield Property(f"All{name}", "text", _texts_getter(path), is_single=False)
        else:
            yield from _properties(shape.member, path, is_single=False)
    elif shape.type_name in _KINDS:
        yield Property(name, _KINDS[shape.type_name], values, is_single=is_single)


def _is_keyed(shape: StructureShape) -> bool:
    """Whether elements are a key with its value: tags and parameters."""
    return set(shape.members) == {"Key", "Value"}


def _of_key(known: Properties, name: str) -> Property | None:
    """The value of a tag, or of a parameter."""
    list_name, _, key = name.partition(".")
    keyed = known.get(list_name)
    if not key or keyed is None or keyed.element is None or not _is_keyed(keyed.element):
        return None
    elements = keyed.values
    return Property(
        name, "text", lambda row: [item["Value"] for item in elements(row) if item["Key"] == key], is_single=True
    )


def _getter(path: tuple[str, ...]) -> Callable[[Row], list[Any]]:
    if len(path) > 1:
        return lambda row: _values(row, path)
    [member] = path
    return lambda row: _values(row.get(member), ())


def _texts_getter(path: tuple[str, ...]) -> Callable[[Row], list[str]]:
    return lambda row: [text for item in _values(row, path) for text in (item["Key"], item["Value"])]


def _values(value: Any, path: tuple[str, ...]) -> list[Any]:
    """What a path leads to, through the elements of each list on its way, and at its end."""
    if type(value) is list:
        return [found for item in value for found in _values(item, path)]
    if value is None:
        return []
    return _values(value.get(path[0]), path[1:]) if path else [value]

"""The searchable properties of a resource, derived from the resource's shape in botocore's model.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-feature-group-metadata.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-metadata.html. The searchable properties are:

- a member, or a nested member by its dotted name (``OnlineStoreConfig.EnableOnlineStore``)
- the value of a tag or a parameter, by its key (``Tags.team``)
- the keys and values of all tags or parameters together (``AllTags``)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

Row = dict[str, Any]
"""A resource as Search returns it, or an element of a list in such a resource."""

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
#: The developer guide calls a feature group's property FeatureGroupARN, but the model calls it FeatureGroupArn.
_ALIASES = {"FeatureGroupARN": "FeatureGroupArn"}
_TAGS = {"Tags", "AllTags"}


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a resource, or of an element of a list in a resource."""

    name: str
    kind: str
    """One of text, number, Boolean, timestamp, structure and list. The last two support only Exists and NotExists."""
    values: Callable[[Row], list[Any]]
    """A function that returns the property's values in a row.

    The function returns an empty list if the property is absent, and several values if the property belongs to a list's
    elements.
    """
    is_single: bool
    """True if each row has at most one value of the property. Only such properties can sort rows."""
    element: StructureShape | None = None
    """The shape of the elements, if the property is a list of structures."""


def find_property(properties: Properties, name: str) -> Property:
    """Return the property with this name. The name may refer to a single tag or parameter, such as ``Tags.team``.

    moto's code contains the service's error text
    (https://github.com/getmoto/moto/blob/5.0.28/moto/sagemaker/models.py, search).

    :param properties: the searchable properties of the resource
    :raises ValidationException: if the property does not exist
    """
    prop = properties.get(_ALIASES.get(name, name)) or _keyed_property(properties, name)
    if prop is None:
        raise ValidationException(f"Unknown property name: {name}")
    return prop


@cache
def named_properties(resource: str) -> Properties:
    """Return a dict from name to property for a resource.

    The dict omits properties for a single tag or parameter, such as ``Tags.team``, because botocore's model does not
    contain the keys of a user's tags.

    :param resource: the name of the resource's shape in the model
    """
    shape = service_model(CONTROL_PLANE).shape_for(resource)
    assert isinstance(shape, StructureShape)
    return {prop.name: prop for prop in _properties(shape, (), is_single=True)}


def discoverable_properties(resource: str) -> Properties:
    """Return the properties of a resource in another account. Omit tags, because callers cannot see other accounts' tags."""
    return {name: prop for name, prop in named_properties(resource).items() if name not in _TAGS}


@cache
def element_properties(list_property: Property) -> Properties:
    """Return the properties of the elements of a list, as a dict from full name to property.

    A full name contains the name of the list, such as ``FeatureDefinitions.FeatureName``.

    :param list_property: the property that contains the list
    """
    assert list_property.element
    properties = _properties(list_property.element, (), is_single=True)
    return {f"{list_property.name}.{inner.name}": inner for inner in properties}


def _properties(shape: StructureShape, path: tuple[str, ...], *, is_single: bool) -> Iterator[Property]:
    for member, inner in shape.members.items():
        yield from _member_properties(inner, (*path, member), is_single=is_single)


def _member_properties(shape: Shape, path: tuple[str, ...], *, is_single: bool) -> Iterator[Property]:
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
    """Return True for the shape of a tag or a parameter, which has a key and a value."""
    return set(shape.members) == {"Key", "Value"}


def _keyed_property(properties: Properties, name: str) -> Property | None:
    """Return the property for one tag or parameter, or None if the name does not have the form ``Tags.key``."""
    list_name, _, key = name.partition(".")
    list_property = properties.get(list_name)
    if not key or list_property is None or list_property.element is None or not _is_keyed(list_property.element):
        return None
    elements = list_property.values
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
    """Return the values at a path in a nested structure.

    If the path passes through or ends at a list, return the values of all elements.

    :param path: the names of the members
    """
    if type(value) is list:
        return [inner for item in value for inner in _values(item, path)]
    if value is None:
        return []
    return _values(value.get(path[0]), path[1:]) if path else [value]

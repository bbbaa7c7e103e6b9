"""Compilation of a SearchExpression to a function that returns True for the resources that satisfy the expression.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html, and the pages of NestedFilters and
SearchExpression. Equals is the default operator. A property without a value matches NotEquals. Evidence: the developer
guide uses ``OnlineStoreConfig.EnableOnlineStore NotEquals true`` to find offline-only groups.

AWS does not document whether text comparison is case-sensitive; this module assumes that it is. AWS does not document
the error texts either, so this module uses its own texts.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from moto_featurestore.operations.properties import Properties, Property, Row, element_properties, find_property
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.values import is_fractional, parse_event_time

Params = dict[str, Any]
Matcher = Callable[[Row], bool]

#: Limit of "recursive SubExpressions, NestedFilters, and Filters" in an expression. Source:
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
ELEMENTS = 50

_EXISTENCE = {"Exists", "NotExists"}
_EQUALITY = {"Equals", "NotEquals"} | _EXISTENCE
_ORDER = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
#: The operators that each kind of property supports.
OPERATORS: dict[str, set[str]] = {
    "text": _EQUALITY | {"Contains", "In"},
    "number": _EQUALITY | set(_ORDER),
    "timestamp": _EQUALITY | set(_ORDER),
    "Boolean": _EQUALITY,
    "structure": _EXISTENCE,
    "list": _EXISTENCE,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    **_ORDER,
    "Equals": operator.eq,
    "Contains": operator.contains,
    "In": lambda value, wanted: value in wanted.split(","),
}


def matcher(properties: Properties, expression: Params) -> Matcher:
    """Return a function that takes a resource, and returns True if the resource satisfies an expression.

    :param properties: the searchable properties of the resource
    :param expression: a SearchExpression
    :raises ValidationException: if the expression has too many elements, an unknown property, or an invalid filter
    """
    if (elements := _count(expression)) > ELEMENTS:
        raise ValidationException(
            f"Validation Error: SearchExpression has {elements} SubExpressions, NestedFilters and Filters;"
            f" the limit is {ELEMENTS}."
        )
    return _expression(properties, expression)


def _count(expression: Params) -> int:
    nested = expression.get("NestedFilters", ())
    subexpressions = expression.get("SubExpressions", ())
    return (
        len(expression.get("Filters", ()))
        + sum(1 + len(group["Filters"]) for group in nested)
        + sum(1 + _count(subexpression) for subexpression in subexpressions)
    )


def _expression(properties: Properties, expression: Params) -> Matcher:
    conditions = [
        *(_filter(find_property(properties, item["Name"]), item) for item in expression.get("Filters", ())),
        *(_nested(properties, item) for item in expression.get("NestedFilters", ())),
        *(_expression(properties, item) for item in expression.get("SubExpressions", ())),
    ]
    if not conditions:
        raise ValidationException(
            "Validation Error: A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions."
        )
    if len(conditions) == 1:
        return conditions[0]
    return _combine(conditions, any if expression.get("Operator") == "Or" else all)


def _combine(conditions: Sequence[Matcher], any_or_all: Callable[[Any], bool]) -> Matcher:
    return lambda row: any_or_all(condition(row) for condition in conditions)


def _nested(properties: Properties, nested_filters: Params) -> Matcher:
    """Return a function that takes a resource, and returns True if an element of a list satisfies all filters.

    :param nested_filters: a NestedFilters structure, which contains the filters and the name of the property with the
        list
    :raises ValidationException: if the property is not a list, or if a filter is invalid
    """
    name = nested_filters["NestedPropertyName"]
    list_property = find_property(properties, name)
    if list_property.element is None:
        raise ValidationException(
            f"Validation Error: NestedFilters requires a property that is a list; the property [{name}] is not a list."
        )
    inner = element_properties(list_property)
    matches = _combine([_filter(find_property(inner, item["Name"]), item) for item in nested_filters["Filters"]], all)
    return lambda row: any(map(matches, list_property.values(row)))


def _filter(prop: Property, condition: Params) -> Matcher:
    name = condition.get("Operator", "Equals")
    if name not in OPERATORS[prop.kind]:
        raise ValidationException(
            f"Validation Error: The operator [{name}] is not supported for the property [{condition['Name']}],"
            f" which is a {prop.kind}."
        )
    values = prop.values
    # These operators ignore Value, because the SageMaker SDK (v2, inputs.Filter) always sends a Value.
    if name == "Exists":
        return lambda row: bool(values(row))
    if name == "NotExists":
        return lambda row: not values(row)
    wanted = _value(prop, condition)
    if name == "NotEquals":
        return lambda row: wanted not in values(row)
    compare = _COMPARISONS[name]
    return lambda row: any(compare(value, wanted) for value in values(row))


def _value(prop: Property, condition: Params) -> Any:
    """Return the Value of a filter, converted to the type of its property."""
    name, text = condition["Name"], condition.get("Value")
    if text is None:
        raise ValidationException(f"Validation Error: The filter on the property [{name}] needs a Value.")
    value = _PARSERS[prop.kind](text)
    if value is None:
        raise ValidationException(
            f"Validation Error: The value [{text}] of the filter on the property [{name}] is not {_FORMS[prop.kind]}."
        )
    return value


def _parse_timestamp(text: str) -> int | None:
    """Convert a time in UTC, with or without a final Z, to nanoseconds since 1970. Return None if the time is malformed."""
    return parse_event_time(text if text.endswith("Z") else f"{text}Z", "String")


_PARSERS: dict[str, Callable[[str], Any]] = {
    "text": lambda text: text,
    "number": lambda text: float(text) if is_fractional(text) else None,
    "timestamp": _parse_timestamp,
    "Boolean": {"true": True, "false": False}.get,
}
_FORMS = {
    "number": "an integer or a floating-point decimal",
    "timestamp": "an ISO 8601 date-time of the form YYYY-mm-dd'T'HH:MM:SS",
    "Boolean": "true or false",
}

"""A SearchExpression, compiled to a function that says of a resource whether it matches.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html, and those of NestedFilters and SearchExpression.
Equals is the default operator. What is absent matches NotEquals: the developer guide finds offline-only groups by
``OnlineStoreConfig.EnableOnlineStore NotEquals true``. Texts are compared as they are (assumed). The sentences are
assumed, too.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from moto_featurestore.operations.properties import Properties, Property, Row, element_properties, find_property
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.values import is_fractional, parse_event_time

Params = dict[str, Any]
Matcher = Callable[[Row], bool]

#: "The maximum number of recursive SubExpressions, NestedFilters, and Filters" of
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
#: The operators that a kind of property takes.
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


def matcher(known: Properties, expression: Params) -> Matcher:
    """The function that says whether a resource of known properties satisfies an expression.

    :raises ValidationException: where the expression makes no sense for such a resource
    """
    if (elements := _count(expression)) > ELEMENTS:
        raise ValidationException(
            f"Validation Error: SearchExpression has {elements} SubExpressions, NestedFilters and Filters;"
            f" the limit is {ELEMENTS}."
        )
    return _expression(known, expression)


def _count(expression: Params) -> int:
    nested = expression.get("NestedFilters", ())
    subexpressions = expression.get("SubExpressions", ())
    return (
        len(expression.get("Filters", ()))
        + sum(1 + len(group["Filters"]) for group in nested)
        + sum(1 + _count(subexpression) for subexpression in subexpressions)
    )


def _expression(known: Properties, expression: Params) -> Matcher:
    conditions = [
        *(_filter(find_property(known, given["Name"]), given) for given in expression.get("Filters", ())),
        *(_nested(known, given) for given in expression.get("NestedFilters", ())),
        *(_expression(known, given) for given in expression.get("SubExpressions", ())),
    ]
    if not conditions:
        raise ValidationException(
            "Validation Error: A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions."
        )
    if len(conditions) == 1:
        return conditions[0]
    return _together(conditions, any if expression.get("Operator") == "Or" else all)


def _together(conditions: Sequence[Matcher], hold: Callable[[Any], bool]) -> Matcher:
    return lambda row: hold(condition(row) for condition in conditions)


def _nested(known: Properties, given: Params) -> Matcher:
    """Matches where a single element of the list satisfies all filters."""
    name = given["NestedPropertyName"]
    listed = find_property(known, name)
    if listed.element is None:
        raise ValidationException(f"Validation Error: The property [{name}] is no list, which NestedFilters need.")
    inner = element_properties(listed)
    satisfies = _together([_filter(find_property(inner, asked["Name"]), asked) for asked in given["Filters"]], all)
    return lambda row: any(map(satisfies, listed.values(row)))


def _filter(asked: Property, given: Params) -> Matcher:
    name = given.get("Operator", "Equals")
    if name not in OPERATORS[asked.kind]:
        raise ValidationException(
            f"Validation Error: The operator [{name}] is not supported for the property [{given['Name']}],"
            f" which is a {asked.kind}."
        )
    values = asked.values
    # With these a Value is passed over: the SageMaker SDK (v2, inputs.Filter) cannot send a filter without one.
    if name == "Exists":
        return lambda row: bool(values(row))
    if name == "NotExists":
        return lambda row: not values(row)
    wanted = _value(asked, given)
    if name == "NotEquals":
        return lambda row: wanted not in values(row)
    compare = _COMPARISONS[name]
    return lambda row: any(compare(value, wanted) for value in values(row))


def _value(asked: Property, given: Params) -> Any:
    """The Value of a filter, as values of its property are."""
    name, text = given["Name"], given.get("Value")
    if text is None:
        raise ValidationException(f"Validation Error: The filter on the property [{name}] needs a Value.")
    value = _PARSERS[asked.kind](text)
    if value is None:
        raise ValidationException(
            f"Validation Error: The value [{text}] of the filter on the property [{name}] is not {_FORMS[asked.kind]}."
        )
    return value


def _parse_timestamp(text: str) -> int | None:
    """Nanoseconds since 1970; in UTC, which may be said."""
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

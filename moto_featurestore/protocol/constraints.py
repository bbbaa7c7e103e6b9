"""Validation of values against the constraints of botocore's model.

A broken constraint is a ``Violation``. ``describe`` formats violations in AWS's wording.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.model import DEEPEST

#: The longest message that the runtime's model allows (shape Message). Values in a message are cut to _QUOTED_LENGTH.
_MESSAGE_LENGTH = 2048
_QUOTED_LENGTH = 256
_CACHE_SIZE = 10_000

#: AWS's wording, from messages in https://github.com/hashicorp/terraform-provider-aws/issues/29225 and
#: https://github.com/aws-samples/aws-genai-llm-chatbot/issues/512.
_SENTENCES = {
    "required": "Member must not be null",
    "pattern": "Member must satisfy regular expression pattern: {}",
    "enum": "Member must satisfy enum value set: [{}]",
    "max_length": "Member must have length less than or equal to {}",
    "min_length": "Member must have length greater than or equal to {}",
    "max": "Member must have value less than or equal to {}",
    "min": "Member must have value greater than or equal to {}",
    "members": "Member must satisfy constraint: [{}]",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken constraint: the path to the value, the value, the rule and the rule's limit."""

    path: tuple[str, ...]
    value: Any
    rule: str
    bound: Any = None

    def below(self, segment: str) -> "Violation":
        """Return a copy of this violation with a segment inserted at the beginning of the path."""
        return replace(self, path=(segment, *self.path))

    @property
    def constraint(self) -> str:
        """AWS's wording of this constraint."""
        return _SENTENCES[self.rule].format(self.bound)


Checker = Callable[[Any], Sequence[Violation]]


def violations(shape: Shape, value: Any) -> Sequence[Violation]:
    """Return the constraints of ``shape`` that ``value`` breaks, in the order of the model."""
    return checker(shape)(value)


def checker(shape: Shape) -> Checker:
    """Return a function that takes a value and returns the constraints of ``shape`` that the value breaks.

    They have the order of their members in botocore's model.
    """
    return _checker(shape) or (lambda _: ())


def describe(broken: Sequence[Violation]) -> str:
    """Return the error message for all broken constraints, in AWS's wording."""
    count = "1 validation error detected" if len(broken) == 1 else f"{len(broken)} validation errors detected"
    details = "; ".join(
        f"Value {_quoted(violation.value)} at '{'.'.join(violation.path)}'"
        f" failed to satisfy constraint: {violation.constraint}"
        for violation in broken
    )
    return f"{count}: {details}"[:_MESSAGE_LENGTH]


def _quoted(value: Any) -> str:
    if value is None:
        return "null"
    text = _java_text(value)
    return f"'{text}'" if len(text) <= _QUOTED_LENGTH else f"'{text[:_QUOTED_LENGTH]}...'"


def _java_text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_segment(name)}={_java_text(item)}' for name, item in value.items())}}}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _segment(member: str) -> str:
    return member[0].lower() + member[1:]


# This module compiles one checker for each shape. The checker is None if the shape has no constraints, to save calls.
# A recursive shape is compiled to the greatest depth that the parser accepts.


@cache
def _checker(shape: Shape, depth: int = 0) -> Checker | None:
    if depth > DEEPEST:
        return None
    if shape.name == "FeatureGroupNameOrArn":
        return _name_or_arn(shape)
    if isinstance(shape, StructureShape):
        return _structure(shape, depth + 1)
    if isinstance(shape, ListShape):
        return _list(shape, depth)
    return _scalar(shape)


_NAME = Shape(
    "FeatureGroupName", {"type": "string", "pattern": "^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}", "min": 1, "max": 64}
)
"""The documented constraints of a feature group's name. The runtime's model contains only the constraints of ARNs.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
"""


def _name_or_arn(shape: Shape) -> Checker:
    """Return a checker for a parameter that is the name or the ARN of a feature group.

    The checker checks ARNs against ``shape``, and names against the documented constraints in ``_NAME``.
    """
    check_arn, check_name = _scalar(shape), _scalar(_NAME)
    assert check_arn
    assert check_name
    return lambda value: check_arn(value) if value.startswith("arn:") else check_name(value)


def _structure(shape: StructureShape, depth: int) -> Checker | None:
    required = set(shape.required_members)
    members = [
        (name, _checker(member, depth), name in required)
        for name, member in shape.members.items()
        if name in required or _checker(member, depth)
    ]

    def check(value: dict[str, Any]) -> Sequence[Violation]:
        broken: list[Violation] = []
        for name, check_member, is_required in members:
            item = value.get(name)
            if item is None:
                if is_required:
                    broken.append(Violation((_segment(name),), None, "required"))
            elif check_member and (inner := check_member(item)):
                broken.extend(violation.below(_segment(name)) for violation in inner)
        return broken

    return check if members else None


def _list(shape: ListShape, depth: int) -> Checker:
    check_length = _length(shape)
    check_member = _checker(shape.member, depth)
    if isinstance(shape.member, StructureShape):
        check_elements = _list_of_structures(check_member)
    else:
        check_elements = _list_of_scalars(shape.member, check_member)

    def check(value: list[Any]) -> Sequence[Violation]:
        length, elements = check_length(value), check_elements(value)
        return [*length, *elements] if length or elements else ()

    return check


def _list_of_structures(check_member: Checker | None) -> Checker:
    def check(value: list[Any]) -> Sequence[Violation]:
        broken: list[Violation] = []
        for number, item in enumerate(value, 1):
            if item is None:
                broken.append(Violation((f"{number}.member",), None, "required"))
            elif check_member and (inner := check_member(item)):
                broken.extend(violation.below(f"{number}.member") for violation in inner)
        return broken

    return check


def _list_of_scalars(member: Shape, check_member: Checker | None) -> Checker:
    """Return a checker for a list of scalars.

    If any element is invalid, the checker returns one violation for the whole list. This violation names all
    constraints of the elements, the lengths before the pattern: https://github.com/appleboy/lambda-action/issues/72.

    :param member: shape of the elements
    :param check_member: checker of one element, or None if the shape has no constraints
    """
    rules = sorted(_rules(member), key=lambda violation: violation.rule == "pattern")
    constraint = ", ".join(rule.constraint for rule in rules) or _SENTENCES["required"]

    def check(value: list[Any]) -> Sequence[Violation]:
        if None in value:
            return [Violation((), value, "members", _SENTENCES["required"])]
        if check_member and any(check_member(item) for item in value):
            return [Violation((), value, "members", constraint)]
        return ()

    return check


def _rules(shape: Shape) -> list[Violation]:
    """Return the constraints of a scalar shape, as violations without path and value.

    AWS reports a pattern before the lengths: https://github.com/architect/dynalite/blob/main/test/putItem.js contains
    recorded responses of AWS.
    """
    names = {"pattern": "pattern", "enum": "enum"}
    names |= {"max": "max_length", "min": "min_length"} if shape.type_name == "string" else {"max": "max", "min": "min"}
    bounds = {rule: shape.metadata[key] for key, rule in names.items() if key in shape.metadata}
    return [Violation((), None, rule, ", ".join(bound) if rule == "enum" else bound) for rule, bound in bounds.items()]


def _scalar(shape: Shape) -> Checker | None:
    tests = [(rule, test) for rule in _rules(shape) if (test := _test(shape, rule))]
    if not tests:
        return None
    if len(tests) == 1:
        [(only_rule, only_test)] = tests
        return lambda value: () if only_test(value) else [replace(only_rule, value=value)]

    def check(value: Any) -> Sequence[Violation]:
        return [replace(rule, value=value) for rule, test in tests if not test(value)]

    return _with_cache(check) if "pattern" in shape.metadata else check


def _with_cache(check: Checker) -> Checker:
    """Return a checker that caches valid values. The cache saves time, because feature names recur in every record."""
    accepted: set[str] = set()

    def check_once(value: str) -> Sequence[Violation]:
        if value in accepted:
            return ()
        broken = check(value)
        if not broken and len(accepted) < _CACHE_SIZE:
            accepted.add(value)
        return broken

    return check_once


def _length(shape: Shape) -> Checker:
    minimum, maximum = shape.metadata.get("min", 0), shape.metadata.get("max")

    def check(value: list[Any]) -> Sequence[Violation]:
        if len(value) < minimum:
            return [Violation((), value, "min_length", minimum)]
        if maximum is not None and len(value) > maximum:
            return [Violation((), value, "max_length", maximum)]
        return ()

    return check


def _test(shape: Shape, rule: Violation) -> Callable[[Any], Any] | None:
    bound = rule.bound
    if rule.rule == "pattern":
        return None if bound == ".*" else java_pattern(bound).fullmatch
    if rule.rule == "enum":
        return frozenset(shape.metadata["enum"]).__contains__
    if rule.rule == "min_length" and bound == 0:
        return None
    return {
        "max_length": lambda value: len(value) <= bound,
        "min_length": lambda value: len(value) >= bound,
        "max": lambda value: value <= bound,
        "min": lambda value: value >= bound,
    }[rule.rule]


@cache
def java_pattern(pattern: str) -> re.Pattern[str]:
    r"""Convert a Java pattern of the model to a Python pattern. Use the result with ``fullmatch``.

    In the result, ``.`` also matches line breaks, because values such as reviews contain line breaks. Python's ``re``
    does not support ``\p{L}`` and ``\p{N}``. If a pattern contains ``\p{L}``, ``\p{N}`` and ``_``, use ``\w`` instead.

    :raises re.error: if the pattern contains ``\p{L}`` or ``\p{N}`` in another combination
    """
    translated = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    if all(part in translated for part in (r"\p{L}", r"\p{N}", "_")):
        translated = translated.replace(r"\p{L}", r"\w").replace(r"\p{N}", "")
    translated = translated.replace(r"\p{Z}", r"\u0020\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000")
    return re.compile(translated, re.DOTALL)

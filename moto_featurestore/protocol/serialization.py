"""Conversion of JSON values to parameters, and of results to JSON values, according to the shapes of the model.

This module compiles one parser and one renderer for each shape. SearchExpression, the only recursive shape, is compiled
to a depth that valid expressions do not reach.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.model import DEEPEST
from moto_featurestore.values import EARLIEST, LATEST, NANOSECONDS

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1

Params = dict[str, Any]
Parser = Callable[[Any], Any]
Renderer = Callable[[Any], Any]


# Parsers: from a JSON value to a parameter.


class MalformedRequestError(Exception):
    """An error for invalid JSON, or for a value that does not have the type in the model.

    The message is AWS's message and the path to the value. AWS's message does not contain the path:
    https://github.com/aws/aws-sdk-js-v3/issues (STRING_VALUE can not be converted to an Integer).
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.path: list[str] = []

    def describe(self) -> str:
        """Return the error message, with the path to the value."""
        path = ".".join(reversed(self.path))
        return f"{self.problem} (at '{path}')" if path else self.problem


def load(body: bytes) -> Any:
    """Parse the JSON body of a request.

    :raises MalformedRequestError: if the body is not valid JSON in UTF-8, or is nested too deeply
    """
    try:
        value = _decoder.decode(body.decode())
        if b"\\u" in body:  # a lone surrogate could be stored, but it cannot be encoded in UTF-8 for a response
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise MalformedRequestError("The JSON of the request is nested too deeply") from None
    except ValueError as error:
        raise MalformedRequestError(f"The request is not valid JSON in UTF-8: {error}") from None
    return value


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a value of JSON")


_decoder = json.JSONDecoder(parse_constant=_reject_constant)


def _type_name(value: Any) -> str:
    """Return the name that AWS's parser uses for the type of a JSON value."""
    names = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
    return names.get(type(value)) or {True: "TRUE_VALUE", False: "FALSE_VALUE"}.get(value, "NULL_VALUE")


def _mismatch(value: Any, expected_type: str) -> MalformedRequestError:
    if isinstance(value, dict):
        return MalformedRequestError("Start of structure or map found where not expected")
    if isinstance(value, list):
        return MalformedRequestError("Start of list found where not expected")
    return MalformedRequestError(f"{_type_name(value)} can not be converted to {expected_type}")


@cache
def _parser(shape: Shape, depth: int = 0) -> Parser:
    if depth > DEEPEST:
        return _reject_depth
    if isinstance(shape, StructureShape):
        return structure_parser(shape.members, depth + 1)
    if isinstance(shape, ListShape):
        return _list_parser(_parser(shape.member, depth))
    return {
        "string": _parse_string,
        "integer": _parse_integer,
        "boolean": _parse_boolean,
        "timestamp": _parse_timestamp,
    }[shape.type_name]


def structure_parser(members: dict[str, Shape], depth: int = 0) -> Parser:
    """Return a function that parses a JSON object with the given members. It omits nulls and unknown members.

    :param depth: the number of structures that contain this structure
    """
    parsers = [(name, shape.serialization.get("name", name), _parser(shape, depth)) for name, shape in members.items()]
    texts = frozenset(name for name, key, _ in parsers if name == key and members[name].type_name == "string")

    def parse_structure(value: Any) -> Params:
        if type(value) is not dict:
            raise _mismatch(value, "a structure")
        for key, item in value.items():
            if key not in texts or type(item) is not str:
                break
        else:  # a fast path for structures that only contain texts, as most features of a record
            return value
        params = {}
        for name, key, parse_member in parsers:
            item = value.get(key)
            if item is not None:
                try:
                    params[name] = parse_member(item)
                except MalformedRequestError as error:
                    error.path.append(name)
                    raise
        return params

    return parse_structure


def _list_parser(parse_member: Parser) -> Parser:
    def parse_list(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _mismatch(value, "a list")
        items = []
        try:
            for item in value:
                items.append(None if item is None else parse_member(item))  # noqa: PERF401 - an error needs len(items)
        except MalformedRequestError as error:
            error.path.append(f"{len(items) + 1}.member")
            raise
        return items

    return parse_list


def _reject_depth(_: Any) -> Any:
    raise MalformedRequestError("The structures of the request are nested too deeply")


def _parse_string(value: Any) -> str:
    if type(value) is not str:
        raise _mismatch(value, "a String")
    return value


def _parse_integer(value: Any) -> int:
    if type(value) is not int:
        raise _mismatch(value, "an Integer")
    if not _INT_MIN <= value <= _INT_MAX:
        raise MalformedRequestError(f"Numeric value ({value}) out of range of int ({_INT_MIN} - {_INT_MAX})")
    return value


def _parse_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _mismatch(value, "a Boolean")
    return value


def _parse_timestamp(value: Any) -> int:
    """Convert seconds since 1970 to nanoseconds."""
    if type(value) not in (int, float):
        raise _mismatch(value, "a Timestamp")
    if not EARLIEST <= value * NANOSECONDS <= LATEST:
        raise MalformedRequestError(f"Numeric value ({value}) out of range of Timestamp")
    return int(value * NANOSECONDS)


def query_parser(shape: Shape) -> Parser:
    """Return a function that converts the list of a query parameter's texts to the value of the given shape.

    In the runtime, all query parameters are strings or lists of strings. For a string, the last text counts.
    """
    parse_text = _parser(shape.member if isinstance(shape, ListShape) else shape)
    if isinstance(shape, ListShape):
        return lambda texts: [parse_text(text) for text in texts]
    return lambda texts: parse_text(texts[-1])


# Renderers: from a result to a JSON value.


@cache
def renderer(shape: Shape, *, with_nulls: bool) -> Renderer:
    """Return a function that converts a result of the given shape to a JSON value.

    :param with_nulls: if true, write absent members as null, as the runtime does on AWS. If false, omit absent members,
        as the control plane does.
    """
    if isinstance(shape, StructureShape):
        members = [(name, renderer(member, with_nulls=with_nulls)) for name, member in shape.members.items()]
        return _nulls_renderer(members) if with_nulls else _plain_renderer(members)
    if isinstance(shape, ListShape):
        if not isinstance(shape.member, StructureShape):
            return _unchanged
        if with_nulls and not any(map(_is_rendered, shape.member.members.values())):
            nulls = dict.fromkeys(shape.member.members)
            return lambda items: [nulls | item for item in items]
        render_member = renderer(shape.member, with_nulls=with_nulls)
        return lambda items: [render_member(item) for item in items]
    return _render_timestamp if shape.type_name == "timestamp" else _unchanged


def _is_rendered(shape: Shape) -> bool:
    return renderer(shape, with_nulls=True) is not _unchanged


def _nulls_renderer(members: list[tuple[str, Renderer]]) -> Renderer:
    nulls = dict.fromkeys(name for name, _ in members)
    to_render = [(name, render_member) for name, render_member in members if render_member is not _unchanged]

    def render(value: Params) -> Params:
        rendered: Params = nulls | value
        for name, render_member in to_render:
            if rendered[name] is not None:
                rendered[name] = render_member(rendered[name])
        return rendered

    return render


def _plain_renderer(members: list[tuple[str, Renderer]]) -> Renderer:
    return lambda value: {
        name: render_member(item) for name, render_member in members if (item := value.get(name)) is not None
    }


def _unchanged(value: Any) -> Any:
    return value


def _render_timestamp(nanoseconds: int) -> float:
    """Convert nanoseconds since 1970 to seconds, rounded down to milliseconds."""
    return nanoseconds // 1_000_000 / 1000


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def dump(value: Any) -> bytes:
    """Encode a value as JSON in UTF-8, without spaces between elements, like AWS's responses."""
    return _encoder.encode(value).encode()

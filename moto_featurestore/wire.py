"""HTTP on one side, operations with their parameters and results on the other, for both protocols: by the model."""

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from moto_featurestore.errors import SerializationException, ServiceError, UnknownOperationException
from moto_featurestore.model import CONTROL_PLANE, RUNTIME, input_shape, service_model, status_of
from moto_featurestore.values import EARLIEST, LATEST, NANOSECONDS

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1

Params = dict[str, Any]
Parser = Callable[[Any], Any]
Renderer = Callable[[Any], Any]


class Request(NamedTuple):
    """An HTTP request, as far as the two protocols look at it."""

    method: str
    path: str
    """Percent-encoded where the client encoded it."""
    query: str
    body: bytes
    target: str | None = None
    """The header X-Amz-Target, which names the operations of the control plane."""

    @property
    def service(self) -> str:
        """Which of the two services is asked."""
        return CONTROL_PLANE if self.target else RUNTIME


class Response(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Operation:
    """An operation of either service, with what the model says of its way over HTTP compiled."""

    name: str
    service: str
    model: OperationModel = field(repr=False)
    parse_body: Parser = field(repr=False)
    parse_query: dict[str, tuple[str, Parser]] = field(repr=False)
    """The query's parameter -> the member's name and its parser."""
    render: Renderer | None = field(repr=False)
    label: str | None
    """The member that stands in the path, between prefix and suffix."""
    prefix: str
    suffix: str

    def matches(self, path: str) -> bool:
        """Whether a path is this operation's. A label may hold slashes: a server sees an ARN's decoded."""
        if self.label is None:
            return path == self.prefix
        return (
            path.startswith(self.prefix)
            and path.endswith(self.suffix)
            and len(path) >= len(self.prefix) + len(self.suffix)
        )


def find_operation(request: Request, supported: Collection[str]) -> Operation:
    """The operation that a request is for.

    :raises UnknownOperationException: where there is none, or none that is supported
    """
    if request.target:
        name = request.target.rpartition(".")[2]
        if name in supported and name in service_model(CONTROL_PLANE).operation_names:
            return _operation(CONTROL_PLANE, name)
        raise UnknownOperationException(_unsupported(CONTROL_PLANE, name, supported))
    for operation in _routes().get(request.method, ()):
        if operation.matches(request.path) and operation.name in supported:
            return operation
    raise UnknownOperationException(_unsupported(RUNTIME, f"{request.method} {request.path}", supported))


def parse(operation: Operation, request: Request) -> Params:
    """The parameters of a request, by the shapes of the model; nulls and unknown members are left out.

    :raises SerializationException: where the body is no JSON, or a value is of another type than the model's
    """
    try:
        params: Params = operation.parse_body(_load(request.body)) if request.body else {}
        if operation.parse_query and request.query:
            for name, texts in parse_qs(request.query, keep_blank_values=True).items():
                if name in operation.parse_query:
                    member, parse_texts = operation.parse_query[name]
                    params[member] = parse_texts(texts)
    except _Misfit as misfit:
        raise SerializationException(misfit.describe()) from None
    if operation.label:
        end = len(request.path) - len(operation.suffix)
        params[operation.label] = unquote(request.path[len(operation.prefix) : end])
    return params


def render(operation: Operation, result: dict[str, Any] | None) -> Response:
    """A successful response: an empty body where the operation has no output."""
    body = _dump(operation.render(result)) if operation.render else b""
    return Response(200, _headers(operation.service, body), body)


def render_error(service: str, error: ServiceError) -> Response:
    """An error's response, in the protocol's own form (assumed in detail: no sample of the runtime's is public)."""
    message = str(error)
    body = _dump({"Message": message} if service == RUNTIME else {"__type": error.code, "message": message})
    return Response(status_of(service, error), _headers(service, body) | {"x-amzn-errortype": error.code}, body)


def _headers(service: str, body: bytes) -> dict[str, str]:
    """The four headers that were observed on the service's answers, and no other."""
    return {
        "x-amzn-requestid": str(uuid4()),
        "content-type": "application/json" if service == RUNTIME else "application/x-amz-json-1.1",
        "content-length": str(len(body)),
        "date": _date(int(time.time())),
    }


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _unsupported(service: str, asked: str, supported: Collection[str]) -> str:
    known = ", ".join(name for name in service_model(service).operation_names if name in supported)
    return (
        f"moto_featurestore does not support {asked} of {service}. It supports: {known}."
        " If the operation is newer than the installed botocore or moto_featurestore, upgrade them."
    )


# The operations, compiled once.


@cache
def _routes() -> dict[str, list[Operation]]:
    """The runtime's operations by HTTP method, longer suffixes first."""
    routes: dict[str, list[Operation]] = {}
    operations = [_operation(RUNTIME, name) for name in service_model(RUNTIME).operation_names]
    for operation in sorted(operations, key=lambda operation: -len(operation.suffix)):
        routes.setdefault(operation.model.http["method"], []).append(operation)
    return routes


@cache
def _operation(service: str, name: str) -> Operation:
    return _compile(service, service_model(service).operation_model(name))


def _compile(service: str, model: OperationModel) -> Operation:
    prefix, brace, rest = model.http["requestUri"].partition("{")
    label, _, suffix = rest.partition("}")
    members = input_shape(model).members
    in_query = {name: shape for name, shape in members.items() if shape.serialization.get("location") == "querystring"}
    in_body = {name: shape for name, shape in members.items() if "location" not in shape.serialization}
    return Operation(
        name=model.name,
        service=service,
        model=model,
        parse_body=_structure_parser(in_body),
        parse_query={shape.serialization["name"]: (name, _query_parser(shape)) for name, shape in in_query.items()},
        render=_renderer(model.output_shape, with_nulls=service == RUNTIME) if model.output_shape else None,
        label=label if brace else None,
        prefix=prefix,
        suffix=suffix,
    )


# Parsers: a JSON value -> a parameter.


class _Misfit(Exception):
    """A value of another type than the model's, and where it stands; worded as AWS words it.

    As in https://github.com/aws/aws-sdk-js-v3/issues (SerializationException: STRING_VALUE can not be converted to an
    Integer); the place is added by this package.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.path: list[str] = []

    def describe(self) -> str:
        place = ".".join(reversed(self.path))
        return f"{self.problem} (at '{place}')" if place else self.problem


def _load(body: bytes) -> Any:
    try:
        value = _decoder.decode(body.decode())
        if b"\\u" in body:  # half of a surrogate pair is no text: it could be kept, but never sent back
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise _Misfit("The JSON of the request is nested too deeply") from None
    except ValueError as error:
        raise _Misfit(f"The request is not valid JSON in UTF-8: {error}") from None
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a value of JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _type_name(value: Any) -> str:
    """A JSON value, in the words of AWS's parser."""
    names = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
    return names.get(type(value)) or {True: "TRUE_VALUE", False: "FALSE_VALUE"}.get(value, "NULL_VALUE")


def _mismatch(value: Any, wanted: str) -> _Misfit:
    if isinstance(value, dict):
        return _Misfit("Start of structure or map found where not expected")
    if isinstance(value, list):
        return _Misfit("Start of list found where not expected")
    return _Misfit(f"{_type_name(value)} can not be converted to {wanted}")


@cache
def _parser(shape: Shape) -> Parser:
    if isinstance(shape, StructureShape):
        return _structure_parser(shape.members)
    if isinstance(shape, ListShape):
        return _list_parser(_parser(shape.member))
    return {
        "string": _parse_string,
        "integer": _parse_integer,
        "boolean": _parse_boolean,
        "timestamp": _parse_timestamp,
    }[shape.type_name]


def _structure_parser(members: dict[str, Shape]) -> Parser:
    parsers = [(name, shape.serialization.get("name", name), _parser(shape)) for name, shape in members.items()]

    def parse_structure(value: Any) -> Params:
        if type(value) is not dict:
            raise _mismatch(value, "a structure")
        params = {}
        for name, key, parse_member in parsers:
            item = value.get(key)
            if item is not None:
                try:
                    params[name] = parse_member(item)
                except _Misfit as misfit:
                    misfit.path.append(name)
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
                items.append(None if item is None else parse_member(item))  # noqa: PERF401 - the count is the path
        except _Misfit as misfit:
            misfit.path.append(f"{len(items) + 1}.member")
            raise
        return items

    return parse_list


def _parse_string(value: Any) -> str:
    if type(value) is not str:
        raise _mismatch(value, "a String")
    return value


def _parse_integer(value: Any) -> int:
    if type(value) is not int:
        raise _mismatch(value, "an Integer")
    if not _INT_MIN <= value <= _INT_MAX:
        raise _Misfit(f"Numeric value ({value}) out of range of int ({_INT_MIN} - {_INT_MAX})")
    return value


def _parse_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _mismatch(value, "a Boolean")
    return value


def _parse_timestamp(value: Any) -> int:
    """Nanoseconds since 1970; on the wire, seconds."""
    if type(value) not in (int, float):
        raise _mismatch(value, "a Timestamp")
    if not EARLIEST <= value * NANOSECONDS <= LATEST:
        raise _Misfit(f"Numeric value ({value}) out of range of Timestamp")
    return int(value * NANOSECONDS)


def _query_parser(shape: Shape) -> Parser:
    """Parses the texts of one parameter of the query. The runtime has none but texts and lists of them there."""
    parse_text = _parser(shape.member if isinstance(shape, ListShape) else shape)
    if isinstance(shape, ListShape):
        return lambda texts: [parse_text(text) for text in texts]
    return lambda texts: parse_text(texts[-1])


# Renderers: a result -> a JSON value.


@cache
def _renderer(shape: Shape, *, with_nulls: bool) -> Renderer:
    """The runtime writes members that are absent as null, as observed; the control plane leaves them out."""
    if isinstance(shape, StructureShape):
        members = [(name, _renderer(member, with_nulls=with_nulls)) for name, member in shape.members.items()]
        return _nulls_renderer(members) if with_nulls else _plain_renderer(members)
    if isinstance(shape, ListShape):
        if not isinstance(shape.member, StructureShape):
            return _as_it_is
        render_member = _renderer(shape.member, with_nulls=with_nulls)
        return lambda items: [render_member(item) for item in items]
    return _render_timestamp if shape.type_name == "timestamp" else _as_it_is


def _nulls_renderer(members: list[tuple[str, Renderer]]) -> Renderer:
    nulls = dict.fromkeys(name for name, _ in members)
    to_render = [(name, render_member) for name, render_member in members if render_member is not _as_it_is]

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


def _as_it_is(value: Any) -> Any:
    return value


def _render_timestamp(nanoseconds: int) -> float:
    """Seconds since 1970, to the millisecond."""
    return nanoseconds // 1_000_000 / 1000


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _dump(value: Any) -> bytes:
    return _encoder.encode(value).encode()

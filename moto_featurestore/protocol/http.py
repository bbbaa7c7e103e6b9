"""Conversion of HTTP requests to operations with parameters, and of results and errors to HTTP responses.

The runtime (``sagemaker-featurestore-runtime``) uses a REST protocol, and the control plane (``sagemaker``) uses AWS's
JSON protocol. Names and routes come from botocore's model.
"""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel

from moto_featurestore.protocol.constraints import Checker, checker
from moto_featurestore.protocol.errors import SerializationException, ServiceError, UnknownOperationException
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, service_model, status_of
from moto_featurestore.protocol.serialization import (
    MalformedRequestError,
    Params,
    Parser,
    Renderer,
    dump,
    load,
    query_parser,
    renderer,
    structure_parser,
)

ERROR_CODE = "x-amzn-errortype"
"""The header that contains an error's code."""


class Request(NamedTuple):
    """The parts of an HTTP request that the two protocols use."""

    method: str
    path: str
    """The path exactly as the client sent it, with percent-encoding."""
    query: str
    body: bytes
    target: str | None = None
    """The header X-Amz-Target, which names the operation in a request to the control plane."""

    @property
    def service(self) -> str:
        """The name of the service to which the request belongs."""
        return CONTROL_PLANE if self.target else RUNTIME


class Response(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Operation:
    """An API operation of the runtime or the control plane, with the route and the parsers that its model defines."""

    name: str
    service: str
    model: OperationModel = field(repr=False)
    parse_body: Parser = field(repr=False)
    parse_query: dict[str, tuple[str, Parser]] = field(repr=False)
    """A dict from the name of a query parameter to a pair: the name of the input member and the parser of its value."""
    violations: Checker = field(repr=False)
    """A function that returns the constraints of the model that the operation's parameters break."""
    render: Renderer | None = field(repr=False)
    label: str | None
    """The input member whose value is in the URL path, between ``prefix`` and ``suffix``. None if there is none."""
    prefix: str
    suffix: str

    def matches(self, path: str) -> bool:
        """Return True if a URL path matches this operation's route.

        The value of ``label`` may contain slashes, because some servers decode the percent-encoded slash of an ARN.
        """
        if self.label is None:
            return path == self.prefix
        return (
            path.startswith(self.prefix)
            and path.endswith(self.suffix)
            and len(path) >= len(self.prefix) + len(self.suffix)
        )


def find_operation(request: Request, supported: Collection[str]) -> Operation:
    """Return the operation that a request calls.

    :param supported: the names of the operations that this package implements
    :raises UnknownOperationException: if the request matches no supported operation
    """
    if request.target:
        name = request.target.rpartition(".")[2]
        if name in supported and name in service_model(CONTROL_PLANE).operation_names:
            return _operation(CONTROL_PLANE, name)
        raise UnknownOperationException(_unsupported(CONTROL_PLANE, name, supported))
    for operation in _routes().get(request.method, ()):
        if operation.matches(request.path):
            if operation.name in supported:
                return operation
            raise UnknownOperationException(_unsupported(RUNTIME, operation.name, supported))
    raise UnknownOperationException(_unsupported(RUNTIME, f"{request.method} {request.path}", supported))


def parse(operation: Operation, request: Request) -> Params:
    """Return the parameters of a request, parsed as the model defines. Omit nulls and unknown members.

    :raises SerializationException: if the body is not JSON, or if a value has another type than the model requires
    """
    try:
        params: Params = operation.parse_body(load(request.body)) if request.body else {}
        if operation.parse_query and request.query:
            for name, texts in parse_qs(request.query, keep_blank_values=True).items():
                if name in operation.parse_query:
                    member, parse_texts = operation.parse_query[name]
                    params[member] = parse_texts(texts)
    except MalformedRequestError as error:
        raise SerializationException(error.describe()) from None
    if operation.label:
        end = len(request.path) - len(operation.suffix)
        params[operation.label] = unquote(request.path[len(operation.prefix) : end])
    return params


def render(operation: Operation, result: dict[str, Any] | None) -> Response:
    """Return a response with the status 200 and the result as JSON, or an empty body if the operation has no output."""
    body = dump(operation.render(result)) if operation.render else b""
    return Response(200, _headers(operation.service, body), body)


def render_error(service: str, error: ServiceError) -> Response:
    """Return an error response in the service's protocol.

    No public sample of the runtime's error responses exists. Their format is an assumption.
    """
    message = str(error)
    body = dump({"Message": message} if service == RUNTIME else {"__type": error.code, "message": message})
    return Response(status_of(service, error), _headers(service, body) | {ERROR_CODE: error.code}, body)


def _headers(service: str, body: bytes) -> dict[str, str]:
    """Return the four headers that were observed in responses of AWS."""
    return {
        "x-amzn-requestid": _request_id(),
        "content-type": "application/json" if service == RUNTIME else "application/x-amz-json-1.1",
        "content-length": str(len(body)),
        "date": _date(int(time.time())),
    }


def _request_id() -> str:
    """Return a random UUID of version 4 as a string. ``str(uuid4())`` would take twice as long."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _unsupported(service: str, request: str, supported: Collection[str]) -> str:
    supported_names = ", ".join(name for name in service_model(service).operation_names if name in supported)
    return (
        f"moto_featurestore does not support {request} of {service}. It supports: {supported_names}."
        " If the operation is newer than the installed botocore or moto_featurestore, upgrade them."
    )


# Operations. Each operation is compiled once.


@cache
def _routes() -> dict[str, list[Operation]]:
    """Return a dict from HTTP method to the runtime's operations. Operations with longer path suffixes come first."""
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
    parameters = input_shape(model)
    members = parameters.members
    in_query = {name: shape for name, shape in members.items() if shape.serialization.get("location") == "querystring"}
    in_body = {name: shape for name, shape in members.items() if "location" not in shape.serialization}
    return Operation(
        name=model.name,
        service=service,
        model=model,
        parse_body=structure_parser(in_body),
        violations=checker(parameters),
        parse_query={shape.serialization["name"]: (name, query_parser(shape)) for name, shape in in_query.items()},
        render=renderer(model.output_shape, with_nulls=service == RUNTIME) if model.output_shape else None,
        label=label if brace else None,
        prefix=prefix,
        suffix=suffix,
    )

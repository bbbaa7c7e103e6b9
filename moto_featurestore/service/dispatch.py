"""A request's whole way through the service."""

from moto_featurestore.controls.faults import LostAnswerError
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import http
from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.errors import ServiceError, ValidationError, ValidationException
from moto_featurestore.protocol.http import Operation, Request, Response
from moto_featurestore.protocol.model import RUNTIME, input_shape
from moto_featurestore.protocol.serialization import Params
from moto_featurestore.service.middleware import perform
from moto_featurestore.world import Caller, World


def respond(world: World, caller: Caller, request: Request) -> Response:
    """Answer a request, and log it.

    :raises LostAnswerError: where a fault takes the answer away
    """
    try:
        response = _answer(world, caller, request)
    except LostAnswerError:
        world.rehearsal.calls.add((world.now(), caller, request, None))
        raise
    world.rehearsal.calls.add((world.now(), caller, request, response))
    return response


def _answer(world: World, caller: Caller, request: Request) -> Response:
    """The checks are made in the order in which the service makes them."""
    try:
        operation = http.find_operation(request, OPERATIONS)
        params = http.parse(operation, request)
        _check_constraints(operation, params)
        if world.rehearsal.interferes:
            result = perform(world, caller, operation.name, params)
        else:
            result = OPERATIONS[operation.name](world, caller, params)
    except ServiceError as error:
        return http.render_error(request.service, error)
    return http.render(operation, result)


def _check_constraints(operation: Operation, params: Params) -> None:
    if broken := violations(input_shape(operation.model), params):
        error = ValidationError if operation.service == RUNTIME else ValidationException
        raise error(describe(broken))

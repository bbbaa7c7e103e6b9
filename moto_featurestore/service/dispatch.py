"""Processing of a request: find the operation, parse and check the parameters, perform the operation, respond."""

from time import perf_counter_ns

from moto_featurestore.controls.faults import LostResponseError
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import http
from moto_featurestore.protocol.constraints import describe
from moto_featurestore.protocol.errors import ServiceError, ValidationError, ValidationException
from moto_featurestore.protocol.http import Operation, Request, Response
from moto_featurestore.protocol.model import RUNTIME
from moto_featurestore.protocol.serialization import Params
from moto_featurestore.service.middleware import perform
from moto_featurestore.world import Caller, World


def respond(world: World, caller: Caller, request: Request) -> Response:
    """Process a request, add the call to the call log, and return the response.

    :raises LostResponseError: if a fault drops the response
    """
    began = perf_counter_ns()
    try:
        response = _response(world, caller, request)
    except LostResponseError:
        world.controls.calls.add(world.now(), caller, request, None, perf_counter_ns() - began)
        raise
    world.controls.calls.add(world.now(), caller, request, response, perf_counter_ns() - began)
    return response


def _response(world: World, caller: Caller, request: Request) -> Response:
    """Check a request, perform its operation, and return the response. AWS makes the checks in the same order."""
    try:
        operation = http.find_operation(request, OPERATIONS)
        params = http.parse(operation, request)
        _check_constraints(operation, params)
        if world.controls.interferes:
            result = perform(world, caller, operation.name, params)
        else:
            result = OPERATIONS[operation.name](world, caller, params)
    except ServiceError as error:
        return http.render_error(request.service, error)
    return http.render(operation, result)


def _check_constraints(operation: Operation, params: Params) -> None:
    if constraint_violations := operation.violations(params):
        error = ValidationError if operation.service == RUNTIME else ValidationException
        raise error(describe(constraint_violations))

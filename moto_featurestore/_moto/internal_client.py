"""A function with which other services of moto, such as CloudFormation, call the Feature Store's control plane."""

import json
from typing import Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.controls.faults import LOST, LostResponseError
from moto_featurestore.protocol.http import Request
from moto_featurestore.service.dispatch import respond
from moto_featurestore.world import Caller

Params = dict[str, Any]


class OperationError(Exception):
    """An exception that is raised if an operation returns an error response."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def call(account_id: str, region: str, operation: str, params: Params) -> Params:
    """Call an operation of the control plane, and return its result as JSON values. Check the parameters.

    Do not check permissions, because moto does not check permissions when one of its services calls another service.

    :raises OperationError: if the operation returns an error
    """
    caller = Caller(account_id, region, get_partition(region))
    request = Request("POST", "/", "", json.dumps(params).encode(), f"SageMaker.{operation}")
    try:
        response = respond(MotoWorld(), caller, request)
    except LostResponseError:
        raise OperationError(LOST, "A drop fault closed the connection before the response.") from None
    result: Params = json.loads(response.body) if response.body else {}
    if response.status != 200:  # noqa: PLR2004 - the HTTP status OK
        raise OperationError(response.headers["x-amzn-errortype"], result["message"])
    return result

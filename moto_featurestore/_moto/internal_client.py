"""The control plane, asked from inside moto: by its CloudFormation and its tagging API."""

import json
from typing import Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.controls.faults import LOST, LostAnswerError
from moto_featurestore.protocol.http import Request
from moto_featurestore.service.dispatch import respond
from moto_featurestore.world import Caller

Params = dict[str, Any]


class Refused(Exception):
    """The error that an operation answered with."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def ask(account_id: str, region: str, operation: str, params: Params) -> Params:
    """An operation's result, as JSON has it: the call goes a request's whole way, with all its checks.

    Nobody's permissions are looked at, as moto looks at none when one of its services calls another.

    :raises Refused: where the operation answers with an error
    """
    caller = Caller(account_id, region, get_partition(region))
    request = Request("POST", "/", "", json.dumps(params).encode(), f"SageMaker.{operation}")
    try:
        response = respond(MotoWorld(), caller, request)
    except LostAnswerError:
        raise Refused(LOST, "The connection broke before the answer.") from None
    answer: Params = json.loads(response.body) if response.body else {}
    if response.status != 200:  # noqa: PLR2004 - OK
        raise Refused(response.headers["x-amzn-errortype"], answer["message"])
    return answer

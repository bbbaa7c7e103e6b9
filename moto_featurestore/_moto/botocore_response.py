"""The response that botocore gets in process. Asynchronous clients cannot use it; an error names the alternatives."""

from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

_HINT = (
    "An asynchronous client (aiobotocore, aioboto3) cannot use the responses of mock_featurestore or mock_aws."
    " In process, use aiomoto: call moto_featurestore.install() and use aiomoto's mock_aws."
    " Or start a server with 'moto-featurestore serve' and set AWS_ENDPOINT_URL."
)


def make_answer(url: str, status: int, headers: Mapping[str, str], body: Any) -> AWSResponse:
    """Return the response to a request, in the form in which botocore gets it from the network."""
    return _Answer(url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]


class _Answer(AWSResponse):
    @property
    def content(self) -> bytes:
        return _Content(super().content)


class _Content(bytes):
    """A response body whose error explains the problem if aiobotocore awaits it.

    The error of plain bytes would say only that bytes cannot be awaited. aiomoto converts the response and does not await it.
    """

    __slots__ = ()

    def __await__(self) -> NoReturn:
        raise RuntimeError(_HINT)

"""The answer that botocore gets in process; an asynchronous client, which cannot take it, is told who answers those."""

from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

_HINT = (
    "An asynchronous client (aiobotocore, aioboto3) cannot take the answers of mock_featurestore, nor those of mock_aws. "
    "In process, aiomoto answers it: call moto_featurestore.install(), and use aiomoto's mock_aws. "
    "Or lead it to a server: moto-featurestore serve, and AWS_ENDPOINT_URL."
)


def make_answer(url: str, status: int, headers: Mapping[str, str], body: Any) -> AWSResponse:
    """The answer to a request, as botocore has it from the network."""
    return _Answer(url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]


class _Answer(AWSResponse):
    @property
    def content(self) -> bytes:
        return _Content(super().content)


class _Content(bytes):
    """A body. aiobotocore awaits it, which plain bytes would answer with nothing but that they cannot be awaited.

    aiomoto, and whoever else makes an asynchronous answer of this one, does not.
    """

    __slots__ = ()

    def __await__(self) -> NoReturn:
        raise RuntimeError(_HINT)

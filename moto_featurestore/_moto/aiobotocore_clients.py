"""Functions that replace methods of aiobotocore, pandas and pyarrow while a mock runs.

The replaced methods let asynchronous clients (aiobotocore, aioboto3) use moto in process. s3fs, with which pandas reads
``s3://`` URLs, uses such a client. The module ``patches`` contains the list of the replaced methods.
"""

from collections.abc import Callable
from inspect import iscoroutinefunction
from io import BytesIO
from typing import Any, Self

from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from moto_featurestore._moto.botocore_clients import (
    NetworkBlockedError,
    fake_credentials,
    note_operation,
    response_of_moto,
    uses_own_credentials,
)
from moto_featurestore._moto.patching import imported

_ASYNC = "_moto_featurestore_async"
"""The name of an attribute that marks the requests of asynchronous clients."""
_S3_SCHEMES = ("s3://", "s3a://", "s3n://")


# Requests and responses.


async def get_response(
    original: Callable[..., Any], endpoint: Any, request: Any, operation_model: Any, context: Any
) -> Any:
    """Mark a request as asynchronous, and read its body, because moto cannot await the body. Then call ``original``."""
    setattr(request, _ASYNC, True)
    if iscoroutinefunction(getattr(request.body, "read", None)):
        request.body = await request.body.read()
    return await note_operation(original, endpoint, request, operation_model, context)


async def send(original: Callable[..., Any], endpoint: Any, request: Any) -> Any:
    """Send a request and return the response. If moto's event handler has not processed the request yet, pass it to moto."""
    response = response_of_moto(request)
    return await original(endpoint, request) if response is None else response


def response_for(request: Any, response: AWSResponse | None) -> AWSResponse | None:
    """Convert a response to aiobotocore's class if an asynchronous client sent the request. Otherwise, return it unchanged."""
    if response is None or not hasattr(request, _ASYNC):
        return response
    from aiobotocore.awsrequest import AioAWSResponse

    raw = _Body(response.url, response.content)
    converted: AWSResponse = AioAWSResponse(response.url, response.status_code, response.headers, raw)
    return converted


class _Body:
    """A response body with the methods of ``aiohttp.ClientResponse`` and of its stream that aiobotocore and s3fs call."""

    def __init__(self, url: str, content: bytes) -> None:
        self.url, self._size, self._file = url, len(content), BytesIO(content)

    @property
    def content(self) -> "_Body":
        """The stream."""
        return self

    async def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, or all remaining bytes."""
        return self._file.read(size)

    def at_eof(self) -> bool:
        """Return True if all bytes were read."""
        return self._file.tell() >= self._size

    def close(self) -> None:
        """Do nothing, because the body is in memory."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()


# Credentials.


async def get_credentials(original: Callable[..., Any], session: Any) -> Any:
    """Return the credentials of a session. If a mock runs, and the test has not set credentials, return fake credentials."""
    if uses_own_credentials(session):
        return await original(session)
    from aiobotocore.credentials import AioCredentials

    fake = fake_credentials()
    return AioCredentials(fake.access_key, fake.secret_key, fake.token, method=fake.method)


# File systems.


def forget_filesystems() -> None:
    """Delete the S3 file systems that s3fs caches, because they cache lists of objects and clients with credentials."""
    if s3fs := imported("s3fs"):
        s3fs.S3FileSystem.clear_instance_cache()


def use_fsspec(
    original: Callable[..., Any], path: Any, fs: Any, storage_options: Any = None, *args: Any, **kwargs: Any
) -> Any:
    """Open a Parquet file for pandas. For an S3 URL, let pandas use s3fs instead of pyarrow's S3 client.

    pandas tries pyarrow's client only if ``storage_options`` is None.
    """
    if fs is None and storage_options is None and _is_mocked_s3(path):
        storage_options = {}
    return original(path, fs, storage_options, *args, **kwargs)


def resolve_filesystem(original: Callable[..., Any], path: Any, filesystem: Any = None, **kwargs: Any) -> Any:
    """Return the file system of a path for pyarrow.

    :raises NetworkBlockedError: if pyarrow would send requests for this path to AWS
    """
    if filesystem is None and _is_mocked_s3(path) and "endpoint_override=" not in path:
        raise NetworkBlockedError(
            f"The mock blocked a request of pyarrow's S3 client, for {path!r}. This client is written"
            " in C++, so a mock in Python cannot answer it. Use pandas.read_parquet, or filesystem=s3fs.S3FileSystem(), or"
            " boto3. Or start a server with 'moto-featurestore serve', and use endpoint_override."
        )
    return original(path, filesystem, **kwargs)


def _is_mocked_s3(path: Any) -> bool:
    return botocore_stubber.enabled and isinstance(path, str) and path.startswith(_S3_SCHEMES)

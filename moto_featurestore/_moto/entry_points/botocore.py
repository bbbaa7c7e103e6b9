"""Entry points for requests of botocore and of the ``requests`` library in process, and for moto's proxy."""

from collections.abc import Callable
from errno import ECONNRESET
from itertools import product
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.models import RESPONSES_METHODS, botocore_stubber, responses_mock
from moto.core.request import normalize_request
from moto.moto_api import recorder
from requests.exceptions import ConnectionError as RequestsConnectionError

from moto_featurestore._moto.aiobotocore_clients import response_for
from moto_featurestore._moto.botocore_clients import SEEN, is_loopback, make_response
from moto_featurestore._moto.caller import text_of
from moto_featurestore._moto.entry_points import (
    CONTROL_PLANE_HOST,
    LOST_MESSAGE,
    MOTO_SERVICES,
    RUNTIME_HOST,
    body_of,
    handle_request,
    is_for_moto,
    origin_of,
)
from moto_featurestore._moto.flush_before_read import IncomingRequest, write_before
from moto_featurestore._moto.workers.process import forward_to_owner, is_worker
from moto_featurestore.controls.faults import LostResponseError
from moto_featurestore.protocol.http import Request, Response
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, is_of_feature_store


def register_in_running_mock() -> None:
    """Add the Feature Store's hosts to a running mock of moto, for requests of the ``requests`` library."""
    for method, host in product(RESPONSES_METHODS, (RUNTIME_HOST, CONTROL_PLANE_HOST)):
        responses_mock.add(CallbackResponse(method=method, url=host, callback=_process_prepared_request))


def remove_from_running_mock() -> None:
    """Remove the Feature Store's hosts from a mock of moto that continues to run."""
    hosts = (RUNTIME_HOST, CONTROL_PLANE_HOST)
    for response in [response for response in responses_mock.registered() if response.url in hosts]:
        responses_mock.remove(response)


def _process_prepared_request(request: Any) -> Any:
    """Process a request with the method that moto uses as a callback for the ``responses`` library.

    In moto 5.2.4, this method is ``process_request``. In later releases, it is ``process_prepared_request``.
    """
    process = getattr(botocore_stubber, "process_prepared_request", botocore_stubber.process_request)
    return process(request)


def handle_event(
    original: Callable[..., Any], stubber: BotocoreStubber, event_name: str, request: Any, **kwargs: Any
) -> AWSResponse | None:
    """Respond to a request of botocore. Pass requests for services other than the Feature Store to moto (``original``).

    In a worker (a process that uses the mock of a different process), forward the request to that process. Return None
    if botocore must send the request over the network.
    """
    setattr(request, SEEN, True)
    if stubber.enabled and is_worker():
        response = cast("AWSResponse | None", forward_to_owner(event_name, request))
    else:
        response = _handle_event(event_name, request) if stubber.enabled else None
        response = original(stubber, event_name, request, **kwargs) if response is None else response
    return response_for(request, response)


def _handle_event(event_name: str, request: Any) -> AWSResponse | None:
    if not event_name.startswith("before-send.sagemaker"):
        return None
    _, service, operation = event_name.split(".")
    if service == CONTROL_PLANE and not is_of_feature_store(operation, body_of(request)):
        if is_for_moto(CONTROL_PLANE, request.url.partition("?")[0]):
            _normalize_host(request)
        return None
    if service not in MOTO_SERVICES:
        return None
    url = _split(request.url)
    if is_loopback(url.netloc):
        return None
    try:
        response = _handle_prepared(service, request, url)
    except LostResponseError:
        raise ConnectionClosedError(endpoint_url=request.url) from None
    if response is None:
        return None
    return make_response(request.url, response.status, response.headers, response.body)


def _split(url: str) -> SplitResult:
    """Return the parts of a URL of botocore, which has no fragment.

    For a URL that is not in the cache of ``urlsplit``, this function is ten times as fast as ``urlsplit``.
    """
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    netloc, slash, path = rest.partition("/")
    return SplitResult(scheme, netloc, slash + path, query, "")


def _normalize_host(request: Any) -> None:
    """Replace a FIPS or dual-stack host of ``sagemaker`` in a request by the standard host, which moto mocks.

    Without this change, the request would leave the machine.
    """
    if host := CONTROL_PLANE_HOST.match(request.url):
        request.url = f"https://api.sagemaker.{host[1]}.amazonaws.com{urlsplit(request.url).path}"


def handle_prepared_request(original: Callable[..., Any], stubber: BotocoreStubber, request: Any) -> Any:
    """Respond to an HTTP request that was sent with the ``requests`` library.

    moto also calls this function for the botocore requests that ``handle_event`` passes to moto. A worker, which is a
    process that uses the mock of its owner process, forwards the request to the owner.
    """
    if is_worker():
        return forward_to_owner(None, request)
    response = _handle_prepared_request(request)
    return original(stubber, request) if response is None else response


def _handle_prepared_request(request: Any) -> Response | None:
    url = urlsplit(request.url)
    if service := _service_by_host(request):
        try:
            return _handle_prepared(service, request, url)
        except LostResponseError:
            raise RequestsConnectionError(ConnectionResetError(ECONNRESET, LOST_MESSAGE), request=request) from None
    write_before(
        IncomingRequest(request.method, url.netloc, url.path, url.query, request.headers, lambda: body_of(request))
    )
    return None


def handle_proxied_request(  # noqa: PLR0913, PLR0917 - moto's signature
    original: Callable[..., Any], handler: Any, method: str, host: str, path: str, headers: Any, body: bytes | None
) -> Any:
    """Respond to a request to moto's proxy. Pass requests for services other than the Feature Store to moto."""
    request = AWSPreparedRequest(method, f"{host}{path}", headers, body, stream_output=False)
    response = _handle_prepared_request(request)
    return original(handler, method, host, path, headers, body) if response is None else response


def _service_by_host(request: Any) -> str | None:
    if RUNTIME_HOST.match(request.url):
        return RUNTIME
    if not CONTROL_PLANE_HOST.match(request.url):
        return None
    target = text_of(request.headers, "X-Amz-Target")
    return CONTROL_PLANE if is_of_feature_store(target.removeprefix("SageMaker."), body_of(request)) else None


def _handle_prepared(service: str, request: Any, url: SplitResult) -> Response | None:
    if not is_for_moto(service, f"{url.scheme}://{url.netloc}{url.path}"):
        return None
    if recorder._user_enabled:
        recorder._record_request(normalize_request(request))
    feature_store_request = Request(request.method, url.path, url.query, body_of(request))
    return handle_request(service, feature_store_request, request.headers, origin_of(url))

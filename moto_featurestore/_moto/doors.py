"""moto's doors, through which requests arrive: each one that is the Feature Store's is answered at once.

====================  ===================================================================================
botocore, in process  ``BotocoreStubber.__call__``: the event's name says what a call is, whatever its host
``requests``          ``BotocoreStubber.process_request``, by the host
moto's server         ``DomainDispatcherApplication.__call__``, by the signature's service, or the path
moto's proxy          the backend's ``url_paths``
====================  ===================================================================================

They are wrapped on the class, as others (aiomoto among them) hold the instances. What moto promises there still holds:
``enabled``, passthrough, whitelist, recorder, ``MOTO_ACCOUNT_ID`` and ``x-moto-account-id``.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from http.client import responses as reasons
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from ipaddress import ip_address
from types import ModuleType
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSResponse
from moto import backend_index
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import RESPONSES_METHODS, MockAWS, botocore_stubber, responses_mock
from moto.moto_api import recorder
from moto.utilities.utils import get_partition

from moto_featurestore._moto.backend import NAME, MotoWorld, register
from moto_featurestore.model import CONTROL_PLANE, RUNTIME, is_feature_store_operation
from moto_featurestore.service import respond
from moto_featurestore.wire import Request, Response
from moto_featurestore.world import Caller

try:
    from moto.core.request import normalize_request
except ImportError:  # pragma: no cover - older releases of moto, which record requests as they come

    def normalize_request(request: Any) -> Any:  # type: ignore[misc]
        """Make texts of the headers, as moto does on its way to the recorder."""
        for name, value in request.headers.items():
            if isinstance(value, bytes):
                request.headers[name] = value.decode("utf-8")
        return request


_RUNTIME_HOST = re.compile(r"https?://featurestore-runtime\.sagemaker(?:-fips)?\.[^/]+")
_CONTROL_PLANE_HOST = re.compile(r"https?://api(?:-fips)?\.sagemaker\.[^/]+")
_RUNTIME_PATHS = ("/FeatureGroup/", "/BatchGetRecord", "/BatchWriteRecord")
"""No path of another service: as names of S3 buckets they would be invalid, for their upper-case letters."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[0-9]+/([^/]+)/([^/]+)/")
_REGION_IN_HOST = re.compile(r"\.sagemaker(?:-fips)?\.([a-z0-9-]+)\.")
_MOTO_SERVICES = {RUNTIME: NAME, CONTROL_PLANE: "sagemaker"}

_world = MotoWorld()
_installed = False


def install() -> None:
    """Register the Feature Store with moto. Plain ``mock_aws`` serves it from then on, in mocks that run already too."""
    global _installed  # noqa: PLW0603 - the registration itself is the process's
    if _installed:
        return
    _installed = True
    register()
    backend_index.backend_url_patterns.insert(0, (NAME, _RUNTIME_HOST))
    _wrap(BotocoreStubber, "__call__", _answer_event)
    _wrap(BotocoreStubber, "process_request", _answer_prepared_request)
    _when_imported("moto.moto_server.werkzeug_app", _wrap_server)
    if MockAWS._mocks_active:
        for method in RESPONSES_METHODS:
            callback = CallbackResponse(method=method, url=_RUNTIME_HOST, callback=_process_prepared_request)
            responses_mock.add(callback)


def _wrap(owner: type, name: str, door: Callable[..., Any]) -> None:
    """Let a door answer first; where it has no answer (None), the method that it stands in front of goes on."""
    method = getattr(owner, name)

    @wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = door(self, *args, **kwargs)
        return method(self, *args, **kwargs) if answer is None else answer

    setattr(owner, name, wrapper)


def _process_prepared_request(request: Any) -> Any:
    """The callback that moto gives to ``responses``: another one from release to release."""
    process = getattr(botocore_stubber, "process_prepared_request", botocore_stubber.process_request)
    return process(request)


# The doors.


def _answer_event(stubber: BotocoreStubber, event_name: str, request: Any, **_kwargs: Any) -> AWSResponse | None:
    if not stubber.enabled or not event_name.startswith("before-send.sagemaker"):
        return None
    _, service, operation = event_name.split(".")
    if service != RUNTIME and not (service == CONTROL_PLANE and is_feature_store_operation(operation)):
        return None
    if _is_loopback(urlsplit(request.url).hostname or ""):
        return None
    response = _answer_prepared(service, request)
    if response is None:
        return None
    return AWSResponse(request.url, response.status, response.headers, MockRawResponse(response.body))  # type: ignore[arg-type]


def _answer_prepared_request(_: BotocoreStubber, request: Any) -> tuple[int, dict[str, str], bytes] | None:
    if _RUNTIME_HOST.match(request.url):
        return _answer_prepared(RUNTIME, request)
    if _CONTROL_PLANE_HOST.match(request.url) and is_feature_store_operation(_text(request.headers, "X-Amz-Target")):
        return _answer_prepared(CONTROL_PLANE, request)
    return None


def _answer_prepared(service: str, request: Any) -> Response | None:
    url = urlsplit(request.url)
    if not _is_for_moto(service, f"{url.scheme}://{url.netloc}{url.path}"):
        return None
    _record(request)
    body = request.body if hasattr(request, "body") else request.data  # the latter from older releases of moto
    return _answer(service, Request(request.method, url.path, url.query, _body(body)), request.headers, url.netloc)


def answer_moto_request(request: Any, full_url: str, headers: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """A handler as moto's ``urls`` have them, for requests to the runtime."""
    url = urlsplit(full_url)
    return _answer(RUNTIME, Request(request.method, url.path, url.query, _body(request.data)), headers, url.netloc)


def _answer_wsgi(
    _: Any, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes] | None:
    headers = _WsgiHeaders(environ)
    path: str = environ.get("PATH_INFO", "")
    service = _service_of(path, headers)
    if service is None:
        return None
    # The path as it was sent, where the server tells it: PATH_INFO is decoded.
    raw_path = environ.get("RAW_URI", "").partition("?")[0] or quote(path.encode("latin-1"))
    request = Request(environ["REQUEST_METHOD"], raw_path, environ.get("QUERY_STRING", ""), _wsgi_body(environ))
    response = _answer(service, request, headers, environ.get("HTTP_HOST", ""))
    # The date is the server's to write.
    start_response(
        f"{response.status} {reasons[response.status]}",
        [(name, value) for name, value in response.headers.items() if name != "date"],
    )
    return [response.body]


class _WsgiHeaders:
    """The headers of a WSGI request, by their names in HTTP."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str) -> Any:
        return self._environ.get(f"HTTP_{name.upper().replace('-', '_')}")


def _service_of(path: str, headers: Any) -> str | None:
    """Which of the two services a server is asked for, if either."""
    credential = _CREDENTIAL.search(_text(headers, "Authorization"))
    if credential is not None and credential[3] != "sagemaker":
        return None
    target = _text(headers, "X-Amz-Target")
    if target:
        is_ours = target.startswith("SageMaker.") and is_feature_store_operation(target)
        return CONTROL_PLANE if is_ours else None
    return RUNTIME if path.startswith(_RUNTIME_PATHS) else None


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""


# What the doors have in common.


def _answer(service: str, request: Request, headers: Any, host: str) -> Response:
    if service == CONTROL_PLANE:
        request = request._replace(target=_text(headers, "X-Amz-Target"))
    return respond(_world, _caller(headers, host), request)


def _caller(headers: Any, host: str) -> Caller:
    """Who asks: the region is the signature's, as custom hosts have none in their name; or else the host's."""
    credential = _CREDENTIAL.search(_text(headers, "Authorization"))
    access_key, region = (credential[1], credential[2]) if credential else ("", "")
    if not region:
        in_host = _REGION_IN_HOST.search(host)
        region = in_host[1] if in_host else "us-east-1"
    account_id = os.environ.get("MOTO_ACCOUNT_ID") or _text(headers, "x-moto-account-id") or _account_of(access_key)
    return Caller(account_id, region, get_partition(region))


def _account_of(access_key: str) -> str:
    """The account of an access key; moto's IAM is not imported for it: before it is, there are no keys."""
    iam = sys.modules.get("moto.iam.models")
    return iam.get_account_id_from(access_key) if iam else DEFAULT_ACCOUNT_ID


def _is_for_moto(service: str, url: str) -> bool:
    """Whether moto's settings let it answer, rather than pass the request on."""
    name = _MOTO_SERVICES[service]
    if passthrough_url(url) or passthrough_service(name):
        return False
    if not service_whitelisted(name):
        raise ServiceNotWhitelisted(name)
    return True


def _record(request: Any) -> None:
    """Hand a request to moto's recorder, while it records."""
    if recorder._user_enabled:
        recorder._record_request(normalize_request(request))


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    """Whether a host is this machine: a server of the user's own is left alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _text(headers: Any, name: str) -> str:
    value = headers.get(name) or ""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)


# moto's server is imported late, or never: its door is wrapped when it is.


def _wrap_server(module: ModuleType) -> None:
    _wrap(module.DomainDispatcherApplication, "__call__", _answer_wsgi)


def _when_imported(name: str, then: Callable[[ModuleType], None]) -> None:
    if name in sys.modules:
        then(sys.modules[name])
    else:
        sys.meta_path.insert(0, _ImportHook(name, then))


class _ImportHook(MetaPathFinder):
    """Finds one module as Python would, and calls back once it is executed."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self._name, self._then = name, then

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            self._call_back_after(spec.loader)
        return spec

    def _call_back_after(self, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._then(module)

        loader.exec_module = exec_module  # type: ignore[method-assign]

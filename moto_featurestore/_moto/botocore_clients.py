"""Functions that replace methods of botocore while a mock runs, so that all clients use moto and fake credentials.

No request leaves the machine. moto itself handles only clients whose session was created after the import of moto.
These functions replace methods of classes. Therefore these functions also work for older clients, resources and
sessions, which many applications create at import. The module ``patches`` contains the list of the replaced methods.
"""

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

import boto3
from botocore import auth
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials
from botocore.loaders import JSONFileLoader, Loader
from botocore.tokens import FrozenAuthToken
from moto import backend_index
from moto.core.botocore_stubber import MockRawResponse
from moto.core.config import default_user_config, passthrough_service, passthrough_url
from moto.core.models import botocore_stubber

_EVENT = "_moto_featurestore_event"
"""The attribute of a request that contains the name of its botocore event (``before-send...``)."""
SEEN = "_moto_featurestore_seen"
"""The attribute that a request has after moto's event handler has processed the request."""

_CREDENTIAL_HOSTS = {
    "169.254.169.254": "the EC2 instance metadata service",
    "fd00:ec2::254": "the EC2 instance metadata service",
    "169.254.170.2": "the container credentials endpoint",
    "169.254.170.23": "the container credentials endpoint",
    "fd00:ec2::23": "the container credentials endpoint",
}


class NetworkBlockedError(RuntimeError):
    """An error that is raised if a request would leave this machine while a mock runs."""


# Requests.


@lru_cache(maxsize=64)
def is_loopback(netloc: str) -> bool:
    """Return True if a host name or address refers to this machine.

    :param netloc: a host name or address, with or without a port
    """
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def note_operation(
    original: Callable[..., Any], endpoint: Any, request: Any, operation_model: Any, context: Any
) -> Any:
    """Store the name of the botocore event in a request, where ``send`` reads it. Then call ``original``."""
    service_id = operation_model.service_model.service_id.hyphenize()
    setattr(request, _EVENT, f"before-send.{service_id}.{operation_model.name}")
    return original(endpoint, request, operation_model, context)


def send(original: Callable[..., Any], endpoint: Any, request: Any) -> Any:
    """Send a request and return the response. If the client has no event handler of moto, pass the request to moto."""
    response = response_of_moto(request)
    return original(endpoint, request) if response is None else response


def response_of_moto(request: Any) -> Any:
    """Pass a request to moto, unless moto's event handler has already processed it. Return the response, or None."""
    if not botocore_stubber.enabled or hasattr(request, SEEN):
        return None
    return botocore_stubber(getattr(request, _EVENT, ""), request)


def send_to_network(original: Callable[..., Any], session: Any, request: Any) -> Any:
    """Send a request over the network if its host is this machine, or if moto's passthrough settings allow the request.

    :raises NetworkBlockedError: if neither condition is true
    """
    if botocore_stubber.enabled and not is_loopback(urlsplit(request.url).netloc) and not _passes(request.url):
        raise NetworkBlockedError(_describe_blocked(request))
    return original(session, request)


def _passes(url: str) -> bool:
    clean_url = url.partition("?")[0]
    return passthrough_url(clean_url) or any(
        passthrough_service(service)
        for service, pattern in backend_index.backend_url_patterns
        if pattern.match(clean_url)
    )


def _describe_blocked(request: Any) -> str:
    url = urlsplit(request.url)
    host = url.hostname or ""
    _, _, call = getattr(request, _EVENT, "").partition(".")
    service, _, operation = call.partition(".")
    reason = "The mock blocked a request to a real host:"
    if host in _CREDENTIAL_HOSTS:
        return (
            f"{reason} a request to {_CREDENTIAL_HOSTS[host]} at {host}."
            " Set AWS_EC2_METADATA_DISABLED=true, or give the client credentials."
        )
    sender = f"{operation} of the service {service}" if call else "a request of botocore"
    return (
        f"{reason} {sender}, sent to the host {host}, which moto does not mock. To allow the request, start the mock with"
        f" config={{'core': {{'passthrough': {{'urls': ['{url.scheme}://{url.netloc}/.*']}}}}}}"
    )


# Credentials.

_mock_credentials: WeakSet[Credentials] = WeakSet()
"""Credentials that a test or moto created while a mock ran. All other credentials may be real."""
_session_credentials: WeakKeyDictionary[Any, Credentials] = WeakKeyDictionary()
"""A dict from session to the fake credentials that clients of this session use while the mock runs."""


def _replaces_credentials() -> bool:
    """Return True if a mock runs, and moto's passthrough settings do not send any requests to AWS.

    Requests that moto sends to AWS require the user's own credentials.
    """
    passthrough = default_user_config.get("core", {}).get("passthrough", {})
    return botocore_stubber.enabled and not any(passthrough.values())


def fake_credentials() -> Credentials:
    """Return the credentials in environment variables. The mock and the fixtures set these variables to fake values."""
    get = os.environ.get
    return Credentials(
        get("AWS_ACCESS_KEY_ID") or "testing",
        get("AWS_SECRET_ACCESS_KEY") or "testing",
        get("AWS_SESSION_TOKEN") or None,
        method="env",
    )


def note_credentials(original: Callable[..., None], credentials: Credentials, *args: Any, **kwargs: Any) -> None:
    """Initialize a Credentials object. If a mock runs, add the object to ``_mock_credentials``."""
    original(credentials, *args, **kwargs)
    if botocore_stubber.enabled:
        _mock_credentials.add(credentials)


def get_credentials(original: Callable[..., Any], session: Any) -> Any:
    """Return the credentials of a session.

    While a mock runs, return fake credentials, unless the test has set credentials in the session. The session does not
    store the fake credentials. Therefore the session finds the user's own credentials after the mock ends.
    """
    if uses_own_credentials(session):
        return original(session)
    if session not in _session_credentials:
        _session_credentials[session] = fake_credentials()
    return _session_credentials[session]


def uses_own_credentials(session: Any) -> bool:
    """Return True if a session uses its own credentials: no mock runs, or the test has set credentials in the session."""
    return not _replaces_credentials() or session._credentials in _mock_credentials


def forget_sessions() -> None:
    """Delete the fake credentials of all sessions."""
    _session_credentials.clear()


_AUTH_PARAMS = ("signing_name", "region_name", "signature_version", "request_credentials")
"""The names of the parameters of ``RequestSigner.get_auth_instance``, in order."""


def get_auth_instance(original: Callable[..., Any], signer: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the object that signs a request. While a mock runs, this object uses fake credentials."""
    if not _replaces_credentials():
        return original(signer, *args, **kwargs)
    kwargs |= dict(zip(_AUTH_PARAMS, args, strict=False))  # botocore itself passes only keyword arguments
    kind: Any = auth.AUTH_TYPE_MAPS.get(kwargs.get("signature_version") or signer._signature_version)
    if getattr(kind, "REQUIRES_TOKEN", False):
        return kind(FrozenAuthToken("testing"))
    if kwargs.get("request_credentials") is None and signer._credentials not in _mock_credentials:
        kwargs["request_credentials"] = fake_credentials()
    return original(signer, **kwargs)


def refresh(original: Callable[..., None], credentials: Credentials) -> None:
    """Refresh temporary credentials. While a mock runs, refresh only credentials that were created during the mock.

    moto responds to the requests that refresh such credentials. To refresh credentials from before the mock, botocore
    could send requests to AWS.
    """
    if not _replaces_credentials() or credentials in _mock_credentials:
        original(credentials)


# Models.

_DATA = {Loader.BUILTIN_DATA_PATH, str(Path(boto3.__file__).parent / "data")}
_loads: dict[tuple[Any, ...], Any] = {}
"""A cache of the data that loaders read from the directories of botocore and boto3.

All sessions can share the data, because they do not change it.
"""


def _share(name: str) -> Callable[..., Any]:
    def load(original: Callable[..., Any], loader: Any, *args: Any, **kwargs: Any) -> Any:
        paths = _package_paths(loader)
        if paths is None or not botocore_stubber.enabled:
            return original(loader, *args, **kwargs)
        key = (name, paths, args, tuple(sorted(kwargs.items())))
        if key not in _loads:
            _loads[key] = original(loader, *args, **kwargs)
        return _loads[key]

    return load


def _package_paths(loader: Any) -> tuple[str, ...] | None:
    """Return the directories that a loader reads, or None if it reads directories outside botocore and boto3."""
    paths = tuple(path for path in loader.search_paths if path in _DATA or Path(path).is_dir())
    if not _DATA.issuperset(paths) or type(loader.file_loader) is not JSONFileLoader or loader.extras_types != ["sdk"]:
        return None
    return paths


SHARED_LOADS = {
    name: _share(name)
    for name in ("list_available_services", "list_api_versions", "load_service_model", "load_data_with_path")
}
"""A dict from the name of a method of botocore's ``Loader`` to its replacement, which uses the cache ``_loads``."""


# Responses.


def make_response(url: str, status: int, headers: Mapping[str, str], body: Any) -> AWSResponse:
    """Return a response as an object of the class that botocore uses for responses from the network."""
    return AWSResponse(url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]

"""Entry points: the methods of moto that receive requests. This package handles Feature Store requests at these methods.

The table contains the origin of the requests, the method, and what identifies a request to the Feature Store.

====================  ===================================================================================
botocore, in process  ``BotocoreStubber.__call__``, by the name of the event: the host does not matter
``requests``          ``BotocoreStubber.process_request``, by the host
moto's server         ``DomainDispatcherApplication.__call__``, by the signature's service, or the path
moto's proxy          ``MotoRequestHandler.parse_request``, by the host
====================  ===================================================================================

The module ``patches`` replaces methods of classes, because other packages (such as aiomoto) have references to
instances. moto's features still work: ``enabled``, passthrough, whitelist, recorder, ``MOTO_ACCOUNT_ID`` and
``x-moto-account-id``.

moto handles all other requests. If such a request could read the offline store, this package first writes the buffered
rows to the offline store.
"""

import re
from typing import Any
from urllib.parse import SplitResult

from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
from moto.core.exceptions import ServiceNotWhitelisted

from moto_featurestore._moto.backend import NAME, MotoWorld
from moto_featurestore._moto.caller import caller_of, text_of
from moto_featurestore.protocol.errors import ProtocolError
from moto_featurestore.protocol.http import Request, Response, render_error
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME
from moto_featurestore.service.dispatch import respond

RUNTIME_HOST = re.compile(r"https?://featurestore-runtime\.sagemaker(?:-fips)?\.[^/]+")
CONTROL_PLANE_HOST = re.compile(r"https?://api(?:-fips)?\.sagemaker(?:-fips)?\.([a-z0-9-]+)\.[^/]+")
"""A pattern for the hosts of the control plane.

Like RUNTIME_HOST, it matches all hosts in botocore's endpoint rules, including FIPS and dual-stack hosts.
"""

MOTO_SERVICES = {RUNTIME: NAME, CONTROL_PLANE: "sagemaker"}

LOST_MESSAGE = "A drop fault closed the connection before the response"

RUNTIME_PATTERN = (NAME, RUNTIME_HOST)
CONTROL_PLANE_PATTERN = ("sagemaker", CONTROL_PLANE_HOST)
"""A service and its hosts, for moto's list of services. RUNTIME_PATTERN is for the same list.

moto already has an entry for ``sagemaker``, but that entry lacks some of the hosts.
"""

_world = MotoWorld()


def handle_request(service: str, request: Request, headers: Any, url: str) -> Response:
    """Return the response to a Feature Store request.

    :param headers: the request's headers, with the signature and X-Amz-Target
    :param url: scheme and host of the request, such as ``https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com``
    :param service: RUNTIME or CONTROL_PLANE
    """
    if service == CONTROL_PLANE:
        request = request._replace(target=text_of(headers, "X-Amz-Target"))
    try:
        caller = caller_of(request, headers, url)
    except ProtocolError as error:
        return render_error(service, error)
    return respond(_world, caller, request)


def origin_of(url: SplitResult) -> str:
    """Return the scheme and host of a URL."""
    return f"{url.scheme}://{url.netloc}"


def is_for_moto(service: str, url: str) -> bool:
    """Return True if moto must handle a request, or False if moto's passthrough settings send the request to AWS.

    :raises ServiceNotWhitelisted: if the service is not in moto's whitelist
    """
    name = MOTO_SERVICES[service]
    if passthrough_url(url) or passthrough_service(name):
        return False
    if not service_whitelisted(name):
        raise ServiceNotWhitelisted(name)
    return True


def body_of(request: Any) -> bytes:
    """Return the body of a prepared request as bytes. The body may be a string, bytes, a file or an iterable."""
    body = request.body if hasattr(request, "body") else request.data  # older releases of moto have ``data``
    if type(body) is bytes:
        return body
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if not isinstance(body, str | bytes | bytearray):
        body = b"".join(body)
    return body.encode() if isinstance(body, str) else bytes(body)

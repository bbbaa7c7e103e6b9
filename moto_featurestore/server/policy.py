"""The access policy of the server, which protects it from web pages in the developer's browser.

Any web page can send requests to the developer's machine, even if the server listens only on a loopback address.
Browsers identify these requests with the headers ``Origin`` and ``Sec-Fetch-Site``, which SDKs do not send. A web site
can also resolve its own DNS name to the developer's machine (DNS rebinding). ``Host`` then contains this DNS name.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

Environ = dict[str, Any]

_HOST = re.compile(r"(?:\[([^\[\]]+)\]|([a-z0-9._-]+))(?::[0-9]*)?")
"""Matches a Host header: an IPv6 address in brackets, an IPv4 address or a name, with an optional port."""
_LOCAL_NAMES = ("localhost", "host.docker.internal")
"""Names of this machine, or of a container's host. Their subdomains, such as ``bucket.localhost``, are allowed too."""
_ALLOWED_SITES = ("same-origin", "none")
"""The allowed values of the header Sec-Fetch-Site.

Browsers send these values for requests of the server's own pages, and for addresses that a person enters.

Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""


class Rejection(NamedTuple):
    """The error response for a request that the server rejects."""

    status: str
    code: str
    message: str


class AccessPolicy:
    """The allowed host names of a server, and the origins whose web pages may use the server.

    :param origins: origins of web pages, such as ``http://localhost:3000``
    :param hosts: DNS names that the Host header may contain. Their subdomains are allowed too, because S3 clients
        prepend the bucket name to the host.
    """

    def __init__(self, origins: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        self._origins = {origin.lower() for origin in origins}
        self._hosts = (*_LOCAL_NAMES, *(host.lower() for host in hosts))

    def rejection(self, environ: Environ) -> Rejection | None:
        """Return the error for a request that the server must reject because of its headers, else None."""
        host = environ.get("HTTP_HOST", "").lower()
        if host and not _is_allowed(host, self._hosts):
            return _forbidden(
                f"The server rejects requests for the host {host!r}, because a web page could control that name (DNS"
                f" rebinding). To allow the host, start the server with --allow-host {host.rpartition(':')[0] or host}"
            )
        origin = environ.get("HTTP_ORIGIN", "").lower()
        if origin:
            if origin in self._origins or (host and origin in (f"http://{host}", f"https://{host}")):
                return None
            return _forbidden(
                f"The server rejects requests from web pages of the origin {origin!r}."
                f" To allow the origin, start the server with --cors {origin}"
            )
        site = environ.get("HTTP_SEC_FETCH_SITE", "none")
        if site not in _ALLOWED_SITES:
            return _forbidden(
                f"The server rejects requests from web pages of other sites (Sec-Fetch-Site: {site}). Enter the URL in the"
                " address bar of the browser, or use fetch() in the web page and start the server with --cors ORIGIN"
            )
        return None


@lru_cache(maxsize=256)
def _is_allowed(host: str, domains: tuple[str, ...]) -> bool:
    """Return True if the server accepts requests with this Host header.

    The server accepts IP addresses, names without a dot, ``domains``, the domains of AWS, and subdomains of all these
    domains.
    """
    parts = _HOST.fullmatch(host)
    if parts is None:
        return False
    address, name = parts.groups()
    if address or _is_address(name):
        return address is None or _is_address(address)
    name = name.removesuffix(".")
    return "." not in name or _is_below(name, domains) or _is_below(name, _aws_domains())


def too_large(limit: int) -> Rejection:
    """Return the error for a body that is larger than a limit.

    :param limit: the limit in bytes
    """
    message = f"The body of the request is too large. The limit for Feature Store requests is {limit} bytes."
    return Rejection("413 Content Too Large", "RequestEntityTooLargeException", message)


def _forbidden(message: str) -> Rejection:
    return Rejection("403 Forbidden", "AccessDeniedException", message)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_below(name: str, domains: Iterable[str]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


@cache
def _aws_domains() -> tuple[str, ...]:
    """Return the domains of AWS's endpoints in all partitions: ``amazonaws.com``, ``api.aws`` and so on."""
    from botocore.loaders import create_loader

    partitions = create_loader().load_data("partitions")["partitions"]
    outputs = [partition["outputs"] for partition in partitions]
    return tuple({output[name] for output in outputs for name in ("dnsSuffix", "dualStackDnsSuffix")})

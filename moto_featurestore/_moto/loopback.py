"""Detection of loopback hosts. Requests to the user's own servers are not mocked."""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit


@lru_cache(maxsize=64)
def is_loopback(netloc: str) -> bool:
    """Return True if a host is this machine.

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

"""Tokens of pages: opaque to clients, and known again."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from moto_featurestore.errors import ServiceError

_TOKEN = re.compile(r"(?P<kind>[^\n]*):(?P<place>[0-9]{1,18})")


def make_token(kind: str, place: int) -> str:
    """A token for the page that begins at a place, of one kind of list."""
    return urlsafe_b64encode(f"{kind}:{place}".encode()).decode()


def read_token(token: str | None, kind: str, operation: str, refusal: type[ServiceError]) -> int:
    """The place where the next page begins; 0 without a token.

    :raises refusal: where the token is not one that the operation has returned for this kind of list
    """
    if token is None:
        return 0
    try:
        match = _TOKEN.fullmatch(urlsafe_b64decode(token).decode())
    except (Base64Error, ValueError):
        match = None
    if match is None or match["kind"] != kind:
        raise refusal(f"Validation Error: NextToken is not one that {operation} has returned for this list.")
    return int(match["place"])

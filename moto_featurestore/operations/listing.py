"""ListRecords: the identifiers of a group's records, page by page."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any

from moto_featurestore.errors import ValidationError
from moto_featurestore.operations.locate import locate, online
from moto_featurestore.store import FeatureGroup
from moto_featurestore.world import Caller, World

_PAGE = 100

_TOKEN = re.compile(r"records:([0-9]+):([0-9]{1,18})")


def list_records(world: World, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """List record identifiers in the order of their first write.

    A token names the place in that order where the next page begins, so that a page costs the same wherever it is,
    and that nothing is skipped or repeated while others write and delete.
    """
    group = online(locate(world, caller, "ListRecords", params["FeatureGroupName"]))
    start = _read_token(group, params["NextToken"]) if "NextToken" in params else 0
    page: list[Any] = []
    wanted = params.get("MaxResults", _PAGE)
    position = group.identifier_definition.position
    with group.lock:
        for record in group.records_from(start, world.now()):
            if record.is_deleted and not params.get("IncludeSoftDeletedRecords"):
                continue
            if len(page) == wanted:
                return {"RecordIdentifiers": page, "NextToken": _token(group, record.sequence)}
            page.append(record.values[position])
    return {"RecordIdentifiers": page}


def _token(group: FeatureGroup, sequence: int) -> str:
    return urlsafe_b64encode(f"records:{group.creation_time}:{sequence}".encode()).decode()


def _read_token(group: FeatureGroup, token: str) -> int:
    try:
        match = _TOKEN.fullmatch(urlsafe_b64decode(token).decode())
    except (Base64Error, ValueError):
        match = None
    if match is None or int(match[1]) != group.creation_time:
        raise ValidationError(
            f"Validation Error: NextToken is not one that ListRecords of [{group.name}] has returned."
        )
    return int(match[2])

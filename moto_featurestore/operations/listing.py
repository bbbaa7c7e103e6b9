"""ListRecords: the identifiers of a group's records, page by page."""

from typing import Any

from moto_featurestore.errors import ValidationError
from moto_featurestore.operations.locate import locate, online
from moto_featurestore.operations.pages import make_token, read_token
from moto_featurestore.world import Caller, World

_PAGE = 100


def list_records(world: World, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """List record identifiers in the order of their first write.

    A token names the place in that order where the next page begins, so that a page costs the same wherever it is,
    and that nothing is skipped or repeated while others write and delete.
    """
    group = online(locate(world, caller, "ListRecords", params["FeatureGroupName"]))
    kind = f"{group.arn} {group.creation_time}"
    start = read_token(params.get("NextToken"), kind, "ListRecords", ValidationError)
    page: list[Any] = []
    wanted = params.get("MaxResults", _PAGE)
    with group.lock:
        for record in group.records_from(start, world.now()):
            if record.is_deleted and not params.get("IncludeSoftDeletedRecords"):
                continue
            if len(page) == wanted:
                return {"RecordIdentifiers": page, "NextToken": make_token(kind, record.sequence)}
            page.append(record.identifier)
    return {"RecordIdentifiers": page}

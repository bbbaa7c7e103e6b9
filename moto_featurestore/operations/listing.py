"""ListRecords: the identifiers of a group's records, page by page."""

from typing import TYPE_CHECKING, Any

from moto_featurestore.operations.locate import locate, online
from moto_featurestore.operations.pages import Pages
from moto_featurestore.protocol.errors import ValidationError
from moto_featurestore.world import Caller, World

if TYPE_CHECKING:
    from moto_featurestore.store.online import Record

_PAGE = 100


def list_records(world: World, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """List record identifiers in the order of their first write.

    All pages take the same time. Concurrent writes and deletions do not cause skipped or repeated records.
    """
    group = online(locate(world, caller, "ListRecords", params["FeatureGroupName"]))
    pages = Pages("ListRecords", [group.arn, group.creation_time], params.get("NextToken"), ValidationError)
    start = pages.after[0] + 1 if pages.after else 0
    page: list[Record] = []
    wanted = params.get("MaxResults", _PAGE)
    with group.lock:
        for record in group.records_from(start, world.now()):
            if record.is_deleted and not params.get("IncludeSoftDeletedRecords"):
                continue
            if len(page) == wanted:
                token = pages.token([page[-1].sequence])
                break
            page.append(record)
        else:
            token = None
    return {"RecordIdentifiers": [record.identifier for record in page], "NextToken": token}

"""The operations, named as the API names them: each is one function ``(world, caller, params) -> result``."""

from collections.abc import Callable
from typing import Any

from moto_featurestore.operations.batches import batch_get_record, batch_write_record
from moto_featurestore.operations.feature_groups import (
    create_feature_group,
    delete_feature_group,
    describe_feature_group,
    list_feature_groups,
)
from moto_featurestore.operations.listing import list_records
from moto_featurestore.operations.records import delete_record, get_record, put_record, update_record
from moto_featurestore.world import Caller, World

OPERATIONS: dict[str, Callable[[World, Caller, dict[str, Any]], dict[str, Any] | None]] = {
    "BatchGetRecord": batch_get_record,
    "BatchWriteRecord": batch_write_record,
    "CreateFeatureGroup": create_feature_group,
    "DeleteFeatureGroup": delete_feature_group,
    "DeleteRecord": delete_record,
    "DescribeFeatureGroup": describe_feature_group,
    "GetRecord": get_record,
    "ListFeatureGroups": list_feature_groups,
    "ListRecords": list_records,
    "PutRecord": put_record,
    "UpdateRecord": update_record,
}

"""The API operations. Each operation is a function with the operation's name in snake case, such as ``put_record``.

The function takes the interface to S3, Glue, IAM and the clock (``world``), the sender of the request (``caller``), and
the request's parameters. It returns the members of the response, or None for an empty response.
"""

from collections.abc import Callable
from typing import Any

from moto_featurestore.operations.batches import batch_get_record, batch_write_record
from moto_featurestore.operations.feature_groups import (
    create_feature_group,
    delete_feature_group,
    describe_feature_group,
    list_feature_groups,
)
from moto_featurestore.operations.feature_metadata import describe_feature_metadata, update_feature_metadata
from moto_featurestore.operations.records import delete_record, get_record, list_records, put_record, update_record
from moto_featurestore.operations.search import get_search_suggestions, search
from moto_featurestore.operations.tags import add_tags, delete_tags, list_tags
from moto_featurestore.operations.updates import update_feature_group
from moto_featurestore.world import Caller, World

OPERATIONS: dict[str, Callable[[World, Caller, dict[str, Any]], dict[str, Any] | None]] = {
    "AddTags": add_tags,
    "BatchGetRecord": batch_get_record,
    "BatchWriteRecord": batch_write_record,
    "CreateFeatureGroup": create_feature_group,
    "DeleteFeatureGroup": delete_feature_group,
    "DeleteRecord": delete_record,
    "DeleteTags": delete_tags,
    "DescribeFeatureGroup": describe_feature_group,
    "DescribeFeatureMetadata": describe_feature_metadata,
    "GetRecord": get_record,
    "GetSearchSuggestions": get_search_suggestions,
    "ListFeatureGroups": list_feature_groups,
    "ListRecords": list_records,
    "ListTags": list_tags,
    "PutRecord": put_record,
    "Search": search,
    "UpdateFeatureGroup": update_feature_group,
    "UpdateFeatureMetadata": update_feature_metadata,
    "UpdateRecord": update_record,
}
"""A dict from the API name of an operation to its function."""

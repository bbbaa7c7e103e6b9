"""Feature groups in moto's Resource Groups Tagging API.

To change tags, this module calls the operations AddTags and DeleteTags of ``sagemaker``.
"""

from collections.abc import Callable, Iterator
from typing import Any

from moto_featurestore._moto.backend import backends
from moto_featurestore._moto.internal_client import OperationError, call
from moto_featurestore.store.group import FeatureGroup

_TYPES = {"sagemaker", "sagemaker:feature-group"}

Failures = dict[str, dict[str, Any]]


# Reads.


def _tagged(tagging: Any) -> Iterator[FeatureGroup]:
    """Yield the feature groups that have tags, in the account and region of moto's tagging backend ``tagging``."""
    for account_id, region, backend in backends.iter_backends():
        if (account_id, region) == (tagging.account_id, tagging.region_name):
            yield from (group for group in backend.store.all_groups() if group.tags)  # type: ignore[attr-defined]


def _resources(
    tagging: Any,
    tag_filters: list[dict[str, Any]] | None = None,
    resource_type_filters: list[str] | None = None,
    resource_arn_list: list[str] | None = None,
) -> Iterator[Any]:
    if resource_type_filters and _TYPES.isdisjoint(resource_type_filters):
        return
    for group in _tagged(tagging):
        is_listed = not resource_arn_list or group.arn in resource_arn_list
        if is_listed and all(_matches(group.tags, tag_filter) for tag_filter in tag_filters or []):
            yield _resource(group)


def _matches(tags: dict[str, str], tag_filter: dict[str, Any]) -> bool:
    """Return True if a group's tags match an element of ``TagFilters`` in a GetResources request.

    Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    values = tag_filter.get("Values")
    return tag_filter["Key"] in tags and (not values or tags[tag_filter["Key"]] in values)


def _resource(group: FeatureGroup) -> Any:
    from moto.core.resource_tagging import TaggedResource

    return TaggedResource(group.arn, dict(group.tags), "sagemaker:feature-group")


def _keys(tagging: Any) -> Iterator[str]:
    for group in _tagged(tagging):
        yield from group.tags


def _values(tagging: Any, tag_key: str) -> Iterator[str]:
    return (group.tags[tag_key] for group in _tagged(tagging) if tag_key in group.tags)


# Changes.


def _tag_resources(
    original: Callable[..., Failures], tagging: Any, resource_arns: list[str], tags: dict[str, str]
) -> Failures:
    groups, others = _split(resource_arns)
    failures = original(tagging, others, tags) if others else {}
    tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
    return failures | _change(tagging, groups, "AddTags", {"Tags": tag_list})


def _untag_resources(
    original: Callable[..., Failures], tagging: Any, resource_arn_list: list[str], tag_keys: list[str]
) -> Failures:
    groups, others = _split(resource_arn_list)
    failures = original(tagging, others, tag_keys) if others else {}
    return failures | _change(tagging, groups, "DeleteTags", {"TagKeys": tag_keys})


def _split(arns: list[str]) -> tuple[list[str], list[str]]:
    """Split a list of ARNs into the ARNs of feature groups and all other ARNs."""
    groups = [arn for arn in arns if ":sagemaker:" in arn and ":feature-group/" in arn]
    return groups, [arn for arn in arns if arn not in groups]


def _change(tagging: Any, arns: list[str], operation: str, params: dict[str, Any]) -> Failures:
    """Call AddTags or DeleteTags for each group. Return a dict from the ARN of each failed group to its FailureInfo."""
    failures: Failures = {}
    for arn in arns:
        try:
            call(tagging.account_id, tagging.region_name, operation, {"ResourceArn": arn, **params})
        except OperationError as error:
            failures[arn] = {
                "StatusCode": 400,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": f"{error.code}: {error}",
            }
    return failures


def _followed_by(group_results: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Return a generator function that yields moto's own results, followed by the results for feature groups.

    :param group_results: a generator function that yields the results for feature groups
    """

    def generate(original: Callable[..., Iterator[Any]], tagging: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from original(tagging, *args, **kwargs)
        yield from group_results(tagging, *args, **kwargs)

    return generate


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_get_resources_generator": _followed_by(_resources),
    "_get_tag_keys_generator": _followed_by(_keys),
    "_get_tag_values_generator": _followed_by(_values),
    "tag_resources": _tag_resources,
    "untag_resources": _untag_resources,
}
"""A dict from the name of a method of moto's ResourceGroupsTaggingAPIBackend to the function that replaces the method."""

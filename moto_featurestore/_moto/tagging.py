"""moto's Resource Groups Tagging API sees feature groups: a live view, and tags set by the groups' own operations."""

from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any

from moto_featurestore._moto.backend import backends
from moto_featurestore._moto.inside import Refused, ask
from moto_featurestore.store import FeatureGroup

_TYPES = {"sagemaker", "sagemaker:feature-group"}

Failures = dict[str, dict[str, Any]]


def let_feature_groups_be_tagged(responses: ModuleType) -> None:
    """Let moto's tagging API find and tag feature groups beside what it knows itself."""
    backend = responses.ResourceGroupsTaggingAPIBackend
    _add(backend, "_get_resources_generator", _resources)
    _add(backend, "_get_tag_keys_generator", _keys)
    _add(backend, "_get_tag_values_generator", _values)
    backend.tag_resources = _tagging_groups_too(backend.tag_resources)
    backend.untag_resources = _untagging_groups_too(backend.untag_resources)


def _add(backend: type, name: str, of_groups: Callable[..., Iterator[Any]]) -> None:
    """Let what a generator of moto's yields be followed by what there is of feature groups."""
    generate = getattr(backend, name)

    @wraps(generate)
    def generate_more(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from generate(self, *args, **kwargs)
        yield from of_groups(self, *args, **kwargs)

    setattr(backend, name, generate_more)


# What it finds.


def _tagged(tagging: Any) -> Iterator[FeatureGroup]:
    """The groups of an account in a region that have tags."""
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
        is_wanted = not resource_arn_list or group.arn in resource_arn_list
        if is_wanted and all(_matches(group.tags, wanted) for wanted in tag_filters or []):
            yield _resource(group)


def _matches(tags: dict[str, str], wanted: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html, TagFilters."""
    values = wanted.get("Values")
    return wanted["Key"] in tags and (not values or tags[wanted["Key"]] in values)


def _resource(group: FeatureGroup) -> Any:
    from moto.core.resource_tagging import TaggedResource

    return TaggedResource(group.arn, dict(group.tags), "sagemaker:feature-group")


def _keys(tagging: Any) -> Iterator[str]:
    for group in _tagged(tagging):
        yield from group.tags


def _values(tagging: Any, tag_key: str) -> Iterator[str]:
    return (group.tags[tag_key] for group in _tagged(tagging) if tag_key in group.tags)


# What it changes.


def _tagging_groups_too(tag_others: Callable[..., Failures]) -> Callable[..., Failures]:
    @wraps(tag_others)
    def tag_resources(self: Any, resource_arns: list[str], tags: dict[str, str]) -> Failures:
        ours, others = _split(resource_arns)
        failures = tag_others(self, others, tags) if others else {}
        added = [{"Key": key, "Value": value} for key, value in tags.items()]
        return failures | _change(self, ours, "AddTags", {"Tags": added})

    return tag_resources


def _untagging_groups_too(untag_others: Callable[..., Failures]) -> Callable[..., Failures]:
    @wraps(untag_others)
    def untag_resources(self: Any, resource_arn_list: list[str], tag_keys: list[str]) -> Failures:
        ours, others = _split(resource_arn_list)
        failures = untag_others(self, others, tag_keys) if others else {}
        return failures | _change(self, ours, "DeleteTags", {"TagKeys": tag_keys})

    return untag_resources


def _split(arns: list[str]) -> tuple[list[str], list[str]]:
    ours = [arn for arn in arns if ":sagemaker:" in arn and ":feature-group/" in arn]
    return ours, [arn for arn in arns if arn not in ours]


def _change(tagging: Any, arns: list[str], operation: str, params: dict[str, Any]) -> Failures:
    """Change the tags of groups one by one; those that fail are told, as the API tells it (FailureInfo)."""
    failures: Failures = {}
    for arn in arns:
        try:
            ask(tagging.account_id, tagging.region_name, operation, {"ResourceArn": arn, **params})
        except Refused as refused:
            failures[arn] = {
                "StatusCode": 400,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": f"{refused.code}: {refused}",
            }
    return failures

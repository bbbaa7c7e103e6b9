"""AddTags, ListTags, DeleteTags, of feature groups; those of other resources are moto's."""

from collections.abc import Iterable
from typing import Any

from moto_featurestore.limits import TAGS
from moto_featurestore.operations.locate import find, permit
from moto_featurestore.operations.pages import Pages
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import Caller, World

Params = dict[str, Any]


def add_tags(world: World, caller: Caller, params: Params) -> Params:
    """Add tags, or change the values of those that are there; all of them are returned."""
    tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    group = _tagged(world, caller, "AddTags", params, tag_context(tags))
    check_tag_keys(tags)
    with group.lock:
        changed = group.tags | tags
        if (count := sum(not _is_reserved(key) for key in changed)) > TAGS:
            raise ValidationException(
                f"Validation Error: The FeatureGroup named [{group.name}] would have {count} tags; the limit is {TAGS}."
            )
        group.tags = changed
        group.changed()
    return {"Tags": tag_list(changed)}


def list_tags(world: World, caller: Caller, params: Params) -> Params:
    """The tags of a group, in the order of their addition; a page holds all that a user can give it."""
    group = _tagged(world, caller, "ListTags", params)
    pages = Pages("ListTags", group.arn, params.get("NextToken"), ValidationException)
    tags, token = pages.of_sequence(tag_list(group.tags), params.get("MaxResults", TAGS))
    return {"Tags": tags, "NextToken": token}


def delete_tags(world: World, caller: Caller, params: Params) -> Params:
    """Take tags away; those that are not there are passed over."""
    group = _tagged(world, caller, "DeleteTags", params, {"aws:TagKeys": params["TagKeys"]})
    check_tag_keys(params["TagKeys"])
    with group.lock:
        group.tags = {key: value for key, value in group.tags.items() if key not in params["TagKeys"]}
        group.changed()
    return {}


def check_tag_keys(keys: Iterable[str]) -> None:
    """Refuse the tags that AWS has for itself, in any case: they do not count among those that a group can have.

    https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html; the text, of DeleteTags, is verbatim:
    https://github.com/aws/sagemaker-python-sdk/issues/1301
    """
    for key in filter(_is_reserved, keys):
        raise ValidationException(f"System prefix 'aws:' reserved for AWS usage in tag key: {key}")


def _is_reserved(key: str) -> bool:
    return key.lower().startswith("aws:")


def tag_context(tags: dict[str, str]) -> Params:
    """What a request with tags says of itself, by IAM's condition keys; nothing without any."""
    of_request = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return of_request | {"aws:TagKeys": list(tags)} if tags else {}


def tag_list(tags: dict[str, str]) -> list[Params]:
    """Tags as the API has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tagged(
    world: World, caller: Caller, operation: str, params: Params, context: Params | None = None
) -> FeatureGroup:
    permit(world, caller, operation, params["ResourceArn"], context)
    return find(world, caller, operation, params["ResourceArn"])

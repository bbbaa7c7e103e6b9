"""AddTags, ListTags and DeleteTags for feature groups. moto handles the tags of other resources."""

from collections.abc import Iterable
from typing import Any

from moto_featurestore.limits import TAGS
from moto_featurestore.operations.locate import check_permission, find
from moto_featurestore.operations.pages import Pages
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import Caller, World

Params = dict[str, Any]


def add_tags(world: World, caller: Caller, params: Params) -> Params:
    """Add tags, or change the values of existing tags, and return all tags of the group."""
    tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    group = _permitted_group(world, caller, "AddTags", params, tag_context(tags))
    check_tag_keys(tags)
    with group.lock:
        changed = group.tags | tags
        if (count := sum(not _is_reserved(key) for key in changed)) > TAGS:
            raise ValidationException(
                f"Validation Error: The FeatureGroup named [{group.name}] would have {count} tags; the limit is {TAGS}."
            )
        group.update_members(tags=changed)
    return {"Tags": tag_list(changed)}


def list_tags(world: World, caller: Caller, params: Params) -> Params:
    """List the tags of a group in the order in which they were added. By default, one page contains all tags."""
    group = _permitted_group(world, caller, "ListTags", params)
    pages = Pages("ListTags", group.arn, params.get("NextToken"), ValidationException)
    tags, token = pages.of_sequence(tag_list(group.tags), params.get("MaxResults", TAGS))
    return {"Tags": tags, "NextToken": token}


def delete_tags(world: World, caller: Caller, params: Params) -> Params:
    """Remove tags. Ignore keys that the group does not have."""
    group = _permitted_group(world, caller, "DeleteTags", params, {"aws:TagKeys": params["TagKeys"]})
    check_tag_keys(params["TagKeys"])
    with group.lock:
        group.update_members(tags={key: value for key, value in group.tags.items() if key not in params["TagKeys"]})
    return {}


def check_tag_keys(keys: Iterable[str]) -> None:
    """Check that no key has the prefix that is reserved for AWS, in upper or lower case.

    Reserved tags do not count towards the tag limit of a group:
    https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html. The error text is the text of DeleteTags,
    verbatim from https://github.com/aws/sagemaker-python-sdk/issues/1301

    :raises ValidationException: if a key is reserved; the message contains the first reserved key
    """
    reserved_key = next(filter(_is_reserved, keys), None)
    if reserved_key is not None:
        raise ValidationException(f"System prefix 'aws:' reserved for AWS usage in tag key: {reserved_key}")


def _is_reserved(key: str) -> bool:
    return key.lower().startswith("aws:")


def tag_context(tags: dict[str, str]) -> Params:
    """Return a dict from IAM condition key to value for the tags in a request. It is empty if there are no tags."""
    request_tags = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return request_tags | {"aws:TagKeys": list(tags)} if tags else {}


def tag_list(tags: dict[str, str]) -> list[Params]:
    """Return tags as in the API: a list of structures with Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _permitted_group(
    world: World, caller: Caller, operation: str, params: Params, context: Params | None = None
) -> FeatureGroup:
    check_permission(world, caller, operation, params["ResourceArn"], context)
    return find(world, caller, operation, params["ResourceArn"])

"""Search and GetSearchSuggestions for feature groups and features. moto handles other resources.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html. Search returns a feature group as
DescribeFeatureGroup does, with its tags added, and a feature as DescribeFeatureMetadata does.
"""

from collections.abc import Iterator
from typing import Any

from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.offline.flush import refresh
from moto_featurestore.operations.feature_groups import described
from moto_featurestore.operations.feature_metadata import metadata
from moto_featurestore.operations.filters import Matcher, matcher
from moto_featurestore.operations.locate import check_permission_on_all
from moto_featurestore.operations.pages import PAGE, Key, Pages, list_scope
from moto_featurestore.operations.properties import (
    Properties,
    Property,
    Row,
    discoverable_properties,
    find_property,
    named_properties,
)
from moto_featurestore.operations.tags import tag_list
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.protocol.model import SEARCHED
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_CATALOG = "sagemaker-catalog/DefaultFeatureGroupCatalog"


def search(world: World, caller: Caller, params: Params) -> Params:
    """List the resources that satisfy an expression. By default, the most recently modified resource comes first.

    :raises ValidationException: if the resource, the expression, the sort property or the token is invalid
    """
    check_permission_on_all(world, caller, "Search")
    resource = _resource(params)
    pages = Pages("Search", list_scope(caller, params), params.get("NextToken"), ValidationException)
    properties = discoverable_properties(resource) if _is_cross_account(params) else named_properties(resource)
    sort_by = _sort_property(properties, params.get("SortBy", "LastModifiedTime"))
    rows = _matching(properties, params, _rows(world, caller, params))
    total = 0

    def counted_rows() -> Iterator[Row]:
        nonlocal total
        for row in rows:
            total += 1
            yield row

    page, token = pages.of_sorted(
        counted_rows(),
        key=lambda row: _sort_key(sort_by, row),
        wanted=params.get("MaxResults", PAGE),
        descending=params.get("SortOrder", "Descending") == "Descending",
    )
    return {
        "Results": [{resource: row} for row in page],
        "NextToken": token,
        "TotalHits": {"Value": total, "Relation": "EqualTo"},
    }


def get_search_suggestions(world: World, caller: Caller, params: Params) -> Params:
    """List the property names that begin with a hint: names from botocore's model, and names of existing tags and parameters.

    :raises ValidationException: if the resource is not supported
    """
    check_permission_on_all(world, caller, "GetSearchSuggestions")
    resource = _resource(params)
    hint = params.get("SuggestionQuery", {}).get("PropertyNameQuery", {}).get("PropertyNameHint", "")
    names = [*named_properties(resource), *sorted(_keyed_names(_rows(world, caller, params)))]
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in names if name.startswith(hint)]}


def _resource(params: Params) -> str:
    resource: str = params["Resource"]
    if resource not in SEARCHED:
        raise ValidationException(
            f"moto_featurestore cannot search the Resource [{resource}]; it supports {' and '.join(SEARCHED)}."
        )
    return resource


# The searched rows.


def _is_cross_account(params: Params) -> bool:
    return params.get("CrossAccountFilterOption") == "CrossAccount"


def _rows(world: World, caller: Caller, params: Params) -> Iterator[Row]:
    is_cross_account = _is_cross_account(params)
    for account_id in _discoverable_accounts(world, caller) if is_cross_account else [caller.account_id]:
        store = world.store(account_id, caller.region)
        refresh(world, store.pending)
        for group in store.all_groups():
            if params["Resource"] == "FeatureMetadata":
                yield from (metadata(group, definition) for definition in group.definitions.values())
            else:
                yield described(group) | ({} if is_cross_account else {"Tags": tag_list(group.tags)})


def _discoverable_accounts(world: World, caller: Caller) -> list[str]:
    """Return the IDs of the other accounts that share their catalog of feature groups with the caller.

    If an account shares only single groups, the caller can use these groups, but Search does not return them:
    https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-discoverability-share-sagemaker-catalog.html
    """
    others = [account_id for account_id in world.accounts(caller.region) if account_id != caller.account_id]
    catalog = Arn(caller.partition, "sagemaker", caller.region, "", _CATALOG)
    return [other for other in others if world.is_shared(str(catalog._replace(account_id=other)), caller)]


def _keyed_names(rows: Iterator[Row]) -> set[str]:
    return {f"{name}.{item['Key']}" for row in rows for name in ("Tags", "Parameters") for item in row.get(name) or ()}


# Filters and sort order.


def _matching(properties: Properties, params: Params, rows: Iterator[Row]) -> Iterator[Row]:
    conditions = [_visibility(properties, condition) for condition in params.get("VisibilityConditions", ())]
    if (expression := params.get("SearchExpression")) is not None:
        conditions.append(matcher(properties, expression))
    for condition in conditions:
        rows = filter(condition, rows)
    return rows


def _visibility(properties: Properties, condition: Params) -> Matcher:
    """Return a function that takes a resource, and returns True if the resource has the tag with this value, or lacks the tag.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VisibilityConditions.html

    :param condition: an element of VisibilityConditions, which contains the key and the value of the tag
    :raises ValidationException: if the condition is invalid
    """
    key, wanted = condition.get("Key", ""), condition.get("Value")
    if not key.startswith("Tags.") or wanted is None:
        raise ValidationException(
            "Validation Error: Each of the VisibilityConditions needs a Key of the form Tags.<key> and a Value."
        )
    tag = find_property(properties, key)
    return lambda row: tag.values(row) in ([], [wanted])


def _sort_property(properties: Properties, name: str) -> Property:
    prop = find_property(properties, name)
    if not prop.is_single:
        raise ValidationException(
            f"Validation Error: Results cannot be sorted by the property [{name}],"
            " because a result can have several values of it."
        )
    return prop


def _sort_key(sort_by: Property, row: Row) -> Key:
    """Return a unique sort key. Rows without a value come first.

    The other rows are sorted by value, and rows with equal values by creation time. AWS does not document this order;
    it is an assumption.
    """
    values = sort_by.values(row)
    return [len(values), *values, row["CreationTime"], row["FeatureGroupArn"], row.get("FeatureName")]

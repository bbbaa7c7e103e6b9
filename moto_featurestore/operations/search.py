"""Search and GetSearchSuggestions on feature groups and features; other resources are moto's.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html. A feature group is searched as
DescribeFeatureGroup shows it, with its tags; a feature as DescribeFeatureMetadata shows it.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

from moto_featurestore.offline.flush import refresh
from moto_featurestore.operations.feature_groups import described
from moto_featurestore.operations.feature_metadata import metadata
from moto_featurestore.operations.filters import Matcher, matcher
from moto_featurestore.operations.locate import permit_everywhere
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
    """The resources that satisfy an expression: those that changed last come first unless asked otherwise."""
    permit_everywhere(world, caller, "Search")
    resource = _searched(params)
    pages = Pages("Search", list_scope(caller, params), params.get("NextToken"), ValidationException)
    known = (discoverable_properties if _is_of_others(params) else named_properties)(resource)
    sort_by = _sortable(known, params.get("SortBy", "LastModifiedTime"))
    hits = count()  # of which zip takes one for each row that there is
    rows = (row for row, _ in zip(_matching(known, params, _rows(world, caller, params)), hits, strict=False))
    page, token = pages.of_sorted(
        rows,
        key=lambda row: _sort_key(sort_by, row),
        wanted=params.get("MaxResults", PAGE),
        descending=params.get("SortOrder", "Descending") == "Descending",
    )
    return {
        "Results": [{resource: row} for row in page],
        "NextToken": token,
        "TotalHits": {"Value": next(hits), "Relation": "EqualTo"},
    }


def get_search_suggestions(world: World, caller: Caller, params: Params) -> Params:
    """The names of properties that begin with a hint: those of the model, and of the tags and parameters in use."""
    permit_everywhere(world, caller, "GetSearchSuggestions")
    resource = _searched(params)
    hint = params.get("SuggestionQuery", {}).get("PropertyNameQuery", {}).get("PropertyNameHint", "")
    names = [*named_properties(resource), *sorted(_keyed_names(_rows(world, caller, params)))]
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in names if name.startswith(hint)]}


def _searched(params: Params) -> str:
    resource: str = params["Resource"]
    if resource not in SEARCHED:
        raise ValidationException(
            f"moto_featurestore searches {' and '.join(SEARCHED)}; the Resource [{resource}] is not of the Feature Store."
        )
    return resource


# What is searched.


def _is_of_others(params: Params) -> bool:
    return params.get("CrossAccountFilterOption") == "CrossAccount"


def _rows(world: World, caller: Caller, params: Params) -> Iterator[Row]:
    is_of_others = _is_of_others(params)
    for account_id in _discoverable(world, caller) if is_of_others else [caller.account_id]:
        store = world.store(account_id, caller.region)
        refresh(world, store.pending)
        for group in store.all_groups():
            if params["Resource"] == "FeatureMetadata":
                yield from (metadata(group, definition) for definition in group.definitions.values())
            else:
                yield described(group) | ({} if is_of_others else {"Tags": tag_list(group.tags)})


def _discoverable(world: World, caller: Caller) -> list[str]:
    """The other accounts whose catalog of feature groups is shared with a caller.

    Who shares a group alone lets it be used, not found:
    https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-discoverability-share-sagemaker-catalog.html
    """
    others = [account_id for account_id in world.accounts(caller.region) if account_id != caller.account_id]
    place = f"arn:{caller.partition}:sagemaker:{caller.region}"
    return [account_id for account_id in others if world.is_shared(f"{place}:{account_id}:{_CATALOG}", caller)]


def _keyed_names(rows: Iterator[Row]) -> set[str]:
    return {f"{name}.{item['Key']}" for row in rows for name in ("Tags", "Parameters") for item in row.get(name) or ()}


# Which of it is wanted, and in which order.


def _matching(known: Properties, params: Params, rows: Iterator[Row]) -> Iterator[Row]:
    conditions = [_visibility(known, given) for given in params.get("VisibilityConditions", ())]
    if (expression := params.get("SearchExpression")) is not None:
        conditions.append(matcher(known, expression))
    for condition in conditions:
        rows = filter(condition, rows)
    return rows


def _visibility(known: Properties, given: Params) -> Matcher:
    """Matches where a tag has a value, or is absent.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VisibilityConditions.html
    """
    key, wanted = given.get("Key", ""), given.get("Value")
    if not key.startswith("Tags.") or wanted is None:
        raise ValidationException(
            "Validation Error: Each of the VisibilityConditions needs a Key of the form Tags.<key> and a Value."
        )
    tag = find_property(known, key)
    return lambda row: tag.values(row) in ([], [wanted])


def _sortable(known: Properties, name: str) -> Property:
    found = find_property(known, name)
    if not found.is_single:
        raise ValidationException(
            f"Validation Error: Results cannot be sorted by the property [{name}]: it has no single value."
        )
    return found


def _sort_key(sort_by: Property, row: Row) -> Key:
    """What has no value comes before what has one; then by age, and so that no two are equal (assumed)."""
    values = sort_by.values(row)
    return [len(values), *values, row["CreationTime"], row["FeatureGroupArn"], row.get("FeatureName")]

"""What a feature group needs of AWS before it can be made: a bucket and a role, made where they are missing."""

import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.caller import find_role
from moto_featurestore._moto.internal_client import Refused, ask
from moto_featurestore._moto.s3_glue import make_bucket
from moto_featurestore.operations.definition import check_definition
from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.testing import execution_role
from moto_featurestore.testing.definitions import check

if TYPE_CHECKING:
    from moto_featurestore.store.group import Store

Params = dict[str, Any]

#: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html
_ACTIONS = ["s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl"]


def create(store: "Store", groups: list[Params]) -> list[str]:
    """Make feature groups, each with the bucket and the role that it needs; gives their ARNs.

    :param groups: parameters of CreateFeatureGroup; what an offline store lacks of S3Uri and RoleArn is chosen
    :raises ValueError: where one is refused; where that can be told beforehand, none is made
    """
    completed = [_completed(store, params) for params in groups]
    for params in completed:
        _check(store, params)
    names = Counter(params["FeatureGroupName"] for params in completed)
    if twice := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"There are several feature groups named {', '.join(twice)}.")
    return [_create(store, params) for params in completed]


def _completed(store: "Store", params: Params) -> Params:
    """The parameters, with a bucket as the SageMaker SDKs name theirs, and a role as the console does."""
    partition, offline = get_partition(store.region), params.get("OfflineStoreConfig")
    if not isinstance(offline, dict):  # there is none, or what is refused
        return params
    storage = offline.get("S3StorageConfig") or {}
    if isinstance(storage, dict) and not storage.get("S3Uri"):
        storage = {**storage, "S3Uri": f"s3://sagemaker-{store.region}-{store.account_id}"}
    role = f"arn:{partition}:iam::{store.account_id}:role{execution_role.PATH}{execution_role.NAME}"
    return {"RoleArn": role, **params, "OfflineStoreConfig": {**offline, "S3StorageConfig": storage}}


def _check(store: "Store", params: Params) -> None:
    check(params)
    name = params["FeatureGroupName"]
    if store.find(name):
        raise ValueError(f"There is a feature group {name!r} already.")
    try:
        check_definition(params)
    except ServiceError as error:
        raise ValueError(f"The feature group {name!r} is refused: {error.code}: {error}") from None


def _create(store: "Store", params: Params) -> str:
    name = params["FeatureGroupName"]
    if "OfflineStoreConfig" in params:
        _make_bucket(store, params["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"])
        _make_role(params["RoleArn"])
    try:
        arn: str = ask(store.account_id, store.region, "CreateFeatureGroup", params)["FeatureGroupArn"]
    except Refused as refused:
        raise ValueError(f"The feature group {name!r} is refused: {refused.code}: {refused}") from None
    return arn


def _make_bucket(store: "Store", uri: str) -> None:
    from moto.s3.exceptions import S3ClientError

    with suppress(S3ClientError):  # of a name that no bucket can have: the service says that there is none
        make_bucket(store.account_id, store.region, uri.removeprefix("s3://").partition("/")[0])


def _make_role(arn: str) -> None:
    """Make a role that SageMaker may assume, and that may do what the service does in its name."""
    from moto.iam.models import iam_backends

    _, partition, _, _, account_id, resource = arn.split(":", 5)
    if find_role(arn):
        return
    path, _, name = resource.removeprefix("role").rpartition("/")
    iam = iam_backends[account_id][partition]
    iam.create_role(name, execution_role.TRUST, f"{path}/", None, "", [], "3600")
    allow = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    iam.put_role_policy(name, "FeatureStore", json.dumps({"Version": "2012-10-17", "Statement": allow}))

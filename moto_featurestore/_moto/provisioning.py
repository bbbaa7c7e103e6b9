"""Creation of feature groups together with the buckets and roles that they require."""

import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.caller import find_role
from moto_featurestore._moto.internal_client import OperationError, call
from moto_featurestore._moto.s3_glue import make_bucket
from moto_featurestore.aws.identifiers import Arn, S3Uri
from moto_featurestore.credentials import EXECUTION_ROLE_NAME, EXECUTION_ROLE_PATH, EXECUTION_ROLE_TRUST
from moto_featurestore.operations.group_definition import check_definition
from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.testing.group_sources import check

if TYPE_CHECKING:
    from moto_featurestore.store.group import Store

Params = dict[str, Any]

#: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html
_ACTIONS = ["s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl"]


def create(store: "Store", groups: list[Params]) -> list[str]:
    """Create feature groups, and their buckets and roles if these are missing. Return the ARNs of the groups.

    :param groups: parameters of CreateFeatureGroup; a missing S3Uri or RoleArn of an offline store gets a default
    :raises ValueError: if a group is invalid; most problems are detected before any group is created
    """
    completed = [_with_defaults(store, params) for params in groups]
    for params in completed:
        _check(store, params)
    names = Counter(params["FeatureGroupName"] for params in completed)
    if duplicates := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"Several feature groups have the name {', '.join(duplicates)}. Names must be unique.")
    return [_create(store, params) for params in completed]


def _with_defaults(store: "Store", params: Params) -> Params:
    """Return the parameters of CreateFeatureGroup with default values for the offline store's bucket and role.

    The default bucket has the name that the SageMaker SDKs use. The default role is the role that the AWS console
    creates.
    """
    partition, offline = get_partition(store.region), params.get("OfflineStoreConfig")
    if not isinstance(offline, dict):  # no offline store, or an invalid one that the check rejects
        return params
    storage = offline.get("S3StorageConfig") or {}
    if isinstance(storage, dict) and not storage.get("S3Uri"):
        storage = {**storage, "S3Uri": f"s3://sagemaker-{store.region}-{store.account_id}"}
    role = str(Arn(partition, "iam", "", store.account_id, f"role{EXECUTION_ROLE_PATH}{EXECUTION_ROLE_NAME}"))
    return {"RoleArn": role, **params, "OfflineStoreConfig": {**offline, "S3StorageConfig": storage}}


def _check(store: "Store", params: Params) -> None:
    check(params)
    name = params["FeatureGroupName"]
    if store.find(name):
        raise ValueError(f"The feature group {name!r} already exists.")
    try:
        check_definition(params)
    except ServiceError as error:
        raise ValueError(f"The feature group {name!r} is invalid: {error.code}: {error}") from None


def _create(store: "Store", params: Params) -> str:
    name = params["FeatureGroupName"]
    if "OfflineStoreConfig" in params:
        _make_bucket(store, params["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"])
        _make_role(params["RoleArn"])
    try:
        arn: str = call(store.account_id, store.region, "CreateFeatureGroup", params)["FeatureGroupArn"]
    except OperationError as error:
        raise ValueError(f"The feature group {name!r} could not be created: {error.code}: {error}") from None
    return arn


def _make_bucket(store: "Store", uri: str) -> None:
    from moto.s3.exceptions import S3ClientError

    with suppress(S3ClientError):  # if the name is invalid, CreateFeatureGroup reports that the bucket does not exist
        make_bucket(store.account_id, store.region, S3Uri.parse(uri).bucket)


def _make_role(arn: str) -> None:
    """Create a role with the permissions for an offline store, which SageMaker may assume.

    If the role exists, do not change it.
    """
    from moto.iam.models import iam_backends

    parts = Arn.parse(arn)
    if find_role(arn):
        return
    path, _, name = parts.resource.removeprefix("role").rpartition("/")
    iam = iam_backends[parts.account_id][parts.partition]
    iam.create_role(name, EXECUTION_ROLE_TRUST, f"{path}/", None, "", [], "3600")
    allow = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    iam.put_role_policy(name, "FeatureStore", json.dumps({"Version": "2012-10-17", "Statement": allow}))

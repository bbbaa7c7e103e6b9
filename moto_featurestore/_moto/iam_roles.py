"""Checks of roles: permissions of a feature group's role, and existence of a role that Lake Formation uses."""

import json
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from moto.core.exceptions import JsonRESTError

from moto_featurestore._moto.caller import find_role, identity_of_role, is_enforced
from moto_featurestore.aws.identifiers import Arn, is_arn
from moto_featurestore.iam import Identity, UnsupportedPolicyError, denial, statements_for
from moto_featurestore.offline.layout import location, table_uri
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.store.group import FeatureGroup

_Need = tuple[str, str]
"""A required permission: an action and its resource."""


def role_problem(group: FeatureGroup) -> str | None:
    """Return the reason why the policies of a group's role do not allow writes to the group's S3 bucket.

    Return None if the policies allow writes, or if moto does not check IAM permissions.
    """
    return _role_problem(group, _bucket_permissions(group))


def table_problem(group: FeatureGroup) -> str | None:
    """Return the reason why the policies of a group's role do not allow reads and changes of the group's Iceberg table.

    Return None if the policies allow both, or if moto does not check IAM permissions. Each write to the offline store
    requires these permissions.
    """
    return _role_problem(group, _table_permissions(group))


def _role_problem(group: FeatureGroup, needs: Iterable[_Need]) -> str | None:
    if not is_enforced():
        return None
    assert group.role_arn is not None
    try:
        denied = _denied(group, identity_of_role(group.role_arn), needs)
    except ValidationException as error:
        return str(error)
    return f"The role [{group.role_arn}] is not authorized to perform: {denied}." if denied else None


def bucket_problem(group: FeatureGroup, policy: bytes | None) -> str | None:
    """Return the reason why a bucket policy does not allow writes by a group's role, or None if it allows them.

    The bucket and the role belong to different accounts, so the role and the bucket policy must both allow the writes.
    """
    role, bucket = group.role_arn, location(group).bucket
    assert role is not None
    if policy is None:
        return f"The bucket [{bucket}] belongs to another account and has no policy."
    document = json.loads(policy)
    statements = statements_for(document, lambda principal: _names(principal, role))
    identity = Identity(role, role, [document | {"Statement": statements}])
    denied = _denied(group, identity, _bucket_permissions(group))
    return (
        f"The policy of the bucket [{bucket}] does not allow the role [{role}] to perform: {denied}."
        if denied
        else None
    )


def _denied(group: FeatureGroup, identity: Identity, needs: Iterable[_Need]) -> str | None:
    """Return a message with the first denied permission and the reason, or None if the identity has all permissions."""
    context = {"aws:RequestedRegion": Arn.parse(group.arn).region, "aws:SecureTransport": "true"}
    for action, resource in needs:
        try:
            reason = denial(identity, action, resource, context)
        except UnsupportedPolicyError as error:
            reason = f"because moto_featurestore cannot evaluate a policy: {error}"
        if reason:
            return f"{action} on resource: {resource} {reason}"
    return None


def _bucket_permissions(group: FeatureGroup) -> Iterator[_Need]:
    """Yield the permissions for S3 that the role of a group with an offline store must have.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html. The permissions
    GetBucketAcl and PutObjectAcl were observed in https://github.com/scott2borg/cs401r-2026-instructor (Lab 2, July
    2026).
    """
    bucket, prefix = location(group)
    arn = str(Arn(Arn.parse(group.arn).partition, "s3", "", "", bucket))
    yield "s3:GetBucketAcl", arn
    yield "s3:PutObject", f"{arn}/{prefix}/*"
    yield "s3:PutObjectAcl", f"{arn}/{prefix}/*"


def _table_permissions(group: FeatureGroup) -> Iterator[_Need]:
    """Yield the permissions that the role of a group with an Iceberg table must have.

    The list is an assumption. It contains the permissions that AWS added to the managed policy
    AmazonSageMakerFeatureStoreAccess when AWS introduced Iceberg tables:

    https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-feature-store.html
    """
    assert group.offline_store is not None
    arn = Arn.parse(group.arn)
    uri = table_uri(group)
    database, table = itemgetter("Database", "TableName")(group.offline_store["DataCatalogConfig"])
    yield "s3:GetObject", str(Arn(arn.partition, "s3", "", "", f"{uri.bucket}/{uri.key}/metadata/*"))
    for action in ("glue:GetTable", "glue:UpdateTable"):
        for resource in ("catalog", f"database/{database}", f"table/{database}/{table}"):
            yield action, str(arn._replace(service="glue", resource=resource))


def _names(principal: Any, role_arn: str) -> bool:
    """Return True if the Principal element of a bucket policy matches a role, its account, or all principals."""
    arn = Arn.parse(role_arn)
    root = str(arn._replace(resource="root"))
    arns = principal.get("AWS", []) if isinstance(principal, dict) else principal or []
    return not {"*", arn.account_id, root, role_arn}.isdisjoint([arns] if isinstance(arns, str) else arns)


_LINKED_ROLE = "aws-service-role/lakeformation.amazonaws.com"
"""The path of Lake Formation's service-linked role. On AWS, Lake Formation creates this role, but moto does not."""


def check_registered_role(
    original: Callable[..., None], backend: Any, resource_arn: str, role_arn: str | None, **params: Any
) -> None:
    """Reject RegisterResource of Lake Formation if the role does not exist. moto itself accepts every role.

    The integration tests of https://github.com/aws/sagemaker-python-sdk (test_feature_store_lakeformation.py) expect an
    error. AWS does not document the error text, so the text is this package's own.

    :raises JsonRESTError: EntityNotFoundException, if the role does not exist
    """
    if role_arn and _LINKED_ROLE not in role_arn and not (is_arn(role_arn) and find_role(role_arn)):
        raise JsonRESTError("EntityNotFoundException", f"Role [{role_arn}] does not exist.")
    original(backend, resource_arn, role_arn, **params)

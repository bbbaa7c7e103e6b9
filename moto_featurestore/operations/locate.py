"""Lookup of a feature group by name or ARN, and the check of the caller's permission."""

from collections.abc import Mapping, Sequence
from logging import getLogger

from moto_featurestore.aws.identifiers import Arn, is_arn
from moto_featurestore.controls.faults import Target
from moto_featurestore.iam import UnsupportedPolicyError, denial
from moto_featurestore.protocol.errors import (
    AccessDeniedException,
    AccessForbidden,
    ResourceNotFound,
    ServiceError,
    ValidationError,
    ValidationException,
)
from moto_featurestore.protocol.model import is_control_plane
from moto_featurestore.store.group import CREATED, FeatureGroup
from moto_featurestore.world import Caller, World

_log = getLogger("moto_featurestore")

Context = Mapping[str, str | Sequence[str]]

#: The IAM actions of an operation, for operations that require another action than their own name:
#: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
_ACTIONS = {"UpdateRecord": ["PutRecord"], "BatchWriteRecord": ["BatchWriteRecord", "PutRecord"]}
_EXPLICIT_DENY = "with an explicit deny in an identity-based policy"


def locate(
    world: World,
    caller: Caller,
    operation: str,
    name_or_arn: str,
    absent: type[ServiceError] = ResourceNotFound,
) -> FeatureGroup:
    """Check the caller's permission for an operation on a group, and return the group.

    :param absent: the class of the error if the group does not exist
    :raises AccessForbidden: if the caller lacks the permission for an operation of the runtime API, and the setting
        ``access_denied_code`` is AccessForbidden
    :raises AccessDeniedException: if the caller lacks the permission in all other cases
    :raises ServiceError: of class ``absent`` if the group does not exist, or if its status does not allow the operation
    """
    group = check_permission(world, caller, operation, name_or_arn)
    if group is None:
        _log_hint(world, *resolve_name(caller, name_or_arn))
    return _require_group(operation, group, name_or_arn, absent)


def find(
    world: World, caller: Caller, operation: str, name_or_arn: str, absent: type[ServiceError] = ResourceNotFound
) -> FeatureGroup:
    """Return the group with a name or an ARN. The ARN may contain another account and region.

    This function does not check permissions.

    :param absent: the class of the error if the group does not exist
    :raises ServiceError: of class ``absent`` if the group does not exist, or if its status does not allow the operation
    """
    account_id, region, name = resolve_name(caller, name_or_arn)
    group = world.store(account_id, region).find(name)
    if group is None:
        _log_hint(world, account_id, region, name)
    return _require_group(operation, group, name_or_arn, absent)


def _require_group(
    operation: str, group: FeatureGroup | None, name_or_arn: str, absent: type[ServiceError]
) -> FeatureGroup:
    """Return the group, or raise ``absent`` if the group does not exist.

    For operations of the runtime API, also raise ``absent`` if the status of the group is not Created. AWS does not
    document this; it is an assumption.
    """
    if group is None or (group.status != CREATED and not is_control_plane(operation)):
        # Source of the text, with the brackets and the full stop: https://github.com/aws/sagemaker-python-sdk/issues/2606
        raise absent(f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name_or_arn}].")
    return group


def hint_elsewhere(world: World, account_id: str, region: str, name: str) -> str:
    """Return a sentence with the other accounts and regions that contain a group with this name.

    Return an empty string if no other account and region contains such a group.

    :param account_id: an account that does not have the group in ``region``
    """
    locations = [
        f"account {store.account_id}, region {store.region}"
        for store in world.all_stores()
        if (store.account_id, store.region) != (account_id, region) and name in store.groups
    ]
    return f" A group of this name exists in {'; '.join(locations)}." if locations else ""


def _log_hint(world: World, account_id: str, region: str, name: str) -> None:
    """Log a warning if a missing group exists in another account or region. Log it only once for each group."""
    key = (account_id, region, name)
    if key not in world.controls.hints and (hint := hint_elsewhere(world, account_id, region, name)):
        world.controls.hints.add(key)
        _log.warning("The feature group %r does not exist in account %s, region %s.%s", name, account_id, region, hint)


def updatable(group: FeatureGroup) -> FeatureGroup:
    """Return the group if its status allows an update.

    AWS does not document which statuses allow an update. This function assumes that only Created does.

    :raises ValidationException: if the status is not Created
    """
    if group.status != CREATED:
        raise ValidationException(
            f"Validation Error: The FeatureGroup named [{group.name}] is [{group.status}];"
            f" it can be updated while it is [{CREATED}]."
        )
    return group


def online(group: FeatureGroup) -> FeatureGroup:
    """Return the group if its online store is enabled.

    :raises ValidationError: if the online store is not enabled
    """
    if group.online_store is None:
        raise ValidationError(
            f"Validation Error: The OnlineStore of the FeatureGroup named [{group.name}] is not enabled."
        )
    return group


def arn_of(caller: Caller, name: str) -> str:
    """Return the ARN of the group with this name in the caller's account and region. Keep the case of the name."""
    return str(Arn(caller.partition, "sagemaker", caller.region, caller.account_id, f"feature-group/{name}"))


def check_permission(
    world: World, caller: Caller, operation: str, name_or_arn: str, context: Context | None = None
) -> FeatureGroup | None:
    """Check the caller's permission for an operation on a group. Return the group, or None if the group does not exist.

    The error texts were observed in
    https://github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop (09-module-security, m9_02_nb1).

    :param context: dict from IAM condition key to the value in the request
    :raises AccessForbidden: if the caller lacks the permission for an operation of the runtime API, and the setting
        ``access_denied_code`` is AccessForbidden
    :raises AccessDeniedException: if the caller lacks the permission in all other cases
    """
    account_id, region, name = resolve_name(caller, name_or_arn)
    store = world.store(account_id, region)
    group = store.find(name) if _is_in_partition(caller, name_or_arn) else None
    if caller.identity is None and not world.controls.faults.armed:
        return group
    arn = name_or_arn if is_arn(name_or_arn) else arn_of(caller, name_or_arn)
    actions = _ACTIONS.get(operation, [operation])
    for action in (operation, *actions):
        if world.controls.faults.denies(action, Target(account_id, region, name)):
            raise _access_denied(world, caller, operation, f"sagemaker:{action}", arn, _EXPLICIT_DENY)
    if caller.identity is None:
        return group
    tags = group.tags if group else {}
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()} | dict(context or {})
    for action in actions:
        reason = _denial(caller, operation, f"sagemaker:{action}", arn, context)
        if reason is None and account_id != caller.account_id and not world.is_shared(arn, caller):
            reason = f"because no resource-based policy allows the sagemaker:{action} action"
        if reason:
            raise _access_denied(world, caller, operation, f"sagemaker:{action}", arn, reason)
    return group


def check_permission_on_all(world: World, caller: Caller, operation: str) -> None:
    """Check the caller's permission for an operation that does not concern a particular group, such as Search.

    :raises AccessDeniedException: if the caller lacks the permission
    """
    action = f"sagemaker:{operation}"
    if world.controls.faults.denies(operation, Target(caller.account_id, caller.region, None)):
        raise _access_denied(world, caller, operation, action, "*", _EXPLICIT_DENY)
    if caller.identity and (reason := _denial(caller, operation, action, "*", {})):
        raise _access_denied(world, caller, operation, action, "*", reason)


def check_pass_role(world: World, caller: Caller, operation: str, role_arn: str) -> None:
    """Check the caller's permission to pass a role to SageMaker (``iam:PassRole``).

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (dependent
    actions). The error text comes from another SageMaker operation:
    https://github.com/aws/amazon-sagemaker-feedback/issues/61

    :raises AccessDeniedException: if the caller lacks the permission
    """
    context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    if caller.identity and (reason := _denial(caller, operation, "iam:PassRole", role_arn, context)):
        raise _access_denied(world, caller, operation, "iam:PassRole", role_arn, reason)


def resolve_name(caller: Caller, name_or_arn: str) -> tuple[str, str, str]:
    """Return the account, region and name of a group, from its name or its ARN."""
    if not is_arn(name_or_arn):
        return caller.account_id, caller.region, name_or_arn
    return parse_group_arn(name_or_arn)


def parse_group_arn(arn: str) -> tuple[str, str, str]:
    """Return the account, region and name of a group, from its ARN."""
    parts = Arn.parse(arn)
    return parts.account_id, parts.region, parts.name


def _is_in_partition(caller: Caller, name_or_arn: str) -> bool:
    """Return True for a name, and for an ARN in the caller's partition.

    A caller cannot access resources in another partition, for example in ``aws-cn``.
    """
    return not is_arn(name_or_arn) or Arn.parse(name_or_arn).partition == caller.partition


def _denial(caller: Caller, operation: str, action: str, arn: str, context: Context) -> str | None:
    assert caller.identity
    if operation in {"PutRecord", "UpdateRecord"}:
        context = {**context, "sagemaker:IsUpdateRecord": str(operation == "UpdateRecord").lower()}
    global_keys = {"aws:RequestedRegion": caller.region, "aws:SecureTransport": str(caller.is_secure).lower()}
    try:
        return denial(caller.identity, action, arn, {**global_keys, **context})
    except UnsupportedPolicyError as error:
        error_class = ValidationException if is_control_plane(operation) else ValidationError
        raise error_class(f"moto_featurestore cannot evaluate a policy of [{caller.arn}]: {error}.") from None


def _access_denied(  # noqa: PLR0913, PLR0917 - each argument is a part of IAM's error message
    world: World, caller: Caller, operation: str, action: str, arn: str, reason: str
) -> ServiceError:
    if is_control_plane(operation):
        error: type[ServiceError] = AccessDeniedException
    else:
        error = AccessForbidden if world.settings().access_denied_code == "AccessForbidden" else AccessDeniedException
    return error(f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn} {reason}")

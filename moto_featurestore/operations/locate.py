"""From a feature group's name or ARN to the group: the only place that knows about ARNs, permission and existence."""

from collections.abc import Mapping, Sequence

from moto_featurestore.errors import (
    AccessDeniedException,
    AccessForbidden,
    ResourceNotFound,
    ServiceError,
    ValidationError,
    ValidationException,
)
from moto_featurestore.model import is_control_plane
from moto_featurestore.policies import UnsupportedPolicyError, denial
from moto_featurestore.store import CREATED, FeatureGroup
from moto_featurestore.world import Caller, World

Context = Mapping[str, str | Sequence[str]]

#: The actions of IAM that an operation needs, where they are not its own name: as documented in
#: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
_ACTIONS = {"UpdateRecord": ["PutRecord"], "BatchWriteRecord": ["BatchWriteRecord", "PutRecord"]}
_EXPLICITLY = "with an explicit deny in an identity-based policy"


def locate(
    world: World,
    caller: Caller,
    operation: str,
    name_or_arn: str,
    absent: type[ServiceError] = ResourceNotFound,
) -> FeatureGroup:
    """The group of a name, or of an ARN, for a caller who may do what the operation does.

    :param absent: the error that the operation answers with where there is no such group
    """
    return _found(operation, permit(world, caller, operation, name_or_arn), name_or_arn, absent)


def find(
    world: World, caller: Caller, operation: str, name_or_arn: str, absent: type[ServiceError] = ResourceNotFound
) -> FeatureGroup:
    """The group of a name, or of an ARN: the one of the ARN's account and region."""
    account_id, region, name = place_of(caller, name_or_arn)
    return _found(operation, world.store(account_id, region).find(name), name_or_arn, absent)


def _found(operation: str, group: FeatureGroup | None, name_or_arn: str, absent: type[ServiceError]) -> FeatureGroup:
    """The group, if there is one; records are served by those that are Created only (assumed)."""
    if group is None or (group.status != CREATED and not is_control_plane(operation)):
        # Brackets and full stop as observed: https://github.com/aws/sagemaker-python-sdk/issues/2606
        raise absent(f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name_or_arn}].")
    return group


def updatable(group: FeatureGroup) -> FeatureGroup:
    """A group whose creation has succeeded, and whose deletion has not begun.

    :raises ValidationException: where it is not, as assumed
    """
    if group.status != CREATED:
        raise ValidationException(
            f"Validation Error: The FeatureGroup named [{group.name}] is [{group.status}];"
            f" it can be updated while it is [{CREATED}]."
        )
    return group


def online(group: FeatureGroup) -> FeatureGroup:
    """A group whose online store is enabled.

    :raises ValidationError: where it is not
    """
    if group.online_store is None:
        raise ValidationError(
            f"Validation Error: The OnlineStore of the FeatureGroup named [{group.name}] is not enabled."
        )
    return group


def arn_of(caller: Caller, name: str) -> str:
    """The ARN of the caller's group of a name; it keeps the name's case."""
    return f"arn:{caller.partition}:sagemaker:{caller.region}:{caller.account_id}:feature-group/{name}"


def permit(
    world: World, caller: Caller, operation: str, name_or_arn: str, context: Context | None = None
) -> FeatureGroup | None:
    """Let a caller do something to a group, which is returned where it exists; or deny it in IAM's words.

    ``context`` is what the request says of itself, by condition key. The words are as observed in
    https://github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop (09-module-security, m9_02_nb1).
    """
    account_id, region, name = place_of(caller, name_or_arn)
    store = world.store(account_id, region)
    group = store.find(name)
    if caller.identity is None and not store.denials:
        return group
    arn = name_or_arn if name_or_arn.startswith("arn:") else arn_of(caller, name_or_arn)
    actions = _ACTIONS.get(operation, [operation])
    for denied in (operation, *actions):
        if store.is_denied(denied, name):
            raise _denied(world, caller, operation, f"sagemaker:{denied}", arn, _EXPLICITLY)
    if caller.identity is None:
        return group
    tags = group.tags if group else {}
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()} | dict(context or {})
    for action in actions:
        reason = _denial(caller, operation, f"sagemaker:{action}", arn, context)
        if reason is None and account_id != caller.account_id and not world.is_shared(arn, caller):
            reason = f"because no resource-based policy allows the sagemaker:{action} action"
        if reason:
            raise _denied(world, caller, operation, f"sagemaker:{action}", arn, reason)
    return group


def permit_everywhere(world: World, caller: Caller, operation: str) -> None:
    """Let a caller do what concerns no group in particular, or deny it."""
    action = f"sagemaker:{operation}"
    if world.store(caller.account_id, caller.region).is_denied(operation, None):
        raise _denied(world, caller, operation, action, "*", _EXPLICITLY)
    if caller.identity and (reason := _denial(caller, operation, action, "*", {})):
        raise _denied(world, caller, operation, action, "*", reason)


def permit_passing(world: World, caller: Caller, operation: str, role_arn: str) -> None:
    """Let a caller give SageMaker a role, or deny it.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (dependent actions);
    the sentence is that of another operation of SageMaker: https://github.com/aws/amazon-sagemaker-feedback/issues/61
    """
    context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    if caller.identity and (reason := _denial(caller, operation, "iam:PassRole", role_arn, context)):
        raise _denied(world, caller, operation, "iam:PassRole", role_arn, reason)


def place_of(caller: Caller, name_or_arn: str) -> tuple[str, str, str]:
    """Account, region and name of the group of a name, or of an ARN."""
    if not name_or_arn.startswith("arn:"):
        return caller.account_id, caller.region, name_or_arn
    return place_in_arn(name_or_arn)


def place_in_arn(arn: str) -> tuple[str, str, str]:
    """Account, region and name of the group of an ARN."""
    _, _, _, region, account_id, resource = arn.split(":", 5)
    return account_id, region, resource.partition("/")[2]


def _denial(caller: Caller, operation: str, action: str, arn: str, context: Context) -> str | None:
    assert caller.identity
    if operation in {"PutRecord", "UpdateRecord"}:
        context = {**context, "sagemaker:IsUpdateRecord": str(operation == "UpdateRecord").lower()}
    of_request = {"aws:RequestedRegion": caller.region, "aws:SecureTransport": str(caller.is_secure).lower()}
    try:
        return denial(caller.identity, action, arn, {**of_request, **context})
    except UnsupportedPolicyError as error:
        refusal = ValidationException if is_control_plane(operation) else ValidationError
        raise refusal(f"moto_featurestore cannot evaluate a policy of {caller.arn}: {error}.") from None


def _denied(  # noqa: PLR0913, PLR0917 - the parts of IAM's sentence
    world: World, caller: Caller, operation: str, action: str, arn: str, reason: str
) -> ServiceError:
    if is_control_plane(operation):
        error: type[ServiceError] = AccessDeniedException
    else:
        error = AccessForbidden if world.settings().access_denied_code == "AccessForbidden" else AccessDeniedException
    return error(f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn} {reason}")

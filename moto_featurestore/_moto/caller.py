"""Who asks: the account, region and, while moto enforces IAM, the identity whose signature a request bears."""

import hmac
import json
import os
import re
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionAuthenticatorMixin
from moto.core.utils import utcnow
from moto.utilities.utils import get_partition

from moto_featurestore._moto.patching import imported
from moto_featurestore.iam import Document, Identity, UnsupportedPolicyError, check_document, denial, said_to
from moto_featurestore.protocol.errors import (
    ExpiredTokenException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
    ValidationException,
)
from moto_featurestore.protocol.http import Request
from moto_featurestore.world import Caller

_AUTHORIZATION = re.compile(
    r"Credential=(?P<key>[^/]+)/[0-9]+/(?P<region>[^/]+)/(?P<service>[^/]+)/[^,]+"
    r"(?:,\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+))?"
)
_REGION_IN_HOST = re.compile(r"\.sagemaker(?:-fips)?\.([a-z0-9-]+)\.|^sagemaker(?:-fips)?\.([a-z0-9-]+)\.api\.")
_SAGEMAKER = "sagemaker.amazonaws.com"
_UNRECOGNIZED = "The security token included in the request is invalid."


def authorization(headers: Any) -> re.Match[str] | None:
    """The parts of a request's signature, version 4."""
    return _AUTHORIZATION.search(text_of(headers, "Authorization"))


def text_of(headers: Any, name: str) -> str:
    """The text of a header; empty where there is none."""
    value = headers.get(name) or ""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def caller_of(request: Request, headers: Any, url: str) -> Caller:
    """Who sends a request; ``url`` is its scheme and host.

    The region is the signature's, as custom hosts have none in their name; or else the host's.

    :raises ProtocolError: while moto enforces IAM, where the signature does not hold
    """
    signature = authorization(headers)
    region = signature["region"] if signature else _region_of(url)
    access_key = signature["key"] if signature else ""
    account_id = os.environ.get("MOTO_ACCOUNT_ID") or text_of(headers, "x-moto-account-id") or _account_of(access_key)
    partition = get_partition(region)
    identity = _identity(account_id, partition, request, headers, url) if _count_request() else None
    return Caller(account_id, region, partition, identity, is_secure=url.startswith("https:"))


def _region_of(url: str) -> str:
    in_host = _REGION_IN_HOST.search(url.partition("//")[2])
    return next(filter(None, in_host.groups())) if in_host else "us-east-1"


def _account_of(access_key: str) -> str:
    """The account of an access key; moto's IAM is not imported for it: before it is, there are no keys."""
    iam = imported("moto.iam.models")
    account_id: str = iam.get_account_id_from(access_key) if iam else DEFAULT_ACCOUNT_ID
    return account_id


def is_enforced() -> bool:
    """Whether moto enforces IAM by now."""
    return bool(ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT)


def _count_request() -> bool:
    """Whether moto enforces IAM for a request: it counts those that it lets pass before."""
    if is_enforced():
        return True
    ActionAuthenticatorMixin.request_count += 1
    return False


def _identity(account_id: str, partition: str, request: Request, headers: Any, url: str) -> Identity:
    """The identity that signed a request, by the keys and policies that moto holds."""
    from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

    signature = authorization(headers)
    if signature is None or signature["signature"] is None:
        raise MissingAuthenticationTokenException("Request is missing Authentication Token")
    token = text_of(headers, "X-Amz-Security-Token")
    try:
        key = create_access_key(
            account_id=account_id,
            partition=partition,
            access_key_id=signature["key"],
            headers={"X-Amz-Security-Token": token} if token else {},
        )
    except CreateAccessKeyFailure:
        raise UnrecognizedClientException(_UNRECOGNIZED) from None
    _check_signature(key.create_credentials(), signature, request, headers, url)
    return _user(key) if hasattr(key, "_owner_user_name") else _assumed_role(key)


def _check_signature(
    credentials: Credentials, signature: re.Match[str], request: Request, headers: Any, url: str
) -> None:
    """As botocore signs. moto's own check fails for requests without a body."""
    signed = {name: text_of(headers, name) for name in signature["headers"].split(";")}
    query = f"?{request.query}" if request.query else ""
    signable = AWSRequest(
        method=request.method,
        url=f"{url}{request.path}{query}",
        data=request.body,
        headers={name: value for name, value in signed.items() if value},
    )
    signable.context["timestamp"] = signed.get("x-amz-date", "")
    auth = SigV4Auth(credentials, signature["service"], signature["region"])
    expected = auth.signature(auth.string_to_sign(signable, auth.canonical_request(signable)), signable)
    if not hmac.compare_digest(expected, signature["signature"]):
        raise InvalidSignatureException(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
            " Access Key and signing method. Consult the service documentation for details."
        )


def _user(key: Any) -> Identity:
    user = key.backend.get_user(key._owner_user_name)
    if any(held.status != "Active" for held in user.access_keys if held.access_key_id == key._access_key_id):
        raise UnrecognizedClientException(_UNRECOGNIZED)
    return Identity(
        arn=user.arn,
        principal_arn=user.arn,
        policies=_documents(key.collect_policies()),
        boundary=_boundary(key.backend, user),
        tags=_tags(key.backend.tagger.list_tags_for_resource(user.arn)["Tags"]),
    )


def _assumed_role(key: Any) -> Identity:
    """A session of a role. A role that moto's IAM does not hold can be assumed all the same: it has no policies."""
    from moto.sts.models import sts_backends

    sessions = sts_backends[key.account_id][key.partition].assumed_roles
    session = next(session for session in sessions if session.access_key_id == key._access_key_id)
    if session.expiration <= utcnow():
        raise ExpiredTokenException("The security token included in the request is expired")
    role = next((role for role in key.backend.get_roles() if role.name == key._owner_role_name), None)
    return Identity(
        arn=key.arn,
        principal_arn=role.arn if role else session.role_arn,
        policies=_documents(key.collect_policies()) if role else (),
        boundary=_boundary(key.backend, role) if role else None,
        session_policies=_documents([session.policy] if session.policy else []),
        tags=_tags(role.tags) if role else {},
    )


def identity_of_role(role_arn: str) -> Identity:
    """A role, by the policies that moto's IAM holds; one that it does not hold has none."""
    from moto.iam.access_control import AssumedRoleAccessKey

    _, partition, _, _, account_id, _ = role_arn.split(":", 5)
    role = find_role(role_arn)
    if role is None:
        return Identity(role_arn, role_arn, ())
    key = AssumedRoleAccessKey.__new__(AssumedRoleAccessKey)  # of no session: what collects a role's policies is there
    key.account_id, key.partition, key._owner_role_name = account_id, partition, role.name
    policies = _documents(key.collect_policies())
    return Identity(role_arn, role_arn, policies, _boundary(key.backend, role), tags=_tags(role.tags))


def find_role(role_arn: str) -> Any:
    """A role that moto's IAM holds, or None."""
    from moto.iam.models import iam_backends

    _, partition, _, _, account_id, _ = role_arn.split(":", 5)
    return next((role for role in iam_backends[account_id][partition].get_roles() if role.arn == role_arn), None)


def _documents(policies: list[Any]) -> list[Document]:
    from moto.iam.access_control import IAMPolicy

    try:
        return [check_document(IAMPolicy(policy)._policy_json) for policy in policies]
    except ValueError:
        raise ValidationException("moto_featurestore cannot evaluate a policy: it is not JSON.") from None
    except UnsupportedPolicyError as error:
        raise ValidationException(f"moto_featurestore cannot evaluate a policy: {error}.") from None


def _boundary(iam: Any, owner: Any) -> Document | None:
    """The permissions boundary, which moto keeps of roles."""
    arn = getattr(owner, "permissions_boundary_arn", None)  # moto keeps no boundary of users
    if not arn:
        return None
    if arn not in iam.managed_policies:
        # AWS would not have taken it. What is not known allows nothing.
        return {"Version": "2012-10-17", "Statement": []}
    [boundary] = _documents([iam.managed_policies[arn]])
    return boundary


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def is_shared(arn: str, caller: Caller) -> bool:
    """Whether moto's RAM has a share of a resource for a caller's account, or for its principal."""
    from moto.ram.models import ram_backends

    _, _, _, region, owner, _ = arn.split(":", 5)
    principals = {caller.account_id, caller.identity.principal_arn if caller.identity else ""}
    return any(
        arn in share.resource_arns and not principals.isdisjoint(share.principals)
        for share in ram_backends[owner][region].resource_shares
        if share.status == "ACTIVE"
    )


def trusts_sagemaker(role_arn: str, caller: Caller) -> bool:
    """Whether moto's IAM has a role that SageMaker may assume: by what its trust policy says to that principal.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, with the conditions of
    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html.
    """
    assert caller.identity
    role = find_role(role_arn)
    if role is None:
        return False
    policy = json.loads(role.assume_role_policy_document)
    to_sagemaker = [statement | {"Resource": "*"} for statement in said_to(policy, _is_for_sagemaker)]
    trust = Identity(_SAGEMAKER, caller.identity.principal_arn, [policy | {"Statement": to_sagemaker}])
    source = f"arn:{caller.partition}:sagemaker:{caller.region}:{caller.account_id}:feature-group/*"
    context = {"aws:SourceAccount": caller.account_id, "aws:SourceArn": source}
    try:
        return denial(trust, "sts:AssumeRole", role_arn, context) is None
    except UnsupportedPolicyError as error:
        raise ValidationException(
            f"moto_featurestore cannot evaluate the trust policy of {role_arn}: {error}."
        ) from None


def _is_for_sagemaker(principal: Any) -> bool:
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return principal == "*" or _SAGEMAKER in ([services] if isinstance(services, str) else services)

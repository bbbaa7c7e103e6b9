"""The caller of a request: the account, the region and, if moto enforces IAM, the identity that signed the request."""

import hmac
import json
import os
import re
from dataclasses import replace
from functools import lru_cache
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
from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.iam import Document, Identity, UnsupportedPolicyError, check_document, denial, statements_for
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
    """Parse the Authorization header of a request (Signature Version 4).

    Return a match with the groups ``key``, ``region``, ``service``, ``headers`` and ``signature``, or None if the
    request is not signed.
    """
    return _AUTHORIZATION.search(text_of(headers, "Authorization"))


def text_of(headers: Any, name: str) -> str:
    """Return the value of a header as a string, or an empty string if the header is missing."""
    value = headers.get(name) or ""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def caller_of(request: Request, headers: Any, url: str) -> Caller:
    """Return the caller of a request.

    For a signed request, the region comes from the signature, because the names of custom hosts do not contain a
    region. For an unsigned request, the region comes from the host name.

    :param url: the request's scheme and host
    :raises ProtocolError: if moto enforces IAM and the signature is missing, expired or invalid
    """
    signature = authorization(headers)
    region = signature["region"] if signature else _region_of(url)
    access_key = signature["key"] if signature else ""
    account_id = os.environ.get("MOTO_ACCOUNT_ID") or text_of(headers, "x-moto-account-id") or _account_of(access_key)
    caller = _caller(account_id, region, is_secure=url.startswith("https:"))
    if not _count_request():
        return caller
    return replace(caller, identity=_identity(account_id, caller.partition, request, headers, url))


@lru_cache(maxsize=64)
def _caller(account_id: str, region: str, *, is_secure: bool) -> Caller:
    """Return a caller without an identity.

    For equal arguments, the function returns the same object, to save time and the memory of the call log.

    :param is_secure: True if the client sent the request over TLS
    """
    return Caller(account_id, region, get_partition(region), is_secure=is_secure)


def _region_of(url: str) -> str:
    in_host = _REGION_IN_HOST.search(url.partition("//")[2])
    return next(filter(None, in_host.groups())) if in_host else "us-east-1"


def _account_of(access_key: str) -> str:
    """Return the ID of the account that has an access key, or moto's default account.

    The function does not import moto's IAM, because moto has no access keys before the first import of IAM.
    """
    iam = imported("moto.iam.models")
    account_id: str = iam.get_account_id_from(access_key) if iam else DEFAULT_ACCOUNT_ID
    return account_id


def is_enforced() -> bool:
    """Return True if moto currently checks IAM permissions."""
    return bool(ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT)


def _count_request() -> bool:
    """Count a request. Return True if moto checks IAM permissions for the request.

    moto's setting INITIAL_NO_AUTH_ACTION_COUNT is the number of requests that moto accepts without such checks.
    """
    if is_enforced():
        return True
    ActionAuthenticatorMixin.request_count += 1
    return False


def _identity(account_id: str, partition: str, request: Request, headers: Any, url: str) -> Identity:
    """Check the signature of a request, and return the identity that signed it, with its policies from moto's IAM.

    :raises ProtocolError: if the signature is missing, expired or invalid
    """
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
    """Check the signature of a request: sign the request again with botocore, and compare the two signatures.

    This function does not use moto's own check, which fails for requests without a body.

    :raises InvalidSignatureException: if the signatures differ
    """
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
    if any(own.status != "Active" for own in user.access_keys if own.access_key_id == key._access_key_id):
        raise UnrecognizedClientException(_UNRECOGNIZED)
    return Identity(
        arn=user.arn,
        principal_arn=user.arn,
        policies=_documents(key.collect_policies()),
        boundary=_boundary(key.backend, user),
        tags=_tags(key.backend.tagger.list_tags_for_resource(user.arn)["Tags"]),
    )


def _assumed_role(key: Any) -> Identity:
    """Return the identity of the role session that owns an access key.

    In moto, callers can also assume roles that do not exist. The identity of such a role has no policies.

    :raises ExpiredTokenException: if the session has expired
    """
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
    """Return the identity of a role with its policies from moto's IAM. A role that does not exist has no policies."""
    from moto.iam.models import iam_backends

    role = find_role(role_arn)
    if role is None:
        return Identity(role_arn, role_arn, ())
    arn = Arn.parse(role_arn)
    iam = iam_backends[arn.account_id][arn.partition]
    inline = [iam.get_role_policy(role.name, name)[1] for name in iam.list_role_policies(role.name)]
    attached, _ = iam.list_attached_role_policies(role.name)
    policies = _documents([*inline, *attached])
    return Identity(role_arn, role_arn, policies, _boundary(iam, role), tags=_tags(role.tags))


def find_role(role_arn: str) -> Any:
    """Return the role with this ARN from moto's IAM, or None if the role does not exist."""
    from moto.iam.models import iam_backends

    arn = Arn.parse(role_arn)
    return next(
        (role for role in iam_backends[arn.account_id][arn.partition].get_roles() if role.arn == role_arn), None
    )


def _documents(policies: list[Any]) -> list[Document]:
    from moto.iam.access_control import IAMPolicy

    try:
        return [check_document(IAMPolicy(policy)._policy_json) for policy in policies]
    except ValueError:
        raise ValidationException(
            "moto_featurestore cannot evaluate a policy: the policy document is not valid JSON."
        ) from None
    except UnsupportedPolicyError as error:
        raise ValidationException(f"moto_featurestore cannot evaluate a policy: {error}.") from None


def _boundary(iam: Any, owner: Any) -> Document | None:
    """Return the permissions boundary of a user or role, or None without a boundary."""
    arn = getattr(owner, "permissions_boundary_arn", None)  # moto stores boundaries of roles, not of users
    if not arn:
        return None
    if arn not in iam.managed_policies:
        # AWS would have rejected an ARN of a policy that does not exist. Here, such a boundary denies all actions.
        return {"Version": "2012-10-17", "Statement": []}
    [boundary] = _documents([iam.managed_policies[arn]])
    return boundary


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def is_shared(arn: str, caller: Caller) -> bool:
    """Return True if a resource is shared with the caller's account or principal in moto's RAM (Resource Access Manager)."""
    from moto.ram.models import ram_backends

    parts = Arn.parse(arn)
    principals = {caller.account_id, caller.identity.principal_arn if caller.identity else ""}
    return any(
        arn in share.resource_arns and not principals.isdisjoint(share.principals)
        for share in ram_backends[parts.account_id][parts.region].resource_shares
        if share.status == "ACTIVE"
    )


def trusts_sagemaker(role_arn: str, caller: Caller) -> bool:
    """Return True if the role exists in moto's IAM, and its trust policy allows SageMaker to assume the role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, with the conditions of
    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html.

    :raises ValidationException: if this package cannot evaluate the trust policy
    """
    assert caller.identity
    role = find_role(role_arn)
    if role is None:
        return False
    policy = json.loads(role.assume_role_policy_document)
    to_sagemaker = [statement | {"Resource": "*"} for statement in statements_for(policy, _is_for_sagemaker)]
    trust = Identity(_SAGEMAKER, caller.identity.principal_arn, [policy | {"Statement": to_sagemaker}])
    source = str(Arn(caller.partition, "sagemaker", caller.region, caller.account_id, "feature-group/*"))
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

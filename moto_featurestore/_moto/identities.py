"""The users and roles in moto's IAM, and credentials with which the console signs requests as a user or role."""

from typing import Any, NamedTuple

from moto.core.utils import utcnow
from moto.utilities.utils import get_partition

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.caller import find_role, is_enforced
from moto_featurestore.aws.identifiers import Arn

_SESSION = "console"
_SESSION_SECONDS = 3600


class Keys(NamedTuple):
    """Credentials of a user, or of a role's session."""

    access_key: str
    secret_key: str
    token: str | None = None


def describe(account_id: str, region: str) -> dict[str, Any]:
    """Return the ARNs of an account's roles and users, and whether moto checks IAM permissions.

    Omit users without an active access key, because the console cannot sign requests as these users.
    """
    from moto.iam.models import iam_backends

    iam = iam_backends[account_id][get_partition(region)]
    users = [user.arn for user in list(iam.users.values()) if _active_key(user)]
    return {"is_enforced": is_enforced(), "identities": [*sorted(users), *sorted(role.arn for role in iam.get_roles())]}


def accounts_and_regions() -> list[dict[str, Any]]:
    """Return each account and region that contains feature groups, with the number of groups."""
    counts = [(store.account_id, store.region, len(store.all_groups())) for store in MotoWorld.all_stores()]
    return [
        {"account_id": account_id, "region": region, "groups": groups}
        for account_id, region, groups in sorted(counts)
        if groups
    ]


def keys_of(arn: str, region: str) -> Keys:
    """Return credentials of a user, or of a role's session. If the role has no session for the console, create it.

    :raises LookupError: if the user or role does not exist, or if the user has no active access key
    :raises ValueError: if ``arn`` is not a valid ARN
    """
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    partition, _, _, account_id, _ = Arn.parse(arn)
    user = next((user for user in iam_backends[account_id][partition].users.values() if user.arn == arn), None)
    key = _active_key(user) if user else None
    if key:
        return Keys(key.access_key_id, key.secret_access_key)
    if user or find_role(arn) is None:
        raise LookupError(
            f"moto's IAM has neither a role {arn} nor a user {arn} with an active access key. Create one first."
        )
    sts = sts_backends[account_id][partition]
    session = next((session for session in sts.assumed_roles if _is_usable(session, arn)), None)
    if session is None:
        session = sts.assume_role(
            region_name=region,
            role_session_name=_SESSION,
            role_arn=arn,
            policy="",
            duration=_SESSION_SECONDS,
            external_id="",
        )
    return Keys(session.access_key_id, session.secret_access_key, session.session_token)


def _is_usable(session: Any, arn: str) -> bool:
    return (session.role_arn, session.session_name) == (arn, _SESSION) and bool(session.expiration > utcnow())


def _active_key(user: Any) -> Any:
    return next((key for key in user.access_keys if key.status == "Active"), None)

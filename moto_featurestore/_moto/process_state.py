"""The state of this process: the default account and region, and the check that the state is in this process."""

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID

from moto_featurestore._moto.workers.process import is_worker
from moto_featurestore.credentials import chosen_place


def default_place(account_id: str | None, region_name: str | None) -> tuple[str, str]:
    """Return an account and a region. None is replaced with the environment's value, or else with moto's default."""
    account_id, region_name = chosen_place(account_id, region_name)
    return account_id or DEFAULT_ACCOUNT_ID, region_name or "us-east-1"


def require_own_state() -> None:
    """Raise RuntimeError if the state lives in another process.

    :raises RuntimeError: if this process is a worker, or in TEST_SERVER_MODE
    """
    if is_worker():
        raise RuntimeError(
            "This process is a worker: the state lives in the process that owns the mock. Use the handle there."
        )
    if settings.TEST_SERVER_MODE:
        raise RuntimeError("In TEST_SERVER_MODE the state lives in the server. Use the handle featurestore(url=...).")

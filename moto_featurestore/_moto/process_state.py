"""The state of this process: which part of it is meant, and whether it is here at all."""

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID

from moto_featurestore._moto.workers.process import is_worker
from moto_featurestore.credentials import chosen_place


def default_place(account_id: str | None, region_name: str | None) -> tuple[str, str]:
    """Account and region: where they are not chosen, those of the environment, or else moto's defaults."""
    account_id, region_name = chosen_place(account_id, region_name)
    return account_id or DEFAULT_ACCOUNT_ID, region_name or "us-east-1"


def require_own_state() -> None:
    """See to it that the state is that of this process.

    :raises RuntimeError: where it is elsewhere
    """
    if is_worker():
        raise RuntimeError("This process is a worker: the state, and the handle that sees it, are its owner's.")
    if settings.TEST_SERVER_MODE:
        raise RuntimeError(
            "In TEST_SERVER_MODE the state is the server's: featurestore(url=...) is the handle of that."
        )

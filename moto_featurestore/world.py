"""What is asked from outside a store: once over moto, once in memory for tests."""

from dataclasses import dataclass
from typing import Protocol

from moto_featurestore.store import Store


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where: of one request."""

    account_id: str
    region: str
    partition: str


class World(Protocol):
    """All that lies outside one account's store in one region."""

    def store(self, account_id: str, region: str) -> Store:
        """The store of an account in a region."""

    def now(self) -> int:
        """The time, in nanoseconds since 1970."""

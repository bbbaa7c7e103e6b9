"""What the parts of the handle ask of the whole."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from moto_featurestore.testing.remote import as_it_is, shared

if TYPE_CHECKING:
    from moto_featurestore.store.group import FeatureGroup, Store
    from moto_featurestore.world import World


class Part(ABC):
    """A part of the handle."""

    url: str | None
    """Of a server; None for the state of this process."""

    @abstractmethod
    def place(self) -> dict[str, str | None]:
        """Account and region, where they are chosen."""

    @abstractmethod
    def _here(self) -> "tuple[World, Store]": ...

    @abstractmethod
    def _group(self, world: "World", name: str) -> "FeatureGroup": ...

    @shared(as_it_is)
    def _types(self, group: str) -> dict[str, str]:
        """FeatureTypes by feature, in the order of the definitions."""
        world, _ = self._here()
        definitions = self._group(world, group).definitions
        return {name: definition.feature_type for name, definition in definitions.items()}

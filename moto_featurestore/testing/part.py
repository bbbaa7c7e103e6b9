"""The base class of the parts of the handle."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from moto_featurestore.testing.remote import as_it_is, shared

if TYPE_CHECKING:
    from moto_featurestore.store.group import FeatureGroup, Store
    from moto_featurestore.world import World


class Part(ABC):
    """A part of the handle, with what it needs from the whole handle."""

    url: str | None
    """The URL of a server, or None for the state of this process."""

    @abstractmethod
    def place(self) -> dict[str, str | None]:
        """Return account and region; None means the default."""

    @abstractmethod
    def _here(self) -> "tuple[World, Store]": ...

    @abstractmethod
    def _group(self, world: "World", name: str) -> "FeatureGroup": ...

    @shared(as_it_is)
    def _types(self, group: str) -> dict[str, str]:
        """Return feature types by feature name, in the order of the definitions."""
        world, _ = self._here()
        definitions = self._group(world, group).definitions
        return {name: definition.feature_type for name, definition in definitions.items()}

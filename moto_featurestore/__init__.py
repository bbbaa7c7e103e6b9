"""Amazon SageMaker Feature Store on your own machine, as a plugin for moto."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto_featurestore._moto.botocore_clients import NetworkBlockedError as NetworkBlockedError
    from moto_featurestore._moto.mock import MockFeatureStore as MockFeatureStore
    from moto_featurestore._moto.mock import mock_featurestore as mock_featurestore
    from moto_featurestore._moto.patches import install as install
    from moto_featurestore._moto.patches import uninstall as uninstall
    from moto_featurestore._moto.workers.process import worker_environment as worker_environment
    from moto_featurestore.testing.client import FeatureStore as FeatureStore
    from moto_featurestore.testing.client import featurestore as featurestore
    from moto_featurestore.testing.fault_usage import FeatureStoreUnusedFaultWarning as FeatureStoreUnusedFaultWarning

__version__ = "0.1.0"

# A dict from each public name to the module that defines it. ``__getattr__`` imports this module at the first access to
# the name. Therefore importing the package does not import moto.
_MODULES = {
    "FeatureStore": "testing.client",
    "FeatureStoreUnusedFaultWarning": "testing.fault_usage",
    "featurestore": "testing.client",
    "install": "_moto.patches",
    "MockFeatureStore": "_moto.mock",
    "NetworkBlockedError": "_moto.botocore_clients",
    "mock_featurestore": "_moto.mock",
    "uninstall": "_moto.patches",
    "worker_environment": "_moto.workers.process",
}

__all__ = [*_MODULES, "__version__"]  # noqa: PLE0604 - all elements are names


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

"""The state of the Feature Store, in a BackendDict of moto by account and region. A reset of moto deletes the state."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.config import default_user_config
from moto.moto_api._internal.managed_state_model import ManagedState

from moto_featurestore._moto import s3_glue
from moto_featurestore._moto.caller import is_shared, trusts_sagemaker
from moto_featurestore._moto.iam_roles import table_problem
from moto_featurestore._moto.services.athena_queries import queries
from moto_featurestore.aws.ports import S3, Glue
from moto_featurestore.controls import Controls
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.settings import Settings, read_settings
from moto_featurestore.store.group import FeatureGroup, Store, Transition
from moto_featurestore.world import Caller

if TYPE_CHECKING:
    from moto_featurestore._moto.persistence.data_directory import DataDirectory

_moto_config = cast("dict[str, Any]", default_user_config)

#: The service's name in moto: the runtime's name without dashes, like other names in moto. moto's passthrough and
#: whitelist settings contain this name.
NAME = "sagemakerfeaturestoreruntime"


controls = Controls()
"""The controls of this process: faults, throughput, clock and call log."""


class FeatureStoreBackend(BaseBackend):
    """A backend of moto, with the Store (feature groups and records) of one account in one region."""

    data: ClassVar["DataDirectory | None"] = None
    """The data directory of a server, or None if the state is only in memory."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.store = Store(account_id, region_name)
        if self.data is not None:
            self.store.observer = self.data

    def reset(self) -> None:
        """Delete the state in memory and in the data directory."""
        if self.data is not None:
            self.data.forget(self.account_id, self.region_name)
        super().reset()


# Take the regions of "sagemaker", because botocore's list of endpoints does not contain the runtime.
backends: BackendDict[FeatureStoreBackend] = BackendDict(FeatureStoreBackend, "sagemaker")


MODULE = f"moto.{NAME}"
module = ModuleType(MODULE, "The Feature Store, as moto_featurestore registers it.")
"""The module in which moto's ``get_backend`` finds the backends."""
setattr(module, f"{NAME}_backends", backends)


def reset_controls(original: Callable[[], None]) -> None:
    """Stop all Athena queries. Then reset moto's state and the controls: faults, throughput, clock and call log.

    This function replaces ``BackendDict.reset``, which moto calls at each reset. A reset method of the backend would
    not suffice, because moto resets only the backends that were used.
    """
    queries.stop_all()
    original()
    controls.reset()


class FeatureGroupTransition(ManagedState):
    """A change of a feature group's status. moto's state manager defines when the status changes.

    By default, the status changes immediately. A test can configure moto so that the status changes after a number of
    seconds.
    """

    def __init__(self, *statuses: str) -> None:
        super().__init__("sagemaker::feature_group", list(pairwise(statuses)))
        self.last = statuses[-1]
        self._ahead = controls.clock.ahead

    @property  # type: ignore[misc] # moto's class also has a setter, which this class does not need
    def status(self) -> str | None:
        """The current status. If the status changes after some seconds, the Feature Store's clock measures these seconds."""
        ahead = controls.clock.ahead
        self._time_progressed -= timedelta(microseconds=(ahead - self._ahead) / 1000)
        self._ahead = ahead
        return super().status


class MotoWorld:
    """An implementation of the protocol World with moto: the interface to S3, Glue, IAM, the clock and all stores."""

    controls = controls

    @staticmethod
    def pending() -> list[FeatureGroup]:
        """Return the groups, in all accounts and regions, whose buffers may contain rows for the offline store."""
        return [group for store in MotoWorld.all_stores() for group in list(store.pending)]

    def store(self, account_id: str, region: str) -> Store:
        """Return the Store that contains the feature groups of an account in a region.

        :raises ValidationException: if moto does not know the region
        """
        # dict.get: the __getitem__ of moto's classes, which creates what is missing, takes a lock and searches a list.
        if (account := dict.get(backends, account_id)) and (backend := dict.get(account, region)):
            return backend.store
        try:
            return backends[account_id][region].store
        except KeyError:
            raise ValidationException(
                f"moto does not know the region [{region}]. To use it anyway, set the environment variable"
                " MOTO_ALLOW_NONEXISTENT_REGION=true."
            ) from None

    @staticmethod
    def all_stores() -> list[Store]:
        """Return the Stores of all accounts and regions."""
        # Iterate over copies: other threads may add accounts and regions.
        return [backend.store for account in list(backends.values()) for backend in list(account.values())]

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Return True if the account that owns the resource with this ARN has shared the resource with the caller."""
        return is_shared(arn, caller)

    def accounts(self, region: str) -> list[str]:
        """Return the IDs of the accounts that have a Store in a region."""
        return [store.account_id for store in self.all_stores() if store.region == region]

    def transition(self, *statuses: str) -> Transition:
        """Return an object that changes the status of a feature group, for example from Creating to Created."""
        return FeatureGroupTransition(*statuses)

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Return True if a role exists and SageMaker may assume it, or if moto does not check IAM permissions."""
        return caller.identity is None or trusts_sagemaker(role_arn, caller)

    def settings(self) -> Settings:
        """Return the current settings."""
        return read_settings(_moto_config.get("featurestore") or {})

    def now(self) -> int:
        """Return the time of the Feature Store's clock in nanoseconds since 1970.

        Tests can advance this clock. freezegun and time-machine also change its time.
        """
        return controls.clock.now()

    def random_hex(self, digits: int) -> str:
        """Return random hexadecimal digits from moto's generator. Tests can seed the generator with moto's API."""
        return s3_glue.random_hex(digits)

    def write_problem(self, group: FeatureGroup) -> str | None:
        """Return the reason why the Feature Store cannot write to the S3 bucket of a group, or None if it can."""
        return s3_glue.write_problem(group)

    def table_problem(self, group: FeatureGroup) -> str | None:
        """Return the reason why the Feature Store cannot read and change a group's Iceberg table, or None if it can."""
        return table_problem(group)

    def s3(self, group: FeatureGroup) -> S3:
        """Return the interface to S3 for a group's offline store. Objects are encrypted with the group's KMS key."""
        return s3_glue.s3_of(group)

    def glue(self, group: FeatureGroup) -> Glue:
        """Return the interface to Glue in a group's account and region.

        :raises MissingExtraError: if a library that moto's Glue requires is missing
        """
        return s3_glue.MotoGlue(s3_glue.glue_of(group))

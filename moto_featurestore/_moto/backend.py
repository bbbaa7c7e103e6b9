"""Where the state lives: in a BackendDict, so that moto's reset, accounts and regions hold for it."""

import sys
from datetime import timedelta
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.config import default_user_config
from moto.moto_api._internal.managed_state_model import ManagedState

from moto_featurestore._moto import aws
from moto_featurestore._moto.access import is_shared, trusts_sagemaker
from moto_featurestore._moto.athena_queries import queries
from moto_featurestore._moto.roles import table_refusal
from moto_featurestore.errors import ValidationException
from moto_featurestore.rehearsal import Rehearsal
from moto_featurestore.settings import Settings, read_settings
from moto_featurestore.store import FeatureGroup, Store, Transition
from moto_featurestore.world import Caller, Files

if TYPE_CHECKING:
    from moto_featurestore.server.data import Data

_moto_config = cast("dict[str, Any]", default_user_config)

#: As moto names its services: the runtime's own name, without its dashes. The name for passthrough and whitelist.
NAME = "sagemakerfeaturestoreruntime"


rehearsal = Rehearsal()
"""What testers ask of the service of this process."""


class FeatureStoreBackend(BaseBackend):
    """One account's store in one region, where moto looks for backends."""

    data: ClassVar["Data | None"] = None
    """Keeps what the stores hold, where a server was told to."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.store = Store(account_id, region_name)
        if self.data is not None:
            self.store.journal = self.data.journal(self.store)

    def reset(self) -> None:
        """Forget everything, what is kept too."""
        if self.data is not None:
            self.data.forget(self.account_id, self.region_name)
        super().reset()


# "sagemaker", as botocore's list of endpoints lacks the runtime, and so the regions.
backends: BackendDict[FeatureStoreBackend] = BackendDict(FeatureStoreBackend, "sagemaker")


def register() -> None:
    """Put the backends where moto's ``get_backend`` finds them, and let moto's reset end what testers have asked for."""
    module = ModuleType(f"moto.{NAME}", "The Feature Store, as moto_featurestore registers it.")
    setattr(module, f"{NAME}_backends", backends)
    sys.modules[module.__name__] = module
    reset_backends = BackendDict.reset

    def reset() -> None:
        queries.stop_all()
        reset_backends()
        rehearsal.reset()

    # On the class, as moto asks only those backends that were used.
    BackendDict.reset = staticmethod(reset)  # type: ignore[method-assign]


class FeatureGroupTransition(ManagedState):
    """A feature group's status, as moto's state manager lets it advance: at once, unless a user chose otherwise."""

    def __init__(self, *statuses: str) -> None:
        super().__init__("sagemaker::feature_group", list(pairwise(statuses)))
        self.last = statuses[-1]
        self._ahead = rehearsal.clock.ahead

    @property  # type: ignore[misc] # it is only read here
    def status(self) -> str | None:
        """Where it is: what takes seconds takes those of the Feature Store's clock."""
        ahead = rehearsal.clock.ahead
        self._time_progressed -= timedelta(microseconds=(ahead - self._ahead) / 1000)
        self._ahead = ahead
        return super().status


class MotoWorld:
    """The world outside a store, as moto has it."""

    rehearsal = rehearsal

    @staticmethod
    def pending() -> list[FeatureGroup]:
        """The groups of all accounts and regions in which rows wait for the offline store, or may come to wait."""
        # Copies, as other threads may bring more accounts and regions meanwhile.
        regions = [backend for account in list(backends.values()) for backend in list(account.values())]
        return [group for backend in regions for group in list(backend.store.pending)]

    def store(self, account_id: str, region: str) -> Store:
        """The store of an account in a region."""
        try:
            return backends[account_id][region].store
        except KeyError:
            raise ValidationException(
                f"moto does not know the region [{region}]. To use it all the same, set the environment variable"
                " MOTO_ALLOW_NONEXISTENT_REGION=true."
            ) from None

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Whether a resource of another account is shared with a caller."""
        return is_shared(arn, caller)

    def accounts(self, region: str) -> list[str]:
        """The accounts that have a store in a region."""
        return [account_id for account_id, held_in, _ in backends.iter_backends() if held_in == region]

    def transition(self, *statuses: str) -> Transition:
        """A feature group's status on its way through some statuses."""
        return FeatureGroupTransition(*statuses)

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Whether a role exists that SageMaker may assume; any will do while nobody's permissions are looked at."""
        return caller.identity is None or trusts_sagemaker(role_arn, caller)

    def settings(self) -> Settings:
        """The settings in force."""
        return read_settings(_moto_config.get("featurestore") or {})

    def now(self) -> int:
        """The time, in nanoseconds since 1970; freezegun and time-machine move it."""
        return rehearsal.clock.now()

    def random_hex(self, digits: int) -> str:
        """A random text of hexadecimal digits; moto's API can seed it."""
        return aws.random_hex(digits)

    def write_refusal(self, group: FeatureGroup) -> str | None:
        """Why the service cannot write to the bucket of a group's offline store; None where it can."""
        return aws.write_refusal(group)

    def table_refusal(self, group: FeatureGroup) -> str | None:
        """Why the service cannot read and change the table of a group of the format Iceberg; None where it can."""
        return table_refusal(group)

    def put_object(self, group: FeatureGroup, key: str, body: bytes) -> None:
        """Put an object into the bucket of a group's offline store."""
        aws.put_object(group, key, body)

    def keys(self, group: FeatureGroup) -> list[str]:
        """The keys of the objects of a group's offline store, in their order."""
        return aws.keys(group)

    def create_table(self, group: FeatureGroup, table: dict[str, Any]) -> bool:
        """Make the table of a group in Glue, and the database where there is none; says whether it was made."""
        return aws.create_table(group, table)

    def files(self, group: FeatureGroup) -> Files:
        """The files that the service reads and writes for a group."""
        return aws.files(group)

    def table(self, group: FeatureGroup) -> dict[str, Any] | None:
        """The table of a group as Glue's GetTable shows it; None where there is none."""
        return aws.table(group)

    def replace_table(self, group: FeatureGroup, table: dict[str, Any], version: str) -> bool:
        """Give the table of a group in Glue another TableInput, where it has a version; says whether it had."""
        return aws.replace_table(group, table, version)

    def update_columns(self, group: FeatureGroup, columns: list[dict[str, str]]) -> None:
        """Give the table of a group in Glue, where it is still there, other columns."""
        aws.update_columns(group, columns)

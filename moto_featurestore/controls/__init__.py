"""The controls that tests set: faults, throughput, clock and call log. A reset of moto resets the controls too."""

from moto_featurestore.controls.calls import CallLog
from moto_featurestore.controls.clock import Clock
from moto_featurestore.controls.faults import Fault, Faults
from moto_featurestore.controls.throughput import Throughput


class Controls:
    """The controls of a process. Requests behave normally until a test sets a control."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.calls = CallLog()
        self.faults = Faults()
        self.throughput = Throughput()
        self.hints: set[tuple[str, str, str]] = set()
        """The account, region and name of each missing group for which ``operations.locate`` has logged a hint.

        The hint names accounts and regions that have a group with this name. ``locate`` logs it once per group.
        """

    @property
    def interferes(self) -> bool:
        """True if a fault is armed, or if throughput is enforced for a group.

        If the value is False, requests skip the checks of faults and throughput.
        """
        return bool(self.faults.armed or self.throughput.enforced)

    def arm(self, fault: Fault) -> str:
        """Arm (activate) a fault. Return the fault's ID, which ``lift`` accepts as ``control_id``."""
        self.faults.arm(fault)
        return fault.id

    def enforce(self, account_id: str, region: str, group: str | None) -> str:
        """Enforce the provisioned throughput of a group, or of all groups in the region if ``group`` is None.

        Return an ID, which ``lift`` accepts as ``control_id``.
        """
        return self.throughput.enforce(account_id, region, group)

    def lift(self, account_id: str, region: str, control_id: str | None = None) -> None:
        """Lift (remove) faults and throughput limits.

        :param control_id: the ID of a fault or limit in any account and region; if None, lift all faults and limits of
            the account in the region
        """
        self.faults.lift(account_id, region, control_id)
        self.throughput.lift(account_id, region, control_id)

    def lift_everywhere(self) -> None:
        """Lift all faults and throughput limits in all accounts and regions."""
        self.faults.lift_everywhere()
        self.throughput = Throughput()

    def reset(self) -> None:
        """Reset the clock, clear the call log, and lift all faults and throughput limits."""
        self.clock.reset()
        self.calls.clear()
        self.hints.clear()
        self.lift_everywhere()

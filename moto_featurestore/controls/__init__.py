"""What testers ask of the service: faults, another time, what was called. One of each a process, until moto is reset."""

from moto_featurestore.controls.calls import CallLog
from moto_featurestore.controls.clock import Clock
from moto_featurestore.controls.faults import Fault, Faults
from moto_featurestore.controls.throughput import Throughput


class Rehearsal:
    """All that testers have asked for; without it, requests go their way as if it were not there."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.calls = CallLog()
        self.faults = Faults()
        self.throughput = Throughput()

    @property
    def interferes(self) -> bool:
        """Whether there is anything that could change an answer: all that a request looks at."""
        return bool(self.faults.armed or self.throughput.enforced)

    def arm(self, fault: Fault) -> str:
        """Let a fault happen from now on; gives what it is lifted by."""
        self.faults.arm(fault)
        return fault.id

    def enforce(self, account_id: str, region: str, group: str | None) -> str:
        """Hold a group, or all, to its provisioned throughput from now on; gives what that is lifted by."""
        return self.throughput.enforce(account_id, region, group)

    def lift(self, account_id: str, region: str, lifted: str | None = None) -> None:
        """Let a fault happen no more, or a throughput not hold; or all of an account in a region."""
        self.faults.lift(account_id, region, lifted)
        self.throughput.lift(account_id, region, lifted)

    def lift_everywhere(self) -> None:
        """Let no fault happen any more, and no throughput hold, in any account and region."""
        self.faults, self.throughput = Faults(), Throughput()

    def reset(self) -> None:
        """Forget everything."""
        self.clock.reset()
        self.calls.clear()
        self.lift_everywhere()

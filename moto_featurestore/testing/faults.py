"""The Fault objects that FeatureStore methods return. A Fault is also a context manager and a decorator."""

import warnings
from collections.abc import Callable
from inspect import isclass
from typing import TYPE_CHECKING, Any, TypeVar

from moto_featurestore.decorators import decorate_function
from moto_featurestore.testing import commands, fault_usage
from moto_featurestore.testing.fault_usage import FeatureStoreUnusedFaultWarning

if TYPE_CHECKING:
    from typing import Self

F = TypeVar("F", bound=Callable[..., Any])


class Fault:
    """A fault, a denial or a throughput limit.

    A fault is armed from its creation until ``lift()`` or the end of the mock. As a context manager, the fault is lifted
    at the end of the block. As a decorator, it is armed during each call of the function, which may be asynchronous.

    ```python
    @featurestore.fail("GetRecord", "InternalFailure", times=1)
    def test_read_retries_after_an_internal_failure():
        read_customer()
    ```
    """

    def __init__(
        self, run: Callable[..., Any], command: Callable[..., str], params: dict[str, Any], *, is_certain: bool = True
    ) -> None:
        """Arm the fault if a mock is running. Otherwise only a decorator or a ``with`` block can arm it.

        :param run: a function that runs a command with its parameters
        :param command: the command that arms the fault
        :param params: the parameters of the command
        :param is_certain: False if the fault need not affect a call, for example because of its probability
        """
        self._run, self._command, self._params, self._is_certain = run, command, params, is_certain
        self._id: str | None = None
        self._hits = self._earlier_hits = 0
        self._is_armed = False
        self.needs_mock = False
        """True if the fault could not be armed, because no mock was running."""
        try:
            self._arm()
        except commands.NoMockError:
            self.needs_mock = True

    def _arm(self) -> None:
        self.needs_mock = False
        self._id = self._run(self._command, **self._params)
        self._is_armed = True
        self._earlier_hits += self._hits
        self._hits = 0
        fault_usage.add(self)

    def __del__(self) -> None:
        if self.needs_mock:
            warnings.warn(
                f"featurestore.{self} had no effect, because no mock was running. Call it inside mock_featurestore().",
                FeatureStoreUnusedFaultWarning,
                stacklevel=2,
            )

    def __str__(self) -> str:
        params = dict(self._params)
        method = params.pop("kind", self._command.__name__)
        arguments = [repr(params.pop(name)) for name in ("operation", "error") if name in params]
        arguments += [f"{name}={value!r}" for name, value in params.items() if value is not None]
        return f"{method}({', '.join(arguments)})"

    def __repr__(self) -> str:
        return f"<Fault: {self}, {'armed' if self._is_armed else 'lifted'}>"

    @property
    def hits(self) -> int:
        """The number of calls, or records of batches, that the fault affected since it was armed."""
        if self._is_armed:
            self._hits = self._run(commands.hits, fault=self._id) or self._hits
        return self._hits

    @property
    def is_unused(self) -> bool:
        """True if the fault has never affected a call.

        Always False for a fault that need not affect a call, for example because of its probability.
        """
        try:
            return self._is_certain and not self._earlier_hits + self.hits
        except ConnectionError:  # the server with the fault has ended
            return False

    def lift(self) -> None:
        """Disarm the fault. Do nothing if the fault is lifted already, or if the mock in which it was armed has ended."""
        if self._is_armed:
            self._run(commands.lift, fault=self._id)
            self._hits = self.hits
            self._is_armed = False

    def __enter__(self) -> "Self":
        if not self._is_armed:
            self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()

    def __call__(self, function: F) -> F:
        """Decorate a function, which may be asynchronous. The fault is armed only while the function runs.

        :raises TypeError: if ``function`` is a class; decorate its methods instead
        """
        self.retire()
        if isclass(function):
            raise TypeError(f"A fault cannot decorate the class {function.__name__}. Decorate its methods instead.")
        return decorate_function(function, self._copy)  # type: ignore[return-value]

    def retire(self) -> None:
        """Lift the fault, and exclude it from the check for unused faults."""
        self.lift()
        self.needs_mock = False
        fault_usage.remove(self)

    def _copy(self) -> "Fault":
        return Fault(self._run, self._command, self._params, is_certain=self._is_certain)

"""``mock_featurestore``: moto's mock with the Feature Store, as a decorator and a context manager."""

import os
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import wraps
from inspect import isclass, isfunction, signature
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast, overload

import boto3
from moto import mock_aws
from moto.core import config as moto_config

from moto_featurestore._moto.patches import begin_mock, end_mock, mock_started
from moto_featurestore._moto.workers.process import reset_in_children
from moto_featurestore.credentials import HIDDEN_VARIABLES
from moto_featurestore.decorators import decorate_function
from moto_featurestore.settings import check_settings, section_of

if TYPE_CHECKING:
    from moto_featurestore.testing.client import FeatureStore

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")

_moto_config = cast("dict[str, Any]", moto_config.default_user_config)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class _Surroundings:
    """A copy of the global state that a mock changes: moto's configuration, environment variables, boto3's session."""

    def __init__(self) -> None:
        self._config = deepcopy(_moto_config)
        self._credentials = {name: os.environ.get(name) for name in _CREDENTIALS}
        hidden = [name for name in os.environ if name.startswith(HIDDEN_VARIABLES)]  # faster than items()
        self._hidden = {name: os.environ[name] for name in hidden}
        self._session = boto3.DEFAULT_SESSION

    def hide(self) -> None:
        """Remove environment variables that would make clients use real credentials, or an endpoint outside the mock.

        moto replaces only the access key and the secret key. Without this method, clients would send a real session
        token.
        """
        mock_credentials = moto_config.mock_credentials()
        for name in self._hidden:
            if mock_credentials or name.startswith("AWS_ENDPOINT_URL"):
                os.environ.pop(name, None)

    def restore(self) -> None:
        """Restore the state from the time when this object was created."""
        _moto_config.clear()
        _moto_config.update(self._config)
        for name, value in self._credentials.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        os.environ.update(self._hidden)
        boto3.DEFAULT_SESSION = self._session


class _Running:
    """The running mocks, in the order of their start.

    When an inner mock ends, moto keeps the configuration of this mock. When overlapping mocks end, for example in tests
    that share an event loop, moto does not restore the credentials. Therefore this class saves and restores the global
    state:

    - When the innermost mock ends, restore the state from before the start of this mock.
    - When the last mock ends, restore the state from before the start of the first mock.
    - When any other mock ends, do not change the state.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._stack: list[tuple[Any, _Surroundings, int]] = []
        self._before_first: _Surroundings | None = None

    def start(self, mock: Any, *, reset: bool) -> None:
        with self._lock:
            before = _Surroundings()
            begin_mock()
            try:
                mock.start(reset=reset)
            except BaseException:
                end_mock()
                raise
            before.hide()
            self._stack.append((mock, before, type(mock)._nested_count))
            self._before_first = self._before_first or before

    def stop(self, mock: Any, *, remove_data: bool) -> None:
        with self._lock:
            index = next(i for i, (running, _, _) in enumerate(self._stack) if running is mock)
            _, before, depth = self._stack.pop(index)
            is_innermost = type(mock)._nested_count == depth  # the count includes moto's own mocks
            after = before if is_innermost else _Surroundings()
            try:
                mock.stop(remove_data=remove_data)
            finally:
                end_mock()
            if type(mock)._nested_count:
                after.restore()
            else:
                assert self._before_first
                self._before_first.restore()
            if is_innermost and not self._stack:  # a mock of moto that contains this mock may still run
                self._before_first = None


_running = _Running()
reset_in_children(_running, "_lock", Lock)


class MockFeatureStore:
    """moto's mock with the Feature Store: a context manager, a decorator, and ``start()`` with ``stop()``.

    The object can be started again, even while its mock runs, because each start creates a new mock of moto. ``with``
    returns a FeatureStore object:

    ```python
    with mock_featurestore() as fs:
        assert fs.groups == {}
    ```

    :param config: moto's configuration, with an optional section ``featurestore``
    :raises ValueError: if the name of the section is misspelled, or if the section contains an unknown setting
    """

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        check_settings(section_of(config or {}))
        self._config = config
        self._started: list[Any] = []

    def start(self, reset: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's own signature
        """Start the mock.

        :param reset: if True, delete the state of earlier mocks
        """
        mock = mock_aws(config=self._config)  # type: ignore[arg-type]
        _running.start(mock, reset=reset)
        self._started.append(mock)
        mock_started()

    def stop(self, remove_data: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's own signature
        """Stop the most recently started mock of this object.

        :param remove_data: if True, and if the mock is the outermost mock, delete the state
        :raises RuntimeError: if no mock of this object is running
        """
        if not self._started:
            raise RuntimeError("stop() was called before start(). Call start() first.")
        _running.stop(self._started.pop(), remove_data=remove_data)

    def __enter__(self) -> "FeatureStore":
        """Start the mock, and return a FeatureStore object for it."""
        self.start()
        return _handle()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> "FeatureStore":
        """Start the mock, and return a FeatureStore object for it."""
        self.start()
        return _handle()

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    @overload
    def __call__(self, target: type[C], reset: bool = ..., remove_data: bool = ...) -> type[C]: ...  # noqa: FBT001
    @overload
    def __call__(self, target: Callable[P, R], reset: bool = ..., remove_data: bool = ...) -> Callable[P, R]: ...  # noqa: FBT001
    def __call__(self, target: Any, reset: bool = True, remove_data: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Decorate a function (plain, generator, coroutine or async generator) or a test class.

        :param reset: for a function: if True, the mock deletes the state of earlier mocks when it starts
        :param remove_data: for a function: if True, the mock deletes its state when it ends, unless the mock is nested
        """
        if isclass(target):
            return self._decorate_class(target)
        return decorate_function(target, lambda: self._span(reset=reset, remove_data=remove_data))

    def _decorate_class(self, target: type[C]) -> type[C]:
        if issubclass(target, unittest.TestCase):
            return self._decorate_test_case(target)
        for name in ("setup_method", "teardown_method"):
            method = vars(target).get(name)
            if isfunction(method) and len(signature(method).parameters) == 1:
                setattr(target, name, _without_test_argument(method))
        # moto's method selects the methods of the class, decides when to reset, and calls __call__ of this object.
        return type(mock_aws())._decorate_class(self, target)  # type: ignore[arg-type]

    def _decorate_test_case(self, target: type[Any]) -> type[Any]:
        """Run each test of a unittest class inside the mock, from ``setUp`` or ``asyncSetUp`` to the last clean-up."""
        run = target.run

        @wraps(run)
        def run_mocked(test: unittest.TestCase, result: unittest.TestResult | None = None) -> Any:
            with MockFeatureStore(self._config):
                return run(test, result)

        target.run = run_mocked
        return target

    @contextmanager
    def _span(self, *, reset: bool, remove_data: bool) -> Iterator[None]:
        mock = MockFeatureStore(self._config)
        mock.start(reset)
        try:
            yield
        finally:
            mock.stop(remove_data)


def _handle() -> "FeatureStore":
    from moto_featurestore.testing.client import featurestore

    return featurestore


def _without_test_argument(method: Callable[[Any], None]) -> Callable[..., None]:
    """Return a wrapper of a set-up or teardown method. The wrapper accepts and ignores an argument.

    pytest calls the wrapper with the test method as an argument.
    """

    @wraps(method)
    def wrapper(self: Any, _test: Any = None) -> None:
        method(self)

    return wrapper


@overload
def mock_featurestore(target: type[C]) -> type[C]: ...
@overload
def mock_featurestore(target: Callable[P, R]) -> Callable[P, R]: ...
@overload
def mock_featurestore(*, config: dict[str, Any] | None = ...) -> MockFeatureStore: ...
def mock_featurestore(target: Any = None, *, config: dict[str, Any] | None = None) -> Any:
    """Mock AWS with the Feature Store, like moto's ``mock_aws``.

    Use it as a decorator, with or without parentheses, on functions (including generators and coroutines) and on test
    classes. Or use it as a context manager (``with`` or ``async with``), or with ``start()`` and ``stop()``.

    :param target: the decorated function or class
    :param config: moto's configuration; sections that this dict does not contain keep their values
    :raises ValueError: if the section ``featurestore`` contains an unknown setting, or if its name is misspelled
    :raises TypeError: if the target is neither a function nor a class
    """
    mock = MockFeatureStore(config)
    return mock if target is None else mock(target)

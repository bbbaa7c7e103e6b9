"""``mock_featurestore``: moto's mock, with the Feature Store in it, for every kind of function and class."""

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

from moto_featurestore._moto.patches import begin_mock, end_mock
from moto_featurestore._moto.workers.process import renew_in_children
from moto_featurestore.credentials import HIDDEN
from moto_featurestore.decorators import decorate_function
from moto_featurestore.settings import check_settings, section_of

if TYPE_CHECKING:
    from typing import Self

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")

_moto_config = cast("dict[str, Any]", moto_config.default_user_config)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class _Surroundings:
    """What a mock changes outside moto: moto's configuration, the environment and boto3's default session."""

    def __init__(self) -> None:
        self._config = deepcopy(_moto_config)
        self._credentials = {name: os.environ.get(name) for name in _CREDENTIALS}
        self._hidden = {name: value for name, value in os.environ.items() if name.startswith(HIDDEN)}
        self._session = boto3.DEFAULT_SESSION

    def hide(self) -> None:
        """Remove from the environment what would lead clients to other credentials or to another endpoint.

        moto sets only the two keys. A real session token beside them would be sent along.
        """
        mock_credentials = moto_config.mock_credentials()
        for name in self._hidden:
            if mock_credentials or name.startswith("AWS_ENDPOINT_URL"):
                os.environ.pop(name, None)

    def restore(self) -> None:
        """Restore everything as it was when this object was made."""
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

    moto alone does not restore an inner mock's configuration, nor the credentials if mocks that overlap end in another
    order than that of their start, as tests in one event loop do. Therefore this class restores the surroundings: when the
    innermost mock ends, those before it; when the last one ends, those before the first. Otherwise they stay as they are.
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
            place = next(i for i, (running, _, _) in enumerate(self._stack) if running is mock)
            _, before, depth = self._stack.pop(place)
            is_innermost = type(mock)._nested_count == depth  # moto's own mocks included
            during = _Surroundings()
            try:
                mock.stop(remove_data=remove_data)
            finally:
                end_mock()
            if type(mock)._nested_count:
                (before if is_innermost else during).restore()
            else:
                assert self._before_first
                self._before_first.restore()
                self._before_first = None


_running = _Running()
renew_in_children(_running, "_lock", Lock)


class MockFeatureStore:
    """moto's mock with the Feature Store in it: a context manager, a decorator, and ``start()`` with ``stop()``.

    It can be used again and within itself: each start makes a fresh mock of moto's.

    :raises ValueError: where the section ``featurestore`` of the configuration has a setting that does not exist, or is
        misspelled itself
    """

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        check_settings(section_of(config or {}))
        self._config = config
        self._started: list[Any] = []

    def start(self, reset: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's own signature
        """Start the mock; ``reset`` takes away what earlier ones left."""
        mock = mock_aws(config=self._config)  # type: ignore[arg-type]
        _running.start(mock, reset=reset)
        self._started.append(mock)

    def stop(self, remove_data: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's own signature
        """Stop the mock that was started last; ``remove_data`` takes the state away when it is the outermost."""
        if not self._started:
            raise RuntimeError("Called stop() before start().")
        _running.stop(self._started.pop(), remove_data=remove_data)

    def __enter__(self) -> "Self":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> "Self":
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    @overload
    def __call__(self, target: type[C], reset: bool = ..., remove_data: bool = ...) -> type[C]: ...  # noqa: FBT001
    @overload
    def __call__(self, target: Callable[P, R], reset: bool = ..., remove_data: bool = ...) -> Callable[P, R]: ...  # noqa: FBT001
    def __call__(self, target: Any, reset: bool = True, remove_data: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Decorate a function of any kind, or a class of tests."""
        if isclass(target):
            return self._decorate_class(target)
        return decorate_function(target, lambda: self._span(reset=reset, remove_data=remove_data))

    def _decorate_class(self, target: type[C]) -> type[C]:
        if issubclass(target, unittest.TestCase):
            return self._decorate_test_case(target)
        for name in ("setup_method", "teardown_method"):
            method = vars(target).get(name)
            if isfunction(method) and len(signature(method).parameters) == 1:
                setattr(target, name, _ignoring_the_test(method))
        # moto's own choice of methods and of the moments to reset; they are decorated by __call__.
        return type(mock_aws())._decorate_class(self, target)  # type: ignore[arg-type]

    def _decorate_test_case(self, target: type[Any]) -> type[Any]:
        """A test runs in the mock from its set-up, an asynchronous one too, to its last clean-up."""
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


def _ignoring_the_test(method: Callable[[Any], None]) -> Callable[..., None]:
    """A set-up for pytest, which would give any wrapper the test's method, wanted or not."""

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
    """Mock AWS, with the Feature Store in it, as moto's ``mock_aws`` does.

    As a decorator, bare or called, of functions (generators and asynchronous ones too) and of classes of tests; as a
    context manager, asynchronous too; or through ``start()`` and ``stop()``.

    :param config: moto's configuration; sections that it does not name stay as they are
    """
    mock = MockFeatureStore(config)
    return mock if target is None else mock(target)

"""All of moto's state as it was at one moment: what its backends hold, pickled together, so that what is shared stays shared.

moto has nothing of the kind. Backends themselves are named by their place, as they outlive what they hold; locks are made
anew; classes, modules, plain functions and keys of cryptography never change, and are kept as they are. A service that
holds what cannot be pickled, such as a running thread or a connection to Docker, is left out, and named.
"""

import io
import pickle
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_models import CloudFormationModel
from moto.core.model_instances import model_data

from moto_featurestore._moto.athena_queries import queries
from moto_featurestore._moto.backend import NAME, backends

_LOCKS: dict[type, Any] = {type(make()): make for make in (threading.Lock, threading.RLock)}
_INSTANCES = "instances_tracked" if hasattr(CloudFormationModel, "instances_tracked") else "instances"
"""The latter in older releases of moto."""
_PLAIN = frozenset(vars(BackendDict(BaseBackend, "")))
"""The attributes of all BackendDicts; some have more, such as the owners of S3's buckets."""


class _Place(NamedTuple):
    """Where a backend is."""

    backends: Any
    """A BackendDict."""
    account_id: str
    region: str

    @property
    def service(self) -> str:
        """As moto names it: by its package."""
        name: str = self.backends.backend.__module__.split(".")[1]
        return name

    def find(self) -> BaseBackend:
        """The backend that is there, made where there is none."""
        found: BaseBackend = self.backends[self.account_id][self.region]
        return found


@dataclass(frozen=True)
class AwsSnapshot:
    """All of moto's state but the Feature Store's, as it was."""

    pickled: bytes
    kept: list[Any]
    """What the pickle only names: what does not change, and the places of backends."""
    left_out: Mapping[str, str]
    """By service, why it cannot be kept."""


def take() -> AwsSnapshot:
    """Moto's state as it is now."""
    places = _places()
    try:
        return _pickled(places, places, {})
    except Exception:  # noqa: BLE001 - which service it is, and why, is found out right below
        left_out = dict(_left_out(places))
    return _pickled([place for place in places if place.service not in left_out], places, left_out)


def _left_out(places: list[_Place]) -> Iterator[tuple[str, str]]:
    for service in dict.fromkeys(place.service for place in places):
        try:
            _pickled([place for place in places if place.service == service], places, {})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            yield service, f"{type(error).__name__}: {error}"


def put_back(snapshot: AwsSnapshot) -> None:
    """Let moto hold what it held; services that are left out stay as they are."""
    queries.stop_all()
    before = _swap_instances(snapshot, {})
    try:
        states, attributes = _Unpickler(snapshot).load()  # first: where that fails, nothing has changed
    finally:
        after = _swap_instances(snapshot, before)
    for place in _places():
        if place.service not in snapshot.left_out and (place not in states or _closes(place.find())):
            place.find().reset()
    _swap_instances(snapshot, after)
    for place, state in states.items():
        place.find().__dict__ = state
    for of, more in attributes.items():
        vars(of).update(more)


def _closes(backend: BaseBackend) -> bool:
    """Whether a backend has more to do at its end than to forget: S3 closes files, others stop threads."""
    return type(backend).reset is not BaseBackend.reset


def _swap_instances(snapshot: AwsSnapshot, wanted: Mapping[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Let the classes that moto's dashboard shows have other instances; gives those that they had.

    What is unpickled enters itself there; and S3 closes, at its end, whatever has entered itself.
    """
    had = {}
    for service, models in model_data.items():
        if service not in (*snapshot.left_out, NAME):
            for model in models.values():
                had[model] = getattr(model, _INSTANCES)
                setattr(model, _INSTANCES, wanted.get(model, []))
    return had


def _places() -> list[_Place]:
    """Where there are backends, but for the Feature Store's."""
    return [
        _Place(of, account_id, region)
        for of in list(BackendDict._instances)  # type: ignore[misc]
        if of is not backends
        for account_id, region, _ in list(of.iter_backends())
    ]


def _pickled(places: list[_Place], known: list[_Place], left_out: Mapping[str, str]) -> AwsSnapshot:
    """What the backends at some places hold.

    :param known: all places where there is a backend
    """
    file = io.BytesIO()
    pickler = _Pickler(file, known)
    states = {place: vars(place.find()) for place in places}
    dicts = dict.fromkeys(place.backends for place in places)
    attributes = {of: {name: value for name, value in vars(of).items() if name not in _PLAIN} for of in dicts}
    pickler.dump((states, attributes))
    return AwsSnapshot(file.getvalue(), pickler.kept, left_out)


class _Pickler(pickle.Pickler):
    """Names what need not be pickled by its index in a list."""

    def __init__(self, file: io.BytesIO, known: list[_Place]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.kept: list[Any] = []
        self._indices: dict[int, int] = {}
        self._places = {id(place.find()): place for place in known}

    def persistent_id(self, value: Any) -> int | None:
        """The index of a value; None for one that is pickled."""
        if isinstance(value, BaseBackend):
            return self._index(value, self._places.get(id(value), value))
        if (
            isinstance(value, BackendDict | type | ModuleType)
            or (isinstance(value, FunctionType) and not value.__closure__)
            or type(value).__module__.startswith("cryptography.")
        ):
            return self._index(value, value)
        return None

    def _index(self, value: Any, kept: Any) -> int:
        if id(value) not in self._indices:
            self._indices[id(value)] = len(self.kept)
            self.kept.append(kept)
        return self._indices[id(value)]

    def reducer_override(self, value: Any) -> Any:
        """How locks and dicts are made anew that pickle would not make, or not rightly."""
        if make := _LOCKS.get(type(value)):
            return make, ()
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (), dict(value), None, None, WeakValueDictionary.update
        if isinstance(value, dict) and type(value).__module__.startswith("moto."):
            state = dict(dict.items(value)), vars(value), getattr(value, "default_factory", None)
            return type(value).__new__, (type(value),), state, None, None, _fill
        return NotImplemented


def _fill(made: dict[Any, Any], state: tuple[dict[Any, Any], dict[str, Any], Any]) -> None:
    """Fill a dict of a class of moto's: by none of its own methods, as these do more, and less, than that."""
    items, attributes, factory = state
    dict.update(made, items)
    vars(made).update(attributes)
    if isinstance(made, defaultdict):
        made.default_factory = factory


class _Unpickler(pickle.Unpickler):
    def __init__(self, snapshot: AwsSnapshot) -> None:
        super().__init__(io.BytesIO(snapshot.pickled))
        self._kept = snapshot.kept

    def persistent_load(self, index: int) -> Any:
        """What has an index."""
        kept = self._kept[index]
        return kept.find() if isinstance(kept, _Place) else kept

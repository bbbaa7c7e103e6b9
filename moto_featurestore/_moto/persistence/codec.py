"""Snapshots of moto's whole state. All backends are pickled together, so objects that they share stay shared.

moto itself cannot save its state. The pickle refers to backends by service, account and region, because moto keeps the
backend objects when it resets their state.
Locks are created again. Classes, modules, functions without closures and keys of cryptography never change, so the snapshot
keeps references to them. A service is left out if its state cannot be pickled, for example because it has a running thread
or a connection to Docker. The snapshot lists the services that are left out.
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
from moto.core.model_instances import model_data

from moto_featurestore._moto.backend import NAME, backends
from moto_featurestore._moto.services.athena_queries import queries

_LOCKS: dict[type, Any] = {type(make()): make for make in (threading.Lock, threading.RLock)}
_PLAIN = frozenset(vars(BackendDict(BaseBackend, "")))
"""The attributes of every BackendDict. Some have more, for example S3's owners of buckets."""


class _Place(NamedTuple):
    """The service, account and region of a backend."""

    backends: Any
    """A BackendDict."""
    account_id: str
    region: str

    @property
    def service(self) -> str:
        """The service's name in moto: the name of its package."""
        name: str = self.backends.backend.__module__.split(".")[1]
        return name

    def find(self) -> BaseBackend:
        """Return the backend. It is created if it does not exist."""
        backend: BaseBackend = self.backends[self.account_id][self.region]
        return backend


@dataclass(frozen=True)
class AwsSnapshot:
    """A snapshot of moto's whole state, without the Feature Store's."""

    pickled: bytes
    references: list[Any]
    """Objects that the pickle refers to by index: those that do not change, and the places of backends."""
    left_out: Mapping[str, str]
    """The services that cannot be saved, each with the reason."""


def take() -> AwsSnapshot:
    """Return a snapshot of moto's current state."""
    places = _places()
    try:
        return _pickled(places, places, {})
    except Exception:  # noqa: BLE001 - the next line finds the service and the reason
        left_out = dict(_left_out(places))
    return _pickled([place for place in places if place.service not in left_out], places, left_out)


def _left_out(places: list[_Place]) -> Iterator[tuple[str, str]]:
    for service in dict.fromkeys(place.service for place in places):
        try:
            _pickled([place for place in places if place.service == service], places, {})
        except Exception as error:  # noqa: BLE001 - the snapshot reports every error
            yield service, f"{type(error).__name__}: {error}"


def put_back(snapshot: AwsSnapshot) -> None:
    """Restore moto's state. Services that the snapshot leaves out stay unchanged."""
    queries.stop_all()
    before = _swap_instances(snapshot, {})
    try:
        states, attributes = _Unpickler(snapshot).load()  # first: if this fails, nothing has changed
    finally:
        after = _swap_instances(snapshot, before)
    for place in _places():
        if place.service not in snapshot.left_out and (place not in states or _closes(place.find())):
            place.find().reset()
    _swap_instances(snapshot, after)
    for place, state in states.items():
        place.find().__dict__ = state
    for backend_dict, extra in attributes.items():
        vars(backend_dict).update(extra)


def _closes(backend: BaseBackend) -> bool:
    """Return True if a backend releases resources at its reset: S3 closes files, others stop threads."""
    return type(backend).reset is not BaseBackend.reset


def _swap_instances(snapshot: AwsSnapshot, instances: Mapping[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Replace the instances that the classes on moto's dashboard track. Return the previous ones.

    Unpickled objects add themselves to these lists. At its reset, S3 closes all objects in its lists.
    """
    previous = {}
    classes: dict[str, dict[str, Any]] = model_data  # typed as plain objects
    for service, models in classes.items():
        if service not in (*snapshot.left_out, NAME):
            for model in models.values():
                previous[model] = model.instances_tracked
                model.instances_tracked = instances.get(model, [])
    return previous


def _places() -> list[_Place]:
    """Return the places of all backends except the Feature Store's."""
    return [
        _Place(backend_dict, account_id, region)
        for backend_dict in list(BackendDict._instances)  # type: ignore[misc]
        if backend_dict is not backends
        for account_id, region, _ in list(backend_dict.iter_backends())
    ]


def _pickled(places: list[_Place], all_places: list[_Place], left_out: Mapping[str, str]) -> AwsSnapshot:
    """Return the pickled state of some backends.

    :param all_places: service, account and region of all backends; the pickle may refer to any of them
    """
    file = io.BytesIO()
    pickler = _Pickler(file, all_places)
    states = {place: vars(place.find()) for place in places}
    dicts = dict.fromkeys(place.backends for place in places)
    attributes = {
        backend_dict: {name: value for name, value in vars(backend_dict).items() if name not in _PLAIN}
        for backend_dict in dicts
    }
    pickler.dump((states, attributes))
    return AwsSnapshot(file.getvalue(), pickler.references, left_out)


class _Pickler(pickle.Pickler):
    """A pickler that replaces objects which never change, and backends, by an index in a list."""

    def __init__(self, file: io.BytesIO, all_places: list[_Place]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.references: list[Any] = []
        self._indices: dict[int, int] = {}
        self._places = {id(place.find()): place for place in all_places}

    def persistent_id(self, value: Any) -> int | None:
        """Return the index of a value, or None if the value is pickled."""
        if isinstance(value, BaseBackend):
            return self._index(value, self._places.get(id(value), value))
        if (
            isinstance(value, BackendDict | type | ModuleType)
            or (isinstance(value, FunctionType) and not value.__closure__)
            or type(value).__module__.startswith("cryptography.")
        ):
            return self._index(value, value)
        return None

    def _index(self, value: Any, reference: Any) -> int:
        if id(value) not in self._indices:
            self._indices[id(value)] = len(self.references)
            self.references.append(reference)
        return self._indices[id(value)]

    def reducer_override(self, value: Any) -> Any:
        """Return how to rebuild locks and dicts that pickle cannot rebuild, or rebuilds incorrectly."""
        if make := _LOCKS.get(type(value)):
            return make, ()
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (), dict(value), None, None, WeakValueDictionary.update
        if isinstance(value, dict) and type(value).__module__.startswith("moto."):
            state = dict(dict.items(value)), vars(value), getattr(value, "default_factory", None)
            return type(value).__new__, (type(value),), state, None, None, _fill
        return NotImplemented


def _fill(target: dict[Any, Any], state: tuple[dict[Any, Any], dict[str, Any], Any]) -> None:
    """Fill an instance of one of moto's dict classes. Their own methods have side effects, so dict's are used."""
    items, attributes, factory = state
    dict.update(target, items)
    vars(target).update(attributes)
    if isinstance(target, defaultdict):
        target.default_factory = factory


class _Unpickler(pickle.Unpickler):
    def __init__(self, snapshot: AwsSnapshot) -> None:
        super().__init__(io.BytesIO(snapshot.pickled))
        self._references = snapshot.references

    def persistent_load(self, index: int) -> Any:
        """Return the object of an index."""
        reference = self._references[index]
        return reference.find() if isinstance(reference, _Place) else reference

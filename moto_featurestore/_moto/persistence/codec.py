"""moto's state as bytes: snapshots of all services in memory, and S3 and Glue in a data directory.

moto itself cannot save its state.

- All backends of a snapshot are pickled together. An object that two backends share is therefore shared after a restore.
- The pickle refers to each backend by service, account and region, because a reset of moto keeps the backend objects.
- A restore creates new locks.
- Classes, modules, functions without closures and keys of the package cryptography never change. The snapshot contains
  references to these objects instead of copies.
- A service is left out if its state cannot be pickled, for example because the state contains a running thread or a
  connection to Docker. The snapshot lists these services.
"""

import io
import pickle
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.model_instances import model_data

from moto_featurestore._moto.backend import NAME, backends
from moto_featurestore._moto.services.athena_queries import queries

_LOCKS: dict[type, Any] = {type(make()): make for make in (threading.Lock, threading.RLock)}
_PLAIN = frozenset(vars(BackendDict(BaseBackend, "")))
"""The names of the attributes that every BackendDict has. Some have additional attributes, such as S3's bucket owners."""


class _Place(NamedTuple):
    """The service, account and region of a backend."""

    backends: Any
    """The service's BackendDict in moto."""
    account_id: str
    region: str

    @property
    def service(self) -> str:
        """The service's name in moto, which is the name of the service's package."""
        name: str = self.backends.backend.__module__.split(".")[1]
        return name

    def find(self) -> BaseBackend:
        """Return the backend. If it does not exist, moto creates it."""
        backend: BaseBackend = self.backends[self.account_id][self.region]
        return backend


@dataclass(frozen=True)
class AwsSnapshot:
    """A snapshot of moto's whole state, without the Feature Store's."""

    pickled: bytes
    references: list[Any]
    """The objects to which the pickle refers by index: objects that never change, and a ``_Place`` for each backend."""
    left_out: Mapping[str, str]
    """A dict from each service that cannot be saved to the reason."""


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
        states, attributes = _SnapshotUnpickler(snapshot).load()  # first: if this fails, nothing has changed
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
    """Return True if the backend's class has its own reset method, which releases resources such as files or threads."""
    return type(backend).reset is not BaseBackend.reset


def _swap_instances(snapshot: AwsSnapshot, instances: Mapping[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Replace the lists of instances that moto's model classes track for the dashboard. Return the previous lists.

    Unpickled objects add themselves to these lists. A reset of S3 closes all objects in the lists of S3.
    """
    previous = {}
    classes: dict[str, dict[str, Any]] = model_data  # moto's type hint is less exact
    for service, models in classes.items():
        if service not in (*snapshot.left_out, NAME):
            for model in models.values():
                previous[model] = model.instances_tracked
                model.instances_tracked = instances.get(model, [])
    return previous


def _places() -> list[_Place]:
    """Return the service, account and region of all backends, except those of the Feature Store."""
    return [
        _Place(backend_dict, account_id, region)
        for backend_dict in list(BackendDict._instances)  # type: ignore[misc]
        if backend_dict is not backends
        for account_id, region, _ in list(backend_dict.iter_backends())
    ]


def _pickled(places: list[_Place], all_places: list[_Place], left_out: Mapping[str, str]) -> AwsSnapshot:
    """Return the pickled state of some backends.

    :param places: service, account and region of the backends to pickle
    :param all_places: service, account and region of all backends, to which the pickle may refer
    """
    file = io.BytesIO()
    pickler = _SnapshotPickler(file, all_places)
    states = {place: vars(place.find()) for place in places}
    dicts = dict.fromkeys(place.backends for place in places)
    attributes = {
        backend_dict: {name: value for name, value in vars(backend_dict).items() if name not in _PLAIN}
        for backend_dict in dicts
    }
    pickler.dump((states, attributes))
    return AwsSnapshot(file.getvalue(), pickler.references, left_out)


class _StatePickler(pickle.Pickler):
    """A pickler that can also save locks, weak dicts and the dict subclasses of moto."""

    def reducer_override(self, value: Any) -> Any:
        """Return instructions to rebuild a lock, or a dict that pickle cannot rebuild correctly.

        For all other values, return NotImplemented. pickle then uses its default.
        """
        if make := _LOCKS.get(type(value)):
            return make, ()
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (), dict(value), None, None, WeakValueDictionary.update
        if isinstance(value, dict) and type(value).__module__.startswith("moto."):
            state = dict(dict.items(value)), vars(value), getattr(value, "default_factory", None)
            return type(value).__new__, (type(value),), state, None, None, _fill
        return NotImplemented


def _fill(target: dict[Any, Any], state: tuple[dict[Any, Any], dict[str, Any], Any]) -> None:
    """Fill an instance of a dict subclass of moto. Use the methods of dict, because those of moto have side effects."""
    items, attributes, factory = state
    dict.update(target, items)
    vars(target).update(attributes)
    if isinstance(target, defaultdict):
        target.default_factory = factory


class _SnapshotPickler(_StatePickler):
    """A pickler that replaces backends and immutable objects, such as classes, by an index in a list."""

    def __init__(self, file: io.BytesIO, all_places: list[_Place]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.references: list[Any] = []
        self._indices: dict[int, int] = {}
        self._places = {id(place.find()): place for place in all_places}

    def persistent_id(self, value: Any) -> int | None:
        """Return the index of a backend or an immutable object, or None for a value that must be pickled."""
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


class _SnapshotUnpickler(pickle.Unpickler):
    def __init__(self, snapshot: AwsSnapshot) -> None:
        super().__init__(io.BytesIO(snapshot.pickled))
        self._references = snapshot.references

    def persistent_load(self, index: int) -> Any:
        """Return the object with this index."""
        reference = self._references[index]
        return reference.find() if isinstance(reference, _Place) else reference


# Pickles that keep long bytes values in separate files.

_INLINE = 1024
"""The minimum length of a bytes value that is saved in its own file, not in the pickle."""


class Bodies:
    """A folder with bodies: bytes values in files. The name of each file is the SHA-256 of its content.

    :param folder: path of the folder, which the first ``write`` creates
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, body: bytes) -> str:
        """Write a body to a file, unless the file exists. Return the name of the file."""
        name = sha256(body).hexdigest()
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(exist_ok=True, mode=0o700)
            new = path.with_suffix(".new")
            new.write_bytes(body)
            new.replace(path)
        return name

    def read(self, name: str) -> bytes:
        """Return the body in the file with this name.

        :raises ValueError: if the file is damaged
        :raises OSError: if the file cannot be read
        """
        body = (self.folder / name).read_bytes()
        if sha256(body).hexdigest() != name:
            raise ValueError(f"the file {self.folder / name} is damaged")
        return body

    def names(self) -> list[str]:
        """Return the names of all files."""
        return [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []


class _FilePickler(_StatePickler):
    """A pickler that replaces long bytes values by the names of files, to which it writes the values."""

    def __init__(self, file: io.BytesIO, bodies: Bodies) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._bodies = bodies
        self.names: set[str] = set()
        """The names of the files to which the pickle refers."""

    def persistent_id(self, value: Any) -> str | None:
        """Write a long bytes value to a file, and return the file's name. For any other value, return None: pickle saves it."""
        if type(value) is not bytes or len(value) < _INLINE:
            return None
        name = self._bodies.write(value)
        self.names.add(name)
        return name


class _FileUnpickler(pickle.Unpickler):
    def __init__(self, pickled: bytes, bodies: Bodies) -> None:
        super().__init__(io.BytesIO(pickled))
        self._bodies = bodies
        self.names: set[str] = set()

    def persistent_load(self, name: str) -> bytes:
        """Return the content of the file with this name."""
        self.names.add(name)
        return self._bodies.read(name)


def dumps(state: Any, bodies: Bodies) -> tuple[bytes, frozenset[str]]:
    """Pickle a state. Return the pickle, and the names of the files with the long bytes values of the state."""
    file = io.BytesIO()
    pickler = _FilePickler(file, bodies)
    pickler.dump(state)
    return file.getvalue(), frozenset(pickler.names)


def loads(pickled: bytes, bodies: Bodies) -> tuple[Any, frozenset[str]]:
    """Return the state that ``dumps`` has pickled, and the names of the files with its long bytes values."""
    unpickler = _FileUnpickler(pickled, bodies)
    return unpickler.load(), frozenset(unpickler.names)

"""The files that DuckDB can open: those that a running query was given, and nothing else anywhere."""

import io
from ctypes import pythonapi
from itertools import count
from threading import local
from typing import Any

from fsspec import AbstractFileSystem

from moto_featurestore.athena.lake import StoredObject

PROTOCOL = "lake"
_numbers = count()


class Session:
    """What one query may read and write, and how much it read; files of others are not there for it."""

    def __init__(self) -> None:
        self.name = str(next(_numbers))
        self.objects: dict[str, StoredObject] = {}
        self.sinks: dict[str, io.BytesIO] = {}
        self.bytes_read = 0

    def admit(self, bucket: str, stored: StoredObject) -> str:
        """Let the query read an object, as it is now; gives the path there."""
        path = f"{PROTOCOL}://{self.name}/{bucket}/{stored.key}"
        self.objects[path] = stored
        return path

    def sink(self, name: str) -> str:
        """A path that the query may write to."""
        path = f"{PROTOCOL}://{self.name}/{name}"
        self.sinks[path] = _Sink()
        return path

    def written(self, path: str) -> bytes:
        """What was written to a path."""
        return self.sinks[path].getvalue()


class _Sink(io.BytesIO):
    """A file in memory that outlives its closing."""

    def close(self) -> None:
        pass


class _Source:
    """An object that is read piece by piece, where it lies: what DuckDB asks of a file, and no more."""

    __slots__ = ("_position", "_session", "_stored")

    def __init__(self, session: Session, stored: StoredObject) -> None:
        self._session, self._stored, self._position = session, stored, 0

    def close(self) -> None:
        """Nothing is held open."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stored.size}[whence]
        return self._position

    def read(self, size: int = -1) -> bytes:
        piece = self._stored.read(self._position, size)
        self._position += len(piece)
        self._session.bytes_read += len(piece)
        return piece


_of_thread = local()


def _keep_thread_state() -> None:
    """Let Python keep the state of the calling thread until that ends.

    A thread of DuckDB's is none that Python began: at every call into Python its state would be made and unmade, which
    takes as long as the reading of a small file. https://docs.python.org/3/c-api/threads.html: a state lasts as long as
    its last PyGILState_Ensure is not released.
    """
    if not hasattr(_of_thread, "is_kept"):
        pythonapi.PyGILState_Ensure()
        _of_thread.is_kept = True


class LakeFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """The files of all running queries, as DuckDB asks for them. Paths are taken as they are: none is a pattern."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, Session] = {}

    def begin(self, session: Session) -> None:
        """Make a session's files known."""
        self._sessions[session.name] = session

    def end(self, session: Session) -> None:
        """Forget a session's files."""
        del self._sessions[session.name]

    def _session(self, path: str) -> Session:
        name = path.removeprefix(f"{PROTOCOL}://").partition("/")[0]
        if name not in self._sessions:
            raise FileNotFoundError(path)
        return self._sessions[name]

    def _object(self, path: str) -> StoredObject:
        objects = self._session(path).objects
        if path not in objects:
            raise FileNotFoundError(path)
        return objects[path]

    def open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        """Open a file that a query may read, or one that it may write."""
        _keep_thread_state()
        session = self._session(path)
        if "r" in mode:
            return _Source(session, self._object(path))
        if path not in session.sinks:
            raise PermissionError(path)
        return session.sinks[path]

    def glob(self, path: str, **_: Any) -> list[str]:
        """The path itself."""
        return [path] if path in self._session(path).objects else []

    def exists(self, path: str, **_: Any) -> bool:
        """Whether a query may read the file."""
        return path in self._session(path).objects

    def size(self, path: str) -> int:
        """The bytes of a file."""
        return self._object(path).size

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and kind of a file."""
        return {"name": path, "size": self.size(path), "type": "file"}

    def modified(self, path: str) -> Any:
        """When a file was put."""
        return self._object(path).last_modified

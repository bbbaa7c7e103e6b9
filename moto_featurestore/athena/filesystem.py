"""The file system from which DuckDB reads. It contains only the files of the running queries."""

import io
from ctypes import pythonapi
from itertools import count
from threading import local
from typing import Any

from fsspec import AbstractFileSystem

from moto_featurestore.aws.ports import StoredObject

PROTOCOL = "query"
_numbers = count()


class Session:
    """The files that one query can read and write, and the number of bytes that the query has read.

    A query cannot see the files of other queries.
    """

    def __init__(self) -> None:
        self.name = str(next(_numbers))
        self.objects: dict[str, StoredObject] = {}
        self.sinks: dict[str, io.BytesIO] = {}
        self.bytes_read = 0

    def admit(self, bucket: str, stored: StoredObject) -> str:
        """Grant the query access to a version of an S3 object. Return the path at which the query can read it."""
        path = f"{PROTOCOL}://{self.name}/{bucket}/{stored.key}"
        self.objects[path] = stored
        return path

    def sink(self, name: str) -> str:
        """Create a file in memory. Return the path at which the query can write to the file.

        :param name: last segment of the path
        """
        path = f"{PROTOCOL}://{self.name}/{name}"
        self.sinks[path] = _Sink()
        return path

    def written(self, path: str) -> bytes:
        """Return the bytes that the query wrote to a path."""
        return self.sinks[path].getvalue()


class _Sink(io.BytesIO):
    """A file in memory whose content is still readable after close()."""

    def close(self) -> None:
        pass


class _Source:
    """A read-only file that contains an S3 object. It implements only the methods that DuckDB calls."""

    __slots__ = ("_position", "_session", "_stored")

    def __init__(self, session: Session, stored: StoredObject) -> None:
        self._session, self._stored, self._position = session, stored, 0

    def close(self) -> None:
        """Do nothing, because there is no resource to close."""

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


_thread_data = local()


def _keep_thread_state() -> None:
    """Prevent Python from deleting the thread state of the calling thread before the thread ends.

    DuckDB creates its threads without Python. Without this function, each call from such a thread to Python would
    create and destroy a thread state. This takes as long as reading a small file. A thread state exists until its last
    PyGILState_Ensure is released: https://docs.python.org/3/c-api/threads.html.
    """
    if not hasattr(_thread_data, "is_kept"):
        pythonapi.PyGILState_Ensure()
        _thread_data.is_kept = True


class QueryFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """A file system for DuckDB with the files of all running queries. It implements the fsspec methods that DuckDB calls.

    It does not support wildcards.
    """

    protocol = PROTOCOL
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, Session] = {}

    def begin(self, session: Session) -> None:
        """Make the files of a session available to DuckDB."""
        self._sessions[session.name] = session

    def end(self, session: Session) -> None:
        """Remove the files of a session from the file system."""
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
        """Open a file of a query.

        :param path: path from ``Session.admit`` for reading, or from ``Session.sink`` for writing
        :param mode: ``rb`` or ``wb``
        :raises FileNotFoundError: if the query cannot read the path
        :raises PermissionError: if the query cannot write to the path
        """
        _keep_thread_state()
        session = self._session(path)
        if "r" in mode:
            return _Source(session, self._object(path))
        if path not in session.sinks:
            raise PermissionError(path)
        return session.sinks[path]

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return a list with the path if the file exists, or an empty list. Wildcards are not supported."""
        return [path] if path in self._session(path).objects else []

    def exists(self, path: str, **_: Any) -> bool:
        """Return True if the query can read the file."""
        return path in self._session(path).objects

    def size(self, path: str) -> int:
        """Return the size of a file in bytes."""
        return self._object(path).size

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return the name, the size in bytes and the type of a file."""
        return {"name": path, "size": self.size(path), "type": "file"}

    def modified(self, path: str) -> Any:
        """Return the time of the last modification of the file's S3 object."""
        return self._object(path).last_modified

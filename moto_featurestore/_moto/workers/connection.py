"""A connection between a worker and the owner of its mock. A message consists of a JSON head and a body, which is sent in pieces.

The module does not use pickle, because unpickling a message could run code.
"""

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from struct import Struct
from typing import Any

PIECE = 1 << 20
"""The maximum number of bytes per send or receive. It limits the memory for copies of a large body."""

_SIZE = Struct("!Q")

Head = dict[str, Any]


class LostError(ConnectionError):
    """An error that is raised if the other process has closed the connection, perhaps in the middle of a message."""


class Line:
    """One end of a connection, which transports one request and its response at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self.close()  # without this, a thread or process that ends without close() would cause a ResourceWarning

    def fileno(self) -> int:
        """Return the file descriptor of the connection."""
        return self._connection.fileno()

    def send(self, head: Head, body: Iterable[bytes]) -> None:
        """Send a message: a head and its body. Send a small message with only one call of ``sendall``.

        :raises LostError: if the other end has closed the connection
        """
        buffer = bytearray(_frame(json.dumps(head, default=str).encode()))
        for piece in body:
            for start in range(0, len(piece), PIECE):
                buffer += _frame(memoryview(piece)[start : start + PIECE])
                if len(buffer) >= PIECE:
                    self._send(buffer)
                    buffer.clear()
        self._send(buffer + _SIZE.pack(0))

    def receive(self) -> tuple[Head, bytes]:
        """Return a complete message: a head and its body.

        :raises LostError: if the other end has closed the connection
        """
        head = json.loads(self._read(self._size()))
        pieces = []
        while size := self._size():
            pieces.append(self._read(size))
        return head, b"".join(pieces)

    def close(self) -> None:
        """Close this end in this process. If a forked process also has this end open, the connection continues."""
        self._connection.close()

    def cut(self) -> None:
        """End the connection, even if forked processes also have this end open. Wake threads that wait for data."""
        with suppress(OSError):  # the other end has closed the connection already
            self._connection.shutdown(socket.SHUT_RDWR)

    def _send(self, content: bytearray) -> None:
        try:
            self._connection.sendall(content)
        except OSError as error:
            raise LostError from error

    def _size(self) -> int:
        size: int = _SIZE.unpack(self._read(_SIZE.size))[0]
        return size

    def _read(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            try:
                chunk = self._connection.recv(size - len(content), socket.MSG_WAITALL)
            except OSError as error:
                raise LostError from error
            if not chunk:
                raise LostError
            content += chunk
        return content


def _frame(content: bytes | memoryview) -> bytes:
    return _SIZE.pack(len(content)) + content

"""A line between a worker and the owner of its mock: frames of JSON, each with a body in pieces; nothing is unpickled."""

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from struct import Struct
from typing import Any

PIECE = 1 << 20
"""Bytes that are sent or received at once, at most: of a large body, no more is held twice."""

_SIZE = Struct("!Q")

Head = dict[str, Any]


class LostError(ConnectionError):
    """The other end is gone, or was cut off in the middle of a message."""


class Line:
    """One end of a connection, on which one question at a time is asked and answered."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self.close()  # of a thread or process that ended; sockets would complain

    def fileno(self) -> int:
        """The connection's number, for those who wait for it."""
        return self._connection.fileno()

    def send(self, head: Head, body: Iterable[bytes]) -> None:
        """Send a head and its body, small ones at once.

        :raises LostError: where nobody receives them
        """
        waiting = bytearray(_frame(json.dumps(head, default=str).encode()))
        for piece in body:
            for start in range(0, len(piece), PIECE):
                waiting += _frame(memoryview(piece)[start : start + PIECE])
                if len(waiting) >= PIECE:
                    self._send(waiting)
                    waiting.clear()
        self._send(waiting + _SIZE.pack(0))

    def receive(self) -> tuple[Head, bytes]:
        """A head and its body, whole.

        :raises LostError: where the other end is gone
        """
        head = json.loads(self._read(self._size()))
        pieces = []
        while size := self._size():
            pieces.append(self._read(size))
        return head, b"".join(pieces)

    def close(self) -> None:
        """Hang up, where no other process holds this end."""
        self._connection.close()

    def cut(self) -> None:
        """Hang up for all who hold this end, and wake who waits at it."""
        with suppress(OSError):  # the other end is gone
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
                more = self._connection.recv(size - len(content), socket.MSG_WAITALL)
            except OSError as error:
                raise LostError from error
            if not more:
                raise LostError
            content += more
        return content


def _frame(content: bytes | memoryview) -> bytes:
    return _SIZE.pack(len(content)) + content

"""The client that a worker uses to send requests to the owner: the process that runs the worker's mock."""

import socket
from typing import Any

from botocore.exceptions import UnseekableStreamError

from moto_featurestore._moto.workers.connection import Line, LostError
from moto_featurestore._moto.workers.messages import Reply, body_of, pack_request, unpack_reply


class OwnerGoneError(ConnectionError):
    """An error that is raised in a worker if its owner, the process that runs the mock, does not respond.

    The state of the mock is only in the owner. Therefore the worker cannot continue.
    """


class Owner:
    """A worker's connection to its owner, the process that runs the mock.

    :param address: the path of the socket on which the owner listens
    :param problem: the error that prevented the owner from listening, or None
    """

    def __init__(self, address: str, problem: OSError | None = None) -> None:
        self.address = address
        self._problem = problem
        self._lines: set[Line] = set()
        self._idle: list[Line] = []  # needs no lock, because pop and append are atomic; a lock could be held at a fork

    def send(self, event_name: str | None, request: Any) -> Reply | None:
        """Send a request to the owner, and return the response.

        Return None if moto's settings let the request leave the machine.

        :param event_name: the name of botocore's event, or None for a request of the ``requests`` library
        :raises OwnerGoneError: if the owner or its mock has ended
        :raises Exception: the error that moto raised in the owner
        """
        body = body_of(request)
        start = _position(body)
        response = self._ask(event_name, request)
        if response is None:
            _reset(body, start)
        return response

    def reconnect(self) -> "Owner":
        """Return an Owner with the same address, for a forked child process, which needs its own connections.

        Close the child's copies of the parent's connections.
        """
        for line in self._lines:
            line.close()
        return Owner(self.address, self._problem)

    def _ask(self, event_name: str | None, request: Any) -> Reply | None:
        try:
            line = self._idle.pop() if self._idle else self._connect()
            try:
                line.send(*pack_request(event_name, request))
                head, body = line.receive()
            except BaseException:  # after an error, the connection may be in the middle of a message
                self._lines.discard(line)
                line.close()
                raise
        except LostError as error:
            raise OwnerGoneError(
                f"The process that runs the mock does not respond at {self.address or 'any address'}. The process or its"
                " mock has ended. The mock may have executed the request."
            ) from (self._problem or error)
        self._idle.append(line)
        return unpack_reply(head, body)

    def _connect(self) -> Line:
        connection = socket.socket(socket.AF_UNIX)
        line = Line(connection)
        try:
            connection.connect(self.address)
        except OSError as error:
            line.close()
            raise LostError from error
        self._lines.add(line)
        return line


def _position(body: Any) -> Any:
    """Return the current position in a request body that is a stream, or 0 for any other body."""
    try:
        return body.tell()
    except (AttributeError, OSError):
        return 0


def _reset(body: Any, start: int) -> None:
    """Rewind a request body to a position, so that the body can be sent again.

    :raises UnseekableStreamError: if the body is a stream that cannot be rewound
    """
    if body is None or isinstance(body, str | bytes | bytearray):
        return
    try:
        body.seek(start)
    except (AttributeError, OSError):
        raise UnseekableStreamError(stream_object=body) from None

"""The owner of a mock, as its workers see it: the process to which their requests go."""

import socket
from typing import Any

from botocore.exceptions import UnseekableStreamError

from moto_featurestore._moto.workers.connection import Line, LostError
from moto_featurestore._moto.workers.messages import Answer, body_of, pack_request, unpack_answer


class OwnerGoneError(ConnectionError):
    """A worker's request that cannot reach the process whose mock it belongs to: nothing else may answer it."""


class Owner:
    """The process that owns a mock, by the address at which it listens.

    :param problem: why it does not listen, where it could not
    """

    def __init__(self, address: str, problem: OSError | None = None) -> None:
        self.address = address
        self._problem = problem
        self._lines: set[Line] = set()
        self._idle: list[Line] = []  # without a lock, which a fork could find held: lists are changed in one step

    def ask(self, event_name: str | None, request: Any) -> Answer | None:
        """The owner's answer to a request; None, where its mock lets the request out.

        :raises OwnerGoneError: where it has ended its mock, or itself
        :raises Exception: what moto raises there
        """
        body = body_of(request)
        start = _position(body)
        answer = self._ask(event_name, request)
        if answer is None:
            _reset(body, start)
        return answer

    def anew(self) -> "Owner":
        """The same owner, for a forked process: its lines are this one's."""
        for line in self._lines:
            line.close()
        return Owner(self.address, self._problem)

    def _ask(self, event_name: str | None, request: Any) -> Answer | None:
        try:
            line = self._idle.pop() if self._idle else self._connect()
            try:
                line.send(*pack_request(event_name, request))
                head, body = line.receive()
            except BaseException:  # whatever it is, the line is in the middle of something
                self._lines.discard(line)
                line.close()
                raise
        except LostError as error:
            raise OwnerGoneError(
                f"The process that owns this process's mock does not answer at {self.address or 'any address'}:"
                " it has ended, or has ended its mock. Whether it has still done what was asked is not known."
            ) from (self._problem or error)
        self._idle.append(line)
        return unpack_answer(head, body)

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
    """Where a stream is; they begin at 0 where they do not tell."""
    try:
        return body.tell()
    except (AttributeError, OSError):
        return 0


def _reset(body: Any, start: int) -> None:
    """Make a body ready to be sent again, after it was read."""
    if body is None or isinstance(body, str | bytes | bytearray):
        return
    try:
        body.seek(start)
    except (AttributeError, OSError):
        raise UnseekableStreamError(stream_object=body) from None

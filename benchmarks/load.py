"""A load generator: ``python benchmarks/load.py PORT SCENARIO CONNECTIONS SECONDS`` prints requests per second.

It uses one thread and raw sockets, so that it needs little CPU time. ``server.py`` runs it in a separate process. Every response must
have status 200. If the server closes a connection, a new one is opened.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

GROUP = "benchmark"
FEATURES = ["id", "time", *(f"feature-{number}" for number in range(2, 10))]
DIFFERENT = 1000
BATCH = 25


def values(number: int) -> list[str]:
    """Return the values of a record. Each is a text of about 18 characters."""
    moment = f"{1_767_225_600 + number // 10**7}.{number % 10**7:07}"
    return [identifier(number), moment, *(f"value-{column}-{number:010}" for column in range(2, 10))]


def identifier(number: int) -> str:
    """Return the record identifier."""
    return f"record-{number:011}"


def features(number: int) -> list[dict[str, str]]:
    """Return a record in the format of the API."""
    pairs = zip(FEATURES, values(number), strict=True)
    return [{"FeatureName": name, "ValueAsString": value} for name, value in pairs]


def creation(names: list[str], **more: Any) -> dict[str, Any]:
    """Return parameters of CreateFeatureGroup.

    :param names: the features, including ``id`` and ``time``
    """
    return {
        "FeatureGroupName": GROUP,
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": [
            {"FeatureName": name, "FeatureType": "Fractional" if name == "time" else "String"} for name in names
        ],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
        **more,
    }


# Requests.


def http(method: str, target: str, body: object = None, *, service: str = "sagemaker", operation: str = "") -> bytes:
    """Return the bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    signature = (
        f"AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Authorization: {signature}"]
    lines += [f"Content-Length: {len(content)}", "Content-Type: application/x-amz-json-1.0"]
    lines += [f"X-Amz-Target: {operation}"] if operation else []
    return "\r\n".join([*lines, "", ""]).encode() + content


def _put_record(number: int) -> bytes:
    return http("PUT", f"/FeatureGroup/{GROUP}", {"Record": features(number % DIFFERENT)})


def _get_record(number: int) -> bytes:
    return http("GET", f"/FeatureGroup/{GROUP}?RecordIdentifierValueAsString={identifier(number % DIFFERENT)}")


def _put_item(number: int) -> bytes:
    pairs = zip(FEATURES, values(number % DIFFERENT), strict=True)
    item = {name: {"S": value} for name, value in pairs}
    return _dynamodb("PutItem", {"TableName": GROUP, "Item": item})


def _get_item(number: int) -> bytes:
    return _dynamodb("GetItem", {"TableName": GROUP, "Key": {"id": {"S": identifier(number % DIFFERENT)}}})


def _dynamodb(operation: str, body: object) -> bytes:
    return http("POST", "/", body, service="dynamodb", operation=f"DynamoDB_20120810.{operation}")


def _batch(number: int) -> bytes:
    numbers = range(number * BATCH, (number + 1) * BATCH)
    return http(
        "POST", "/BatchWriteRecord", {"Entries": [{"FeatureGroupName": GROUP, "Record": features(n)} for n in numbers]}
    )


SCENARIOS: dict[str, Callable[[int], bytes]] = {
    "put_record": _put_record,
    "get_record": _get_record,
    "put_item": _put_item,
    "get_item": _get_item,
    "batch": _batch,
}


# The generator.


class Load:
    """Requests over several connections, with one pending request per connection."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._received: dict[socket.socket, bytes] = {}
        for _ in range(connections):
            self._connect()

    def run(self, requests: Iterator[bytes], goes_on: Callable[[int], bool]) -> int:
        """Send requests, wait for all responses, and return the number of responses.

        :param goes_on: a function of the number of responses; requests are sent until it returns False
        """
        answered = 0
        for connection in list(self._received):
            connection.sendall(next(requests))
        waiting = len(self._received)
        while waiting:
            for connection in self._answered():
                answered += 1
                request = next(requests, None) if goes_on(answered) else None
                if request is None:
                    waiting -= 1
                else:
                    connection.sendall(request)
        return answered

    def _answered(self) -> Iterator[socket.socket]:
        """Wait, and yield the connections with a complete response."""
        for key, _ in self._selector.select():
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            received = connection.recv(1 << 20)
            answer = self._received[connection] + received
            if _is_whole(answer):
                assert answer.split(b" ", 2)[1] == b"200", answer
                assert b'"Errors": [{' not in answer, answer
                assert b'"Errors":[{' not in answer, answer
                self._received[connection] = b""
                yield self._reconnect(connection) if _closes(answer) else connection
            else:
                assert received, f"the server has closed the connection after {answer!r}"
                self._received[connection] = answer

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ)
        self._received[connection] = b""
        return connection

    def _reconnect(self, connection: socket.socket) -> socket.socket:
        self._selector.unregister(connection)
        del self._received[connection]
        connection.close()
        return self._connect()


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return body.endswith(b"0\r\n\r\n")  # chunked


def _closes(answer: bytes) -> bool:
    head = answer.partition(b"\r\n\r\n")[0].lower()
    return b"connection: close" in head or head.startswith(b"http/1.0")


def main() -> None:
    """Run a scenario for a number of seconds. The scenario ``batch`` takes a number of batches instead."""
    port, scenario, connections, amount = sys.argv[1:]
    make = SCENARIOS[scenario]
    load = Load(int(port), int(connections))
    began = time.perf_counter()
    if scenario == "batch":
        answered = load.run(map(make, range(int(amount))), lambda _: True)
    else:
        prepared = [make(number) for number in range(DIFFERENT)]
        began = time.perf_counter()
        end = began + float(amount)
        answered = load.run((prepared[n % DIFFERENT] for n in count()), lambda _: time.perf_counter() < end)
    print(answered / (time.perf_counter() - began))


if __name__ == "__main__":
    main()

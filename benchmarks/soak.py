"""A soak test of mixed load with kills, and a check of the result: ``python benchmarks/soak.py --seconds 600``.

Each client is a process. It puts, deletes and reads its own records in one feature group of a server with ``--data``. At random times, a
client is killed and replaced, or the server is killed (SIGKILL) and started again.

A client logs each action before it sends the request, and then the response. An action with a response is certain. An action without a
response may have happened or not. At the end, each record must be in a state that its log allows. Each put with a response must have
exactly one row in the offline store. Nothing else may exist.
"""

import argparse
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pyarrow.parquet as pq
from load import creation, http

GROUP = "soak"
BUCKET = "soak-bucket"
RECORDS = 20
"""The number of records of a client."""
START = 1_767_225_600
PATIENCE = 60


class State(NamedTuple):
    """The state of a record in the online store. Without a value, it is soft-deleted."""

    event_time: int
    value: str | None


# A client.


def client(port: int, log: Path, name: str) -> None:
    """Run random actions until the process is killed."""
    chance = random.Random(name)  # noqa: S311 - keeps no secret
    server = Server(port)
    with log.open("a", buffering=1) as file:
        for number in range(sys.maxsize):
            identifier = f"{name}-{chance.randrange(RECORDS)}"
            event_time = START + chance.randrange(2000)
            kind = chance.choices(["put", "soft", "hard", "get", "look"], [60, 10, 10, 19, 1])[0]
            action = {"kind": kind, "id": identifier, "time": event_time, "value": f"{name}/{number}"}
            file.write(json.dumps(action) + "\n")
            answer = server.do(action)
            if answer is not None:
                file.write(json.dumps(answer) + "\n")


class Server:
    """A connection to the server, which is opened again after an error."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def do(self, action: dict[str, Any]) -> dict[str, Any] | None:
        """Run an action, and return its response. Return None if it is not known whether the action happened."""
        try:
            status, body = self._send(*_request(action))
        except (OSError, HTTPException):
            self._connection.close()
            time.sleep(0.05)
            return None
        is_rejected = status == 400 and action["kind"] == "hard"  # noqa: PLR2004 - not later than the record
        assert status == 200 or is_rejected, (status, body)  # noqa: PLR2004 - OK
        return {"answer": _value_of(json.loads(body)) if action["kind"] == "get" else status}

    def _send(self, method: str, target: str, body: str | None) -> tuple[int, bytes]:
        self._connection.request(method, target, body)
        response = self._connection.getresponse()
        return response.status, response.read()


def _request(action: dict[str, Any]) -> tuple[str, str, str | None]:
    path = f"/FeatureGroup/{GROUP}"
    query = {"RecordIdentifierValueAsString": action["id"]}
    if action["kind"] == "put":
        values = {"id": action["id"], "time": str(action["time"]), "value": action["value"]}
        features = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
        return "PUT", path, json.dumps({"Record": features})
    if action["kind"] == "get":
        return "GET", f"{path}?{urlencode(query)}", None
    if action["kind"] == "look":  # a read of the bucket writes the offline store
        return "GET", f"/{BUCKET}?list-type=2&max-keys=1", None
    mode = {"soft": "SoftDelete", "hard": "HardDelete"}[action["kind"]]
    return "DELETE", f"{path}?{urlencode(query | {'EventTime': action['time'], 'DeletionMode': mode})}", None


def _value_of(answer: dict[str, Any]) -> str | None:
    values = {feature["FeatureName"]: feature["ValueAsString"] for feature in answer.get("Record") or ()}
    return values.get("value")


# Allowed states.


class Allowed:
    """The possible states of a record, from the actions and responses of its client."""

    def __init__(self) -> None:
        self.states: set[State | None] = {None}

    def did(self, action: dict[str, Any], *, is_certain: bool) -> None:
        """Apply an action to the possible states."""
        after = {_after(state, action) for state in self.states}
        self.states = after if is_certain else self.states | after

    def saw(self, value: str | None) -> None:
        """Restrict the possible states to those with the value that a client read."""
        self.states = {state for state in self.states if (state.value if state else None) == value}


def _after(state: State | None, action: dict[str, Any]) -> State | None:
    """Return the state after an action, according to the event-time rule."""
    kind, event_time = action["kind"], action["time"]
    if kind == "put":
        return State(event_time, action["value"]) if state is None or event_time >= state.event_time else state
    if state is None or event_time <= state.event_time:
        return state
    return State(event_time, None) if kind == "soft" else None


class Logs:
    """The logs of all clients."""

    def __init__(self, folder: Path) -> None:
        self.allowed: dict[str, Allowed] = {}
        self.certain: set[str] = set()
        """Values of puts with a response."""
        self.possible: set[str] = set()
        """Values of all puts."""
        self.kinds: Counter[str] = Counter()
        for path in sorted(folder.glob("*.log")):
            self._read(path)

    def _read(self, path: Path) -> None:
        # A kill can leave an incomplete line. Its action was not sent, or its response is not known.
        lines = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
        entries = [json.loads(line) for line in lines]
        for entry, then in zip(entries, [*entries, {}][1:], strict=True):
            if "kind" in entry:
                self._take(entry, then)

    def _take(self, action: dict[str, Any], then: dict[str, Any]) -> None:
        is_certain, kind = "answer" in then, action["kind"]
        self.kinds[kind if is_certain else f"{kind} without response"] += 1
        record = self.allowed.setdefault(action["id"], Allowed())
        if kind == "get" and is_certain:
            record.saw(then["answer"])
            assert record.states, f"{action['id']} was {then['answer']!r}, which is not a possible value"
        elif kind in ("put", "soft", "hard"):
            record.did(action, is_certain=is_certain)
        if kind == "put":
            self.possible.add(action["value"])
            self.certain.update([action["value"]] if is_certain else [])


# The run.


def main() -> int:
    """Run clients and the server, kill them at random times, and check the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="duration in seconds (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=16, help="number of clients (default: %(default)s)")
    mean = "mean seconds between kills of a %s (default: %%(default)s)"
    parser.add_argument("--kill-client", type=float, default=0.5, metavar="SECONDS", help=mean % "client")
    parser.add_argument("--kill-server", type=float, default=4.0, metavar="SECONDS", help=mean % "server")
    parser.add_argument(
        "--seed", type=int, default=time.time_ns(), help="seed of the random kills (default: the clock)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), options)
        try:
            soak.run()
        finally:
            soak.end()
        print(f"seed {options.seed}, {soak.kills['client']} clients and {soak.kills['server']} servers killed")
        print(verify(soak.port, Path(folder), soak.restart))
    return 0


class Soak:
    """The processes of a run."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder, self._options = folder, options
        self._chance = random.Random(options.seed)  # noqa: S311 - keeps no secret
        self.kills: Counter[str] = Counter()
        self._names = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._server = self.restart()
        _prepare(self.port)
        self._clients = [self._start_client() for _ in range(options.clients)]

    def run(self) -> None:
        """Kill clients and the server until the time is over."""
        end = time.monotonic() + self._options.seconds
        next_client, next_server = self._soon(self._options.kill_client), self._soon(self._options.kill_server)
        while (now := time.monotonic()) < end:
            assert all(process.poll() is None for process in self._clients), "a client has failed, see its output above"
            if now > next_client:
                place = self._chance.randrange(len(self._clients))
                self._kill(self._clients[place], "client")
                self._clients[place] = self._start_client()
                next_client = self._soon(self._options.kill_client)
            if now > next_server:
                self._kill(self._server, "server")
                self._server = self.restart()
                next_server = self._soon(self._options.kill_server)
            time.sleep(0.02)

    def end(self) -> None:
        """Kill the clients and the server."""
        processes: list[subprocess.Popen[Any]] = [*self._clients, self._server]
        for process in processes:
            process.kill()
            process.wait()

    def restart(self) -> "subprocess.Popen[str]":
        """Start the server with its data directory."""
        command = [sys.executable, "-m", "moto_featurestore", "serve", "--log", "off"]
        command += ["--port", str(self.port), "--data", str(self._folder / "data")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        assert process.stdout
        assert process.stdout.readline(), "the server did not start"
        return process

    def _start_client(self) -> "subprocess.Popen[bytes]":
        self._names += 1
        name = f"client-{self._names}"
        command = [sys.executable, __file__, "client", str(self.port), str(self._folder / f"{name}.log"), name]
        return subprocess.Popen(command)  # noqa: S603 - our own

    def _kill(self, process: "subprocess.Popen[Any]", what: str) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills[what] += 1

    def _soon(self, mean: float) -> float:
        return time.monotonic() + self._chance.uniform(0, 2 * mean)


def _prepare(port: int) -> None:
    offline = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}"}}
    role = "arn:aws:iam::123456789012:role/soak"
    group = creation(["id", "time", "value"], FeatureGroupName=GROUP, OfflineStoreConfig=offline, RoleArn=role)
    _once(port, http("PUT", f"/{BUCKET}", service="s3"))
    _once(port, http("POST", "/", group, operation="SageMaker.CreateFeatureGroup"))


def _once(port: int, request: bytes) -> None:
    from load import Load

    Load(port, 1).run(iter([request]), lambda _: False)


# Check of the result.


def verify(port: int, folder: Path, restart: Any) -> str:
    """Start the server once more, check all records and rows, and return a summary.

    :raises AssertionError: if something is lost, or if something exists that no client wrote
    """
    logs = Logs(folder)
    process = restart()
    try:
        _verify_records(port, logs)
        rows = _verify_rows(port, logs)
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0
    done = ", ".join(f"{count:,} {kind}" for kind, count in sorted(logs.kinds.items()))
    return f"{done}; {len(logs.allowed):,} records and {rows:,} rows are correct"


def _verify_records(port: int, logs: Logs) -> None:
    listed = None if _lacks_list_records() else set(_identifiers(port))
    unknown = (listed or set()) - logs.allowed.keys()
    assert not unknown, f"no client has put {unknown}"
    server = Server(port)
    for identifier, allowed in logs.allowed.items():
        answer = server.do({"kind": "get", "id": identifier})
        assert answer is not None
        values = {state.value if state else None for state in allowed.states}
        assert answer["answer"] in values, f"{identifier} is {answer['answer']!r}, but must be one of {values}"
        assert listed is None or (identifier in listed) == (answer["answer"] is not None)


def _lacks_list_records() -> bool:
    """Return True if the installed botocore does not know the operation."""
    from moto_featurestore.protocol.model import RUNTIME, service_model

    return "ListRecords" not in service_model(RUNTIME).operation_names


def _identifiers(port: int) -> Iterator[str]:
    token = None
    connection = HTTPConnection("127.0.0.1", port)
    while True:
        body = {"MaxResults": 100} | ({"NextToken": token} if token else {})
        connection.request("POST", f"/FeatureGroup/{GROUP}/ListRecords", json.dumps(body))
        page = json.loads(connection.getresponse().read())
        yield from page["RecordIdentifiers"]
        token = page["NextToken"]
        if token is None:
            return


def _verify_rows(port: int, logs: Logs) -> int:
    """Check that each put with a response has exactly one row, and each other put at most one. Return the number of rows."""
    from io import BytesIO

    import boto3

    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    s3: Any = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **keys)  # type: ignore[call-overload]
    rows: Counter[str] = Counter()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page.get("Contents", ()):
            if not item["Key"].endswith(".parquet"):  # the object of CreateFeatureGroup
                continue
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            values = pq.read_table(BytesIO(body), columns=["value"]).column("value").to_pylist()
            rows.update(value for value in values if value is not None)
    lost, duplicates = logs.certain - rows.keys(), {value for value, count in rows.items() if count > 1}
    assert not lost, f"{len(lost)} rows are lost: {sorted(lost)[:5]}"
    assert not duplicates, f"{len(duplicates)} rows are duplicated: {sorted(duplicates)[:5]}"
    assert rows.keys() <= logs.possible, "there are rows that no client has put"
    return len(rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    sys.exit(main())

"""Speed of the server, as ratios: ``python benchmarks/server.py``.

The servers and the load generator (``load.py``) run in separate processes on one machine. Variants take turns, and the figures compare
medians over the turns. The reference is moto's server with DynamoDB's PutItem and GetItem.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from figures import Figure, report
from load import BATCH, FEATURES, GROUP, Load, creation, http, identifier

CONNECTIONS = (1, 8, 32)
FEATURE_STORE = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0"]
MOTO = [sys.executable, "-m", "moto.server", "--port"]
LOAD = Path(__file__).with_name("load.py")


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    options = _options()
    figures, notes = [], []
    for measured in (_rates(options), _starts(options), _kept(options), _many(options)):
        figures += measured[0]
        notes += measured[1]
    return report(figures, notes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="turns of each variant (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="seconds of a turn (default: %(default)s)")
    parser.add_argument("--records", type=int, default=1_000_000, help="records in batches (default: %(default)s)")
    return parser.parse_args()


# Servers.


@contextmanager
def feature_store(*arguments: str) -> Iterator[tuple[int, int]]:
    """Start this package's server with an online group, and yield its port and its process id."""
    command = [*FEATURE_STORE, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
        assert process.stdout
        port = int(process.stdout.readline().rpartition(":")[2])
        _once(port, http("POST", "/", creation(FEATURES), operation="SageMaker.CreateFeatureGroup"))
        yield port, process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@contextmanager
def _moto() -> Iterator[int]:
    """Start moto's server with a DynamoDB table, and yield its port."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([*MOTO, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        _await(f"http://127.0.0.1:{port}/moto-api/data.json")
        table = {
            "TableName": GROUP,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        _once(port, http("POST", "/", table, service="dynamodb", operation="DynamoDB_20120810.CreateTable"))
        yield port
        process.terminate()


def _once(port: int, request: bytes) -> None:
    Load(port, 1).run(iter([request]), lambda _: False)


def _await(url: str) -> None:
    while True:
        try:
            with urlopen(url, timeout=10):  # noqa: S310 - a local server
                return
        except OSError:
            time.sleep(0.01)


def _rate(port: int, scenario: str, connections: int, amount: float) -> float:
    command = [sys.executable, str(LOAD), str(port), scenario, str(connections), str(amount)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


# Figures.

Measured = tuple[list[Figure], list[str]]


def _rates(options: argparse.Namespace) -> Measured:
    figures, notes = [], []
    with feature_store() as (port, _), _moto() as moto_port:
        for what in ("put", "get"):
            for connections in CONNECTIONS:
                rates: dict[str, list[float]] = {"feature_store": [], "moto": []}
                for _ in range(options.turns):
                    rates["feature_store"].append(_rate(port, f"{what}_record", connections, options.seconds))
                    rates["moto"].append(_rate(moto_port, f"{what}_item", connections, options.seconds))
                rate, moto_rate = median(rates["feature_store"]), median(rates["moto"])
                name = f"{what}_item of moto's server / {what}_record, {connections} connections"
                figures.append(Figure(name, moto_rate / rate, 0.5))
                notes.append(
                    f"{what}, {connections} connections: {rate:.0f}/s; DynamoDB in moto's server {moto_rate:.0f}/s"
                )
    return figures, notes


def _starts(options: argparse.Namespace) -> Measured:
    """Compare the time from the command to the first response with an import of moto's server."""
    starts, imports = [], []
    for _ in range(max(3, options.turns)):
        began = time.perf_counter()
        with subprocess.Popen(FEATURE_STORE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
            assert process.stdout
            port = int(process.stdout.readline().rpartition(":")[2])
            _once(port, http("POST", "/", {}, operation="SageMaker.ListFeatureGroups"))
            starts.append(time.perf_counter() - began)
            process.terminate()
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import moto.server"], check=True)
        imports.append(time.perf_counter() - began)
    figure = Figure("start to first answer / import of moto.server", median(starts) / median(imports), 1.5)
    return [figure], [f"start to first answer: {median(starts):.2f} s; import of moto.server {median(imports):.2f} s"]


def _kept(options: argparse.Namespace) -> Measured:
    """Compare puts into a server with ``--data`` and into one without."""
    with (
        tempfile.TemporaryDirectory() as folder,
        feature_store() as (plain, _),
        feature_store("--data", folder) as (with_data, _),
    ):
        rates: dict[int, list[float]] = {plain: [], with_data: []}
        for _ in range(options.turns):
            for port, measured in rates.items():
                measured.append(_rate(port, "put_record", 1, options.seconds))
        figure = Figure("put with --data / without", median(rates[plain]) / median(rates[with_data]), 1.25)
        return [figure], [
            f"put, 1 connection: {median(rates[plain]):.0f}/s; with --data {median(rates[with_data]):.0f}/s"
        ]


def _many(options: argparse.Namespace) -> Measured:
    """Write many records in batches over 8 connections, and check that none is lost."""
    batches = options.records // BATCH
    with feature_store("--log", "off") as (port, pid):
        before = _resident(pid)
        rate = _rate(port, "batch", 8, batches) * BATCH
        memory = _resident(pid) - before
        listed = sum(1 for _ in _identifiers(port))
    assert listed == batches * BATCH, f"{listed} of {batches * BATCH} records are there"
    figure = Figure(f"memory of a record, of {listed:,}", memory / listed / 1000, 1.5, "kB")
    return [figure], [f"{listed:,} records in batches: {rate:.0f} records/s, none lost, {memory / 1e6:.0f} MB"]


def _identifiers(port: int) -> Iterator[str]:
    """Yield all listed identifiers, and check that each belongs to a written record and is listed once."""
    from http.client import HTTPConnection

    connection, token, seen = HTTPConnection("127.0.0.1", port), None, set[str]()
    while True:
        body: dict[str, Any] = {"MaxResults": 100} | ({"NextToken": token} if token else {})
        connection.request("POST", f"/FeatureGroup/{GROUP}/ListRecords", json.dumps(body))
        page = json.loads(connection.getresponse().read())
        for name in page["RecordIdentifiers"]:
            assert name not in seen
            assert name == identifier(int(name.rpartition("-")[2]))
            seen.add(name)
            yield name
        token = page["NextToken"]
        if token is None:
            break


def _resident(pid: int) -> int:
    import resource

    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main())

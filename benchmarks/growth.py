"""Growth of time and memory with the number of records: ``python benchmarks/growth.py``.

For each number of records, a new process puts the records into a group with both stores, flushes them to the offline store, and runs an
Athena query over all of them. Another process starts a server with a data directory that contains the records. All times are CPU times,
so other programs disturb them little. The script prints a table, and writes a log-log plot of the totals.

The figure of each series is the exponent ``k`` of ``total = c * records ** k``, fitted to the points from 10,000 records on. Below,
constant costs dominate. 1 is linear growth. The expected bends:

- Puts: up to 10,000 records, a put takes about a quarter less, probably because of the processor's caches (assumed, not measured). From
  30,000 records on, the time per put is constant. (``runtime.py`` compares puts into many and into no records in turns: the ratio is 1.)
- Flush: 24 files are written, whatever the number of rows. Below 3,000 rows, the time per file and the Glue table dominate.
- Query: a small query runs first and imports DuckDB and sqlglot, which is not measured. Up to 1,000,000 rows, the time to translate and
  plan the query dominates, so the total hardly grows.
- Start: the imports, about one second, dominate up to 10,000 records.
- Memory: the call log grows to 8 MiB with the first 7,000 calls, which is most of the difference to a record among 1,000,000. A dict
  doubles its table, and a list grows by an eighth, so the memory of a record varies by some percent.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path
from statistics import linear_regression
from typing import Any

from figures import Figure, report
from load import BATCH, FEATURES, GROUP, Load, creation, features, http

SMALLEST = 1_000
FIRST_FITTED = 10_000
ACCOUNT, REGION, BUCKET = "123456789012", "us-east-1", "growth-bucket"
HOURS = 24
START = 1_767_225_600
OK = 200
MEMORY_RESERVE = 3_000_000_000
"""Bytes of memory that the benchmark leaves to other programs."""
LARGEST_BYTES_PER_RECORD = 3_500
"""The most memory per record that a process of the benchmark needs at any time, which is during the flush."""
SERIES = {
    "put": "us per put",
    "flush": "us per row of a flush",
    "query": "us per row of a query",
    "start": "us per record of a start with --data",
    "memory": "bytes per record",
}
"""A dict from the name of a series to its unit per record, in millionths of the total for times."""


def main() -> int:
    """Measure all series, print them, and write the plot. Return 1 if a series grows faster than linearly."""
    options = _options()
    if options.measure:
        print(json.dumps(_measure(options.measure, is_whole=options.measure <= options.whole)))
        return 0
    series = {name: Points() for name in SERIES}
    for count in _counts(options.most):
        if count * LARGEST_BYTES_PER_RECORD > _available_memory() - MEMORY_RESERVE:
            print(f"not enough memory for {count:,} records", file=sys.stderr)
            break
        _measure_count(count, options.whole, series)
    _print_table(series)
    _plot(series, options.plot)
    figures = [
        Figure(f"growth of {name}, exponent", points.exponent(), 1.05, unit="")
        for name, points in series.items()
        if points.is_fitted
    ]
    return report(figures, [f"plot: {options.plot}"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000, help="largest number of records (default: %(default)s)")
    parser.add_argument(
        "--whole",
        type=int,
        default=1_000_000,
        help="largest number of records for flush, query and start; beyond, only puts and memory (default: %(default)s)",
    )
    parser.add_argument(
        "--plot", type=Path, default=Path(tempfile.gettempdir()) / "growth.png", help="file of the plot"
    )
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)  # the child process that measures a number
    return parser.parse_args()


def _counts(most: int) -> list[int]:
    """Return 1,000, 3,000, 10,000, 30,000 and so on."""
    counts = [count * 10**power for power in range(3, 9) for count in (1, 3)]
    return [count for count in counts if count <= most]


def _available_memory() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") + _cached_bytes()


def _cached_bytes() -> int:
    """Return the memory of the page cache, which Linux frees on demand."""
    meminfo = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in meminfo if line.startswith("Cached:"))


@dataclass
class Points:
    """The totals of a series: seconds, or bytes, by number of records."""

    totals: dict[int, float] = field(default_factory=dict)

    @property
    def is_fitted(self) -> bool:
        """True if there are enough points for a fit."""
        return len(self._fitted()) > 1

    def _fitted(self) -> list[tuple[float, float]]:
        return [(log(count), log(total)) for count, total in self.totals.items() if count >= FIRST_FITTED]

    def line(self) -> tuple[float, float]:
        """Return exponent and factor of the fitted power law."""
        slope, intercept = linear_regression(*zip(*self._fitted(), strict=True))
        return slope, exp(intercept)

    def exponent(self) -> float:
        """Return the exponent of the fitted power law."""
        return self.line()[0]


def _measure_count(count: int, whole: int, series: dict[str, Points]) -> None:
    command = [sys.executable, __file__, "--measure", str(count), "--whole", str(whole)]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)  # noqa: S603 - our own
    if count <= whole:
        result["start"] = _measure_start(count)
    for name, total in result.items():
        series[name].totals[count] = total
    print(f"{count:,} records: {result}", file=sys.stderr, flush=True)


# In a child process: puts, flush, query and memory.


def _measure(count: int, *, is_whole: bool) -> dict[str, float]:
    """Return the totals of a number of records."""
    import boto3

    from moto_featurestore import mock_featurestore

    with mock_featurestore():
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        _create("warm-up", SMALLEST)
        _query("warm-up")
        before = _resident_bytes()
        seconds = _create(GROUP, count)
        result = {"put": seconds, "memory": float(_resident_bytes() - before)}
        if is_whole:
            began = time.process_time()
            _flush(GROUP)
            result["flush"] = time.process_time() - began
            began = time.process_time()
            rows = _query(GROUP)
            result["query"] = time.process_time() - began
            assert rows == count, f"the query counts {rows} of {count} rows"
    return result


def _create(name: str, count: int) -> float:
    """Create a group with a number of records. Return the CPU seconds of the puts."""
    from moto_featurestore.protocol.http import Request

    offline = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/"}}
    params = creation(FEATURES, OfflineStoreConfig=offline, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/FeatureStoreRole")
    body = json.dumps(params | {"FeatureGroupName": name}).encode()
    _call(Request("POST", "/", "", body, "SageMaker.CreateFeatureGroup"))
    total = 0.0
    for start in range(0, count, SMALLEST):
        requests = [
            Request("PUT", f"/FeatureGroup/{name}", "", json.dumps({"Record": _record(number)}).encode())
            for number in range(start, start + SMALLEST)
        ]
        began = time.process_time()
        for request in requests:
            _call(request)
        total += time.process_time() - began
    return total


def _record(number: int) -> list[dict[str, str]]:
    """Return a record with an event time on one day."""
    record = features(number)
    record[1]["ValueAsString"] = f"{START + number * 7919 % (HOURS * 3600)}.{number % 10**7:07}"
    return record


def _call(request: Any) -> None:
    from moto_featurestore._moto.backend import MotoWorld
    from moto_featurestore.service.dispatch import respond
    from moto_featurestore.world import Caller

    response = respond(MotoWorld(), Caller(ACCOUNT, REGION, "aws"), request)
    assert response.status == OK, response.body


def _flush(name: str) -> None:
    from moto_featurestore._moto.backend import MotoWorld
    from moto_featurestore.offline.flush import flush

    flush(MotoWorld(), MotoWorld().store(ACCOUNT, REGION).groups[name])


def _query(name: str) -> int:
    """Return the number of rows that a query with an aggregate of each row counts."""
    import boto3

    group = boto3.client("sagemaker", region_name=REGION).describe_feature_group(FeatureGroupName=name)
    catalog = group["OfflineStoreConfig"]["DataCatalogConfig"]
    athena = boto3.client("athena", region_name=REGION)
    text = f'SELECT count(*), max(id), avg("time") FROM "{catalog["Database"]}"."{catalog["TableName"]}"'  # noqa: S608 - no input
    place = {"OutputLocation": f"s3://{BUCKET}/results/"}
    query = athena.start_query_execution(QueryString=text, ResultConfiguration=place)["QueryExecutionId"]
    state = "RUNNING"
    while state in ("QUEUED", "RUNNING"):
        state = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]
        time.sleep(0.01)
    assert state == "SUCCEEDED", state
    return int(athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


# The start of a server with a data directory.


def _measure_start(count: int) -> float:
    """Return the CPU seconds of a server from its start to its first response, with records in its data directory."""
    load = Path(__file__).with_name("load.py")
    create = http("POST", "/", creation(FEATURES), operation="SageMaker.CreateFeatureGroup")
    with tempfile.TemporaryDirectory() as folder:

        def fill(port: int) -> None:
            command = [sys.executable, str(load), str(port), "batch", "4", str(count // BATCH)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own

        _serve(folder, create, fill)
        return _serve(folder, http("POST", "/", {}, operation="SageMaker.ListFeatureGroups"), lambda _: None)


def _serve(folder: str, first: bytes, use: Callable[[int], Any]) -> float:
    """Run a server, send a request, and call a function. Return the server's CPU seconds until the first response."""
    command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", "--log", "off", "--data", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:  # noqa: S603 - our own
        assert server.stdout
        port = int(server.stdout.readline().rpartition(":")[2])
        Load(port, 1).run(iter([first]), lambda _: False)
        seconds = _cpu_seconds(server.pid)
        use(port)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=600) == 0
    return seconds


def _cpu_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# Output.


def _print_table(series: dict[str, Points]) -> None:
    counts = sorted({count for points in series.values() for count in points.totals})
    print(f"{'':38}" + "".join(f"{count:>12,}" for count in counts) + f"{'exponent':>10}")
    for name, points in series.items():
        factor = 1 if name == "memory" else 1_000_000
        cells = [f"{points.totals[n] * factor / n:12.1f}" if n in points.totals else f"{'-':>12}" for n in counts]
        fitted = f"{points.exponent():10.2f}" if points.is_fitted else ""
        print(f"{SERIES[name]:38}{''.join(cells)}{fitted}")
    print()


def _plot(series: dict[str, Points], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, (times, memory) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for name, points in series.items():
        axes = memory if name == "memory" else times
        counts = sorted(points.totals)
        label = f"{name}, exponent {points.exponent():.2f}" if points.is_fitted else name
        [line] = axes.loglog(counts, [points.totals[count] for count in counts], "o", label=label)
        if points.is_fitted:
            slope, factor = points.line()
            fitted = [count for count in counts if count >= FIRST_FITTED]
            axes.loglog(fitted, [factor * count**slope for count in fitted], color=line.get_color())
    for axes, unit in ((times, "CPU seconds in total"), (memory, "bytes in total")):
        axes.set(xlabel="records", ylabel=unit)
        axes.grid(which="major", alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    sys.exit(main())

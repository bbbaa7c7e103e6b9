"""Attacks on the data directory of a server: ``python benchmarks/persistence_harness.py``.

The server's application runs in forked children of this process, which has imported everything, so a start takes
milliseconds. boto3 clients call the application directly, without HTTP. Each child reports in a pipe what it begins and
what the service has acknowledged. After a kill, the next child reads the state, and the parent compares it.

========  ========================================================================================================
kills     ``kill -9`` at random moments of a mixed load: puts, deletes, batches, TTL, flushes to Parquet and Iceberg,
          writes to S3 and Glue. Each row must be in the offline store exactly once.
full      a small tmpfs that fills up: a write that fails must change nothing. Needs root.
damage    each region of each file flipped or truncated, one at a time
folders   two servers, a read-only folder (needs root), folders of other versions, and names of buckets and groups
========  ========================================================================================================

The exit status is 1 if an acknowledged write is lost, a wrong value is served, a loss is not reported, or a start ends
with a traceback.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Thread, Timer
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import boto3
import botocore.session
import duckdb  # noqa: F401 - before the fork
import pyarrow.parquet  # noqa: F401
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from moto_featurestore.server import http, serve

with suppress(ImportError):
    import pyiceberg.catalog.glue  # noqa: F401

OFFLINE = {"parquet": "Glue", "iceberg": "Iceberg"}
"""The groups of the load and their table formats. A third one, ``online``, has no offline store."""
GROUPS = ("parquet", "iceberg", "online")
THREADS = 3

# A client of the application.


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield the body, as urllib3's response does."""
        yield self.read()


def caller(app: Any) -> Callable[..., AWSResponse]:
    """Return a handler of botocore's ``before-send`` that passes requests to a WSGI application."""

    def call(request: Any, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else body.read()
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
            "RAW_URI": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.version": (1, 0),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": parts.netloc,
        }
        for name, value in request.headers.items():
            text = value.decode() if isinstance(value, bytes) else str(value)
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
        environ["CONTENT_LENGTH"] = str(len(body))
        started: list[Any] = []
        content = b"".join(app(environ, lambda status, headers, *_: started.extend([status, headers])))
        headers = {name.lower(): value for name, value in started[1]}
        return AWSResponse(request.url, int(started[0].split()[0]), headers, _Raw(content))  # type: ignore[arg-type]

    return call


class Clients:
    """boto3 clients of an application."""

    def __init__(self, app: Any) -> None:
        session = boto3.Session(
            "a", "b", region_name="us-east-1", botocore_session=botocore.session.Session(profile=None)
        )
        events: Any = session.events
        events.register("before-send", caller(app))
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        for attribute, service in (
            ("sagemaker", "sagemaker"),
            ("runtime", "sagemaker-featurestore-runtime"),
            ("s3", "s3"),
            ("glue", "glue"),
            ("athena", "athena"),
        ):
            client = session.client(service, endpoint_url="http://localhost", config=config)  # type: ignore[call-overload]
            vars(self)[attribute] = client
        # botocore creates the class at the first use. Two threads could create two classes.
        self.already_exists: type[Exception] = self.glue.exceptions.AlreadyExistsException

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def create(self, name: str, **changes: Any) -> None:
        """Create a group."""
        parameters: dict[str, Any] = {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "time",
            "FeatureDefinitions": [{"FeatureName": key, "FeatureType": "String"} for key in ("id", "time", "v")],
            "OnlineStoreConfig": {"EnableOnlineStore": True},
        }
        if name in OFFLINE:
            parameters |= {
                "OfflineStoreConfig": {
                    "S3StorageConfig": {"S3Uri": f"s3://bucket-{name}/p"},
                    "TableFormat": OFFLINE[name],
                },
                "RoleArn": "arn:aws:iam::123456789012:role/r",
            }
        self.sagemaker.create_feature_group(**parameters | changes)

    def set_up(self) -> None:
        """Create the groups and the buckets of the load, unless they exist."""
        buckets = {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}
        for bucket in (*(f"bucket-{name}" for name in OFFLINE), "bucket-other"):
            if bucket not in buckets:
                self.s3.create_bucket(Bucket=bucket)
        listed = self.sagemaker.list_feature_groups()["FeatureGroupSummaries"]
        groups = {group["FeatureGroupName"] for group in listed}
        for name in GROUPS:
            if name not in groups:
                self.create(name)

    def online(self, group: str) -> dict[str, str]:
        """Return the values of a group's records by identifier."""
        values: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            page = self.runtime.list_records(FeatureGroupName=group, MaxResults=100, **token)
            names = page["RecordIdentifiers"]
            if names:
                wanted = [{"FeatureGroupName": group, "RecordIdentifiersValueAsString": names}]
                for record in self.runtime.batch_get_record(Identifiers=wanted)["Records"]:
                    features = {item["FeatureName"]: item["ValueAsString"] for item in record["Record"]}
                    values[record["RecordIdentifierValueAsString"]] = features["v"]
            if not page.get("NextToken"):
                return values
            token = {"NextToken": page["NextToken"]}

    def rows(self, group: str) -> list[str]:
        """Return the rows of a group's offline store, each as ``value`` or ``delete marker of identifier``, sorted."""
        catalog = self.sagemaker.describe_feature_group(FeatureGroupName=group)["OfflineStoreConfig"][
            "DataCatalogConfig"
        ]
        name = f'"{catalog["Database"]}"."{catalog["TableName"]}"'
        query = self.athena.start_query_execution(
            QueryString=f"SELECT CASE WHEN is_deleted THEN 'deleted ' || id ELSE v END FROM {name}",  # noqa: S608
            ResultConfiguration={"OutputLocation": "s3://bucket-other/results/"},
        )["QueryExecutionId"]
        status: dict[str, Any] = {"State": "QUEUED"}
        while status["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.01)
            status = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] != "SUCCEEDED":
            raise AssertionError(status)
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        rows = [row["Data"][0].get("VarCharValue", "") for page in pages for row in page["ResultSet"]["Rows"]]
        return sorted(rows[1:])

    def state(self) -> dict[str, Any]:
        """Return what the load has written. An exception in one part does not hide the others."""
        groups = [g["FeatureGroupName"] for g in self.sagemaker.list_feature_groups()["FeatureGroupSummaries"]]
        state: dict[str, Any] = {"groups": sorted(groups)}
        for group in sorted(groups):
            state[f"online {group}"] = self.online(group)
            if group in OFFLINE:
                state[f"rows {group}"] = _attempt(partial(self.rows, group))
        state["s3"] = _attempt(self._objects)
        state["glue"] = _attempt(self._tables)
        return state

    def _objects(self) -> dict[str, str]:
        with suppress(self.s3.exceptions.NoSuchBucket):
            contents = self.s3.list_objects_v2(Bucket="bucket-other", Prefix="o/").get("Contents", [])
            return {
                item["Key"]: self.s3.get_object(Bucket="bucket-other", Key=item["Key"])["Body"].read().decode()
                for item in contents
            }
        return {}

    def _tables(self) -> dict[str, str]:
        tables = {}
        for database in self.glue.get_databases()["DatabaseList"]:
            if database["Name"].startswith("d"):
                tables[database["Name"]] = database.get("Description", "")
        return tables


def _attempt(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - the report shows it
        return f"error: {type(error).__name__}: {str(error)[:300]}"


# Servers in children.


@contextmanager
def server(folder: Path) -> Iterator[tuple[Clients, list[str]]]:
    """Start the application with a data directory. Yield clients and the warnings of the start."""
    warnings: list[str] = []
    captured: list[Any] = []

    def make_server(_host: str, _port: int, app: Any, **_: Any) -> Any:
        captured.append(app)
        return Namespace(port=1, stop=lambda: None)

    http.make_server = make_server  # type: ignore[assignment]
    serve._warn = warnings.append  # type: ignore[assignment]
    options = Namespace(data=folder, seed=None, log="off", host="127.0.0.1", port=0, cors=[], allow_host=[])
    options.certificate = options.key = None
    with ExitStack() as stack:
        serve.start(options, stack)
        yield Clients(captured[0]), warnings


class Pipe:
    """One JSON document per line, from a child to its parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, **message: Any) -> None:
        """Send a message."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]


class Child:
    """A forked child that runs a function. Messages arrive until it ends or is killed."""

    def __init__(self, function: Callable[[Pipe], None]) -> None:
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            _run(function, Pipe(writer))
        os.close(writer)
        self._file = os.fdopen(reader)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the messages to the end."""
        with self._file:
            for line in self._file:
                with suppress(ValueError):  # half a line of a killed child
                    yield json.loads(line)
        os.waitpid(self.pid, 0)

    def kill(self) -> None:
        """Kill the child."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _run(function: Callable[[Pipe], None], pipe: Pipe) -> NoReturn:
    status = 0
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        function(pipe)
    except serve.StartError as error:
        pipe.send(refused=str(error))
    except BaseException:  # noqa: BLE001 - the parent shows it
        pipe.send(traceback=traceback.format_exc())
        status = 1
    finally:
        os._exit(status)


def last(child: Child) -> dict[str, Any]:
    """Return all messages of a child as one dict."""
    result: dict[str, Any] = {}
    for message in child.messages():
        result |= message
    return result


# The load.


def load(clients: Clients, pipe: Pipe, thread: int, start: int, seconds: float, size: int) -> None:  # noqa: PLR0913, PLR0917
    """Make random requests, one at a time, and report each before and after."""
    choice = random.Random(os.getpid() * 1000 + thread)  # noqa: S311
    end = time.monotonic() + seconds
    number = start
    while time.monotonic() < end:
        number += 1
        kind = choice.choices(
            ("put", "soft", "hard", "batch", "ttl", "flush", "s3", "glue"), (30, 5, 5, 6, 4, 5, 5, 2)
        )[0]
        group = choice.choice(GROUPS)
        identifiers = [f"{thread}-{name}" for name in choice.sample("abcdefgh", 3 if kind == "batch" else 1)]
        step = {"kind": kind, "group": group, "ids": identifiers, "number": f"{thread}:{number}", "thread": thread}
        pipe.send(begin=step)
        try:
            perform(clients, step, number, "x" * choice.randrange(size))
        except ClientError as error:
            pipe.send(failed=step, error=str(error)[:200])
        else:
            pipe.send(done=step)


def perform(clients: Clients, step: dict[str, Any], number: int, filler: str) -> None:
    """Make a request of the load."""
    kind, group = step["kind"], step["group"]
    # Later than the thread's earlier requests, and long before the current time.
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + number))

    def record(identifier: str) -> list[dict[str, str]]:
        values = {"id": identifier, "time": moment, "v": f"{step['number']} {filler}"}
        return [{"FeatureName": key, "ValueAsString": value} for key, value in values.items()]

    if kind == "put":
        clients.runtime.put_record(FeatureGroupName=group, Record=record(step["ids"][0]))
    elif kind == "ttl":  # has expired when it is written
        ttl = {"TtlDuration": {"Unit": "Seconds", "Value": 1}}
        clients.runtime.put_record(FeatureGroupName=group, Record=record(step["ids"][0]), **ttl)
    elif kind in ("soft", "hard"):
        clients.runtime.delete_record(
            FeatureGroupName=group,
            RecordIdentifierValueAsString=step["ids"][0],
            EventTime=moment,
            DeletionMode=f"{kind.title()}Delete",
        )
    elif kind == "batch":
        entries = [{"FeatureGroupName": group, "Record": record(identifier)} for identifier in step["ids"]]
        answer = clients.runtime.batch_write_record(Entries=entries)
        assert not answer["Errors"], answer
    elif kind == "flush" and group in OFFLINE:
        clients.s3.list_objects_v2(Bucket=f"bucket-{group}")
    elif kind == "s3":
        clients.s3.put_object(Bucket="bucket-other", Key=f"o/{step['ids'][0]}", Body=step["number"].encode())
    elif kind == "glue":
        name = f"d{step['ids'][0]}".replace("-", "_")
        with suppress(clients.already_exists):
            clients.glue.create_database(DatabaseInput={"Name": name})
        clients.glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": step["number"]})


@dataclass
class Model:
    """What the server must hold. A request without an answer may have happened or not."""

    online: dict[str, dict[str, str]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    rows: dict[str, Counter[str]] = field(default_factory=lambda: {group: Counter() for group in OFFLINE})

    def apply(self, step: dict[str, Any]) -> None:
        """Make the changes of a request."""
        group, kind = step["group"], step["kind"]
        for identifier in step["ids"]:
            if kind in ("put", "batch"):
                self.online[group][identifier] = step["number"]
            elif kind in ("soft", "hard", "ttl"):
                self.online[group].pop(identifier, None)
            if group in OFFLINE:
                if kind in ("put", "batch", "ttl"):
                    self.rows[group][step["number"]] += 1
                if kind in ("soft", "hard", "ttl"):
                    self.rows[group][f"deleted {identifier}"] += 1

    def copy(self) -> "Model":
        """Return a copy."""
        return Model(
            {group: dict(values) for group, values in self.online.items()},
            {group: Counter(rows) for group, rows in self.rows.items()},
        )

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Model":
        """Return the model of a server's state."""
        online = {
            group: {key: value.split()[0] for key, value in state.get(f"online {group}", {}).items()}
            for group in GROUPS
        }
        rows: dict[str, Counter[str]] = {}
        for group in OFFLINE:
            found = state.get(f"rows {group}", [])
            rows[group] = (
                Counter([found])
                if isinstance(found, str)
                else Counter(row if row.startswith("deleted") else row.split()[0] for row in found)
            )
        return cls(online, rows)

    def difference(self, actual: "Model", begun: list[dict[str, Any]]) -> tuple[list[str], "Model"]:
        """Return the differences of the actual state, and the model with the unanswered requests that happened."""
        expected = self.copy()
        for step in begun:  # the threads' requests do not overlap
            applied = expected.copy()
            applied.apply(step)
            choices = [expected, applied]
            if step.get("overtaken"):  # a later request has changed the online record again
                choices.append(Model(expected.copy().online, applied.rows))
            expected = min(choices, key=lambda model: _distance(model, actual))
        texts = []
        for group in GROUPS:
            for key in sorted(expected.online[group].keys() | actual.online[group].keys()):
                wanted, found = expected.online[group].get(key), actual.online[group].get(key)
                if wanted != found:
                    texts.append(f"online {group} {key}: expected {wanted}, is {found}")
        for group in OFFLINE:
            lost, more = expected.rows[group] - actual.rows[group], actual.rows[group] - expected.rows[group]
            texts += [f"row {group} lost: {key} ({count})" for key, count in lost.items()]
            texts += [f"row {group} twice: {key} ({count})" for key, count in more.items()]
        return texts, actual


def _distance(model: Model, other: Model) -> int:
    online = sum(len(set(model.online[group].items()) ^ set(other.online[group].items())) for group in GROUPS)
    rows = sum(
        ((model.rows[group] - other.rows[group]) + (other.rows[group] - model.rows[group])).total() for group in OFFLINE
    )
    return online + rows


# Attacks.


@dataclass
class Result:
    """The outcome of an attack: counts for the table, and examples of failures."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    failures: int = 0

    def fail(self, kind: str, example: str) -> None:
        """Count a failure."""
        self.counts[kind] += 1
        self.failures += 1
        if sum(text.startswith(kind) for text in self.examples) < 3:  # noqa: PLR2004
            self.examples.append(f"{kind}: {example}")

    def __str__(self) -> str:
        counts = ", ".join(f"{kind} {count}" for kind, count in self.counts.items())
        lines = [f"{self.name}: {'FAILED' if self.failures else 'ok'}: {counts}"]
        return "\n".join([*lines, *(f"    {example}" for example in self.examples)])


def kills(options: Namespace) -> Result:  # noqa: C901, PLR0912 - one branch for each kind of message
    """Kill servers at random moments of the load."""
    result = Result("kills")
    for round_number in range(options.kills):
        if round_number % options.rounds == 0:
            folder, model, start = Path(tempfile.mkdtemp(dir=options.folder)), Model(), 0
            seen: dict[str, Any] = {}
            begun: list[dict[str, Any]] = []

        is_checked = round_number % options.check == options.check - 1

        def run(pipe: Pipe, folder: Path = folder, start: int = start, *, is_checked: bool = is_checked) -> None:
            with server(folder) as (clients, warnings):
                pipe.send(warnings=warnings)
                if is_checked:
                    pipe.send(state=clients.state())
                clients.set_up()
                pipe.send(ready=True)
                threads = [
                    Thread(target=load, args=(clients, pipe, thread, start, 60, options.size), daemon=True)
                    for thread in range(THREADS)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

        child = Child(run)
        steps: dict[int, dict[str, Any]] = {}
        for message in child.messages():
            if "ready" in message:
                delay = random.uniform(0, options.seconds)  # noqa: S311
                Timer(delay, child.kill).start()
            elif "state" in message:
                model = _compare(result, model, message["state"], begun, seen)
                begun = []
            elif message.get("warnings"):
                result.fail("warnings without damage", str(message["warnings"][:2]))
            elif "begin" in message:
                steps[message["begin"]["thread"]] = message["begin"]
                start += 1
            elif "done" in message:
                step = steps.pop(message["done"]["thread"])
                model.apply(step)
                for other in begun:
                    if other["group"] == step["group"] and set(other["ids"]) & set(step["ids"]):
                        other["overtaken"] = True
                result.counts["acknowledged requests"] += 1
                if step["kind"] in ("s3", "glue"):
                    seen[f"{step['kind']} {step['ids'][0]}"] = step["number"]
            elif "failed" in message:
                steps.pop(message["failed"]["thread"])
                result.fail("failed requests", f"{message['failed']}: {message['error']}")
            elif "traceback" in message or "refused" in message:
                result.fail("server failed", str(message)[-1500:])
        begun += steps.values()
        result.counts["kills"] += 1
        result.counts["checks of the whole state"] += is_checked
        if result.counts["kills"] % 10 == 0:
            print(result, file=sys.stderr, flush=True)
    return result


def _compare(
    result: Result, model: Model, state: dict[str, Any], begun: list[dict[str, Any]], seen: dict[str, Any]
) -> Model:
    if not state["groups"]:
        return model
    differences, model = model.difference(Model.of(state), begun)
    for text in differences:
        result.fail(_kind(text), text)
    stale = sum(
        kind == "s3" and isinstance(state["s3"], dict) and state["s3"].get(f"o/{key}") != value
        for (kind, key), value in ((name.split(), value) for name, value in seen.items())
    )
    result.counts["S3 writes of the last second that a kill undid"] += stale
    return model


def _kind(text: str) -> str:
    if text.startswith("online"):
        return "online records wrong"
    return "rows lost" if " lost" in text else "rows twice"


def full(options: Namespace) -> Result:
    """Fill a small tmpfs during the load."""
    result = Result("full disk")
    for _ in range(options.fills):
        folder = Path(tempfile.mkdtemp(dir=options.folder))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], check=False).returncode:  # noqa: S603, S607
            result.counts["skipped: needs root"] += 1
            return result
        try:
            _fill(result, folder, options)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)  # noqa: S603, S607
    return result


def _fill(result: Result, folder: Path, options: Namespace) -> None:  # noqa: C901
    def run(pipe: Pipe) -> None:
        with server(folder / "data") as (clients, _):
            clients.set_up()
            pipe.send(ready=True)
            load(clients, pipe, 0, 0, options.seconds * 2, 150_000)
            pipe.send(space=True)
            subprocess.run(["mount", "-o", "remount,size=200m", folder], check=True)  # noqa: S603, S607
            load(clients, pipe, 1, 10_000, options.seconds, 100)
            pipe.send(state=clients.state())
            os.kill(os.getpid(), signal.SIGKILL)

    def again(pipe: Pipe) -> None:
        with server(folder / "data") as (clients, warnings):
            pipe.send(warnings=warnings)
            pipe.send(state=clients.state())

    model, more_space = Model(), False
    failed: list[dict[str, Any]] = []
    for message in (*Child(run).messages(), {"restart": True}, *Child(again).messages()):
        if "done" in message:
            model.apply(message["done"])
            result.counts["acknowledged requests"] += 1
        elif "space" in message:
            more_space = True
        elif "failed" in message:
            result.counts["requests with an error"] += 1
            failed.append(message["failed"])
            if more_space:
                result.fail("errors although there is space again", message["error"])
            elif "InternalFailure" not in message["error"]:
                result.fail("another error than InternalFailure", message["error"])
        elif "state" in message:
            differences, _ = model.difference(Model.of(message["state"]), [])
            half = {step["number"] for step in failed}
            for text in differences:
                is_half = any(number in text.replace(",", " ").split() for number in half)
                result.fail(f"{'failed request seen: ' if is_half else ''}{_kind(text)}", text)
        elif message.get("warnings"):
            result.fail("warnings without damage", str(message["warnings"][:2]))
        elif "traceback" in message or "refused" in message:
            result.fail("server failed", str(message)[-1500:])
    result.counts["fills"] += 1


def damage(options: Namespace) -> Result:
    """Flip or truncate each region of each file."""
    result = Result("damage")
    original = Path(tempfile.mkdtemp(dir=options.folder)) / "data"
    baseline = _damage_baseline(original)
    files: dict[Path, list[Path]] = {}
    for path in sorted(path for path in original.rglob("*") if path.is_file() and path.name != "lock"):
        files.setdefault(path.parent, []).append(path)
    for path in [path for paths in files.values() for path in paths[: options.files]]:
        size = path.stat().st_size
        starts = [size * region // options.regions for region in range(options.regions)]
        for start in dict.fromkeys(starts):
            for kind in ("flip", "truncate"):
                _damage(result, original, baseline, path, start, max(1, size // options.regions), kind)
    return result


def _damage_baseline(folder: Path) -> dict[str, Any]:
    def run(_: Pipe) -> None:
        with server(folder) as (clients, _warnings):
            clients.set_up()
            for number in range(120):
                for group in GROUPS:
                    step = {"kind": "put", "group": group, "ids": [f"i{number}"], "number": f"n{number}"}
                    perform(clients, step, number, "x" * 50)
                if number == 60:  # noqa: PLR2004
                    clients.state()
                    for kind in ("s3", "glue"):
                        step = {"kind": kind, "group": "online", "ids": [kind], "number": "1"}
                        perform(clients, step, number, "")
            time.sleep(3)
            os.kill(os.getpid(), signal.SIGKILL)

    def state(pipe: Pipe) -> None:
        with server(folder.with_name("copy")) as (clients, _):
            pipe.send(**clients.state())

    for _ in Child(run).messages():
        pass
    shutil.copytree(folder, folder.with_name("copy"))
    baseline = last(Child(state))
    assert len(baseline["groups"]) == len(GROUPS), baseline
    assert len(baseline["rows iceberg"]) == 120, baseline["rows iceberg"][:200]  # noqa: PLR2004
    return baseline


def _damage(  # noqa: PLR0913, PLR0917
    result: Result, original: Path, baseline: dict[str, Any], path: Path, start: int, length: int, kind: str
) -> None:
    folder = original.with_name("damaged")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)
    name = f"{kind} {path.relative_to(original)} at {start}"
    with (folder / path.relative_to(original)).open("r+b") as file:
        if kind == "truncate":
            file.truncate(start)
        else:
            position = start + random.randrange(length)  # noqa: S311
            file.seek(position)
            byte = file.read(1)
            file.seek(position)
            file.write(bytes([byte[0] ^ 1 << random.randrange(8)]) if byte else b"")  # noqa: S311

    def run(pipe: Pipe) -> None:
        with server(folder) as (clients, warnings):
            pipe.send(warnings=warnings[:5], count=len(warnings))
            pipe.send(**clients.state())

    _judge(result, baseline, last(Child(run)), name, has_copy=any((folder / "damaged").glob("*")))


def _judge(result: Result, baseline: dict[str, Any], found: dict[str, Any], name: str, *, has_copy: bool) -> None:  # noqa: C901
    result.counts["damages"] += 1
    if "traceback" in found:
        result.fail("server failed", f"{name}: {found['traceback'][-700:]}")
        return
    if "refused" in found:
        result.counts["refused in one sentence"] += 1
        return
    lost: Counter[str] = Counter()
    lost["groups"] = len(set(baseline["groups"]) - set(found["groups"]))
    for key, before in baseline.items():
        now = found.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            lost["online records"] += len(before.keys() - now.keys()) if key.startswith("online") else 0
            lost[f"{key} entries"] += len(before.keys() - now.keys()) if key in ("s3", "glue") else 0
            if wrong := {k: v for k, v in now.items() if k not in before or v != before[k]}:
                result.fail("wrong values served", f"{name}: {key}: {str(wrong)[:200]}")
        elif key.startswith("rows") and isinstance(now, list):
            lost["rows"] += (Counter(before) - Counter(now)).total()
            if more := Counter(now) - Counter(before):
                result.fail("wrong rows served", f"{name}: {key}: {str(more)[:200]}")
        elif isinstance(now, str):
            lost["unreadable offline stores"] += 1
    lost = +lost
    for what, count in lost.items():
        result.counts[f"lost {what}"] += count
    if lost["groups"]:
        result.counts["damages that lose a group"] += 1
    if lost and not found["count"]:
        result.fail("silent losses", f"{name}: {dict(lost)}")
    if lost and not has_copy:
        result.fail("losses without a copy of the file", f"{name}: {dict(lost)}")
    result.counts["harmless" if not lost else "with a loss"] += 1
    result.counts["most warnings"] = max(result.counts["most warnings"], found["count"])


def folders(options: Namespace) -> Result:
    """Start servers on folders that they cannot use, and use names that collide with names of files."""
    result = Result("folders")
    parent = Path(tempfile.mkdtemp(dir=options.folder))
    used = parent / "used"

    def build(pipe: Pipe) -> None:
        with server(used) as (clients, _):
            clients.create("online")
            pipe.send(mode=oct(used.stat().st_mode & 0o777))

            def second(pipe: Pipe) -> None:
                with server(used):
                    pipe.send(started=True)

            pipe.send(**{"second server": last(Child(second))})

    def start(pipe: Pipe, folder: Path = used) -> None:
        with server(folder) as (clients, warnings):
            pipe.send(warnings=warnings, groups=clients.state()["groups"])

    built = last(Child(build))
    _expect(result, "mode 0700", built, lambda found: found.get("mode") == "0o700")
    _expect(result, "second server is refused", built["second server"], lambda found: "refused" in found)
    for name, change in _OTHER_FOLDERS.items():
        folder = parent / "other"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(used, folder)
        change(folder)
        _expect(result, name, last(Child(lambda pipe, f=folder: start(pipe, f))), lambda found: "refused" in found)  # type: ignore[misc]
    _expect(
        result,
        "names of buckets and groups",
        last(Child(lambda pipe: _names(pipe, parent))),
        lambda found: found.get("restored") is True,
    )
    if not subprocess.run(["mount", "--bind", used, used], check=False, capture_output=True).returncode:  # noqa: S603, S607
        subprocess.run(["mount", "-o", "remount,ro,bind", used], check=True)  # noqa: S603, S607
        _expect(result, "read-only folder", last(Child(start)), lambda found: "refused" in found)
        subprocess.run(["umount", "-l", used], check=True)  # noqa: S603, S607
    return result


def _change_version(folder: Path) -> None:
    (folder / "format.json").write_text('{"format": 99}\n')


def _change_build(folder: Path) -> None:
    """Make the folder one of a build whose groups have another member."""
    for path in (folder / "groups").glob("*.jsonl"):
        text = path.read_bytes()[9:].replace(b'"role_arn"', b'"role_name"', 1)
        path.write_bytes(b"%08x " % zlib.crc32(text[: text.index(b"\n")]) + text)
    for path in folder.glob("*.sqlite"):
        with sqlite3.connect(path) as connection:
            for table in ("document", "document_copy"):
                for key, body in connection.execute(f"SELECT key, body FROM {table}").fetchall():  # noqa: S608
                    text = body[8:].replace(b'"role_arn"', b'"role_name"')
                    new = b"%08x%s" % (zlib.crc32(text), text)
                    connection.execute(f"UPDATE {table} SET body = ? WHERE key = ?", (new, key))  # noqa: S608
        connection.close()


def _make_old(folder: Path) -> None:
    """Make the folder one of the first format."""
    for path in list(folder.iterdir()):
        if path.is_file():
            path.unlink()
    (folder / "groups").mkdir(exist_ok=True)
    (folder / "format.json").write_text('{"format": 0}\n')


_OTHER_FOLDERS: dict[str, Callable[[Path], None]] = {
    "folder of another version": _change_version,
    "folder of another build": _change_build,
    "folder of an old format": _make_old,
}


def _names(pipe: Pipe, parent: Path) -> None:
    """Restart a server with buckets and groups whose names look like those of files."""
    folder = parent / "names"

    def write(inner: Pipe) -> None:
        with server(folder) as (clients, _):
            for bucket in ("x.new", "x.pickle", "company", "company.new"):
                clients.s3.create_bucket(Bucket=bucket)
                clients.s3.put_object(Bucket=bucket, Key="key", Body=bucket.encode())
            clients.create("online")
            time.sleep(2)
        inner.send(written=True)

    def read(inner: Pipe) -> None:
        with server(folder) as (clients, warnings):
            bodies = [
                clients.s3.get_object(Bucket=bucket["Name"], Key="key")["Body"].read().decode() == bucket["Name"]
                for bucket in clients.s3.list_buckets()["Buckets"]
            ]
            inner.send(restored=bodies == [True] * 4 and not warnings, warnings=warnings)

    pipe.send(**last(Child(write)))
    pipe.send(**last(Child(read)))


def _expect(result: Result, name: str, found: dict[str, Any], is_right: Callable[[dict[str, Any]], bool]) -> None:
    if is_right(found):
        result.counts[name] += 1
        if "refused" in found:
            result.examples.append(f"{name}: {found['refused']}")
    else:
        result.fail(f"NOT {name}", str(found)[-600:])


ATTACKS = {"kills": kills, "full": full, "damage": damage, "folders": folders}


def main() -> int:
    """Make the attacks and print a summary. Return 1 if one of them succeeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacks", nargs="+", default=list(ATTACKS), choices=ATTACKS)
    parser.add_argument("--kills", type=int, default=100, help="kills (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="kills of one folder (default: %(default)s)")
    parser.add_argument("--check", type=int, default=1, help="kills between two checks of the whole state")
    parser.add_argument("--files", type=int, default=1000, help="files to damage in a folder (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="longest load before a kill (default: %(default)s)")
    parser.add_argument("--size", type=int, default=300, help="longest value (default: %(default)s)")
    parser.add_argument("--fills", type=int, default=5, help="disks to fill (default: %(default)s)")
    parser.add_argument("--regions", type=int, default=40, help="regions of a file (default: %(default)s)")
    options = parser.parse_args()
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true"}
    with tempfile.TemporaryDirectory() as folder:
        options.folder = folder
        results = []
        for name in options.attacks:
            began = time.monotonic()
            try:
                result = ATTACKS[name](options)
            except Exception:  # noqa: BLE001 - the other attacks still run
                result = Result(name)
                result.fail("harness failed", traceback.format_exc())
            result.counts["seconds"] = round(time.monotonic() - began)
            print(result, flush=True)
            results.append(result)
    return int(any(result.failures for result in results))


if __name__ == "__main__":
    sys.exit(main())

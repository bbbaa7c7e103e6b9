"""Speed and memory of the runtime, as ratios: ``python benchmarks/runtime.py``.

For the method, see ``figures.py``.

The first and the last of many puts are minutes apart, so their ratio also depends on changes of the machine's speed. The figure below it
does not: there, a store with all records and an empty store take turns.

The floor is a boto3 client of the same kind in the same mock. Its ``before-send`` handler immediately returns the bytes that the real
client got. So the floor consists of the work of boto3 and botocore.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSResponse
from figures import LEAST_ROUNDS, Figure, Prepare, Turns, report
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from moto_featurestore import mock_featurestore
from moto_featurestore.controls import Controls
from moto_featurestore.protocol.http import Request, Response
from moto_featurestore.service.dispatch import respond
from moto_featurestore.settings import Settings
from moto_featurestore.store.group import Store
from moto_featurestore.world import Caller

RUNTIME = "sagemaker-featurestore-runtime"
GROUP = "benchmark"
FEATURES = ["id", "time", *(f"feature-{number}" for number in range(2, 10))]
WINDOW = 10_000
PAGE = 100
LEAST_RECORDS = 100 * PAGE
OK = 200


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    options = _options()
    # The records are measured first, because memory that other measurements have freed would hide a part of their memory.
    figures, notes = _many_records(options.records, options.batch)
    for measure in (_requests, _mocks):
        more_figures, more_notes = measure(options.rounds, options.batch)
        figures += more_figures
        notes += more_notes
    return report(figures, notes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000, help="records to put (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=200, help="turns of each variant (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=10, help="calls in a turn (default: %(default)s)")
    options = parser.parse_args()
    if options.records < LEAST_RECORDS or options.rounds < LEAST_ROUNDS or options.batch < 1:
        parser.error(f"at least {LEAST_RECORDS} records, {LEAST_ROUNDS} rounds and a batch of 1")
    return options


# Records have ten features. Every value is a text of 18 characters that no other record has.


def _values(number: int) -> list[str]:
    moment = f"{1_767_225_600 + number // 10**7}.{number % 10**7:07}"
    return [_identifier(number), moment, *(f"value-{column}-{number:010}" for column in range(2, 10))]


def _identifier(number: int) -> str:
    return f"record-{number:011}"


def _features(number: int) -> list[dict[str, str]]:
    pairs = zip(FEATURES, _values(number), strict=True)
    return [{"FeatureName": name, "ValueAsString": value} for name, value in pairs]


def _group() -> dict[str, Any]:
    """Return the parameters of CreateFeatureGroup."""
    types = {"time": "Fractional"}
    definitions = [{"FeatureName": name, "FeatureType": types.get(name, "String")} for name in FEATURES]
    return {
        "FeatureGroupName": GROUP,
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": definitions,
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }


# ``respond`` alone: no boto3, no moto.


class Arrived:
    """A complete transition."""

    def __init__(self, *statuses: str) -> None:
        self.status = self.last = statuses[-1]


class World:
    """A world with one store and the system clock."""

    transition = Arrived

    def __init__(self) -> None:
        self._store = Store("123456789012", "us-east-1")
        self.controls = Controls()

    def store(self, *_: str) -> Store:
        """Return the only store."""
        return self._store

    def now(self) -> int:
        """Return the time in nanoseconds since 1970."""
        return time.time_ns()

    def settings(self) -> Settings:
        """Return the default settings."""
        return Settings()


class Service:
    """Requests to ``respond``, with the same content as those of boto3."""

    def __init__(self) -> None:
        self._world, self._caller = World(), Caller("123456789012", "us-east-1", "aws")
        self.control("CreateFeatureGroup", _group())()

    def put(self, number: int) -> Callable[[], Response]:
        """Prepare a PutRecord."""
        body = json.dumps({"Record": _features(number)}).encode()
        return self.send(Request("PUT", f"/FeatureGroup/{GROUP}", "", body))

    def page(self, token: str | None) -> Callable[[], Response]:
        """Prepare a page of ListRecords."""
        body = json.dumps({"MaxResults": PAGE} | ({"NextToken": token} if token else {})).encode()
        return self.send(Request("POST", f"/FeatureGroup/{GROUP}/ListRecords", "", body))

    def control(self, operation: str, params: dict[str, Any]) -> Callable[[], Response]:
        """Prepare a call to the control plane."""
        return self.send(Request("POST", "/", "", json.dumps(params).encode(), f"SageMaker.{operation}"))

    def send(self, request: Request) -> Callable[[], Response]:
        """Prepare a request."""
        return partial(respond, cast("Any", self._world), self._caller, request)


# Many records.


def _many_records(count: int, batch: int) -> tuple[list[Figure], list[str]]:
    warm_up, service = Service(), Service()
    for number in range(1000):
        warm_up.put(number)()
    gc.collect()
    window = min(WINDOW, count // 2)
    resident, began = _resident_bytes(), time.perf_counter()
    first, total_first = _put(service, range(window))
    _, total_middle = _put(service, _with_progress(range(window, count - window), count))
    last, total_last = _put(service, range(count - window, count))
    bytes_per_record = (_resident_bytes() - resident) / count
    _progress(f"{count:,} records put in {time.perf_counter() - began:.0f} s")
    pages = _pages(service, count, batch)
    puts = Turns({"many": lambda number: service.put(count + number), "none": Service().put}, window // batch, batch)
    figures = [
        Figure(f"put, the last {window:,} of {count:,} / the first", median(last) / median(first), 1.2),
        puts.compare("many", "none", f"put into {count:,} records / into none", 1.2),
        Figure(f"memory of a record, of {count:,}", bytes_per_record / 1000, 1.2, "kB"),
        pages.compare("last", "first", f"page of {PAGE} ids, the last tenth / the first", 1.2),
    ]
    mean = (total_first + total_middle + total_last) / count
    notes = [
        f"respond, put, medians: first {median(first) * 1e6:.1f} us, last {median(last) * 1e6:.1f} us",
        f"respond, put, means: first {fmean(first) * 1e6:.1f} us, last {fmean(last) * 1e6:.1f} us, all {mean * 1e6:.1f} us",
        f"respond, put in turns: {puts}",
        f"respond, page of ids: {pages}",
        f"memory: peak {_peak_bytes() / 1e6:,.0f} MB, before the records {resident / 1e6:,.0f} MB",
    ]
    return figures, notes


def _put(service: Service, numbers: Iterator[int] | range) -> tuple[list[float], float]:
    """Put records. Return the times of the first ``WINDOW`` puts, and the total time. Only ``respond`` is timed."""
    times: list[float] = []
    total = 0.0
    for number in numbers:
        call = service.put(number)
        began = time.perf_counter()
        response = call()
        elapsed = time.perf_counter() - began
        assert response.status == OK, response.body
        total += elapsed
        if len(times) < WINDOW:
            times.append(elapsed)
    return times, total


def _pages(service: Service, count: int, batch: int) -> Turns:
    """Measure pages near the first record and near the last record, in turns."""
    tokens = list(_tokens(service, count))
    tenth = len(tokens) // 10
    first, last = tokens[:tenth], tokens[-tenth:]
    variants = {
        "first": lambda number: service.page(first[number % tenth]),
        "last": lambda number: service.page(last[number % tenth]),
    }
    return Turns(variants, max(LEAST_ROUNDS, tenth // batch), batch)


def _tokens(service: Service, count: int) -> Iterator[str | None]:
    """Yield the tokens of all pages, and check that each identifier is listed once, in the order of the puts."""
    token, listed = None, 0
    while True:
        yield token
        page = json.loads(service.page(token)().body)
        identifiers = page["RecordIdentifiers"]
        assert identifiers == [_identifier(number) for number in range(listed, listed + len(identifiers))]
        listed += len(identifiers)
        token = page["NextToken"]
        if token is None:
            break
    assert listed == count, f"{listed} of {count} identifiers were listed"


def _with_progress(numbers: range, count: int) -> Iterator[int]:
    began = time.perf_counter()
    for number in numbers:
        if number % (count // 20) == 0:
            _progress(f"{number:,} of {count:,} records, {time.perf_counter() - began:.0f} s")
        yield number


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _resident_bytes() -> int:
    """Return the resident set size, or its peak on systems without ``/proc``."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return _peak_bytes()
    import resource

    return int(statm.read_text().split()[1]) * resource.getpagesize()


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


# boto3 in the mock, compared with the floor and with moto's DynamoDB.


def _requests(rounds: int, batch: int) -> tuple[list[Figure], list[str]]:
    with mock_featurestore():
        client, dynamodb, service = _feature_store(), _dynamodb(), Service()
        floor = _floor(client)
        puts = Turns(
            {
                "put_record": lambda number: _put_record(client, number),
                "floor": lambda number: _put_record(floor, number),
                "put_item": lambda number: _put_item(dynamodb, number),
                "respond": service.put,
            },
            rounds,
            batch,
        )
        gets = Turns(
            {
                "get_record": lambda number: _get_record(client, number),
                "floor": lambda number: _get_record(floor, number),
                "get_item": lambda number: _get_item(dynamodb, number),
            },
            rounds,
            batch,
        )
    figures = [
        puts.compare("put_record", "floor", "boto3 put_record / floor", 1.5),
        gets.compare("get_record", "floor", "boto3 get_record / floor", 1.5),
        puts.compare("put_record", "put_item", "boto3 put_record / moto's put_item", 1),
        gets.compare("get_record", "get_item", "boto3 get_record / moto's get_item", 1),
        puts.compare("respond", "floor", "respond alone, put / floor of put_record", 0.15),
    ]
    return figures, [f"put: {puts}", f"get: {gets}"]


def _put_record(client: Any, number: int) -> Callable[[], Any]:
    return partial(client.put_record, FeatureGroupName=GROUP, Record=_features(number))


def _get_record(client: Any, number: int) -> Callable[[], Any]:
    return partial(client.get_record, FeatureGroupName=GROUP, RecordIdentifierValueAsString=_identifier(number))


def _put_item(client: Any, number: int) -> Callable[[], Any]:
    item = {name: {"S": value} for name, value in zip(FEATURES, _values(number), strict=True)}
    return partial(client.put_item, TableName=GROUP, Item=item)


def _get_item(client: Any, number: int) -> Callable[[], Any]:
    return partial(client.get_item, TableName=GROUP, Key={"id": {"S": _identifier(number)}})


def _client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def _feature_store() -> Any:
    _client("sagemaker").create_feature_group(**_group())
    return _client(RUNTIME)


def _dynamodb() -> Any:
    client = _client("dynamodb")
    client.create_table(
        TableName=GROUP,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def _floor(real: Any) -> Any:
    """Return a client that immediately gets the responses of the real client, without moto."""
    answers = _answers(real)

    def answer(event_name: str, request: Any, **_: Any) -> AWSResponse:
        status, headers, body = answers[event_name.rpartition(".")[2]]
        return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]

    client = _client(RUNTIME)
    # botocore calls all handlers of before-send, even after one has returned a response.
    client.meta.events.unregister("before-send", botocore_stubber)
    client.meta.events.register_first("before-send", answer)
    _prove_floor(real, client)
    return client


def _answers(client: Any) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Return the status, headers and body of the responses to a put and a get, by operation."""
    answers = {}

    def keep(event_name: str, response_dict: dict[str, Any], **_: Any) -> None:
        headers = dict(response_dict["headers"])
        answers[event_name.rpartition(".")[2]] = response_dict["status_code"], headers, response_dict["body"]

    client.meta.events.register("response-received", keep)
    _put_record(client, 0)()
    _get_record(client, 0)()
    client.meta.events.unregister("response-received", keep)
    return answers


def _prove_floor(real: Any, floor: Any) -> None:
    """Check that the floor's puts do not reach the Feature Store, and that its gets always return the same record."""
    unknown = 10**9
    _put_record(floor, unknown)()
    assert not _get_record(real, unknown)().get("Record"), "the floor's client reaches the Feature Store"
    assert _get_record(floor, unknown)() == _get_record(floor, 0)(), "the floor's client does not answer by itself"
    assert _get_record(floor, 0)()["Record"] == _get_record(real, 0)()["Record"], "the floor answers with less"


# Start and stop of the mock.


def _mocks(rounds: int, batch: int) -> tuple[list[Figure], list[str]]:
    """Compare the mocks. In ``mock_aws``, the Feature Store is registered as one of about 200 services."""
    variants: dict[str, Prepare] = {
        "mock_featurestore": lambda _: partial(_start_and_stop, mock_featurestore),
        "mock_aws": lambda _: partial(_start_and_stop, mock_aws),
    }
    for prepare in variants.values():
        prepare(0)()
    turns = Turns(variants, max(LEAST_ROUNDS, rounds // 10), batch)
    figure = turns.compare("mock_featurestore", "mock_aws", "mock_featurestore start and stop / mock_aws", 1.1)
    return [figure], [f"start and stop: {turns}"]


def _start_and_stop(mock: Callable[[], Any]) -> None:
    with mock():
        pass


if __name__ == "__main__":
    sys.exit(main())

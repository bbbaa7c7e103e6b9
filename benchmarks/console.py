"""The console in Debian's chromium: speed, bytes and screenshots. ``python benchmarks/console.py --screenshots docs/images``.

The server runs in this process, and the browser has an empty cache. A group has 1,000,000 records. The first paint and the time to
the first table count from the start of the navigation. The time to a page counts from the change of its number to the next frame.
Requests of the page's data take turns without a browser. For the method, see ``figures.py``.

Screenshots in the light scheme at 1280 pixels are for the documents. With ``--all DIR``, the dark scheme and 400 pixels are added.
"""

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

import boto3
from figures import LEAST_ROUNDS, Figure, Turns, report

from moto_featurestore import featurestore
from moto_featurestore._moto.entry_points.wsgi import application
from moto_featurestore.server.console.application import PATH, Console
from moto_featurestore.server.http import make_server

RECORDS = 1_000_000
CHUNK = 50_000
PAGE_SIZE = 100
EVENT_TIME = "2026-01-01T00:00:00Z"
WIDE, NARROW = (1280, 860), (400, 860)
PATIENCE = 60
VIEWS = {
    "records": "groups/customers",
    "history": "groups/customers/record/c-0003",
    "distributions": "groups/customers/values",
    "query": "query?run=1&sql=",
    "calls": "calls",
}
SQL = 'SELECT segment, count(*) AS customers, avg(age) AS age\nFROM "{table}"\nGROUP BY segment\nORDER BY customers'
TURN = """
const [page, first, done] = arguments;
const input = document.querySelector("input.page");
const began = performance.now();
const look = () =>
  document.querySelector("tbody td").innerText === first ? done(performance.now() - began) : requestAnimationFrame(look);
input.value = page;
input.dispatchEvent(new Event("change"));
requestAnimationFrame(look);
"""
"""Opens a page of records. The result is the milliseconds until its first record is shown."""


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    options = _options()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with _server() as url, _browser() as driver:
        if options.screenshots or options.all:
            _take_screenshots(driver, url, options)
            return 0
        return _measure(driver, url, options.records, max(LEAST_ROUNDS, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=RECORDS, help="records of the group (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="turns of each variant (default: %(default)s)")
    parser.add_argument("--screenshots", type=Path, help="take screenshots for the documents instead, in this folder")
    parser.add_argument("--all", type=Path, help="take all screenshots instead, in this folder")
    return parser.parse_args()


@contextmanager
def _server() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, Console(application()))
    threading.Thread(target=server.serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    yield driver
    driver.quit()


def _open(driver: Any, url: str, route: str) -> None:
    driver.get("about:blank")
    driver.get(f"{url}{PATH}#/{route}")
    _await(driver, "return document.querySelector('main h1') && !document.querySelector('[aria-busy]')")


def _await(driver: Any, condition: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := driver.execute_script(condition):
            return value
        time.sleep(0.02)
    raise TimeoutError(condition)


# Measurements.


def _measure(driver: Any, url: str, records: int, rounds: int) -> int:
    types = {"id": "String", "time": "String", "age": "Integral", "score": "Fractional", "city": "String"}
    featurestore.create_group("big", types, record_identifier="id", event_time="time")
    for start in range(0, records, CHUNK):
        numbers = range(start, min(start + CHUNK, records))
        featurestore.load("big", [_row(number) for number in numbers])
    paints, tables, transferred = zip(*(_first_page(driver, url) for _ in range(rounds)), strict=True)
    _open(driver, url, "groups/big")
    first = {page: _identifier((page - 1) * PAGE_SIZE) for page in (1, 2, 1000)}
    turns = [driver.execute_async_script(TURN, page, first[page]) for _ in range(rounds) for page in (1000, 2)]
    data = Turns({str(page): partial(_prepare, url, page) for page in (1, 1000)}, rounds, 5)
    find = Turns({"find": lambda _: partial(_command, url, "find_records", group="big", text="r-0999999")}, rounds, 1)
    figures = [
        Figure("first paint", median(paints), 1000, "ms"),
        Figure("first table", median(tables), 2000, "ms"),
        Figure("bytes loaded", median(transferred) / 1000, 150, "kB"),
        Figure("to page 1000", median(turns[::2]), 500, "ms"),
        data.compare("1000", "1", "data of page 1000 / page 1", 1.5),
    ]
    notes = [
        f"{records} records; page 2 after page 1000: {median(turns[1::2]):.0f} ms",
        f"requests: page 1 {data.median('1') * 1000:.1f} ms, page 1000 {data.median('1000') * 1000:.1f} ms",
        f"search in all identifiers: {find.median('find') * 1000:.0f} ms",
    ]
    return report(figures, notes)


def _identifier(number: int) -> str:
    return f"r-{number:07}"


def _row(number: int) -> dict[str, Any]:
    return {"id": _identifier(number), "time": EVENT_TIME, "age": number % 90, "score": number / 7, "city": "Bern"}


def _first_page(driver: Any, url: str) -> tuple[float, float, float]:
    """Return the milliseconds to the first paint and to the table of groups, and the bytes of all responses."""
    driver.get("about:blank")
    driver.get(f"{url}/")
    table = _await(driver, "return document.querySelector('tbody td') && performance.now()")
    paint = _await(driver, "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    size = "return ['navigation', 'resource'].flatMap(t => performance.getEntriesByType(t)).reduce((s, e) => s + e.transferSize, 0)"
    return paint, table, driver.execute_script(size)


def _prepare(url: str, page: int, _: int) -> Callable[[], Any]:
    return partial(_command, url, "show_records", group="big", page=page)


def _command(url: str, name: str, **params: Any) -> Any:
    request = Request(f"{url}/moto-api/featurestore/{name}", json.dumps(params).encode())  # noqa: S310 - this machine
    with urlopen(request) as response:  # noqa: S310 - this machine
        return json.loads(response.read())


# Screenshots.


def _take_screenshots(driver: Any, url: str, options: argparse.Namespace) -> None:
    table = _fill(url)
    variants = [(options.screenshots, WIDE, "light")] if options.screenshots else []
    if options.all:
        variants += [(options.all, size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")]
    for folder, (width, height), scheme in variants:
        folder.mkdir(parents=True, exist_ok=True)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for name, route in VIEWS.items():
            _show(driver, url, route, table)
            suffix = "" if folder == options.screenshots else f"-{width}-{scheme}"
            driver.save_screenshot(str(folder / f"console-{name}{suffix}.png"))


def _show(driver: Any, url: str, route: str, table: str) -> None:
    from urllib.parse import quote

    _open(driver, url, route + quote(SQL.format(table=table)) if route.startswith("query") else route)
    if route.startswith("query"):
        _await(driver, "return document.querySelector('tbody td')")
        kind = "[...document.querySelectorAll('button')].find(b => b.textContent === 'Draw').click()"
        driver.execute_script(kind)
        _await(driver, "return document.querySelector('.plot')")
        driver.execute_script("document.querySelector('textarea').rows = 4")
    driver.execute_script("document.activeElement.blur()")
    time.sleep(0.5)


def _fill(url: str) -> str:
    """Create the groups of a shop. Return the table of its customers."""
    random = Random(1)  # noqa: S311 - not used for security
    strings = ("customer_id", "event_time", "city", "segment")
    numbers = {"age": "Integral", "orders": "Integral", "lifetime_value": "Fractional", "churn_score": "Fractional"}
    customers = dict.fromkeys(strings[:3], "String") | numbers | {"segment": "String"}
    orders = dict.fromkeys(("order_id", "event_time", "customer_id"), "String") | {"total": "Fractional"}
    for name, types in (("customers", customers), ("orders", orders)):
        identifier = next(iter(types))
        featurestore.create_group(name, types, record_identifier=identifier, event_time="event_time", offline=True)
    featurestore.load("customers", [_customer(number, random) for number in range(1200)])
    group = boto3.client("sagemaker", endpoint_url=url).describe_feature_group(FeatureGroupName="customers")
    table: str = group["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    runtime = boto3.client("sagemaker-featurestore-runtime", endpoint_url=url)
    for day, (segment, count) in enumerate((("loyal", "9"), ("at risk", "9"), ("loyal", "12")), start=25):
        values = {"customer_id": "c-0003", "event_time": f"2026-11-{day}T09:00:00Z", "city": "Bern", "age": "44"}
        _put(runtime, "customers", values | {"orders": count, "segment": segment})
    for number in range(20):
        total = f"{random.lognormvariate(3.6, 0.7):.2f}"
        order = {"order_id": f"o-{number:04}", "event_time": "2026-11-28T10:00:00Z", "total": total}
        _put(runtime, "orders", order | {"customer_id": f"c-{random.randrange(1200):04}"})
        identifier = f"c-{random.randrange(1200):04}"
        runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString=identifier)
    _put(runtime, "customers", {"customer_id": "c-0001", "event_time": "yesterday"})
    _put(runtime, "customers", {"customer_id": "c-0001", "event_time": EVENT_TIME, "age": "old"})
    return table


def _put(runtime: Any, group: str, values: dict[str, str]) -> None:
    """Put a record. If the service rejects it, the call log shows why."""
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    try:
        runtime.put_record(FeatureGroupName=group, Record=record)
    except runtime.exceptions.ValidationError as error:
        print(error)


def _customer(number: int, random: Random) -> dict[str, Any]:
    cities = ["Zürich", "Basel", "Bern", "Genève", "Lausanne", "Luzern"]
    return {
        "customer_id": f"c-{number:04}",
        "event_time": f"2026-11-{1 + number % 24:02}T{number % 24:02}:00:00Z",
        "city": random.choices(cities, [8, 4, 3, 3, 2, 1])[0],
        "age": max(18, int(random.gauss(42, 13))),
        "orders": int(random.expovariate(0.2)),
        "lifetime_value": round(random.lognormvariate(5, 1), 2),
        "churn_score": round(random.betavariate(2, 5), 4) if number % 9 else None,
        "segment": random.choices(["new", "loyal", "at risk"], [4, 5, 2])[0],
    }


if __name__ == "__main__":
    sys.exit(main())

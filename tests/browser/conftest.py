"""Fixtures of the console's tests: a server in this process, and Debian's chromium without a network."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from support.groups import group_parameters
from support.server_process import serving_in_thread

from moto_featurestore import featurestore, install

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RUNTIME = "sagemaker-featurestore-runtime"
PATIENCE = 30
"""Seconds to wait for what a page shows: its first requests import libraries, maybe on a busy machine."""

_MISSING = [
    reason
    for is_there, reason in (
        (CHROMIUM and DRIVER, "chromium is not installed: apt-get install chromium chromium-driver"),
        (AXE.exists(), "axe-core is not installed: npm --prefix tests/browser install"),
    )
    if not is_there
]

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the network is cut
)
_LISTEN = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
addEventListener("error", (event) => violations.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => violations.push(`rejection: ${event.reason}`));
"""
"""Runs in each page before its own scripts."""
_EXPECTED = "Failed to load resource: the server responded with a status of 400"
"""What chromium logs for a command that the server refuses."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests without selenium, whose environment is console, and without a browser, except in CI."""
    reasons = [] if os.environ.get("CI") == "true" else _MISSING
    if find_spec("selenium") is None:
        reasons = ["selenium is not installed: the environment of these tests is tox -e console"]
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reasons:
                item.add_marker(pytest.mark.skip(reason="; ".join(reasons)))


class Console:
    """A page of the console. Elements are found as people find them: by their labels and texts."""

    def __init__(self, driver: Any, url: str, downloads: Path) -> None:
        self.driver, self.url, self.downloads = driver, url, downloads

    def open(self, route: str = "groups", search: str = "") -> None:
        """Load a page of the console, and wait until it is complete."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/moto-api/featurestore/console/{search}#/{route}")
        self.wait(
            lambda: self.script("return !!document.querySelector('main h1') && !document.querySelector('[aria-busy]')")
        )

    def script(self, code: str, *arguments: Any) -> Any:
        return self.driver.execute_script(code, *arguments)

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Wait until a condition is true, and return its value."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.05)
        text = self.script("return document.body.innerText")
        raise AssertionError(f"waited {PATIENCE} seconds; the page shows:\n{text}")

    def find(self, xpath: str) -> Any:
        """Return the first visible element."""

        def visible() -> Any:
            return next(
                (element for element in self.driver.find_elements("xpath", xpath) if element.is_displayed()), None
            )

        return self.wait(visible)

    def click(self, label: str) -> None:
        """Click on a link or a button, by its text or its accessible name."""
        quoted = f"'{label}'"
        self.find(f"//*[self::a or self::button][normalize-space()={quoted} or @aria-label={quoted}]").click()

    def control(self, label: str) -> Any:
        """Return the input of a label."""
        by_label = f"//label[starts-with(normalize-space(), '{label}')]"
        return self.find(f"//select[@aria-label='{label}'] | //*[@id = {by_label}/@for] | {by_label}//input")

    def fill(self, label: str, text: str) -> None:
        control = self.control(label)
        if control.tag_name == "select":
            option = f".//option[normalize-space()='{text}' or @value='{text}']"
            control.find_element("xpath", option).click()
        else:
            control.clear()
            control.send_keys(text)

    def sees(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.wait(lambda: text in self.script("return document.body.innerText"))

    def lacks(self, text: str) -> None:
        """Wait until the page does not show a text."""
        self.wait(lambda: text not in self.script("return document.body.innerText"))

    def rows(self, table: str) -> list[list[str]]:
        """Return the texts of a table's cells."""
        return self.script(
            "return [...document.querySelectorAll('table')].filter(t => t.caption.textContent === arguments[0])"
            ".flatMap(t => [...t.tBodies[0].rows]).map(row => [...row.cells].map(cell => cell.innerText.trim()))",
            table,
        )

    def rows_when(self, table: str, condition: Callable[[list[list[str]]], Any]) -> list[list[str]]:
        """Wait until the rows of a table satisfy a condition, and return them."""
        self.wait(lambda: condition(self.rows(table)))
        return self.rows(table)

    def problems(self) -> list[str]:
        """Return violations of the Content-Security-Policy, errors of scripts, and what chromium has logged."""
        logged = [entry["message"] for entry in self.driver.get_log("browser") if _EXPECTED not in entry["message"]]
        return [*(self.script("return window.violations ?? []")), *logged]

    def axe(self) -> list[str]:
        """Return the violations of accessibility rules."""
        if not self.script("return 'axe' in window"):
            self.script(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then((result) => done(result.violations.map((violation) =>"
            " `${violation.id}: ${violation.nodes.map((node) => node.html + node.failureSummary).join(' | ')}`)))"
        )
        return list(found)

    def size(self, width: int, height: int = 900, *, is_dark: bool = False) -> None:
        """Set the size of the window, and the system's color scheme."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@pytest.fixture(scope="session")
def console_url() -> Iterator[str]:
    """Return the URL of a server in this process with the console."""
    from moto_featurestore._moto.entry_points.wsgi import application
    from moto_featurestore.server.console.application import Console as Application

    with serving_in_thread(Application(application())) as url:
        yield url


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a driver of chromium."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    assert not _MISSING, _MISSING
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in _OPTIONS:
        options.add_argument(option)
    folder = tmp_path_factory.mktemp("downloads")
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium = webdriver.Chrome(options=options, service=Service(DRIVER))
    chromium.downloads = folder
    chromium.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _LISTEN})
    yield chromium
    chromium.quit()


@pytest.fixture
def console(driver: Any, console_url: str) -> Iterator[Console]:
    """Return the console of a server in an empty state. After the test, nothing may have violated the policy."""
    install()
    requests.post(f"{console_url}/moto-api/reset", timeout=10)
    console = Console(driver, console_url, driver.downloads)
    console.size(1280)
    console.open()
    driver.execute_script("sessionStorage.clear()")
    driver.get_log("browser")
    yield console
    assert console.problems() == []
    hosts = driver.execute_script(
        "return [...new Set(performance.getEntriesByType('resource').map(e => new URL(e.name).host))]"
    )
    assert set(hosts) <= {console_url.removeprefix("http://")}
    driver.get("about:blank")
    requests.post(f"{console_url}/moto-api/reset", timeout=10)


@pytest.fixture
def client(console: Console) -> Callable[[str], Any]:
    """Return a function that creates boto3 clients of the console's server."""
    return lambda service: boto3.client(service, endpoint_url=console.url, region_name="us-east-1")


@pytest.fixture
def customers(client: Callable[[str], Any]) -> Callable[..., None]:
    """Create the group ``customers`` with both stores. Return a function that puts a record."""
    client("s3").create_bucket(Bucket="bucket")
    types = {"id": "String", "time": "String", "age": "Integral", "city": "String"}
    group = group_parameters("customers", types, s3_uri="s3://bucket/features", Tags=[{"Key": "team", "Value": "ml"}])
    client("sagemaker").create_feature_group(**group)

    def put(identifier: str, time: str = "2026-01-01T00:00:00Z", **values: Any) -> None:
        featurestore.load("customers", [{"id": identifier, "time": time, **values}])

    return put

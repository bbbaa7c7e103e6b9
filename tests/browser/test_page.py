"""Properties of all pages: accessibility, narrow windows, markup in stored values, and many records."""

import time
from urllib.parse import quote

import pytest
from support.groups import group_parameters

from moto_featurestore import featurestore
from moto_featurestore._moto.admin_api import open_store
from moto_featurestore.store.online import Record

TIME = "2026-01-01T00:00:00Z"
RUNTIME = "sagemaker-featurestore-runtime"
MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\'"&amp;{{7*7}}'
ROUTES = [
    "groups",
    "groups/customers",
    "groups/customers/schema",
    "groups/customers/offline",
    "groups/customers/values",
    "groups/customers/config",
    "groups/customers/put",
    "groups/customers/record/1",
    "create",
    "query",
    "calls",
    "controls",
]


@pytest.fixture
def filled(console, client, customers):
    """Records, calls, a fault and a snapshot."""
    for number in range(1, 30):
        customers(str(number), age=number, city="Bern")
    customers("1", "2026-01-02T00:00:00Z", age=99)
    runtime = client(RUNTIME)
    runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    with pytest.raises(runtime.exceptions.ValidationError):
        runtime.get_record(FeatureGroupName="nothing", RecordIdentifierValueAsString="1")
    featurestore.delay("PutRecord", 0.001)
    featurestore.enforce_throughput()
    return featurestore.snapshot()


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_console_pages_have_no_accessibility_violations(console, filled, is_dark):
    console.size(1280, is_dark=is_dark)
    for route in ["groups/none", *ROUTES]:
        console.open(route)
        assert console.axe() == [], route
    console.open()
    console.size(400, is_dark=is_dark)
    for route in ROUTES:
        console.open(route)
        assert console.axe() == [], route


def test_console_empty_state_and_dialogs_have_no_accessibility_violations(console, customers):
    customers("1")
    console.open("groups/customers")
    console.click("Delete 1")
    console.find("//dialog//h2")
    assert console.axe() == []
    console.open("groups/customers")
    console.click("Delete group")
    console.find("//dialog//h2")
    assert console.axe() == []
    console.click("Delete the group")
    console.sees("There is no feature group yet")
    assert console.axe() == []


@pytest.mark.parametrize("width", [320, 400, 800])
def test_console_pages_fit_into_narrow_windows(console, filled, width):
    console.size(width)
    for route in ROUTES:
        console.open(route)
        overflow = "return [document.documentElement.scrollWidth, innerWidth]"
        needed, available = console.script(overflow)
        assert needed <= available, route


def test_console_can_be_used_with_the_keyboard(console, filled):
    from selenium.webdriver.common.keys import Keys

    console.open()

    def press(key):
        console.driver.switch_to.active_element.send_keys(key)

    def focused():
        return console.script("return document.activeElement.textContent.trim()")

    press(Keys.TAB)
    assert focused() == "Skip to content"
    press(Keys.ENTER)
    assert console.script("return document.activeElement.id") == "main"
    for _ in range(10):
        press(Keys.TAB)
        if focused() == "customers":
            break
    press(Keys.ENTER)
    console.sees("Distributions")
    console.wait(lambda: console.script("return document.activeElement.tagName") == "H1")
    console.script("document.querySelector('[aria-label=\"Delete 1\"]').focus()")
    press(Keys.ENTER)
    console.find("//dialog//h2")
    press(Keys.ESCAPE)
    console.wait(lambda: console.script("return document.querySelector('dialog') === null"))
    assert console.script("return document.activeElement.getAttribute('aria-label')") == "Delete 1"


def test_html_in_every_field_is_shown_as_text(console, client, customers):
    online = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    types = {"id": "String", "time": "String", "text": "String", "list": "String"}
    group = group_parameters(
        "markup", types, OnlineStoreConfig=online, Description=MARKUP, Tags=[{"Key": "tag", "Value": "a+=@"}]
    )
    group["FeatureDefinitions"][3]["CollectionType"] = "List"
    client("sagemaker").create_feature_group(**group)
    client("sagemaker").update_feature_metadata(
        FeatureGroupName="markup",
        FeatureName="text",
        Description=MARKUP,
        ParameterAdditions=[{"Key": "a", "Value": "b"}],
    )
    record = [
        {"FeatureName": "id", "ValueAsString": MARKUP},
        {"FeatureName": "time", "ValueAsString": TIME},
        {"FeatureName": "text", "ValueAsString": MARKUP},
        {"FeatureName": "list", "ValueAsStringList": [MARKUP, MARKUP]},
    ]
    client(RUNTIME).put_record(FeatureGroupName="markup", Record=record)
    with pytest.raises(client(RUNTIME).exceptions.ValidationError):
        client(RUNTIME).get_record(
            FeatureGroupName="markup", RecordIdentifierValueAsString="1", FeatureNames=["x" * 64]
        )
    featurestore.fail("PutRecord", "InternalFailure", MARKUP, record_identifier=MARKUP)
    customers(MARKUP, city=MARKUP)
    record_route = quote(MARKUP, safe="")
    query = quote("SELECT '<b>x</b>' AS \"<i>\"")
    for route in (
        "groups",
        "groups/markup",
        "groups/markup/schema",
        "groups/markup/values",
        "groups/markup/config",
        f"groups/markup/put?record={record_route}",
        f"groups/markup/record/{record_route}",
        f"groups/customers/record/{record_route}",
        "groups/customers/offline",
        "calls",
        "controls",
        f"query?run=1&sql={query}",
        record_route,
    ):
        console.open(route)
        assert console.script("return window.pwned") is None
        made = "return document.querySelectorAll('main img, main script, main b, main i').length"
        assert console.script(made) == 0, route
        assert console.problems() == []
    console.open("groups/markup")
    row = console.rows_when("Records of the online store", len)[0]
    assert (row[0], row[2], row[3]) == (MARKUP, MARKUP, f"[{MARKUP}, {MARKUP}]")
    console.driver.find_element("xpath", "//button[normalize-space()='Delete']").click()
    assert MARKUP in console.find("//dialog//h2").text


def test_content_security_policy_prevents_scripts_from_parsing_markup(console):
    """The check itself works: an attempt to parse HTML raises, and is reported."""
    result = console.script(
        "try { document.body.innerHTML = '<img src=x>'; return 'parsed'; } catch (error) { return error.name; }"
    )
    assert result == "TypeError"
    console.wait(lambda: console.problems() != [])
    console.script("window.violations = []")
    console.driver.get_log("browser")


# Many items.


def test_group_with_a_million_records_is_shown_in_pages(console, client):
    types = {"id": "String", "time": "String", "age": "Integral"}
    client("sagemaker").create_feature_group(**group_parameters("big", types))
    _, store = open_store(None, "us-east-1")
    group = store.groups["big"]
    with group.lock:
        for number in range(1_000_000):
            identifier = f"r-{number:07}"
            group.records.store(Record(identifier, number, 0, (identifier, TIME, str(number % 90)), None))
    console.open("groups/big?page=1000")
    rows = console.rows_when("Records of the online store", len)
    assert (rows[0][0], len(rows)) == ("r-0099900", 100)
    console.sees("99,901–100,000 of 1,000,000 records")
    began = time.monotonic()
    console.click("Last")
    console.rows_when("Records of the online store", lambda rows: rows[-1][0] == "r-0999999")
    assert time.monotonic() - began < 5  # a busy machine; benchmarks/console.py measures it
    console.fill("Find", "r-0500000")
    console.rows_when("Records of the online store", lambda rows: [row[0] for row in rows] == ["r-0500000"])
    console.open("groups/big/values")
    console.sees("From an even sample of 10,000 of 1,000,000 records")


def test_long_list_renders_only_its_visible_rows(console, client):
    names = {"id": "String", "time": "String"} | {f"f-{number:04}": "Fractional" for number in range(500)}
    for number in range(60):
        client("sagemaker").create_feature_group(**group_parameters(f"g-{number:02}", names if number == 0 else None))
    featurestore.load("g-00", [{"id": str(number), "time": TIME, "f-0499": 1} for number in range(300)])
    for _ in range(110):
        featurestore.fail("PutRecord", "InternalFailure")
    most = "return Math.max(...[...document.querySelectorAll('table')].map(table => table.rows.length), 0)"
    for route in ("groups", "groups/g-00", "groups/g-00/schema", "calls", "controls"):
        console.open(route)
        console.wait(lambda: console.script(most) > 10)
        assert console.script(most) <= 101
    console.open("groups/g-00")
    columns = "return document.querySelector('thead tr').cells.length"
    assert console.wait(lambda: console.script(columns)) == 23  # 20 features, identifier, event time, actions
    for _ in range(2):
        console.click("Later features")
    console.wait(lambda: "f-0040" in console.script("return document.querySelector('thead').innerText"))
    console.open("groups/g-00/values")
    console.wait(lambda: console.script("return document.querySelectorAll('.chart-card').length") == 12)
    console.open("groups/g-00/put")
    console.wait(lambda: console.script("return document.querySelectorAll('.field').length") == 52)
    console.click("Show 452 more features")
    console.wait(lambda: console.script("return document.querySelectorAll('.field').length") == 102)


def test_server_that_does_not_respond_shows_an_error(console):
    console.script("window.fetch = () => Promise.reject(new Error('cut'))")
    console.sees("The server does not respond.")

"""The pages of the console, in a real browser."""

import json
import os
import subprocess
import sys

import pytest
from support.groups import group_parameters

from moto_featurestore import featurestore

TIME = "2026-01-01T00:00:00Z"
RUNTIME = "sagemaker-featurestore-runtime"


def test_browser_at_the_address_of_the_server_shows_the_console(console):
    console.driver.get(console.url)
    console.sees("There is no feature group yet")
    assert console.script("return location.pathname") == "/moto-api/featurestore/console/"


def test_empty_state_shows_code_that_creates_a_group(console):
    console.sees("There is no feature group yet")
    exports, python = console.script("return [...document.querySelectorAll('pre')].map(pre => pre.textContent)")
    variables = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines())
    assert len(python.strip().splitlines()) <= 10
    subprocess.run([sys.executable, "-c", python], env=os.environ | variables, check=True, timeout=120)
    console.rows_when("Feature groups", lambda rows: rows and rows[0][0] == "customers")  # without a reload


def test_group_list_shows_groups_and_updates_live(console, customers):
    rows = console.rows_when("Feature groups", len)
    assert rows[0][:8] == ["customers", "Created", "Online Offline", "0", "0 B", "0", "0", "team=ml"]
    customers("1", age=30)
    console.rows_when("Feature groups", lambda rows: rows[0][3:7] == ["1", "32 B", "1", "0"])
    featurestore.flush()
    console.rows_when("Feature groups", lambda rows: rows[0][5:7] == ["0", "1"])


def test_group_list_can_be_filtered_by_name_and_tag(console, client, customers):
    for name in ("orders", "order-items"):
        client("sagemaker").create_feature_group(**group_parameters(name))
    console.rows_when("Feature groups", lambda rows: len(rows) == 3)
    console.fill("Name", "order")
    assert [row[0] for row in console.rows_when("Feature groups", lambda rows: len(rows) == 2)] == [
        "order-items",
        "orders",
    ]
    console.fill("Name", "")
    console.fill("Tag", "team=ml")
    console.rows_when("Feature groups", lambda rows: [row[0] for row in rows] == ["customers"])
    console.fill("Tag", "team=web")
    console.sees("No group matches the filters.")


def test_account_and_region_can_be_switched(console, customers):
    types = {"id": "String", "time": "String"}
    other = featurestore(account_id="210987654321", region_name="eu-west-1")
    other.create_group("others", types, record_identifier="id", event_time="time")
    console.open()
    console.wait(lambda: "210987654321 · eu-west-1" in console.control("Account and region").text)
    console.fill("Account and region", "210987654321/eu-west-1")
    console.rows_when("Feature groups", lambda rows: [row[0] for row in rows] == ["others"])
    console.fill("Account and region", "Other…")
    console.fill("Account", "1")
    console.click("Switch")
    console.sees("An account has 12 digits.")
    console.fill("Account", "210987654321")
    console.fill("Region", "us-west-2")
    console.click("Switch")
    console.sees("Groups in other places")


def test_records_view_shows_a_column_for_each_feature(console, customers):
    for number in range(250):
        customers(f"c-{number:03}", age=number, city="Bern")
    console.open("groups/customers")
    rows = console.rows_when("Records of the online store", len)
    assert rows[0][:4] == ["c-000", TIME, "0", "Bern"]
    assert len(rows) == 100
    console.click("Next")
    console.rows_when("Records of the online store", lambda rows: rows[0][0] == "c-100")
    console.sees("101–200 of 250 records")
    console.click("Last")
    console.rows_when("Records of the online store", lambda rows: (rows[0][0], len(rows)) == ("c-200", 50))
    assert "page=3" in console.script("return location.hash")
    console.fill("Find", "c-01")
    console.rows_when("Records of the online store", lambda rows: len(rows) == 10)
    console.sees("10 found")


def test_records_view_updates_live_without_loss_of_keyboard_focus(console, customers):
    customers("1", age=30)
    console.open("groups/customers")
    console.rows_when("Records of the online store", len)
    console.script("document.querySelector('[aria-label=\"History of 1\"]').focus()")
    customers("1", age=31)
    customers("2", age=7)
    console.rows_when("Records of the online store", lambda rows: [row[2] for row in rows] == ["31", "7"])
    assert console.script("return document.activeElement.getAttribute('aria-label')") == "History of 1"


def test_records_view_shows_expiry_and_soft_deleted_records_if_selected(console, client):
    online = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 36500}}
    client("sagemaker").create_feature_group(**group_parameters("sessions", OnlineStoreConfig=online))
    featurestore.load("sessions", [{"id": "1", "time": TIME}, {"id": "2", "time": TIME}])
    client(RUNTIME).delete_record(
        FeatureGroupName="sessions", RecordIdentifierValueAsString="1", EventTime="2026-01-02T00:00:00Z"
    )
    console.open("groups/sessions")
    rows = console.rows_when("Records of the online store", len)
    assert [row[:3] for row in rows] == [["2", TIME, "2125-12-08 00:00:00"]]
    console.sees("1 soft-deleted on this page are hidden")
    console.control("Show soft-deleted").click()
    rows = console.rows_when("Records of the online store", lambda rows: len(rows) == 2)
    assert rows[0][0] == "1 (deleted)"
    featurestore.clock.advance(days=36600)
    console.rows_when("Records of the online store", lambda rows: rows == [])


def test_schema_view_lists_features_with_metadata(console, client, customers):
    client("sagemaker").update_feature_metadata(
        FeatureGroupName="customers",
        FeatureName="age",
        Description="in years",
        ParameterAdditions=[{"Key": "unit", "Value": "year"}],
    )
    console.open("groups/customers/schema")
    rows = console.rows_when("Features", len)
    assert rows[0][:4] == ["id", "String", "–\nno value", "record identifier"]
    assert rows[2] == ["age", "Integral", "–\nno value", "–\nno value", "in years", "unit=year"]


def test_configuration_view_shows_arn_and_tags(console, customers):
    console.open("groups/customers/config")
    console.sees("arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers")
    console.sees("Tag team")
    console.sees("s3://bucket/features")


def test_history_of_a_record_is_shown_as_a_timeline(console, client, customers):
    customers("1", "2026-01-01T00:00:00Z", age=30, city="Bern")
    customers("1", "2026-01-02T00:00:00Z", age=31, city="Bern")
    featurestore.flush()
    client(RUNTIME).delete_record(
        FeatureGroupName="customers", RecordIdentifierValueAsString="1", EventTime="2026-01-03T00:00:00Z"
    )
    console.open("groups/customers/record/1")
    console.wait(lambda: console.script("return document.querySelectorAll('.timeline > li').length") == 3)
    newest, second, first = console.script(
        "return [...document.querySelectorAll('.timeline > li')].map(item => item.innerText)"
    )
    assert "Deleted" in newest
    assert "waiting" in newest
    assert "2026-01-03T00:00:00Z" in newest
    assert "age 30 → 31" in second
    assert "city" not in second.split("All values")[0]
    assert "version 1" in first
    console.sees("soft-deleted")


def test_history_of_an_online_group_comes_from_the_call_log(console, client):
    client("sagemaker").create_feature_group(**group_parameters("orders"))
    record = [{"FeatureName": "id", "ValueAsString": "a b/c"}, {"FeatureName": "time", "ValueAsString": TIME}]
    client(RUNTIME).put_record(FeatureGroupName="orders", Record=record)
    console.open("groups/orders")
    console.click("a b/c")
    console.sees("Versions from the call log")
    console.sees("version 1")


def test_offline_store_view_shows_objects_and_table_and_rows(console, customers):
    customers("1", age=30)
    customers("2", age=31)
    console.open("groups/customers/offline")
    objects = console.rows_when("Objects in S3", lambda rows: len(rows) == 2)
    assert objects[0][0].startswith("year=2026/month=01/day=01/hour=00/")
    assert objects[0][1].endswith("kB")
    columns = console.rows_when("Columns of the Glue table", len)
    assert columns[2][:2] == ["age", "bigint"]
    assert columns[-1][:2] == ["is_deleted", "boolean"]
    console.click("Show the first 100 rows")
    rows = console.rows_when("Result of the query", lambda rows: len(rows) == 2)
    assert sorted(row[2] for row in rows) == ["30", "31"]


def test_distributions_view_shows_a_chart_for_each_feature(console, customers):
    for number in range(40):
        customers(str(number), age=number, city="Bern" if number % 4 else "Basel")
    console.open("groups/customers/values")
    console.sees("From all 40 records of the online store")
    labels = console.script(
        "return [...document.querySelectorAll('[role=img], .bars')].map(e => e.getAttribute('aria-label'))"
    )
    assert "Histogram of age: from 0 to 39, at most 2 values in a bin" in labels
    assert "Most frequent values of city" in labels
    assert console.script("return document.querySelector('.bars').innerText").split() == ["Bern", "30", "Basel", "10"]


# Queries.


@pytest.fixture
def query(console, customers):
    """A function that runs a query in the console."""
    for number in range(1, 151):
        customers(str(number), age=number, city="Bern")
    console.open("query")
    console.wait(lambda: console.script("return document.querySelector('textarea').value"))

    def run(sql):
        console.fill("SQL", sql.replace("TABLE", table_name(console)))
        console.click("Run")

    return run


def table_name(console):
    return console.script("return document.querySelector('.tables button').textContent")


def test_query_shows_its_result_in_pages(console, query):
    query('SELECT id, age FROM "TABLE" ORDER BY age')
    rows = console.rows_when("Result of the query", lambda rows: len(rows) == 100)
    assert rows[0] == ["1", "1"]
    console.sees("SUCCEEDED")
    console.click("Next")
    console.rows_when("Result of the query", lambda rows: (rows[0], len(rows)) == (["101", "101"], 50))


def test_query_error_is_marked_at_its_position(console, query):
    query('SELECT id,\n  agee FROM "TABLE"')
    console.sees("COLUMN_NOT_FOUND")
    assert console.find("//mark").text == "agee"
    selection = "const t = document.querySelector('textarea'); return t.value.slice(t.selectionStart, t.selectionEnd)"
    assert console.script(selection) == "agee"


def test_query_draws_a_chart_of_two_columns(console, query):
    query('SELECT age, age * 2 AS twice FROM "TABLE" ORDER BY age LIMIT 30')
    console.rows_when("Result of the query", len)
    console.fill("Horizontal", "age")
    console.fill("Vertical", "twice")
    for kind, mark in (("Bars", "rect"), ("Line", "polyline"), ("Points", "circle")):
        console.fill("Kind", kind)
        console.click("Draw")
        expected = 1 if kind == "Line" else 30
        console.wait(
            lambda m=mark, n=expected: console.script(f"return document.querySelectorAll('.plot {m}').length") == n
        )
    label = console.script("return document.querySelector('.plot').getAttribute('aria-label')")
    assert label == "twice by age: 30 values from 2 to 60"


def test_query_result_can_be_downloaded_as_csv(console, query):
    query('SELECT id, city FROM "TABLE" WHERE age = 7')
    console.rows_when("Result of the query", len)
    console.click("Download CSV")
    file = console.wait(lambda: next(console.downloads.glob("*.csv"), None))
    assert file.read_text() == '"id","city"\n"7","Bern"\n'


def test_query_can_be_run_with_the_keyboard(console, query):
    from selenium.webdriver.common.keys import Keys

    console.fill("SQL", "SELECT 1 AS one")
    console.control("SQL").send_keys(Keys.CONTROL, Keys.ENTER)
    console.rows_when("Result of the query", lambda rows: rows == [["1"]])


# Calls.


def test_call_log_view_shows_new_calls_with_details(console, client, customers):
    console.open("calls")
    runtime = client(RUNTIME)
    runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    with pytest.raises(runtime.exceptions.ValidationError):
        runtime.get_record(FeatureGroupName="nothing", RecordIdentifierValueAsString="1")
    rows = console.rows_when("Calls", lambda rows: len(rows) >= 3)
    assert [row[1:5] for row in rows[:2]] == [
        ["GetRecord", "nothing", "400", "ValidationError"],
        ["GetRecord", "customers", "200", "–\nno value"],
    ]
    assert float(rows[0][5]) > 0
    console.driver.find_element("css selector", "tbody button").click()
    request, response = console.wait(
        lambda: console.script("return [...document.querySelectorAll('dialog pre')].map(pre => pre.textContent)")
    )
    assert json.loads(request) == {"FeatureGroupName": "nothing", "RecordIdentifierValueAsString": "1"}
    assert "can't find a FeatureGroup" in json.loads(response)["Message"]
    console.click("Close")
    console.control("Errors only").click()
    console.rows_when("Calls", lambda rows: len(rows) == 1)


def test_call_log_view_filters_calls_and_shows_pages(console, client, customers):
    runtime = client(RUNTIME)
    for _ in range(120):
        runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    console.open("calls")
    console.rows_when("Calls", lambda rows: len(rows) == 100)
    console.click("Older")
    console.rows_when("Calls", lambda rows: len(rows) == 21)
    console.fill("Operation", "Create")
    console.rows_when("Calls", lambda rows: [row[1] for row in rows] == ["CreateFeatureGroup"])


def test_url_of_unknown_page_shows_an_error_message(console):
    console.open("groups/nothing")
    console.sees("The feature group 'nothing' does not exist")
    console.open("nothing")
    console.sees("The console has no page nothing.")

"""The HTML of results in notebooks."""

from html.parser import HTMLParser

import pytest

from moto_featurestore import featurestore
from moto_featurestore.testing.results import html_table

TYPES = {"id": "String", "time": "String", "name": "String"}
NAMES = {"record_identifier": "id", "event_time": "time"}
TIME = "2026-01-01T12:00:00Z"
NAME = "<b>Müller & Söhne</b>"


class Table(HTMLParser):
    """The cells of a table by row, and the texts below it. Other elements than those of a table are errors."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.notes, self.place = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        assert tag in {"table", "thead", "tbody", "tr", "th", "td", "p"}
        self.place = tag
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.place = ""

    def handle_data(self, data):
        if self.place == "p":
            self.notes.append(data)
        else:
            self.rows[-1][-1] += data


@pytest.fixture
def handle(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES, offline=True)
    stage.featurestore.load("customers", [{"id": "1", "time": TIME, "name": NAME}, {"id": "2", "time": TIME}])
    return stage.featurestore


def test_html_of_groups_has_one_row_per_group(handle):
    expected = [
        ["name", "status", "stores", "records", "waiting"],
        ["customers", "Created", "OnlineStore, OfflineStore", "2", "2"],
    ]
    table = Table(handle.groups._repr_html_())
    assert (table.rows, table.notes) == (expected, ["1 group"])
    assert Table(handle.groups["customers"]._repr_html_()).rows == expected


def test_html_of_records_escapes_values_and_counts_waiting_rows(handle):
    table = Table(handle.records("customers")._repr_html_())
    assert table.rows == [["id", "time", "name"], ["1", TIME, NAME], ["2", TIME, ""]]
    assert table.notes == ["2 records", "rows that wait for the offline store: 2"]
    handle.flush()
    assert Table(handle.records("customers")._repr_html_()).notes == ["2 records"]


@pytest.mark.parametrize(
    "read",
    [
        lambda handle: handle.history("customers", "1"),
        lambda handle: handle.offline_rows("customers"),
        lambda handle: handle.query("SELECT * FROM {customers} ORDER BY id"),
    ],
    ids=["history", "offline rows", "query"],
)
def test_html_of_rows_starts_with_the_features(handle, read):
    table = Table(read(handle)._repr_html_())
    assert table.rows[0][:3] == ["id", "time", "name"]
    assert ["1", TIME, NAME] in [row[:3] for row in table.rows]
    assert table.notes == ["1 row" if len(table.rows) == 2 else "2 rows"]


def test_html_of_calls_has_the_last_calls(stage):
    for _ in range(21):
        stage.clients("sagemaker").list_feature_groups()
    stage.create()
    table = Table(stage.featurestore.calls._repr_html_())
    assert table.rows[0] == ["time", "operation", "group", "status", "error_code", "milliseconds"]
    assert [row[1] for row in table.rows[1:]] == ["ListFeatureGroups"] * 19 + ["CreateFeatureGroup"]
    assert table.rows[-1][2:5] == ["customers", "200", ""]
    assert table.notes == ["the last 20 of 22 calls"]


def test_html_of_calls_without_calls_has_the_columns(clients):
    assert Table(featurestore.calls._repr_html_()).rows == [
        ["time", "operation", "group", "status", "error_code", "milliseconds"]
    ]


def test_html_table_shows_at_most_20_rows_and_columns_and_100_characters():
    rows = [{f"<{name}>": number for name in range(21)} | {"<0>": "é" * 101} for number in range(1234)]
    table = Table(html_table(rows, "rows"))
    assert (len(table.rows), {len(row) for row in table.rows}) == (21, {20})
    assert table.rows[0][:2] == ["<0>", "<1>"]
    assert table.rows[1][:2] == ["é" * 100 + "…", "0"]
    assert table.notes == ["the first 20 of 1,234 rows, the first 20 of 21 columns"]

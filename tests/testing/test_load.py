"""Many records at once."""

import re
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from moto_featurestore import featurestore
from moto_featurestore.testing import loading

TYPES = {"id": "String", "time": "String", "age": "Integral", "score": "Fractional"}
NAMES = {"record_identifier": "id", "event_time": "time"}
IN_MEMORY = {"EnableOnlineStore": True, "StorageType": "InMemory"}
NOON = "2026-01-01T12:00:00Z"


def row(identifier, **values):
    return {"id": identifier, "time": NOON, **values}


def test_a_dataframe_is_loaded(stage):
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "time": pd.to_datetime(["2026-01-01T12:00:00"] * 3),
            "age": pd.Series([1, None, 3], dtype="Int64"),
            "score": [0.5, float("nan"), 1e-7],
        }
    )
    stage.featurestore.create_group("customers", frame, **NAMES)
    assert stage.featurestore.load("customers", frame) == 3
    assert stage.values("customers", "a") == {"id": "a", "time": NOON, "age": "1", "score": "0.5"}
    assert stage.values("customers", "b") == {"id": "b", "time": NOON}
    assert stage.values("customers", "c") == {"id": "c", "time": NOON, "age": "3", "score": "1e-07"}


def test_mappings_are_loaded(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    rows = [row("a", age=1, score=np.float64(0.5)), row("b", age=None, score=float("nan")), row("c", age=pd.NA)]
    assert stage.featurestore.load("customers", (given for given in rows)) == 3
    assert stage.values("customers", "a") == row("a", age="1", score="0.5")
    assert stage.values("customers", "b") == stage.values("customers", "c") | {"id": "b"} == row("b")


def test_nothing_is_loaded_of_nothing(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    assert stage.featurestore.load("customers", []) == stage.featurestore.load("customers", pd.DataFrame()) == 0


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 1, 12), "2026-01-01T12:00:00Z"),  # noqa: DTZ001 - of no zone, as pandas' are
        (datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T10:00:00Z"),
        (pd.Timestamp("2026-01-01T12:00:00.123456789"), "2026-01-01T12:00:00.123456789Z"),
        (np.datetime64("2026-01-01T12:00:00", "ns"), "2026-01-01T12:00:00Z"),
    ],
)
def test_a_moment_is_an_event_time(stage, moment, text):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", [{"id": "a", "time": moment}])
    assert stage.values("customers", "a")["time"] == text


def test_a_moment_is_seconds_for_a_fractional(stage):
    stage.featurestore.create_group("customers", TYPES | {"time": "Fractional"}, **NAMES)
    stage.featurestore.load("customers", [{"id": "a", "time": datetime(2026, 1, 1, tzinfo=UTC)}])
    assert stage.values("customers", "a")["time"] == "1767225600.0"


@pytest.mark.parametrize("values", [["a", "b"], ("a", "b"), np.array(["a", "b"])])
def test_lists_are_loaded_and_empty_ones_left_out(stage, values):
    tags = {"FeatureType": "String", "CollectionType": "List"}
    stage.featurestore.create_group("customers", TYPES | {"tags": tags}, **NAMES, OnlineStoreConfig=IN_MEMORY)
    stage.featurestore.load("customers", [row("a", tags=values), row("b", tags=[])])
    assert stage.values("customers", "a") == row("a", tags=["a", "b"])
    assert stage.values("customers", "b") == row("b")


def test_integers_that_pandas_made_floats_as_one_is_missing_are_loaded(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", pd.DataFrame({"id": ["a", "b"], "time": NOON, "age": [1, None]}))
    assert stage.values("customers", "a") == row("a", age="1")
    assert stage.values("customers", "b") == row("b")


@pytest.mark.parametrize("value", [{"a": 1}, b"a"])
def test_what_is_no_value_is_refused_with_its_row(stage, value):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(
        ValueError, match=r"^Row 1 is refused, and none is written: feature \[age\]: .* is not a feature value"
    ):
        stage.featurestore.load("customers", [row("a"), row("b", age=value)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"TargetStore": ["OnlineStore"]}, "no parameter of load 'TargetStore'; did you mean 'TargetStores'?"),
        ({"FeatureGroupName": "orders"}, "no parameter of load 'FeatureGroupName'"),
        ({"Record": []}, "no parameter of load 'Record'"),
        ({"TtlDuration": 1}, "Invalid type for parameter TtlDuration"),
        ({"TtlDuration": {"Unit": "Days", "Values": 1}}, 'Unknown parameter in TtlDuration: "Values"'),
        ({"TargetStores": ["Offline"]}, "Member must satisfy enum value set"),
    ],
)
def test_what_put_record_does_not_take_is_refused(stage, options, message):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=re.escape(message)):
        stage.featurestore.load("customers", [row("a")], **options)
    assert stage.featurestore.records("customers").online == {}


def test_an_empty_text_is_a_value(stage):
    # As of the SDKs: https://github.com/aws/sagemaker-python-sdk (feature_group.py, _feature_value_is_not_none)
    stage.featurestore.create_group("customers", TYPES | {"name": "String"}, **NAMES)
    stage.featurestore.load("customers", [row("a", name="")])
    assert stage.values("customers", "a") == row("a", name="")


def test_what_is_loaded_goes_to_the_offline_store_too(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES, offline=True)
    stage.featurestore.load("customers", [row("a")])
    stage.featurestore.load("customers", [row("b")], TargetStores=["OfflineStore"])
    assert [waiting["id"] for waiting in stage.featurestore.records("customers").offline] == ["a", "b"]
    assert list(stage.featurestore.records("customers").online) == ["a"]


def test_a_ttl_holds_for_all(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", [row("a")], TtlDuration={"Unit": "Seconds", "Value": 1})
    assert stage.featurestore.records("customers").online == {}


def test_a_bad_row_is_named_and_none_is_written(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=r"^Row 1 is refused, and none is written: ValidationError: .*\[age\]"):
        stage.featurestore.load("customers", [row("a"), row("b", age=1.5)])
    assert stage.featurestore.records("customers").online == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (row("a", other=1), r"The feature named \[other\] is not defined"),
        (row(None), r"no value for its record identifier"),
        (row("a") | {"time": date(2026, 1, 1)}, "The event time, .* must be an ISO-8601 time"),
        (row("a", score="x" * 358_401), "Member must have length less than or equal to 358400"),
        (row("a") | {7: 1}, r"\[7\] is not defined"),
    ],
)
def test_each_rule_of_put_record_holds(stage, given, message):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=message):
        stage.featurestore.load("customers", [given])


def test_a_row_of_a_dataframe_is_named_by_its_label(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    frame = pd.DataFrame({"id": ["a", "b"], "time": [NOON, "noon"]}, index=["first", "second"])
    with pytest.raises(ValueError, match=r"^Row second is refused"):
        stage.featurestore.load("customers", frame)


@pytest.mark.parametrize("data", [{"id": "a"}, "abc", 7])
def test_what_is_no_list_of_records_is_refused(stage, data):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(TypeError, match="Records are loaded from a DataFrame, or a list of mappings, not "):
        stage.featurestore.load("customers", data)


def test_a_row_that_is_no_mapping_is_refused(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(TypeError, match="Row 1 is no mapping of features to values, but list"):
        stage.featurestore.load("customers", [row("a"), ["b"]])


def test_a_group_that_is_not_there_or_not_created_is_refused(stage):
    with pytest.raises(LookupError, match="No feature group 'customers'"):
        stage.featurestore.load("customers", [])
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.set_status("customers", "Deleting")
    with pytest.raises(
        ValueError, match="The feature group 'customers' is Deleting; records are taken while it is Created"
    ):
        stage.featurestore.load("customers", [row("a")])


def test_denials_are_not_looked_at(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.deny("PutRecord")
    assert stage.featurestore.load("customers", [row("a")]) == 1


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_long_load_tells_how_far_it_is(clients, monkeypatch, is_installed):
    made = []

    def bar(rows, name, **options):
        made.append((len(rows), name, options))
        return rows

    stand_in = type(sys)("tqdm")
    stand_in.tqdm = bar
    monkeypatch.setitem(sys.modules, "tqdm", stand_in if is_installed else None)
    monkeypatch.setattr(loading, "_MANY", 2)
    featurestore.create_group("customers", TYPES, **NAMES)
    assert featurestore.load("customers", [row("a")]) == 1
    assert featurestore.load("customers", [row("a"), row("b")]) == 2
    # tqdm's own words: after a second, and not where nobody watches.
    told = (2, "customers", {"unit": " records", "delay": 1, "disable": None})
    assert made == ([told] if is_installed else [])


def test_loading_needs_no_pandas(clients, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    featurestore.create_group("customers", TYPES, **NAMES)
    assert featurestore.load("customers", [row("a", age=1)]) == 1

"""FeatureStore.load()."""

import re
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from moto_featurestore import featurestore
from moto_featurestore.testing import commands, loading

TYPES = {"id": "String", "time": "String", "age": "Integral", "score": "Fractional"}
NAMES = {"record_identifier": "id", "event_time": "time"}
IN_MEMORY = {"EnableOnlineStore": True, "StorageType": "InMemory"}
NOON = "2026-01-01T12:00:00Z"


def row(identifier, **values):
    return {"id": identifier, "time": NOON, **values}


def test_load_of_dataframe_writes_its_rows(stage):
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


def test_load_of_mappings_writes_records(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    rows = [row("a", age=1, score=np.float64(0.5)), row("b", age=None, score=float("nan")), row("c", age=pd.NA)]
    assert stage.featurestore.load("customers", (mapping for mapping in rows)) == 3
    assert stage.values("customers", "a") == row("a", age="1", score="0.5")
    assert stage.values("customers", "b") == stage.values("customers", "c") | {"id": "b"} == row("b")


def test_load_of_empty_data_returns_zero(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    assert stage.featurestore.load("customers", []) == stage.featurestore.load("customers", pd.DataFrame()) == 0


@pytest.mark.parametrize(
    ("value", "expected_time"),
    [
        (datetime(2026, 1, 1, 12), "2026-01-01T12:00:00Z"),  # noqa: DTZ001 - naive, like the timestamps of pandas
        (datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T10:00:00Z"),
        (pd.Timestamp("2026-01-01T12:00:00.123456789"), "2026-01-01T12:00:00.123456789Z"),
        (np.datetime64("2026-01-01T12:00:00", "ns"), "2026-01-01T12:00:00Z"),
    ],
)
def test_load_converts_a_datetime_to_an_iso_8601_event_time(stage, value, expected_time):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", [{"id": "a", "time": value}])
    assert stage.values("customers", "a")["time"] == expected_time


def test_load_converts_a_datetime_of_a_fractional_feature_to_seconds(stage):
    stage.featurestore.create_group("customers", TYPES | {"time": "Fractional"}, **NAMES)
    stage.featurestore.load("customers", [{"id": "a", "time": datetime(2026, 1, 1, tzinfo=UTC)}])
    assert stage.values("customers", "a")["time"] == "1767225600.0"


@pytest.mark.parametrize("values", [["a", "b"], ("a", "b"), np.array(["a", "b"])])
def test_load_writes_lists_and_omits_empty_lists(stage, values):
    tags = {"FeatureType": "String", "CollectionType": "List"}
    stage.featurestore.create_group("customers", TYPES | {"tags": tags}, **NAMES, OnlineStoreConfig=IN_MEMORY)
    stage.featurestore.load("customers", [row("a", tags=values), row("b", tags=[])])
    assert stage.values("customers", "a") == row("a", tags=["a", "b"])
    assert stage.values("customers", "b") == row("b")


def test_load_converts_integers_stored_as_floats_to_integers(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", pd.DataFrame({"id": ["a", "b"], "time": NOON, "age": [1, None]}))
    assert stage.values("customers", "a") == row("a", age="1")
    assert stage.values("customers", "b") == row("b")


@pytest.mark.parametrize("value", [{"a": 1}, b"a"])
def test_error_of_load_for_unsupported_value_names_the_row(stage, value):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(
        ValueError, match=r"^Row 1 was rejected, and no row was written: feature \[age\]: .* is not a feature value"
    ):
        stage.featurestore.load("customers", [row("a"), row("b", age=value)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"TargetStore": ["OnlineStore"]}, "Unknown parameter of load() 'TargetStore'; did you mean 'TargetStores'?"),
        ({"FeatureGroupName": "orders"}, "Unknown parameter of load() 'FeatureGroupName'"),
        ({"Record": []}, "Unknown parameter of load() 'Record'"),
        ({"TtlDuration": 1}, "Invalid type for parameter TtlDuration"),
        ({"TtlDuration": {"Unit": "Days", "Values": 1}}, 'Unknown parameter in TtlDuration: "Values"'),
        ({"TargetStores": ["Offline"]}, "Member must satisfy enum value set"),
    ],
)
def test_load_with_invalid_options_raises_value_error(stage, options, message):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=re.escape(message)):
        stage.featurestore.load("customers", [row("a")], **options)
    assert stage.featurestore.records("customers").online == {}


def test_load_writes_an_empty_string_as_a_value(stage):
    # As in the SDKs: https://github.com/aws/sagemaker-python-sdk (feature_group.py, _feature_value_is_not_none)
    stage.featurestore.create_group("customers", TYPES | {"name": "String"}, **NAMES)
    stage.featurestore.load("customers", [row("a", name="")])
    assert stage.values("customers", "a") == row("a", name="")


def test_load_writes_to_the_target_stores(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES, offline=True)
    stage.featurestore.load("customers", [row("a")])
    stage.featurestore.load("customers", [row("b")], TargetStores=["OfflineStore"])
    assert [buffered["id"] for buffered in stage.featurestore.records("customers").waiting] == ["a", "b"]
    assert list(stage.featurestore.records("customers").online) == ["a"]


def test_load_with_ttl_duration_sets_the_ttl_of_all_records(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.load("customers", [row("a")], TtlDuration={"Unit": "Seconds", "Value": 1})
    assert stage.featurestore.records("customers").online == {}


def test_load_with_an_invalid_row_writes_nothing(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=r"^Row 1 was rejected, and no row was written: ValidationError: .*\[age\]"):
        stage.featurestore.load("customers", [row("a"), row("b", age=1.5)])
    assert stage.featurestore.records("customers").online == {}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (row("a", other=1), r"The feature named \[other\] is not defined"),
        (row(None), r"no value for its record identifier"),
        (row("a") | {"time": date(2026, 1, 1)}, "The event time, .* must be an ISO-8601 time"),
        (row("a", score="x" * 358_401), "Member must have length less than or equal to 358400"),
        (row("a") | {7: 1}, r"\[7\] is not defined"),
    ],
)
def test_load_applies_the_rules_of_put_record(stage, record, message):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=message):
        stage.featurestore.load("customers", [record])


def test_error_of_load_from_dataframe_contains_the_index_label_of_the_row(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    frame = pd.DataFrame({"id": ["a", "b"], "time": [NOON, "noon"]}, index=["first", "second"])
    with pytest.raises(ValueError, match=r"^Row second was rejected"):
        stage.featurestore.load("customers", frame)


@pytest.mark.parametrize("data", [{"id": "a"}, b"abc", 7])
def test_load_with_records_argument_of_wrong_type_raises_type_error(stage, data):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(TypeError, match="records must be a DataFrame, a path, or a list of mappings, not "):
        stage.featurestore.load("customers", data)


def test_load_with_row_of_wrong_type_raises_type_error(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(TypeError, match="Row 1 must be a mapping of features to values, not list"):
        stage.featurestore.load("customers", [row("a"), ["b"]])


def test_load_into_missing_group_or_group_with_status_deleting_raises_an_error(stage):
    with pytest.raises(LookupError, match="The feature group 'customers' does not exist"):
        stage.featurestore.load("customers", [])
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.set_status("customers", "Deleting")
    with pytest.raises(
        ValueError, match=r"The feature group 'customers' has the status Deleting\. Loading requires the status Created"
    ):
        stage.featurestore.load("customers", [row("a")])


def test_load_while_put_record_is_denied_writes_records(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    stage.featurestore.deny("PutRecord")
    assert stage.featurestore.load("customers", [row("a")]) == 1


@pytest.mark.parametrize("is_installed", [True, False])
def test_load_of_many_rows_shows_progress_if_tqdm_is_installed(clients, monkeypatch, is_installed):
    bars = []

    def bar(rows, name, **options):
        bars.append((len(rows), name, options))
        return rows

    fake_tqdm = type(sys)("tqdm")
    fake_tqdm.tqdm = bar
    monkeypatch.setitem(sys.modules, "tqdm", fake_tqdm if is_installed else None)
    monkeypatch.setattr(loading, "_MANY", 2)
    featurestore.create_group("customers", TYPES, **NAMES)
    assert featurestore.load("customers", [row("a")]) == 1
    assert featurestore.load("customers", [row("a"), row("b")]) == 2
    # The parameters of tqdm: the bar appears after a second (delay), and only on a terminal (disable).
    expected = (2, "customers", {"unit": " records", "delay": 1, "disable": None})
    assert bars == ([expected] if is_installed else [])


def test_load_of_mappings_without_pandas_writes_records(clients, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    featurestore.create_group("customers", TYPES, **NAMES)
    assert featurestore.load("customers", [row("a", age=1)]) == 1


@pytest.mark.parametrize("name", ["customers.csv", "customers.jsonl"])
def test_load_of_a_file_writes_its_records(stage, tmp_path, name):
    path = tmp_path / name
    contents = {
        ".csv": f"id,time,age,score\na,{NOON},7,1e-7\nb,{NOON},,\n",
        ".jsonl": f'{{"id": "a", "time": "{NOON}", "age": 7, "score": 1e-7}}\n{{"id": "b", "time": "{NOON}"}}\n',
    }
    path.write_text(contents[path.suffix])
    stage.featurestore.create_group("customers", path, **NAMES)
    types = {
        feature["FeatureName"]: feature["FeatureType"] for feature in stage.describe("customers")["FeatureDefinitions"]
    }
    assert types == TYPES
    assert stage.featurestore.load("customers", str(path)) == 2
    assert stage.values("customers", "a") == row("a", age="7", score="1e-7")
    assert stage.values("customers", "b") == row("b")


@pytest.mark.parametrize(
    ("record", "advice"),
    [
        ({"time": "2026-01-01 12:00:00"}, r"\[time\], .* Write 2026-01-01T12:00:00Z if this time is in UTC\."),
        ({"time": "2026-01-01T14:00:00+02:00"}, r"\[time\], .* Write 2026-01-01T12:00:00Z\."),
        (
            {"time": "noon"},
            r"\[time\], .* Write a time such as 2026-01-31T12:00:00Z, or use a Fractional feature with .*",
        ),
        (
            {"age": True},
            r"\[age\] .* 'True' is a Boolean\. Features have no Boolean type\. Write 0 or 1 .* as String\.",
        ),
        ({"age": "false"}, r"\[age\] .* 'false' is a Boolean\. Features have no Boolean type\. .*"),
    ],
)
def test_error_of_load_contains_the_remedy(stage, record, advice):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match=f"^Row 0 was rejected, and no row was written: ValidationError: .*{advice}$"):
        stage.featurestore.load("customers", [row("a") | record])


def test_error_of_load_of_feature_without_value_has_no_advice(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    features = [{"FeatureName": "id", "ValueAsString": "a"}, {"FeatureName": "time", "ValueAsString": NOON}]
    rows = [["Row 0", [*features, {"FeatureName": "age", "ValueAsString": None}]]]
    with pytest.raises(ValueError, match=r"\[age\] must have either .*, not neither\.$"):
        stage.featurestore._run(commands.load, group="customers", rows=rows)


def test_error_of_load_of_fractional_event_time_does_not_suggest_iso_8601(stage):
    stage.featurestore.create_group("customers", TYPES | {"time": "Fractional"}, **NAMES)
    with pytest.raises(ValueError, match=r"must be Unix seconds, such as 1769860800\.0\.$"):
        stage.featurestore.load("customers", [row("a")])


def test_error_of_load_of_a_file_names_file_and_line_and_feature(stage, tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text(f"id,time,age\na,{NOON},1\nb,{NOON},true\n")
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(
        ValueError, match=rf"^{path}, line 3 was rejected, and no row was written: .* \[age\] .* 'true' is a Boolean"
    ):
        stage.featurestore.load("customers", path)
    assert stage.featurestore.records("customers").online == {}

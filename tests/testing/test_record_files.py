"""Files of records: feature definitions that fit their values, and errors."""

import datetime as dt
import sys
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from moto_featurestore.testing.record_files import definitions_of_file, rows_of_file

TIME = "2026-01-01T12:00:00Z"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A function that writes a file in the current directory: a text, or columns of a Parquet file."""
    monkeypatch.chdir(tmp_path)

    def write(name, content):
        path = tmp_path.joinpath(name).relative_to(tmp_path)
        if isinstance(content, str):
            path.write_text(content)
        else:
            parquet.write_table(pa.table(content), path)
        return path

    return write


def types(path, *, in_memory=False):
    return {
        definition.pop("FeatureName"): " of ".join(reversed(definition.values()))
        for definition in definitions_of_file(path, event_time="time", in_memory=in_memory)
    }


@pytest.mark.parametrize(
    ("cells", "feature_type"),
    [
        (["1", "-2", ""], "Integral"),
        (["1", "0.5"], "Fractional"),
        (["0.5", "1"], "Fractional"),
        (["9223372036854775808"], "Fractional"),  # too large for 64 bits
        (["1", "a"], "String"),
        (["", ""], "String"),
        (["true", "maybe"], "String"),
        (["maybe", "true"], "String"),
    ],
)
def test_definitions_of_csv_file_have_the_most_specific_type_for_all_values(file, cells, feature_type):
    path = file("a.csv", "id,x\n" + "".join(f"a,{cell}\n" for cell in cells))
    assert types(path) == {"id": "String", "x": feature_type}


def test_definitions_of_json_lines_file_have_the_types_of_the_json_values(file):
    content = '{"id": "1", "age": 7, "x": 1}\n{"id": "2", "x": 0.5, "y": {"a": 1}, "z": null}\n'
    assert types(file("a.jsonl", content)) == {
        "id": "String",
        "age": "Integral",
        "x": "Fractional",
        "y": "String",
        "z": "String",
    }


def test_definitions_of_parquet_file_have_the_types_of_its_values(file):
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    columns = {
        "id": ["1"],
        "time": [moment],
        "age": [7],
        "x": [0.5],
        "y": [Decimal("1.5")],
        "day": [dt.date(2026, 1, 1)],
    }
    assert types(file("a.parquet", columns)) == {
        "id": "String",
        "time": "String",
        "age": "Integral",
        "x": "Fractional",
        "y": "Fractional",
        "day": "String",
    }


@pytest.mark.parametrize(
    ("lists", "feature_type"),
    [
        ("[1], null, [2, 3]", "List of Integral"),
        ("[1], [0.5]", "List of Fractional"),
        ('["a"], []', "List of String"),
        ('["a"], "b"', "String"),
        ("[], []", "String"),
        ("null", "String"),
    ],
)
def test_definitions_of_lists_in_an_in_memory_group_are_collections(file, lists, feature_type):
    items = lists.replace("], ", "]\n").replace("null, ", "null\n").splitlines()
    path = file("a.jsonl", "".join(f'{{"x": {item}}}\n' for item in items))
    assert types(path, in_memory=True) == {"x": feature_type}
    assert "List" not in types(path)["x"]


@pytest.mark.parametrize(
    ("text", "feature_type"), [("1767225600", "Fractional"), ("1767225600.5", "Fractional"), (TIME, "String")]
)
def test_definitions_of_file_give_the_event_time_a_type_that_the_service_accepts(file, text, feature_type):
    assert types(file("a.csv", f"time,age\n{text},1\n")) == {"time": feature_type, "age": "Integral"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            "id,x\n1,\n2,true\n3,False\n",
            "a.csv, line 3, column 'x': the column contains only true and false. Features have no Boolean type. Write 0"
            " or 1 for an Integral feature. For a String feature, pass a mapping of feature names to types instead of"
            " the file.",
        ),
        (
            "a.jsonl",
            '{"x": 1}\n{"x": true}\n',
            "a.jsonl, line 2, column 'x': True is a Boolean. Features have no Boolean type. Write 0 or 1 for an Integral"
            ' feature. Write the text "true" or "false" for a String feature.',
        ),
        ("a.jsonl", '{"x": [1, false]}\n', "a.jsonl, line 1, column 'x': False is a Boolean."),
        ("a.parquet", {"x": [None, True]}, "a.parquet, row 2, column 'x': True is a Boolean."),
        (
            "a.csv",
            f"id,time\n1,{TIME}\n2,2026-01-01 12:00:00\n",
            "a.csv, line 3, column 'time': '2026-01-01 12:00:00' is not an event time. Write 2026-01-01T12:00:00Z if this"
            " time is in UTC.",
        ),
        ("a.jsonl", '{"time": "2026-01-01T00:00+01:00"}', "is not an event time. Write 2025-12-31T23:00:00Z."),
        ("a.parquet", {"time": [dt.date(2026, 1, 1)]}, "'2026-01-01' is not an event time. Write 2026-01-01T00:00:00Z"),
        ("a.csv", "time\nnoon\n", "'noon' is not an event time. Write a time such as 2026-01-31T12:00:00Z, or use a"),
        ("a.csv", "id,time\n", "a.csv: the file has no records, so it shows no feature types."),
        ("a.csv", "id,time\n1\n", "a.csv: line 2 must have 2 values, as many as the header"),
        ("a.txt", "", "a.txt: the file extension must be one of .csv, .jsonl, .ndjson, .parquet, not '.txt'"),
    ],
)
def test_definitions_of_invalid_file_raise_value_error_with_position_and_remedy(file, name, content, message):
    with pytest.raises(ValueError, match=r"^a\.") as error:
        types(file(name, content))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", '{"x": true}\n'), ("a.jsonl", '{"x": [true]}'), ("a.parquet", {"x": [True]})]
)
def test_rows_of_file_with_boolean_raise_value_error_with_the_remedy(file, name, content):
    definitions = [{"FeatureName": "x", "FeatureType": "String"}]
    with pytest.raises(
        ValueError, match=r'^a\.\w+, (line|row) 1 .* feature \[x\]: .* Write the text "true" or "false"'
    ):
        list(rows_of_file(file(name, content), definitions))


def test_rows_of_csv_file_with_true_in_a_string_feature_contain_the_string_true(file):
    definitions = [{"FeatureName": "x", "FeatureType": "String"}]
    rows = list(rows_of_file(file("a.CSV", "x\ntrue\n"), definitions))
    assert rows == [("a.CSV, line 2", [{"FeatureName": "x", "ValueAsString": "true"}])]


def test_file_that_does_not_exist_raises_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(rows_of_file(tmp_path / "missing.csv", []))
    with pytest.raises(FileNotFoundError):
        types(tmp_path / "missing.csv")


def test_parquet_file_without_pyarrow_raises_error_that_names_the_pip_extra(file, monkeypatch):
    path = file("a.parquet", {"x": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        ImportError, match=r"Reading a Parquet file needs pyarrow: pip install 'moto-featurestore\[offline\]'"
    ):
        types(path)

"""The feature group that is proposed for a CSV file."""

import pytest

from moto_featurestore.testing import csv_groups

TIME = "2026-01-01T00:00:00Z"


def propose(text):
    return csv_groups.propose_group(None, None, csv=text)


def test_propose_group_returns_types_and_identifier_and_event_time_of_csv_columns():
    proposal = propose(f"\ufeffname,customer_id,age,score,seen_at\nA,c-1,7,1,{TIME}\nB,c-2,,0.5,{TIME}\n")
    assert proposal == {
        "columns": [
            {"name": "name", "type": "String", "missing": 0},
            {"name": "customer_id", "type": "String", "missing": 0},
            {"name": "age", "type": "Integral", "missing": 1},
            {"name": "score", "type": "Fractional", "missing": 0},
            {"name": "seen_at", "type": "String", "missing": 0},
        ],
        "record_identifier": "customer_id",
        "event_time": "seen_at",
        "rows": [["A", "c-1", "7", "1", TIME], ["B", "c-2", None, "0.5", TIME]],
    }


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("a,b\n1,1\n1,2\n", "b"),  # unique
        ("a,b_id\n1,1\n2,1\n", "b_id"),  # named, though not unique
        ("a,b_id\n1,\n2,1\n", "a"),  # complete
        ("a,b\n1,1\n1,1\n", "a"),  # the first one
        ("a,b\n1,\n,1\n", "a"),
    ],
)
def test_propose_group_chooses_the_record_identifier(text, identifier):
    assert propose(text)["record_identifier"] == identifier


@pytest.mark.parametrize(
    ("text", "event_time"),
    [
        ("id,timestamp\n1,1767225600.5\n", "timestamp"),
        ("id,amount\n1,1767225600.5\n", None),
        ("id,day\n1,2026-01-01\n", None),  # the service accepts no date without a time
        (f"id,day\n1,{TIME}\n2,\n", None),
    ],
)
def test_propose_group_chooses_the_event_time(text, event_time):
    assert propose(text)["event_time"] == event_time


def test_propose_group_returns_type_string_for_a_column_without_values():
    assert propose("id,x\n1,\n")["columns"][1] == {"name": "x", "type": "String", "missing": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file has no records"),
        ("id,time\n", "The file has no records"),
        ("id,time\n1\n", "line 2 must have 2 values, as many as the header"),
        ('id,time\n"1,2\n', "line 2: unexpected end of data"),
    ],
)
def test_propose_group_from_file_that_is_not_a_csv_table_raises_value_error(text, message):
    with pytest.raises(ValueError, match=message):
        propose(text)


def test_propose_group_from_file_with_too_many_rows_raises_value_error(monkeypatch):
    monkeypatch.setattr(csv_groups, "_MOST_ROWS", 2)
    assert len(propose("id\n1\n2\n")["rows"]) == 2
    with pytest.raises(ValueError, match="more than 2 rows"):
        propose("id\n1\n2\n3\n")


def test_propose_group_with_non_string_argument_raises_type_error():
    with pytest.raises(TypeError, match="csv must be a string, not 7"):
        propose(7)

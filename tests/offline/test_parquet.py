"""Conversion of buffered rows to an Arrow table."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moto_featurestore.offline import parquet
from moto_featurestore.store.group import FeatureDefinition
from moto_featurestore.store.offline_buffer import NewRow, OfflineRows
from moto_featurestore.values import is_fractional, is_integral

SECOND = 10**9
MILLISECONDS = pa.timestamp("ms", tz="UTC")


def definitions(*types, **collection):
    return [
        FeatureDefinition.from_api({"FeatureName": f"f{i}", "FeatureType": feature_type, **collection}, i, 0)
        for i, feature_type in enumerate(types)
    ]


def rows(*values, is_deleted=False):
    buffered = OfflineRows()
    for number, row in enumerate(values):
        buffered.append(NewRow(number, row, 0, 1_790_000_000 * SECOND + 999_999_999, is_deleted))
    return buffered


def column(feature_type, *texts):
    return parquet.table(definitions(feature_type), rows(*((text,) for text in texts)), 0)["f0"]


def test_parquet_table_has_features_in_order_before_service_columns():
    # Evidence, observed: https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-parquet-audit.json)
    table = parquet.table(definitions("String", "Integral", "Fractional"), rows(("a", "1", "0.5")), 1_234_567_890)
    assert table.schema == pa.schema(
        [
            ("f0", pa.string()),
            ("f1", pa.int64()),
            ("f2", pa.float64()),
            ("write_time", MILLISECONDS),
            ("api_invocation_time", MILLISECONDS),
            ("is_deleted", pa.bool_()),
        ]
    )


def test_parquet_table_has_write_time_in_milliseconds_and_invocation_time_in_seconds():
    table = parquet.table(definitions("String"), rows(("a",), is_deleted=True), 1_234_567_890)
    assert table["write_time"].cast(pa.int64()).to_pylist() == [1234]
    assert table["api_invocation_time"].cast(pa.int64()).to_pylist() == [1_790_000_000_000]
    assert table["is_deleted"].to_pylist() == [True]


def test_parquet_table_has_null_in_rows_written_before_the_feature_was_added():
    table = parquet.table(
        definitions("String", "Integral", "Fractional"), rows(("a",), ("b", "2"), ("c", None, "1")), 0
    )
    assert table["f1"].to_pylist() == [None, 2, None]
    assert table["f2"].to_pylist() == [None, None, 1.0]


def test_parquet_table_without_rows_is_empty():
    assert parquet.table(definitions("String"), rows(), 0).num_rows == 0


@pytest.mark.parametrize(
    ("feature_type", "texts", "lists"),
    [
        ("String", ("a", "b"), ["a", "b"]),
        ("Integral", ("+1", "-2"), [1, -2]),
        ("Fractional", ("1e2", ".5"), [100.0, 0.5]),
    ],
)
def test_parquet_table_stores_collections_as_lists(feature_type, texts, lists):
    features = definitions("String", feature_type, CollectionType="List")[1:]
    table = parquet.table(features, rows((texts,), (None,)), 0)
    assert table["f1"].to_pylist() == [lists, None]


@pytest.mark.parametrize("text", ["+5", "0" * 5000 + "7", "-0", "9223372036854775807", "-9223372036854775808"])
def test_parquet_table_parses_integral_values_in_every_accepted_form(text):
    assert is_integral(text)
    assert column("Integral", text, None).to_pylist() == [int(text.lstrip("+").lstrip("0") or "0"), None]


@given(st.from_regex(r"[+-]?[0-9]{1,25}", fullmatch=True).filter(is_integral))
def test_integral_value_in_parquet_table_equals_python_int(text):
    assert column("Integral", text).to_pylist() == [int(text)]


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.from_regex(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    ).filter(is_fractional)
)
def test_fractional_value_in_parquet_table_equals_python_float(text):
    [number] = column("Fractional", text).to_pylist()
    assert repr(number) == repr(float(text))

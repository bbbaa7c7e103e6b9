"""Conversion of Python values to FeatureValues."""

import datetime as dt
from array import array
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from moto_featurestore.testing.record_sources import feature_values

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "feature_type", "text"),
    [
        # str() converts these values, as in the SDKs: https://github.com/aws/sagemaker-python-sdk (feature_group.py, _ingest_row)
        ("a", "String", "a"),
        ("", "String", ""),
        (2, "Integral", "2"),
        (2**63, "Integral", "9223372036854775808"),
        (np.int64(2), "Integral", "2"),
        (2.0, "Fractional", "2.0"),
        (np.float64(1e-7), "Fractional", "1e-07"),
        (True, "String", "True"),
        (Decimal("1.50"), "Fractional", "1.50"),
        (dt.date(2026, 1, 1), "String", "2026-01-01"),
        # Rules of this package.
        (2.0, "Integral", "2"),
        (2.5, "Integral", "2.5"),
        (NOON, "String", "2026-01-01T12:00:00Z"),
        (NOON, None, "2026-01-01T12:00:00Z"),
        (NOON, "Fractional", "1767268800.0"),
        (dt.datetime(2026, 1, 1, 12), "String", "2026-01-01T12:00:00Z"),  # noqa: DTZ001 - a datetime without a zone is in UTC
        (pd.Timestamp("2026-01-01T13:00:00.123456789+01:00"), "String", "2026-01-01T12:00:00.123456789Z"),
        (np.datetime64("2026-01-01T12:00:00.5", "ns"), "String", "2026-01-01T12:00:00.500000Z"),
        (np.datetime64("2026-01-01T12:00:00", "ns"), "Fractional", "1767268800.0"),
        (np.datetime64("2026-01-01"), "String", "2026-01-01T00:00:00Z"),
    ],
)
def test_feature_values_of_scalar_returns_a_string(value, feature_type, text):
    assert feature_values([("a", value)], {"a": feature_type}) == [{"FeatureName": "a", "ValueAsString": text}]


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (["a", "b"], ["a", "b"]),
        ((1, 2), ["1", "2"]),
        (frozenset({1}), ["1"]),
        (np.array([1.5]), ["1.5"]),
        (array("d", [1.0]), ["1"]),
        (np.array(["2026-01-01T12:00"], "datetime64[ns]"), ["2026-01-01T12:00:00Z"]),
    ],
)
def test_feature_values_of_collection_returns_a_list_of_strings(value, texts):
    assert feature_values([("a", value)], {"a": "Integral"}) == [{"FeatureName": "a", "ValueAsStringList": texts}]


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        np.float32("nan"),
        pd.NA,
        pd.NaT,
        np.datetime64("NaT", "s"),
        np.datetime64("NaT", "ns"),
        [],
        (),
    ],
)
def test_feature_values_omits_missing_values(value):
    assert feature_values([("a", value)], {"a": "String"}) == []


@pytest.mark.parametrize("value", [{"a": 1}, b"a", [None], [float("nan")], [["a"]]])
def test_feature_values_of_unsupported_type_raises_value_error(value):
    with pytest.raises(
        ValueError,
        match=r"^feature \[a\]: .* is not a feature value; use a string, a number, a Boolean, a datetime, or a list of these$",
    ):
        feature_values([("a", value)], {"a": "String"})

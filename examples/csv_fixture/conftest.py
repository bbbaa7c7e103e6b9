"""The customers of all tests, from a CSV file."""

import csv
from pathlib import Path

import pytest

from moto_featurestore import FeatureStore

FEATURES = {"id": "String", "time": "String", "orders": "Integral", "spent": "Fractional"}


@pytest.fixture
def customers(featurestore: FeatureStore) -> FeatureStore:
    """Create the group, and load the file."""
    featurestore.create_group("customers", FEATURES, record_identifier="id", event_time="time")
    with Path(__file__).with_name("customers.csv").open(newline="", encoding="utf-8") as file:
        featurestore.load("customers", csv.DictReader(file))
    return featurestore

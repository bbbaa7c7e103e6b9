"""The customers of all tests, from a CSV file."""

from pathlib import Path

import pytest

from moto_featurestore import FeatureStore

CUSTOMERS = Path(__file__).with_name("customers.csv")


@pytest.fixture
def customers(featurestore: FeatureStore) -> FeatureStore:
    """Create a group with the columns of the file, and load its records."""
    featurestore.create_group("customers", CUSTOMERS, record_identifier="id", event_time="time")
    featurestore.load("customers", CUSTOMERS)
    return featurestore

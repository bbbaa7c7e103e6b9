"""What the engine's tests have in common: one DuckDB, and queries over a lake in memory."""

import pytest
from support.engine import Engine
from support.lake import MemoryLake

from moto_featurestore.athena.execute import Database


@pytest.fixture(scope="session")
def database():
    return Database()


@pytest.fixture
def lake():
    return MemoryLake()


@pytest.fixture
def engine(database, lake):
    return Engine(database, lake)

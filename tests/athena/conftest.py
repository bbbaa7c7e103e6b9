"""What the engine's tests have in common: one DuckDB, and queries over a lake in memory."""

import pytest


@pytest.fixture(scope="session")
def database():
    from moto_featurestore.athena.execution import Database

    return Database()


@pytest.fixture
def lake():
    from support.lake import MemoryLake

    return MemoryLake()


@pytest.fixture
def engine(database, lake):
    from support.engine import Engine

    return Engine(database, lake)

"""What the engine's tests have in common: one DuckDB, and queries over a lake in memory."""

from importlib.util import find_spec

import pytest

#: DuckDB has no release for Python 3.10.
collect_ignore_glob = [] if find_spec("duckdb") else ["test_*.py"]


@pytest.fixture(scope="session")
def database():
    from moto_featurestore.athena.execute import Database

    return Database()


@pytest.fixture
def lake():
    from support.lake import MemoryLake

    return MemoryLake()


@pytest.fixture
def engine(database, lake):
    from support.engine import Engine

    return Engine(database, lake)

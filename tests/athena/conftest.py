"""What the engine's tests have in common: one DuckDB, and queries over S3 and Glue in memory."""

import pytest


@pytest.fixture(scope="session")
def database():
    from moto_featurestore.athena.execution import Database

    return Database()


@pytest.fixture
def services():
    from support.s3_and_glue import MemoryS3AndGlue

    return MemoryS3AndGlue()


@pytest.fixture
def engine(database, services):
    from support.engine import Engine

    return Engine(database, services)

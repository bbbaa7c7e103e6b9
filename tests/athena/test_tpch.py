"""The 22 queries of TPC-H at scale factor 0.01, compared with DuckDB's results over the same files."""

import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from support.s3_and_glue import MemoryS3AndGlue, descriptor

GENERATOR = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
QUERIES = dict(
    re.findall(
        r"^-- (Q\d+.*)\n((?:(?!--).*\n)+)", Path(__file__).with_name("tpch.sql").read_text("utf-8"), re.MULTILINE
    )
)
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
TYPES = {"int32": "int", "int64": "bigint", "date32[day]": "date", "decimal128(15, 2)": "decimal(15,2)"}

pytestmark = [pytest.mark.client, pytest.mark.skipif(GENERATOR is None, reason="tpchgen-cli is not installed")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tpch")
    command = [GENERATOR, "parquet", "--scale-factor", "0.01", "--output-dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def tpch(database, folder):
    """An engine over the generated tables."""
    from support.engine import Engine

    services = MemoryS3AndGlue()
    for name in TABLES:
        file = folder / f"{name}.parquet"
        types = {field.name: TYPES.get(str(field.type), "string") for field in pq.read_schema(file)}
        services.put_object("bucket", f"{name}/0.parquet", file.read_bytes())
        services.put_table("db", name, {"StorageDescriptor": descriptor(types, f"s3://bucket/{name}")})
    return Engine(database, services)


@pytest.fixture(scope="module")
def expected(folder):
    """A DuckDB with the generated tables as views."""
    with duckdb.connect() as connection:
        for name in TABLES:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder / name}.parquet'")
        yield connection


def is_equal(text, value):
    """Return True if Athena's text stands for DuckDB's value. Averages and quotients of decimals are doubles in DuckDB."""
    if value is None or text is None:
        return value is text
    if isinstance(value, float):
        number = Decimal(text)
        unit = Decimal(1).scaleb(int(number.as_tuple().exponent))
        return abs(number - Decimal(value)) <= unit / 2 + abs(number) * Decimal("1e-12")
    return Decimal(text) == value if isinstance(value, int | Decimal) else text == str(value)


def test_tpch_sql_file_contains_all_22_queries():
    assert {name for name in QUERIES if " " not in name} == {f"Q{number}" for number in range(1, 23)}


@pytest.mark.parametrize("name", QUERIES)
def test_tpch_query_returns_the_same_rows_as_duckdb(tpch, expected, name):
    rows, wanted = tpch.rows(QUERIES[name]), expected.execute(QUERIES[name]).fetchall()
    assert wanted, "a query without rows proves nothing"
    assert len(rows) == len(wanted)
    for row, values in zip(rows, wanted, strict=True):
        assert all(map(is_equal, row, values)), (row, values)

"""What cannot be tested here: queries, where DuckDB is not installed (it has no release for Python 3.10)."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("duckdb") else ["test_athena.py", "test_athena_iceberg.py", "test_lake.py"]

"""What cannot be tested here: queries, where DuckDB is not installed (it has no release for Python 3.10)."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("duckdb") else ["test_athena*.py", "test_lake.py"]

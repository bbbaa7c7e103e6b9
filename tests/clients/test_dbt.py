"""Unmodified dbt-athena through ``moto-featurestore run``. The test builds a project twice."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("dbt.adapters.athena", reason="dbt-athena is not installed")

pytestmark = [pytest.mark.client, pytest.mark.process]

PROJECT = Path(__file__).with_name("dbt")
PROGRAM = """
import boto3, json, sys
from dbt.cli.main import dbtRunner

boto3.client("s3").create_bucket(Bucket="results")
build = ["build", "--profiles-dir", ".", "--quiet"]
for number in range(2):
    result = dbtRunner().invoke(build)
    nodes = [(node.node.name, node.status.value, node.message) for node in result.result or []]
    athena = boto3.client("athena")
    counts = {}
    for table in ("hive_overwrite", "hive_append", "iceberg_merge", "iceberg_table", "totals", "orders_snapshot"):
        query = athena.start_query_execution(
            QueryString=f"SELECT count(*) FROM shop.{table}", ResultConfiguration={"OutputLocation": "s3://results/"}
        )
        rows = athena.get_query_results(QueryExecutionId=query["QueryExecutionId"])["ResultSet"]["Rows"]
        counts[table] = int(rows[1]["Data"][0]["VarCharValue"])
    print(json.dumps([nodes, counts]), file=sys.stderr)
"""


def test_dbt_project_built_twice_succeeds(tmp_path):
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    command = [str(Path(sys.executable).with_name("moto-featurestore")), "run", "--", sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)
    lines = [line for line in ended.stderr.splitlines() if line.startswith("[[")]
    assert len(lines) == 2, ended.stdout + ended.stderr
    for line, appended, changes in zip(lines, (3, 6), (3, 6), strict=True):
        nodes, counts = json.loads(line)
        assert len(nodes) == 12
        assert [node for node in nodes if node[1] not in ("success", "pass")] == []
        assert counts == {
            "hive_overwrite": 3,
            "hive_append": appended,
            "iceberg_merge": 3,
            "iceberg_table": 3,
            "totals": 2,
            "orders_snapshot": changes,
        }

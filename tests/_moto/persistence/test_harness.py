"""A short form of the attacks on the data directory."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.memory import needs

pytestmark = pytest.mark.process

HARNESS = Path(__file__).parents[3] / "benchmarks" / "persistence_harness.py"


def test_data_directory_withstands_attacks():
    pytest.importorskip("duckdb")
    pytest.importorskip("pyiceberg")
    needs("ListRecords")
    options = "--kills 2 --rounds 2 --check 2 --seconds 0.5 --fills 1 --regions 1 --files 1"
    run = subprocess.run([sys.executable, HARNESS, *options.split()], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr

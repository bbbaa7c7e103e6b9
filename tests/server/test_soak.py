"""A short run of benchmarks/soak.py: clients and servers are killed, and all acknowledged writes survive."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.process
@pytest.mark.soak
@pytest.mark.skipif(not SOAK.exists(), reason="the benchmarks are not part of the source distribution")
def test_server_killed_repeatedly_restores_all_acknowledged_writes():
    # More frequent kills than by default, so that a short run has several: the server's first within 2.4 seconds.
    options = ["--seconds", "3.5", "--clients", "3", "--kill-server", "1.2", "--kill-client", "0.25"]
    command = [sys.executable, SOAK, *options]
    environment = os.environ | {"PYTHONSAFEPATH": ""}  # the benchmarks share modules
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stderr
    assert "rows are correct" in ended.stdout

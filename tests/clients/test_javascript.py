"""The unmodified AWS SDK for JavaScript, version 3, with the server: a script for Node.js, the example, and the documentation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.documents import ROOT, run_by
from support.memory import needs

FOLDER = Path(__file__).parent / "javascript"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.client,
    pytest.mark.skipif(NODE is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules").is_dir(),
        reason="the AWS SDK for JavaScript is not installed: run npm install in tests/clients/javascript",
    ),
]


@pytest.fixture
def run(server_clients, server_url):
    """Return a function that runs Node.js with a server in an empty state. It reads no configuration of the user."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": server_url,
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def run(*arguments):
        done = subprocess.run(
            [NODE, *arguments], cwd=FOLDER, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_javascript_sdk_passes_the_client_scenario(run):
    needs("UpdateRecord")
    output = run("--test", "--test-reporter=tap", "feature_store.test.mjs")
    assert "# pass 10\n# fail 0\n" in output


def test_script_of_compose_example_passes_without_containers(tmp_path):
    folder = tmp_path / "compose"
    shutil.copytree(ROOT / "examples" / "compose", folder)
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    done = subprocess.run(
        [sys.executable, "-m", "moto_featurestore", "run", "--seed", "seed.yaml", "--", NODE, "--test"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", run_by("clients/test_javascript.py", "js"), ids=str)
def test_javascript_code_in_documentation_runs(run, block):
    run("--input-type=module", "--eval", block.code)

"""The unmodified AWS CLI with the server.

The CLI prints errors on stderr. It does not print the HTTP status, so the tests read it in the log of ``--debug``.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from botocore import xform_name
from support.clients import RejectedCall, UnknownOperation, run_scenario
from support.documents import run_by

from moto_featurestore.protocol.model import CONTROL_PLANE

# The AWS CLI in this environment, which is version 1. The machine may have another version.
COMMAND = shutil.which("aws", path=Path(sys.executable).parent)

pytestmark = [
    pytest.mark.client,
    pytest.mark.skipif(COMMAND is None, reason="the AWS CLI is not installed: pip install awscli (version 1)"),
]


@pytest.fixture
def aws(server_clients, server_url, tmp_path):
    """Return a function that runs a CLI command with a server in an empty state. It reads no configuration of the user."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": server_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONIOENCODING": "utf-8",
    }

    def run(*arguments, command=COMMAND):
        return subprocess.run(
            [command, *arguments], env=environment, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
        )

    return run


def test_aws_cli_passes_the_client_scenario(aws):
    async def call(service, operation, params):
        done = aws(service, xform_name(operation, "-"), "--cli-input-json", json.dumps(params), "--debug")
        if done.returncode == 0:
            return json.loads(done.stdout or "{}")
        if "Invalid choice" in done.stderr:
            raise UnknownOperation(operation)
        error = re.search(
            r"^.*An error occurred \((\w+)\) when calling the \w+ operation: (.*)\n*\Z", done.stderr, re.MULTILINE
        )
        status = re.findall(r'HTTP/1\.1" (\d+)', done.stderr)
        assert error, done.stderr
        raise RejectedCall(int(status[-1]), error[1], error[2])

    unknown = asyncio.run(run_scenario(call))
    assert unknown <= {"UpdateRecord"}  # version 1.46.3 of November 2026 does not know it


def test_describe_feature_group_with_query_option_prints_the_status(aws):
    created = aws(
        *(CONTROL_PLANE, "create-feature-group", "--feature-group-name", "customers"),
        *("--record-identifier-feature-name", "id", "--event-time-feature-name", "time"),
        *("--feature-definitions", "FeatureName=id,FeatureType=String", "FeatureName=time,FeatureType=String"),
        *("--online-store-config", "EnableOnlineStore=true"),
    )
    assert created.returncode == 0, created.stderr
    status = ("--query", "FeatureGroupStatus", "--output", "text")
    described = aws(CONTROL_PLANE, "describe-feature-group", "--feature-group-name", "customers", *status)
    assert described.stdout == "Created\n"


def test_aws_cli_error_sets_the_exit_status_and_prints_a_line(aws):
    done = aws(CONTROL_PLANE, "describe-feature-group", "--feature-group-name", "nobody")
    assert done.returncode == 255
    assert done.stdout == ""
    assert done.stderr.strip().endswith(
        "An error occurred (ResourceNotFound) when calling the DescribeFeatureGroup operation: "
        "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [nobody]."
    )


@pytest.mark.parametrize("block", run_by("clients/test_aws_cli.py", "sh"), ids=str)
def test_aws_cli_commands_in_documentation_run(aws, block):
    done = aws("-euo", "pipefail", "-c", block.code, command="bash")
    assert done.returncode == 0, done.stderr
    assert '"ValueAsString": "c-1"' in done.stdout

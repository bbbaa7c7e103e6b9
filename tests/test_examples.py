"""Tests of the examples: each runs as its reader runs it, in a process of its own and in a copy of its directory."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest
import yaml
from support.documents import ROOT, run_by

from moto_featurestore.cli import _parser

EXAMPLES = ROOT / "examples"
SUITES = sorted({path.parent.name for path in EXAMPLES.glob("*/test_*.py")} - {"spark"})

pytestmark = pytest.mark.process


@pytest.fixture
def run(tmp_path):
    """Return a function that copies an example, runs a command in the copy, and returns the output and the directory."""

    def run(example, *command, timeout=300):
        folder = tmp_path / example
        shutil.copytree(EXAMPLES / example, folder)
        shutil.copy(EXAMPLES / "pytest.ini", tmp_path)
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=timeout, env=os.environ
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, folder

    return run


@pytest.mark.parametrize("example", SUITES)
def test_suite_of_example_directory_passes(run, example):
    output, _ = run(example, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in output
    assert "skipped" not in output


def test_output_shown_in_documentation_equals_the_output_of_the_example(run):
    [block] = [block for block in run_by("test_examples.py", "text") if block.page.name == "training_set.md"]
    output, _ = run("training_set", sys.executable, "training_set.py")
    assert output == block.code


@pytest.mark.client
@pytest.mark.skipif(not find_spec("feature_store_pyspark"), reason="the Spark connector is not installed: tox -e spark")
@pytest.mark.skipif(not shutil.which("java"), reason="Java is not installed")
def test_suite_of_spark_example_passes(run):
    tests = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    output, _ = run("spark", sys.executable, "-m", "moto_featurestore", "run", "--", *tests, timeout=900)
    assert " passed" in output
    assert "skipped" not in output


def test_example_notebook_runs_without_error(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / "notebook" / "features.ipynb", as_version=4)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells), "clear the outputs before a commit"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    tables = [output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert "<td>orders</td>" in tables[0]
    assert "the first 20 of 60 records" in tables[1]


def test_compose_file_starts_the_server_with_existing_files():
    """No container engine is needed: the arguments are parsed, and the paths are looked up."""
    compose = yaml.safe_load((EXAMPLES / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    [entry_point] = [
        json.loads(line.removeprefix("ENTRYPOINT ")) for line in dockerfile if line.startswith("ENTRYPOINT")
    ]
    server = compose["services"]["featurestore"]
    options = _parser().parse_args([*entry_point[1:], *server["command"]])
    assert (options.host, options.port) == ("0.0.0.0", 5000)  # noqa: S104 - inside of a container
    assert (EXAMPLES / "compose" / options.seed.relative_to("/seed")).is_file()
    assert (EXAMPLES / "compose" / server["build"]).resolve() == ROOT
    assert server["ports"] == ["127.0.0.1:5000:5000"]


def test_dockerfile_copies_only_existing_files_that_dockerignore_admits():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in dockerfile if line.startswith("COPY ") for name in line.split()[1:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)

"""Tests of the README and the pages of docs: their code runs, their links have targets, and their tables match the code."""

import asyncio
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from support.documents import BLOCKS, DOCS, PAGES, ROOT, run_by
from support.memory import supported_operations
from support.suites import make_suite
from support.table import ATHENA, FIDELITY, renewed

import moto_featurestore
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape
from moto_featurestore.settings import OTHER_VARIABLES, Settings, variable

pytestmark = pytest.mark.process

SCRIPTS = [block for block in BLOCKS if block.language == "python" and not block.title and block.is_run]
SUITES = [block for block in BLOCKS if block.language == "python" and block.title.startswith("test_") and block.is_run]
SHELL = [block for block in BLOCKS if block.language == "sh" and block.is_run]
DATA = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
TESTED = {"python", "sh", "", "text", *DATA}


@pytest.mark.parametrize("block", SCRIPTS, ids=str)
def test_python_script_in_documentation_runs(block, request, tmp_path, monkeypatch):
    if block.page.name == "queries.md":
        pytest.importorskip("duckdb", reason="DuckDB has no release for this Python")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(block.code, str(block), "exec"), names)  # noqa: S102 - the code of the documentation
    for name, value in names.items():
        if name.startswith("test_"):
            result = value(
                **{fixture: request.getfixturevalue(fixture) for fixture in inspect.signature(value).parameters}
            )
            if inspect.isawaitable(result):
                asyncio.run(result)


@pytest.mark.parametrize("block", SUITES, ids=str)
def test_suite_in_documentation_passes(block, pytester, monkeypatch):
    suite = make_suite(pytester, monkeypatch)
    write_suite(block, suite.path)
    result = suite.run_files("-q", block.title)
    assert result.ret == 0, result.stdout.str()
    assert result.parseoutcomes().get("passed")


def test_suite_in_documentation_passes_in_separate_process_with_all_plugins(pytester):
    block = SUITES[0]
    write_suite(block, pytester.path)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", block.title)
    assert result.ret == 0, result.stdout.str()
    assert result.parseoutcomes().get("passed")


def write_suite(block, folder):
    """Write the file of a block, and the files that its page shows before it."""
    for other in BLOCKS:
        if other.page == block.page and other.title and other.line <= block.line:
            (folder / other.title).write_text(other.code, encoding="utf-8")


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_code_in_documentation_runs(block, tmp_path):
    run_command(["bash", "-euo", "pipefail", "-c", block.code], tmp_path)


def run_command(command, folder):
    """Run a command with the scripts of this environment, and return its output."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in DATA], ids=str)
def test_data_in_documentation_code_block_is_valid(block):
    assert DATA[block.language](block.code)


def test_code_blocks_of_documentation_are_tested_or_state_why_not():
    untested = [block for block in BLOCKS if block.is_run and block.language not in TESTED]
    assert [str(block) for block in untested] == []


def test_example_files_included_in_documentation_exist():
    included = [block.code for block in BLOCKS if "8<" in block.code.replace(" ", "")]
    paths = [re.fullmatch(r"--8<--\n(\S+)\n--8<--\n", code) for code in included]
    assert included
    assert all(path and (ROOT / path[1]).is_file() for path in paths), included


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documentation_links_within_the_repository_have_targets(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", text, re.MULTILINE)
    targets = [link.split("#")[0] for pair in links for link in pair if link and not link.startswith(("http", "#"))]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_documentation_navigation_lists_every_page():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"^ +- (?:.+: )?(\S+\.md)$", navigation, re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in PAGES[1:])


def test_documentation_offline_store_example_runs_with_a_server(tmp_path):
    [block] = run_by("test_documents.py: with a server", "python")
    code = f"import os\n{block.code}".replace('"http://127.0.0.1:5000"', 'os.environ["AWS_ENDPOINT_URL"]')
    output = run_command(["moto-featurestore", "run", "--", sys.executable, "-c", code], tmp_path)
    assert "[{'orders': 3, 'total': 30.0}]" in output


def test_api_page_lists_every_public_name():
    listed = re.findall(
        r"^::: moto_featurestore\.(\w+)$", (DOCS / "reference" / "api.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {*listed, "__version__"} == set(moto_featurestore.__all__)


@pytest.mark.parametrize("page", [FIDELITY, ATHENA], ids=lambda page: page.name)
def test_generated_lists_in_documentation_are_up_to_date(page):
    assert renewed(page) == page.read_text(encoding="utf-8"), "run: python tests/support/table.py"


def test_operations_page_lists_every_member_of_every_operation():
    rows = re.findall(
        r"^\| ?(\w*) \| ?(.*?) ?\|", (DOCS / "reference" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    listed, operation = {}, ""
    for name, members in rows[1:]:
        operation = name or operation
        listed.setdefault(operation, set()).update(re.findall(r"`(\w+)`", members))
    operations = supported_operations(CONTROL_PLANE) | supported_operations(RUNTIME)
    modelled = {name: set(input_shape(model).members) for name, model in operations.items()}
    assert [(name, missing) for name, members in modelled.items() if (missing := members - listed[name])] == []


def test_settings_page_matches_the_code(pytestconfig):
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    settings, others = text.split("The following names are not settings")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| .* \| `(\w+)` \| `(\w+)` \|$", settings, re.MULTILINE)
    assert rows == [
        (field.name, str(field.default), variable(field.name), f"featurestore_{field.name}")
        for field in fields(Settings)
    ]
    assert sorted(re.findall(r"^\| `(\w+)`", others, re.MULTILINE)) == sorted(
        [
            *OTHER_VARIABLES,
            "featurestore_scope",
            "featurestore_server_shared",
            "featurestore_install",
            "featurestore_strict_faults",
        ]
    )
    assert all(pytestconfig.getini(row[3]) == "" for row in rows)

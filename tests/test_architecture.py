"""The house: who imports whom, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import moto_featurestore

PACKAGE = Path(moto_featurestore.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path, *, at_module_level=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_module_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_bridge_imports_moto_at_module_level(path):
    foreign = {
        name for name in imports(path, at_module_level=True) if name.split(".")[0] in ("moto", "werkzeug", "boto3")
    }
    assert not foreign or "_moto" in path.parts


BELOW = {
    "records": {"values"},
    "rows": {"values"},
    "feature_values": set(),
    "store": {"records", "rows", "values"},
    "values": set(),
    "credentials": set(),
    "errors": set(),
    "limits": set(),
    "policies": set(),
    "settings": set(),
    "world": {"policies", "rehearsal", "settings", "store"},
    "rehearsal": {"errors", "rehearsal", "store", "values", "wire"},
    "interference": {"errors", "operations", "rehearsal", "store", "values", "world"},
    "decorators": set(),
    "testing": {
        "constraints",
        "decorators",
        "errors",
        "feature_values",
        "model",
        "offline",
        "operations",
        "rehearsal",
        "settings",
        "store",
        "testing",
        "wire",
        "world",
    },
    "constraints": {"model"},
    "model": {"errors"},
    "serialization": {"model", "values"},
    "wire": {"errors", "model", "serialization"},
    "iceberg": set(),
    "athena": {"athena", "iceberg"},
    "offline": {"iceberg", "offline", "rows", "store", "values", "world"},
    "operations": {
        "errors",
        "limits",
        "model",
        "offline",
        "operations",
        "policies",
        "records",
        "rehearsal",
        "store",
        "values",
        "world",
    },
    "server": {
        "_moto",
        "credentials",
        "errors",
        "feature_values",
        "offline",
        "operations",
        "records",
        "server",
        "store",
        "testing",
        "values",
        "wire",
    },
    "service": {
        "constraints",
        "errors",
        "interference",
        "model",
        "operations",
        "rehearsal",
        "serialization",
        "wire",
        "world",
    },
}


@pytest.mark.parametrize("room", BELOW)
def test_imports_run_one_way(room):
    home = PACKAGE / room
    files = home.rglob("*.py") if home.is_dir() else [PACKAGE / f"{room}.py"]
    ours = {name for path in files for name in imports(path) if name.startswith("moto_featurestore.")}
    assert {name.split(".")[1] for name in ours} <= BELOW[room]


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_package_imports_neither_moto_nor_botocore():
    loaded = "print(*[name for name in ('moto', 'botocore', 'boto3') if name in sys.modules])"
    assert run(f"import sys, moto_featurestore; dir(moto_featurestore); {loaded}") == []


def test_starting_a_mock_imports_no_server_and_no_iam():
    code = """
import sys
from moto_featurestore import mock_featurestore
with mock_featurestore():
    import boto3
    client = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")
    try:
        client.get_record(FeatureGroupName="a", RecordIdentifierValueAsString="1")
    except client.exceptions.ValidationError:
        pass
print(*[name for name in ("duckdb", "flask", "moto.athena", "moto.iam.models", "moto.sagemaker", "pyarrow", "sqlglot") if name in sys.modules])
"""
    assert run(code) == []


def test_public_names_are_listed_and_others_refused():
    for name in moto_featurestore.__all__:
        assert getattr(moto_featurestore, name)
    assert set(moto_featurestore.__all__) == set(dir(moto_featurestore))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = moto_featurestore.nothing

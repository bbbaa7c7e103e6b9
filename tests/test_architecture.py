"""Tests of the structure of the package: its layers, and the cost of imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import moto_featurestore

PACKAGE = Path(moto_featurestore.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    ("__main__",),
    ("cli", "pytest_plugin", "__init__"),
    ("pytest_fixtures",),
    ("server",),
    ("_moto",),
    ("testing",),
    ("athena",),
    ("service",),
    ("operations",),
    ("offline",),
    ("world",),
    ("controls",),
    ("store",),
    ("iam",),
    ("aws",),
    ("protocol",),
    ("values", "limits", "settings", "credentials", "decorators"),
)
"""The layers from top to bottom. A package or module imports only from its own package and from the layers below it."""
LATE = {("testing/client.py", "_moto")}
"""Upward imports inside functions. The handle gets its World from the integration with moto on first use, so that the package does not
import moto."""
FOREIGN = {"moto", "werkzeug", "boto3"}
"""Packages that only ``_moto`` imports at module level."""


def layer_of(name: str) -> int:
    return next(place for place, layer in enumerate(LAYERS) if name in layer)


def imports(path: Path, *, at_module_level: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_module_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "moto_featurestore":
            yield from (f"moto_featurestore.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def part_of(path: Path) -> str:
    """Return the top-level package or module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parts_imported(path: Path) -> set[str]:
    """Return the top-level packages and modules that a file imports, without its own package."""
    names = {name.split(".")[1] for name in imports(path) if name.startswith("moto_featurestore.")}
    homes = {moto_featurestore._MODULES.get(name, name).split(".")[0] for name in names}
    return {name for name in homes if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()} - {part_of(path)}


def test_every_module_is_listed_in_a_layer():
    named = {name for layer in LAYERS for name in layer}
    assert {part_of(path) for path in MODULES} == named


def test_modules_import_only_from_lower_layers():
    upward = {
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path in MODULES
        for other in parts_imported(path)
        if layer_of(other) <= layer_of(part_of(path))
        and (str(path.relative_to(PACKAGE)), other) not in LATE
        and part_of(path) != "__init__"
    }
    assert upward == set()


def test_only_moto_integration_package_imports_moto_at_module_level():
    foreign = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in MODULES
        if part_of(path) != "_moto"
        for name in imports(path, at_module_level=True)
        if name.split(".")[0] in FOREIGN
    }
    assert foreign == set()


def test_athena_package_imports_only_the_aws_package():
    """The query engine could be a separate package."""
    used = {other for path in MODULES if part_of(path) == "athena" for other in parts_imported(path)}
    assert used <= {"aws"}


def test_athena_package_is_imported_only_by_the_athena_service():
    users = {str(path.relative_to(PACKAGE)) for path in MODULES if "athena" in parts_imported(path)}
    assert users <= {
        f"_moto/services/{name}.py"
        for name in ("athena", "athena_engine", "athena_metadata", "athena_prepared", "athena_s3_and_glue")
    }


def run(code: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_package_imports_neither_moto_nor_botocore():
    loaded = "print(*[name for name in ('moto', 'botocore', 'boto3') if name in sys.modules])"
    assert run(f"import sys, moto_featurestore; dir(moto_featurestore); {loaded}") == []


def test_mock_start_does_not_import_server_and_iam_modules():
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
print(*[name for name in ("duckdb", "flask", "moto.athena", "moto.iam.models", "moto.sagemaker", "pyarrow", "sqlglot", "zoneinfo") if name in sys.modules])
"""
    assert run(code) == []


def test_dir_of_package_lists_public_names_and_unknown_name_raises_attribute_error():
    for name in moto_featurestore.__all__:
        assert getattr(moto_featurestore, name)
    assert set(moto_featurestore.__all__) == set(dir(moto_featurestore))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = moto_featurestore.nothing

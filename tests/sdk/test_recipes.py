"""Tests of the recipes in the documentation, for the installed clients. tox's environments install different ones."""

import sys

import pytest
from support.documents import BLOCKS

_RUN_BY = "run by tests/sdk/test_recipes.py: "
RECIPES = [block for block in BLOCKS if block.comment.startswith(_RUN_BY)]

pytestmark = pytest.mark.sdk


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_documented_recipe_runs_without_error(recipe, pytester, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the import of v3 requires a region, as the page says
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import of v3 looks for credentials
    client = recipe.comment.removeprefix(_RUN_BY)
    # In another process, because pytester removes modules that were imported in this one.
    if pytester.run(sys.executable, "-c", f"import {client}").ret:
        pytest.skip(f"{client} is not installed")
    (pytester.path / recipe.title).write_text(recipe.code, encoding="utf-8")
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", recipe.title)
    assert result.ret == 0, result.stdout.str()
    assert result.parseoutcomes().get("passed")

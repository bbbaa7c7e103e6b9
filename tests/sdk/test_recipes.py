"""The recipes of the documents, for the clients that are installed: those of tox's environments."""

import sys

import pytest
from support.documents import BLOCKS

_RUN_BY = "run by tests/sdk/test_recipes.py: "
RECIPES = [block for block in BLOCKS if block.comment.startswith(_RUN_BY)]

pytestmark = pytest.mark.sdk


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_a_recipe_passes(recipe, pytester, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # as the page says: v3 cannot be imported without a region,
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # and looks for credentials as it is
    client = recipe.comment.removeprefix(_RUN_BY)
    if pytester.run(sys.executable, "-c", f"import {client}").ret:  # not here: pytester would forget it again
        pytest.skip(f"{client} is not installed")
    (pytester.path / recipe.title).write_text(recipe.code, encoding="utf-8")
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", recipe.title)
    assert result.ret == 0, result.stdout.str()
    assert result.parseoutcomes().get("passed")

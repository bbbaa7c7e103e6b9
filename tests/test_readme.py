"""The README holds: its table is that of the cases, its code runs, its links lead somewhere."""

import asyncio
import inspect
import re

import pytest
from support.table import README, renewed

TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_table_of_behaviours_is_that_of_the_cases():
    assert renewed(TEXT) == TEXT, "renew it: python tests/support/table.py"


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_code_runs(block, request):
    names = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - the README's own code
    for name, value in names.items():
        if name.startswith("test_"):
            answer = value(
                **{fixture: request.getfixturevalue(fixture) for fixture in inspect.signature(value).parameters}
            )
            if inspect.isawaitable(answer):
                asyncio.run(answer)


def test_links_within_the_repository_lead_somewhere():
    targets = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not link.startswith("http")]
    assert targets
    assert [link for link in targets if not (README.parent / link).exists()] == []

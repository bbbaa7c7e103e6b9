"""The examples of Trino's function pages, which tests/athena/trino/*.toml records as data.

Each file has the address of a page, and two kinds of cases: ``example`` is an expression of the page, and ``statement``
is an expression whose result the text of the page determines. A case has one of these keys:

- ``row`` or ``rows``: the documented result; ``null`` is NULL
- ``fails``: a part of the error, if the page documents a failure
- ``refused``: a part of the error of this package, which names what it does not support
- ``absent``: a part of Athena's error, if the page describes a later version of Trino than Athena's
"""

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "athena" / "trino"


@dataclass(frozen=True)
class Example:
    """A case of a page."""

    page: str
    kind: str
    sql: str
    status: str
    rows: list[list[str]] | None
    reason: str


def _example(page: str, kind: str, case: dict) -> Example:
    rows = case.get("rows", [case["row"]] if "row" in case else None)
    status = next((status for status in ("refused", "absent") if status in case), "exact")
    reason = case.get("fails") or case.get("refused") or case.get("absent") or ""
    return Example(page, kind, case["sql"], status, rows, reason)


@cache
def load_examples() -> tuple[Example, ...]:
    """Return all cases in the order of the pages."""
    return tuple(
        _example(path.stem, kind, case)
        for path in sorted(FOLDER.glob("*.toml"))
        for kind in ("example", "statement")
        for case in tomllib.loads(path.read_text("utf-8")).get(kind, ())
    )


EXAMPLES = load_examples()
"""All cases."""


def counts(kind: str, page: str | None = None) -> Counter[str]:
    """Return the number of cases by status.

    :param kind: ``example`` or ``statement``
    :param page: the page; all pages by default
    """
    return Counter(example.status for example in EXAMPLES if example.kind == kind and page in (None, example.page))

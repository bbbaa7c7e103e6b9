"""Generated lists in the documentation: ``python tests/support/table.py`` updates them.

docs/reference/fidelity.md lists the behaviours in the conformance cases. docs/reference/athena.md lists the constructs in
tests/athena/constructs.toml.
"""

import re
import sys
import tomllib
from collections import Counter
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.cases import KINDS, Case, load_cases
from support.trino import EXAMPLES, counts

from moto_featurestore.athena.language.functions import SUPPORTED, UNSUPPORTED

_ROOT = Path(__file__).parents[2]
FIDELITY, ATHENA = _ROOT / "docs" / "reference" / "fidelity.md", _ROOT / "docs" / "reference" / "athena.md"
CONSTRUCTS = _ROOT / "tests" / "athena" / "constructs.toml"


def behaviours() -> str:
    """Return the cases by operation, after the number of cases for each kind of evidence."""
    cases = load_cases()
    kinds = Counter(case.kind for case in cases)
    lines = [f"{len(cases)} behaviours, by their evidence:", ""]
    lines += [f"- **{kind}** ({kinds[kind]}): {meaning}" for kind, meaning in KINDS.items()]
    for operation, group in groupby(cases, key=lambda case: case.subject):
        rows = list(group)
        lines += ["", f"### {operation}", ""]
        lines += ["| behaviour | response | evidence |", "| --- | --- | --- |", *map(_row, rows)]
    return "\n".join(lines)


def _row(case: Case) -> str:
    response = f"{case.status} `{case.code}`" if case.code else str(case.status)
    source = re.sub(r"(https?://\S+?)([,;)]*)(?=\s|$)", r"[source](\1)\2", case.source).replace("|", "\\|")
    return f"| {case.id.replace('|', chr(92) + '|')} | {response} | {case.kind}{': ' if source else ''}{source} |"


def constructs() -> str:
    """Return the functions, and the tested constructs with their results or errors."""
    tested = tomllib.loads(CONSTRUCTS.read_text(encoding="utf-8"))["construct"]
    supported = [construct for construct in tested if "reason" not in construct]
    rejected = [construct for construct in tested if "reason" in construct]
    lists = [
        ("The examples of Trino's documentation", "", trino_examples()),
        (f"{len(SUPPORTED)} supported functions", "```text", fill(" ".join(sorted(SUPPORTED)), 120)),
        (
            f"{len(UNSUPPORTED)} functions that are rejected by name",
            "```text",
            fill(" ".join(sorted(UNSUPPORTED)), 120),
        ),
        (f"{len(supported)} supported constructs", _SQL, "\n".join(map(_supported, supported))),
        (f"{len(rejected)} rejected constructs", _SQL, "\n".join(map(_rejected, rejected))),
    ]
    return "\n\n".join(
        f"## {title}\n\n{fence}\n{text}\n```" if fence else f"## {title}\n\n{text}" for title, fence, text in lists
    )


def trino_examples() -> str:
    """Return the number of documented examples per page of Trino's functions, by status."""
    pages = list(dict.fromkeys(example.page for example in EXAMPLES))
    examples = counts("example")
    share = 100 * examples["exact"] / (examples["exact"] + examples["refused"])
    lines = [
        f"{examples['exact']} of the {examples['exact'] + examples['refused']} examples in Trino's documentation of its"
        f" functions return the documented result ({share:.0f} %). The other {examples['refused']} are rejected by name."
        f" {examples['absent']} further examples describe later versions of Trino.",
        "",
        "A statement is a query whose result follows from the text of a page. The pages of geospatial, machine learning and"
        " table functions were not read.",
        "",
        "| page | exact examples | rejected | exact statements | rejected |",
        "| --- | --- | --- | --- | --- |",
    ]
    for page in pages:
        numbers = [counts(kind, page)[status] for kind in ("example", "statement") for status in ("exact", "refused")]
        link = f"[{page}](https://trino.io/docs/current/functions/{page}.html)"
        lines.append(f"| {link} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines)


# Plain text: with highlighted SQL, the page has eight times the size.
_SQL = "<!-- each is run by tests/athena/test_constructs.py -->\n```text"


def _supported(construct: dict[str, Any]) -> str:
    rows = construct.get("rows", [construct.get("row")])
    return "\n".join([construct["sql"], *("  -- " + " | ".join(row) for row in rows)])


def _rejected(construct: dict[str, Any]) -> str:
    return f"{construct['sql']}\n  -- {construct['reason']}"


_LISTS = {FIDELITY: ("behaviours", behaviours), ATHENA: ("constructs", constructs)}


def renewed(page: Path) -> str:
    """Return the text of a page with an updated list."""
    name, make = _LISTS[page]
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n\n{make()}\n\n{end}{tail}"


if __name__ == "__main__":
    for page in _LISTS:
        page.write_text(renewed(page), encoding="utf-8")

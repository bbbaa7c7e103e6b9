"""The table of behaviours in docs/fidelity.md, made from the conformance cases: ``python tests/support/table.py`` renews it."""

import re
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.cases import KINDS, Case, load_cases

FIDELITY = Path(__file__).parents[2] / "docs" / "fidelity.md"
BEGIN, END = "<!-- behaviours -->", "<!-- end of behaviours -->"


def table() -> str:
    """The cases by operation, with how many there are of each kind of evidence."""
    cases = load_cases()
    kinds = Counter(case.kind for case in cases)
    lines = [f"{len(cases)} behaviours, by their evidence:", ""]
    lines += [f"- **{kind}** ({kinds[kind]}): {meaning}" for kind, meaning in KINDS.items()]
    for operation, group in groupby(cases, key=lambda case: case.subject):
        rows = list(group)
        lines += ["", f"### {operation}", ""]
        lines += ["| behaviour | answer | evidence |", "| --- | --- | --- |", *map(_row, rows)]
    return "\n".join(lines)


def _row(case: Case) -> str:
    answer = f"{case.status} `{case.code}`" if case.code else str(case.status)
    source = re.sub(r"(https?://\S+?)([,;)]*)(?=\s|$)", r"[source](\1)\2", case.source).replace("|", "\\|")
    return f"| {case.id.replace('|', chr(92) + '|')} | {answer} | {case.kind}{': ' if source else ''}{source} |"


def renewed(page: str) -> str:
    """The page with the table as the cases make it."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    FIDELITY.write_text(renewed(FIDELITY.read_text(encoding="utf-8")), encoding="utf-8")

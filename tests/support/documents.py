"""The documentation: the README and the pages of docs, and their code blocks.

A comment right above a block names the test that runs it, ``<!-- run by tests/... -->``, or gives the reason why no test runs it,
``<!-- not run: reason -->``. A Python block with a title, such as ``title="test_customers.py"``, is a file for pytest. The titled
blocks before it on its page are files of the same suite. A block between two lines ``--8<--`` names a file of the repository, which
the site shows.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]

_BLOCK = re.compile(
    r"^(?: *<!-- (?P<comment>[^\n]*?) -->\n)?(?P<indent> *)```(?P<language>\w*)(?P<info>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A code block on a page."""

    page: Path
    line: int
    language: str
    title: str
    comment: str
    code: str

    @property
    def is_run(self) -> bool:
        """True if tests/test_documents.py runs the block, because no comment says otherwise."""
        return not self.comment

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    result = []
    for match in _BLOCK.finditer(text):
        title = _TITLE.search(match["info"])
        indent = match["indent"]
        code = re.sub(f"^{indent}", "", match["code"], flags=re.MULTILINE)
        line = text.count("\n", 0, match.start("language")) + 1
        result.append(Block(page, line, match["language"], title[1] if title else "", match["comment"] or "", code))
    return result


BLOCKS = [block for page in PAGES for block in blocks(page)]


def run_by(test: str, language: str) -> list[Block]:
    """Return the blocks that a test file runs.

    :param test: the file's path below ``tests``, with a note after it if the comment has one
    """
    return [block for block in BLOCKS if block.language == language and block.comment == f"run by tests/{test}"]

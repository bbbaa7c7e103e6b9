"""Why a query failed, in Athena's words: its kind, where in the text, and the sentence."""

from typing import Any

# https://docs.aws.amazon.com/athena/latest/ug/error-reference.html: 1 is System, 2 User, 3 Other; the types are numbers.
_USER = 2
_TYPES = {
    "SYNTAX_ERROR": 1001,
    "NOT_SUPPORTED": 1000,
    "TABLE_NOT_FOUND": 1006,
    "COLUMN_NOT_FOUND": 1001,
    "FUNCTION_NOT_FOUND": 1001,
    "TYPE_MISMATCH": 1001,
}
"""Of the page's ErrorTypes, those that fit; the others are assumed to be 1001, a failed query."""
_FAILED = 1001


class QueryFailed(Exception):
    """A query cannot be answered.

    :param kind: Athena's word, such as TYPE_MISMATCH; empty where Athena says none
    :param text: the sentence
    :param node: the part of the query at fault, an expression of sqlglot's, whose place in the text is told
    :param error_type: Athena's ErrorType, where it is another than that of the kind
    """

    def __init__(self, kind: str, text: str, node: Any = None, *, error_type: int | None = None) -> None:
        super().__init__(text)
        self._error_type = error_type or _TYPES.get(kind, _FAILED)
        self.kind, self.text, self.node = kind, text, node
        self.query = ""
        """The query's text, once it is known."""

    @property
    def reason(self) -> str:
        """The StateChangeReason, such as ``COLUMN_NOT_FOUND: line 1:8: Column 'a' cannot be resolved``."""
        return ": ".join(filter(None, [self.kind, _place(self.node, self.query), self.text]))

    @property
    def athena_error(self) -> dict[str, Any]:
        """The AthenaError of the API."""
        return {
            "ErrorCategory": _USER,
            "ErrorType": self._error_type,
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


class QueryStopped(QueryFailed):
    """A query was asked to stop, and did."""

    def __init__(self) -> None:
        super().__init__("", "Query cancelled by user")


def _place(node: Any, query: str) -> str:
    """Where a part of a query begins, or its operator stands: as Trino counts, lines and columns from 1."""
    offset = _operator(node, query) if hasattr(node, "right") else _first(node)
    if offset is None or not query:
        return ""
    before = query[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"


def _first(node: Any) -> int | None:
    """The offset of a part's first token."""
    starts: list[int] = [part.meta["start"] for part in node.walk() if "start" in part.meta] if node is not None else []
    return min(starts, default=None)


def _operator(node: Any, query: str) -> int | None:
    """The offset of what stands between two operands."""
    ends: list[int] = [part.meta["end"] for part in node.left.walk() if "end" in part.meta]
    if not ends:
        return _first(node)
    offset = max(ends) + 1
    while offset < len(query) and query[offset] in ' \t\r\n)"':
        offset += 1
    return offset

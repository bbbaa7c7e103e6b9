"""The errors of queries, as Athena reports them: error name, position in the query and error text."""

from typing import Any

# https://docs.aws.amazon.com/athena/latest/ug/error-reference.html: ErrorCategory 1 is System, 2 User, 3 Other.
_USER = 2
_TYPES = {
    "SYNTAX_ERROR": 1001,
    "NOT_SUPPORTED": 1000,
    "TABLE_NOT_FOUND": 1006,
    "COLUMN_NOT_FOUND": 1001,
    "FUNCTION_NOT_FOUND": 1001,
    "TYPE_MISMATCH": 1001,
}
"""A dict from Athena's error name to its ErrorType. For other names, the ErrorType 1001 is an assumption.

Source: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
"""
_FAILED = 1001


class QueryFailed(Exception):
    """The failure of a query.

    :param kind: Athena's error name, such as TYPE_MISMATCH; empty if Athena reports no name
    :param text: error text
    :param node: sqlglot expression that caused the error, for the position in the message
    :param error_type: Athena's ErrorType, if it differs from the ErrorType of the error name
    """

    def __init__(self, kind: str, text: str, node: Any = None, *, error_type: int | None = None) -> None:
        super().__init__(text)
        self._error_type = error_type or _TYPES.get(kind, _FAILED)
        self.kind, self.text, self.node = kind, text, node
        self.query = ""
        """The SQL text of the query; empty until the text is known."""

    @property
    def reason(self) -> str:
        """The API's ``StateChangeReason``, such as ``COLUMN_NOT_FOUND: line 1:8: Column 'a' cannot be resolved``."""
        return ": ".join(filter(None, [self.kind, _position(self.node, self.query), self.text]))

    @property
    def athena_error(self) -> dict[str, Any]:
        """The ``AthenaError`` structure of the API."""
        return {
            "ErrorCategory": _USER,
            "ErrorType": self._error_type,
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


class QueryStopped(QueryFailed):
    """The failure of a query that the user cancelled."""

    def __init__(self) -> None:
        super().__init__("", "Query cancelled by user")


def _position(node: Any, query: str) -> str:
    """Return the position of an expression in the query, such as ``line 1:8``, or an empty string if it is not known.

    For a binary expression, this is the position of the operator. For any other expression, it is the position of the
    first token.
    """
    offset = _operator_offset(node, query) if hasattr(node, "right") else _first_offset(node)
    if offset is None or not query:
        return ""
    before = query[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"


def _first_offset(node: Any) -> int | None:
    """Return the offset of the first token of an expression, or None if it is not known."""
    starts: list[int] = [part.meta["start"] for part in node.walk() if "start" in part.meta] if node is not None else []
    return min(starts, default=None)


def _operator_offset(node: Any, query: str) -> int | None:
    """Return the offset of the operator between two operands, or None if it is not known."""
    ends: list[int] = [part.meta["end"] for part in node.left.walk() if "end" in part.meta]
    if not ends:
        return _first_offset(node)
    offset = max(ends) + 1
    while offset < len(query) and query[offset] in ' \t\r\n)"':
        offset += 1
    return offset

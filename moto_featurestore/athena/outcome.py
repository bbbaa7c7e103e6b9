"""What a query asks for, and what becomes of it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto_featurestore.athena.errors import QueryFailed

#: The sections of a query's statistics, in milliseconds.
_NO_TIME = {
    "QueryQueueTimeInMillis": 0,
    "ServicePreProcessingTimeInMillis": 0,
    "QueryPlanningTimeInMillis": 0,
    "EngineExecutionTimeInMillis": 0,
    "ServiceProcessingTimeInMillis": 0,
    "TotalExecutionTimeInMillis": 0,
}


@dataclass(frozen=True)
class Query:
    """What StartQueryExecution asks for."""

    id: str
    text: str
    database: str
    folder: str
    """Where the results go: an S3 URI."""
    parameters: list[str] = field(default_factory=list)
    values: list[Any] | None = None
    """The values of EXECUTE ... USING, expressions of sqlglot's, which come before those of ``parameters``."""
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What ``now()`` is."""
    submitted: float = field(default_factory=time.perf_counter)
    """When the query was asked for, by ``time.perf_counter()``."""


@dataclass
class Outcome:
    """What became of a query."""

    statement_type: str = "DML"
    """DML, DDL or UTILITY."""
    substatement_type: str | None = None
    """What kind of statement it is, such as INSERT, where that is known."""
    is_pending: bool = False
    """Whether the query runs, and nothing else of this is true yet."""
    folder: str = ""
    """Of the object, below the query's folder: ``tables/`` or nothing."""
    managed_results: dict[str, "HeldObject"] = field(default_factory=dict)
    """The objects by their suffixes, where the query has no folder for them."""
    suffix: str = ".csv"
    """Of the object in S3 that has the answer."""
    has_rows: bool = True
    """Whether there is such an object."""
    columns: list[dict[str, Any]] = field(default_factory=list)
    """ColumnInfo."""
    update_count: int = 0
    manifest: str | None = None
    """The S3 URI of the list of files that were written."""
    statistics: dict[str, Any] = field(default_factory=lambda: {"DataScannedInBytes": 0, **_NO_TIME})
    error: QueryFailed | None = None


@dataclass
class HeldObject:
    """A result that Athena itself keeps; to be read as an object of S3."""

    body: bytes

    @property
    def size(self) -> int:
        """The bytes of it."""
        return len(self.body)

    def read(self, start: int, length: int) -> bytes:
        """Bytes from a position on; fewer at the end."""
        return self.body[start : start + length]


class Shown:
    """The answer of a statement that is no query: the lines of its ``.txt``, and the names of its columns."""

    def __init__(self, lines: list[str], *columns: str) -> None:
        self.lines, self.columns = lines, columns

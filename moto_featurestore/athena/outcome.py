"""A query and its outcome."""

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
    """A query, as StartQueryExecution describes it."""

    id: str
    text: str
    database: str
    folder: str
    """The location of the results: an S3 URI."""
    parameters: list[str] = field(default_factory=list)
    values: list[Any] | None = None
    """The values of EXECUTE ... USING, as sqlglot expressions. They precede those of ``parameters``."""
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The value of ``now()``."""
    submitted: float = field(default_factory=time.perf_counter)
    """The time of submission, by ``time.perf_counter()``, in seconds."""


@dataclass
class Outcome:
    """The outcome of a query."""

    statement_type: str = "DML"
    """DML, DDL or UTILITY."""
    substatement_type: str | None = None
    """The kind of statement, such as INSERT, if it is known."""
    is_pending: bool = False
    """True while the query runs. The other attributes are not valid yet."""
    folder: str = ""
    """The folder of the result object below the query's folder: ``tables/`` or empty."""
    managed_results: dict[str, "HeldObject"] = field(default_factory=dict)
    """The result objects by their suffixes, if Athena itself keeps the results."""
    suffix: str = ".csv"
    """The suffix of the result object in S3."""
    has_rows: bool = True
    """True if there is a result object."""
    columns: list[dict[str, Any]] = field(default_factory=list)
    """The ColumnInfo of each column."""
    update_count: int = 0
    manifest: str | None = None
    """The S3 URI of the manifest, which lists the written files."""
    statistics: dict[str, Any] = field(default_factory=lambda: {"DataScannedInBytes": 0, **_NO_TIME})
    error: QueryFailed | None = None


@dataclass
class HeldObject:
    """A result that Athena itself keeps. It has the interface of an S3 object."""

    body: bytes

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.body)

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a position. There are fewer at the end.

        :param start: the position of the first byte
        :param length: the number of bytes
        """
        return self.body[start : start + length]


class Shown:
    """The result of a statement that is no query: the lines of its ``.txt`` object, and the names of its columns."""

    def __init__(self, lines: list[str], *columns: str) -> None:
        self.lines, self.columns = lines, columns

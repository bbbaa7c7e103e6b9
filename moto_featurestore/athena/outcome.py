"""The data classes of a query and of its outcome."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto_featurestore.athena.errors import QueryFailed

#: The times in a query's Statistics structure, in milliseconds.
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
    """A query to run, with the parameters of StartQueryExecution."""

    id: str
    text: str
    database: str
    folder: str
    """The output location: the S3 URI of the folder for the results. Empty for managed query results."""
    parameters: list[str] = field(default_factory=list)
    values: list[Any] | None = None
    """The values of EXECUTE ... USING, as sqlglot expressions. If not None, ``parameters`` is ignored."""
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The time that ``now()`` returns in the query."""
    submitted: float = field(default_factory=time.perf_counter)
    """The time of submission, by ``time.perf_counter()``, in seconds."""


@dataclass
class Outcome:
    """The outcome of a query."""

    statement_type: str = "DML"
    """DML, DDL or UTILITY."""
    substatement_type: str | None = None
    """Athena's SubstatementType, such as INSERT, or None if it is not known."""
    is_pending: bool = False
    """True while the query runs. During this time, the other attributes are not valid."""
    folder: str = ""
    """The folder of the result object, relative to the output location: ``tables/`` or an empty string."""
    managed_results: dict[str, "HeldObject"] = field(default_factory=dict)
    """A dict from suffix to result object, for a workgroup with managed query results. Otherwise empty."""
    suffix: str = ".csv"
    """The suffix of the result object's key, such as ``.csv`` or ``.txt``."""
    has_rows: bool = True
    """True if the query has a result object, which contains its rows."""
    columns: list[dict[str, Any]] = field(default_factory=list)
    """The ``ColumnInfo`` structure of each result column."""
    update_count: int = 0
    manifest: str | None = None
    """The S3 URI of the manifest, which lists the files that the query wrote. None if there is no manifest."""
    statistics: dict[str, Any] = field(default_factory=lambda: {"DataScannedInBytes": 0, **_NO_TIME})
    error: QueryFailed | None = None


@dataclass
class HeldObject:
    """A managed query result, which is not in the user's bucket. It implements the interface of an S3 object."""

    body: bytes

    @property
    def size(self) -> int:
        """The size of the result in bytes."""
        return len(self.body)

    def read(self, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from a position.

        :param start: the position of the first byte
        :param length: the maximum number of bytes
        """
        return self.body[start : start + length]


class Shown:
    """The result of a DDL, SHOW or DESCRIBE statement: the lines of the ``.txt`` result object, and the column names."""

    def __init__(self, lines: list[str], *columns: str) -> None:
        self.lines, self.columns = lines, columns

"""The state of a running query: the services that it uses, and the results that it writes to S3."""

from dataclasses import dataclass

import duckdb

from moto_featurestore.athena.catalog import Catalog
from moto_featurestore.athena.filesystem import Session
from moto_featurestore.athena.lake import Lake
from moto_featurestore.athena.outcome import HeldObject, Outcome, Query
from moto_featurestore.athena.results import metadata
from moto_featurestore.athena.scan import bucket_and_prefix
from moto_featurestore.athena.types import column_info_of


@dataclass
class Run:
    """A running query."""

    query: Query
    catalog: Catalog
    session: Session
    cursor: duckdb.DuckDBPyConnection
    outcome: Outcome

    @property
    def lake(self) -> Lake:
        """Glue and S3."""
        return self.catalog.lake

    def put_result(self, suffix: str, body: bytes) -> str:
        """Put an object next to the other results of the query. Return its S3 URI."""
        if not self.query.folder:
            self.outcome.managed_results[suffix] = HeldObject(body)
            return ""
        bucket, prefix = bucket_and_prefix(self.query.folder)
        key = f"{prefix}{self.outcome.folder}{self.query.id}{suffix}"
        self.lake.put_object(bucket, key, body)
        return f"s3://{bucket}/{key}"

    def answer_count(self, count: int, suffix: str) -> None:
        """Return the number of changed rows as the result. There is no object with rows, only its metadata."""
        self.outcome.update_count = count
        self.outcome.suffix, self.outcome.has_rows = suffix, False
        self.outcome.columns = [column_info_of("rows", "bigint")]
        self.put_result(f"{suffix}.metadata", metadata(self.outcome.columns))

"""The offline store: what was written ends as Parquet in S3, with a table in Glue."""


class RefusedError(Exception):
    """Rows cannot be written to the offline store; the message says why."""

"""The offline store: Parquet files in S3 with a table in Glue."""


class RefusedError(Exception):
    """An error for rows that cannot be written to the offline store. The message gives the reason."""

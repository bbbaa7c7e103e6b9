"""The offline store: Parquet files in S3 with a table in Glue."""


class OfflineWriteError(Exception):
    """An error for rows that the service cannot write to the offline store. The message contains the reason."""

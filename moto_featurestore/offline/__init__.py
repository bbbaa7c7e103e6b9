"""The offline store: what was written ends as Parquet in S3, with a table in Glue."""

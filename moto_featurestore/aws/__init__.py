"""ARNs, S3 URIs, and the interfaces to S3, Glue and Iceberg tables, which several packages share."""

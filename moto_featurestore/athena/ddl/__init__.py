"""DDL: the statements of Hive's dialect that sqlglot does not parse (``statements``), and CREATE (``create``)."""

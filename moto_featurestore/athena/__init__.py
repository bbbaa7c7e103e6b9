"""An SQL engine for Glue tables on S3: Athena SQL, executed by DuckDB. It does not depend on Feature Store.

===========  ======================================================================================
statements   the entry point ``run(database, services, query)``, which runs one SQL statement
query        the planning of a query: find the tables, check, translate, find the types of the result
language     the checks of Athena SQL, and its translation into DuckDB SQL
catalog      the lookup of Glue databases and tables by name, ignoring case
sources      the sources of rows that a table name can refer to
scan         the SELECT that reads the files of a table
execution    DuckDB, restricted to the files of the query
results      a query, its outcome, its result objects in S3, and the pages of GetQueryResults
ddl          statements that change or show the catalog
write        CREATE TABLE AS, UNLOAD and INSERT that write Parquet
dml          INSERT, DELETE, UPDATE and MERGE of Iceberg tables
iceberg*     the modules that need pyiceberg
===========  ======================================================================================

The engine accesses Glue and S3 only through the interface ``S3AndGlue`` in the module ``catalog``.
"""

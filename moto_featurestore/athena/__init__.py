"""An SQL engine for Glue's tables over S3's objects: Athena's SQL, executed by DuckDB. It knows no Feature Store.

==========  ======================================================================================
statements  ``run(engine, query)``: a query's whole way through; which statement is whose
translate   Athena's SQL to DuckDB's, with the tables of the catalog in place of their names
check       what Athena rejects and DuckDB would accept
catalog     names to tables: Glue's, folded to lower case
scan        a table to the SELECT that reads its files
execute     DuckDB, shut off from all but the files that a query reads
results     the objects and pages that answers are read from
ddl         statements that change or show the catalog
write       CREATE TABLE AS, UNLOAD and INSERT that write Parquet
dml         INSERT, DELETE, UPDATE and MERGE of Iceberg tables; iceberg_* are the modules that need pyiceberg
==========  ======================================================================================

What lies outside, Glue and S3, is asked through the ``Lake`` (lake.py).
"""

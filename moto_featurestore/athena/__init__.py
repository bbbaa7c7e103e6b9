"""An SQL engine for Glue's tables over S3's objects: Athena's SQL, executed by DuckDB. It knows no Feature Store.

==========  ======================================================================================
statements  ``run(database, lake, query)``: a statement's whole way through; whose each is
query       a SELECT's way: names to tables, checks, translation, types, and last of all the files
language    Athena's SQL: what is none of it, and what it is in DuckDB's
catalog     names to tables: Glue's, folded to lower case
sources     what a table's name stands for
scan        a table to the SELECT that reads its files
execute     DuckDB, shut off from all but the files that a query reads
results     the objects and pages that answers are read from
write       statements that write files
ddl         statements that change or show the catalog
write       CREATE TABLE AS, UNLOAD and INSERT that write Parquet
dml         INSERT, DELETE, UPDATE and MERGE of Iceberg tables; iceberg_* are the modules that need pyiceberg
==========  ======================================================================================

What lies outside, Glue and S3, is asked through the ``Lake`` (lake.py).
"""

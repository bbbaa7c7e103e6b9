"""Statements that change or show the catalog, which Hive's dialect has and sqlglot does not read, and CREATE.

==========  ========================================
statements  ``run``: whose statement it is
hive        the words of Hive's dialect
databases   CREATE and DROP DATABASE
tables      DROP TABLE, ALTER TABLE
partitions  those of a table, and MSCK REPAIR TABLE
show        SHOW and DESCRIBE
create      CREATE TABLE and CREATE VIEW
==========  ========================================
"""

"""DDL: the statements of Hive's dialect that sqlglot does not parse, and CREATE.

==========  ==============================================================
statements  the entry point ``run``, which dispatches each statement
hive        the grammar of Hive's dialect
databases   CREATE and DROP DATABASE
tables      DROP TABLE, DROP VIEW and ALTER TABLE
partitions  ADD and DROP PARTITION, SHOW PARTITIONS, MSCK REPAIR TABLE
show        SHOW and DESCRIBE
create      CREATE TABLE and CREATE VIEW
==========  ==============================================================
"""

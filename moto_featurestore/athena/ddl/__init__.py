"""DDL statements: those in Hive's dialect (module ``statements``), CREATE TABLE and CREATE VIEW (module ``create``)."""

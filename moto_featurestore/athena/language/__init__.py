"""Athena's SQL: what is none of it, what it means, and what it is in DuckDB's. It knows no table but by its columns.

===========  ===================================================================================
functions    the names of Athena's functions: those that are here, and those that are refused
syntax       foreign words and foreign functions, which sqlglot reads and Athena does not
analysis     ``check_types``: a query's names and types before it is translated
names        what the names in a query stand for
kinds        the kinds of types that values have
inference    the types of values, where sqlglot derives others than Trino
decimals     those of decimals
mismatches   values of types that do not fit
translate    ``to_duckdb``
rewriting    what the rewriting of a query's parts depends on, and what rewrites are made of
moments      rewrites of dates, times and zones
patterns     rewrites of regular expressions
values       rewrites of numbers and texts
casts        rewrites of casts
collections  rewrites of arrays, maps and rows
recursion    WITH RECURSIVE, which Trino unrolls
macros       functions that DuckDB lacks, made of those that it has
documents    those of JSON's texts, made in Python
===========  ===================================================================================
"""

"""The checks of Athena SQL, and its translation into DuckDB SQL. Both use only the columns of tables, not the rows.

A rewrite is a function that translates one sqlglot expression of an Athena query to an expression for DuckDB.

==============  ===================================================================================
functions       the names of Athena's functions, supported and unsupported
unsupported     the rejection of syntax and functions that sqlglot accepts and Athena does not
analysis        ``check_types``: the names and types of a query, before the translation
type_families   families of types, such as number or text, and the digits of decimals
inference       rules for types that sqlglot would derive differently from Trino
mismatches      checks for incompatible types
translate       the entry point ``to_duckdb``, and WITH RECURSIVE
rewriting       the context and the helper functions of rewrites
time_zones      the time zone of each timestamp, from a literal or AT TIME ZONE
datetimes       rewrites of dates, times and time zones
patterns        rewrites of regular expressions
scalars         rewrites of numbers, strings and aggregates
conversions     SQL that converts values to text or JSON, casts values or compares values
casts           rewrites of casts and comparisons, and of array_join()
collections     rewrites of arrays, maps and rows
macros.sql      SQL macros for functions that DuckDB lacks or defines differently
function_calls  rewrites of functions that DuckDB lacks, to calls of macros and Python functions
sql_json        the parsers of ``json_query()``, ``json_value()`` and similar functions
json_functions  JSON functions in Python
json_paths      the JSON path language
byte_functions  binary functions in Python: encodings, checksums and hashes
text_functions  functions that take strings and numbers, in Python
==============  ===================================================================================
"""

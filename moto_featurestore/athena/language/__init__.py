"""The checks of Athena SQL, and its translation into DuckDB SQL. Both use only the columns of tables, not the rows.

==============  ===================================================================================
functions       the names of Athena's functions, supported and unsupported
unsupported     the rejection of syntax and functions that sqlglot accepts and Athena does not
analysis        ``check_types``: the names and types of a query, before the translation
type_families   families of types
inference       the types of expressions for which sqlglot and Trino differ
decimals        the types of decimal expressions
mismatches      checks for incompatible types
translate       the entry point ``to_duckdb``
rewriting       the context and the building blocks of rewrites
time_zones      the time zones that literals and AT TIME ZONE determine
datetimes       rewrites of dates, times and time zones
patterns        rewrites of regular expressions
scalars         rewrites of numbers and texts
conversions     the SQL for a value of each type: as text, as JSON, casts, equality
casts           rewrites of casts and comparisons, and of array_join()
collections     rewrites of arrays, maps and rows
recursion       WITH RECURSIVE, unrolled as in Trino
macros.sql      SQL macros for functions that DuckDB does not have
function_calls  rewrites of functions that DuckDB lacks, to macros and Python functions
sql_json        the parsers of ``json_query()``, ``json_value()`` and similar functions
json_functions  JSON functions in Python
json_paths      the JSON path language
byte_functions  functions that take varbinary values, in Python
text_functions  functions that take texts and numbers, in Python
==============  ===================================================================================
"""

"""The checks of Athena SQL, its meaning, and its translation into DuckDB SQL. Of a table it uses only the columns.

==============  ===================================================================================
functions       the names of Athena's functions: supported and unsupported ones
unsupported     the rejection of syntax and functions that sqlglot accepts and Athena does not
analysis        ``check_types``: the names and types of a query, before the translation
type_families   families of types
inference       the types of expressions for which sqlglot and Trino differ
decimals        the types of decimal expressions
mismatches      checks for incompatible types
translate       the entry point ``to_duckdb``
rewriting       the context and the building blocks of rewrites
time_zones      the time zones that the query's text determines
datetimes       rewrites of dates, times and time zones
patterns        rewrites of regular expressions
scalars         rewrites of numbers and texts
conversions     the rule from a type to the SQL of its values: text, JSON, casts, equality
casts           rewrites of casts, comparisons and texts of values
collections     rewrites of arrays, maps and rows
recursion       WITH RECURSIVE, unrolled as in Trino
macros.sql      SQL macros for functions that DuckDB does not have
function_calls  rewrites of other functions to macros and Python functions
sql_json        the parsers of ``json_query()`` and the like
json_functions  JSON functions in Python
json_paths      the JSON path language
byte_functions  functions of binaries in Python
text_functions  functions of texts and numbers in Python
==============  ===================================================================================
"""

"""Functions of Athena that are Python functions. DuckDB calls them as ``athena_python(name, argument, ...)``.

Each function gets its arguments as Python values, and returns a text or None. The translation casts the text to the
type of the function's result. A ``ValueError`` fails the query; its text starts with Athena's error name.
"""

from collections.abc import Callable
from typing import Any

from moto_featurestore.athena.language import byte_functions, json_functions, text_functions

Function = Callable[..., str | None]

_STRICT: dict[str, Function] = {**byte_functions.TABLE, **text_functions.TABLE}
"""The functions whose result is null if an argument is."""


def call_python(name: str, *arguments: Any) -> str | None:
    """Call a function by its name."""
    if name in json_functions.WITH_CLAUSES:
        return json_functions.WITH_CLAUSES[name](*arguments)
    return None if None in arguments else _STRICT[name](*arguments)

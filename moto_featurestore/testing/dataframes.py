"""Conversion to pandas DataFrames. pandas is imported only when a DataFrame is requested."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {"String": "string", "Integral": "Int64", "Fractional": "Float64"}


def frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return rows as a DataFrame.

    :param types: feature types by column name; the first row can have more columns, whose dtypes are inferred
    :raises ImportError: if pandas is not installed; the message says how to install it
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("A DataFrame needs pandas: pip install pandas", name="pandas") from None
    types = types or {}
    names = dict.fromkeys([*types, *(rows[0] if rows else ())])
    # The columns have the dtype object at first: pandas would convert integers to floats if a value is missing.
    data = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    for name in names:
        column, feature_type = data[name], types.get(name)
        if feature_type is None:
            data[name] = column.infer_objects()
        elif not any(isinstance(value, list) for value in column):
            texts = column.astype("string")
            data[name] = texts if feature_type == "String" else pd.to_numeric(texts).astype(_DTYPES[feature_type])
    return data

"""DataFrames of pandas, on request: it is imported when somebody asks for one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {"String": "string", "Integral": "Int64", "Fractional": "Float64"}


def frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Rows as a DataFrame.

    :param types: FeatureTypes of columns by their name; the first one's are the others
    :raises ImportError: where pandas is missing; the message says what to install
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("A DataFrame needs pandas: pip install pandas", name="pandas") from None
    types = types or {}
    names = dict.fromkeys([*types, *(rows[0] if rows else ())])
    # Of objects at first: beside what is missing, pandas would make floats of integers.
    data = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    for name in names:
        column, feature_type = data[name], types.get(name)
        if feature_type is None:
            data[name] = column.infer_objects()
        elif not any(isinstance(value, list) for value in column):
            texts = column.astype("string")
            data[name] = texts if feature_type == "String" else pd.to_numeric(texts).astype(_DTYPES[feature_type])
    return data

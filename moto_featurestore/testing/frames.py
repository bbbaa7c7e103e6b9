"""DataFrames of pandas, on request: it is imported when somebody asks for one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {"String": "string", "Integral": "Int64", "Fractional": "Float64"}


def frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Rows as a DataFrame.

    :param types: FeatureTypes of columns by their name, for values that are texts
    :raises ImportError: where pandas is missing; the message says what to install
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("A DataFrame needs pandas: pip install pandas", name="pandas") from None
    types = types or {}
    data = pd.DataFrame.from_records([dict(row) for row in rows], columns=list(types) or None)
    for name, feature_type in types.items():
        column = data[name]
        if not any(isinstance(value, list) for value in column):
            texts = column.astype("string")
            data[name] = texts if feature_type == "String" else pd.to_numeric(texts).astype(_DTYPES[feature_type])
    return data

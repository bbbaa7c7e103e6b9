"""Conversion of buffered rows to an Arrow table with the columns and types of the service's Parquet files.

Evidence, observed in October 2026: https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-parquet-audit.json).
"""

from collections.abc import Callable, Collection, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from moto_featurestore.store.group import FeatureDefinition
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.values import Values, integral

if TYPE_CHECKING:
    import pyarrow as pa

PARSE: dict[str, Callable[[str], Any]] = {"Integral": integral, "Fractional": float}
"""A dict from FeatureType to the function that parses the text of a value. The value of a String is the text itself."""


def table(definitions: Collection[FeatureDefinition], rows: OfflineRows, write_time: int) -> "pa.Table":
    """Return an Arrow table with one column per feature, in the order of ``definitions``, and the service's columns.

    A row that was written before a feature was added has null in the feature's column. Collections become lists. This
    is an assumption, because the service does not support collections in the offline store.

    :param write_time: nanoseconds since 1970; in the table, the unit is milliseconds
    """
    import pyarrow as pa

    milliseconds = pa.timestamp("ms", tz="UTC")
    seconds = _from_memory(pa.timestamp("s", tz="UTC"), rows.api_invocation_times)
    columns = {
        definition.name: _feature(definition, column)
        for definition, column in zip(definitions, _columns(rows.values, len(definitions)), strict=True)
    }
    columns["write_time"] = pa.repeat(pa.scalar(write_time // 1_000_000, milliseconds), len(rows))
    columns["api_invocation_time"] = seconds.cast(milliseconds)
    columns["is_deleted"] = _from_memory(pa.uint8(), rows.is_deleted).cast(pa.bool_())
    return pa.table(columns)


def _from_memory(arrow_type: "pa.DataType", values: Any) -> "pa.Array":
    """Copy a buffer of fixed-width values to an Arrow array. Other threads may append to ``values`` later."""
    import pyarrow as pa

    return pa.Array.from_buffers(arrow_type, len(values), [None, pa.py_buffer(bytes(values))])


def _columns(rows: list[Values], count: int) -> Iterator[list[Any]]:
    shortest = min(map(len, rows), default=0)
    for position in range(count):
        if position < shortest:
            yield list(map(itemgetter(position), rows))
        else:
            yield [row[position] if position < len(row) else None for row in rows]


def _feature(definition: FeatureDefinition, column: list[Any]) -> "pa.Array":
    import pyarrow as pa

    types = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
    wanted = types[definition.feature_type]
    if definition.collection_type is not None:
        parse = PARSE.get(definition.feature_type, str)
        lists = [None if texts is None else list(map(parse, texts)) for texts in column]
        return pa.array(lists, pa.list_(wanted))
    texts = pa.array(column, pa.string())
    try:
        return texts.cast(wanted)
    except pa.ArrowInvalid:
        # Arrow cannot parse an Integral with a plus sign, which the service accepts.
        parse = PARSE[definition.feature_type]
        return pa.array([None if text is None else parse(text) for text in column], wanted)


def encode(data: "pa.Table") -> bytes:
    """Encode a table as a Parquet file without compression and without Arrow's schema, like the service's files."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(data, sink, compression="NONE", store_schema=False)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]

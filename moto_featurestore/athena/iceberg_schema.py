"""Translation of columns, partitions and properties from Athena SQL to Iceberg.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    YearTransform,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)
from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.ddl.hive import check_repeated
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.types import data_type

# https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html
_PRIMITIVES: dict[Any, IcebergType] = {
    exp.DType.BOOLEAN: BooleanType(),
    exp.DType.INT: IntegerType(),
    exp.DType.BIGINT: LongType(),
    exp.DType.FLOAT: FloatType(),
    exp.DType.DOUBLE: DoubleType(),
    exp.DType.DATE: DateType(),
    exp.DType.TIMESTAMP: TimestampType(),
    exp.DType.TIMESTAMPTZ: TimestamptzType(),
    exp.DType.TEXT: StringType(),
    exp.DType.VARCHAR: StringType(),
    exp.DType.CHAR: StringType(),
    exp.DType.BINARY: BinaryType(),
}


def schema_of(columns: Iterable[Column], comments: Mapping[str, str]) -> Schema:
    """Return the Iceberg schema of a table with the given columns.

    :param columns: columns with types in Glue's notation
    :param comments: dict from column name to comment
    :raises QueryFailed: if a column is repeated, or Iceberg does not support a type
    """
    ids, columns = count(1), list(columns)
    check_repeated(column.name for column in columns)
    fields: list[NestedField] = []
    for column in columns:
        doc = comments.get(column.name)
        fields.append(NestedField(next(ids), column.name, _type(data_type(column.hive), ids), doc=doc, required=False))
    return Schema(*fields)


def type_of(hive: str) -> IcebergType:
    """Return the Iceberg type for a type in Glue's notation.

    :raises QueryFailed: if Iceberg does not support the type
    """
    return _type(data_type(hive), count(1))


def _type(kind: exp.DataType, ids: "count[int]") -> IcebergType:
    if kind.is_type(exp.DType.DECIMAL):
        precision, scale = [int(part.name) for part in kind.expressions] or (10, 0)
        return DecimalType(precision, scale)
    parts = kind.expressions
    if kind.is_type(exp.DType.ARRAY):
        return ListType(next(ids), _type(parts[0], ids), element_required=False)
    if kind.is_type(exp.DType.MAP):
        key, value = next(ids), next(ids)
        return MapType(key, _type(parts[0], ids), value, _type(parts[1], ids), value_required=False)
    if kind.is_type(exp.DType.STRUCT):
        fields = [NestedField(next(ids), part.name.lower(), _type(part.kind, ids), required=False) for part in parts]
        return StructType(*fields)
    if kind.this not in _PRIMITIVES:
        # https://github.com/trinodb/trino, io.trino.plugin.iceberg.TypeConverter
        raise QueryFailed("NOT_SUPPORTED", f"Type not supported for Iceberg: {kind.sql(dialect='trino').lower()}")
    return _PRIMITIVES[kind.this]


# Partitions.

_TRANSFORMS: dict[str, tuple[Callable[[int], Transform[Any, Any]], str]] = {
    "identity": (lambda _: IdentityTransform(), ""),
    "year": (lambda _: YearTransform(), "_year"),
    "month": (lambda _: MonthTransform(), "_month"),
    "day": (lambda _: DayTransform(), "_day"),
    "hour": (lambda _: HourTransform(), "_hour"),
    "bucket": (BucketTransform, "_bucket"),
    "truncate": (TruncateTransform, "_trunc"),
}
"""A dict from the name of a transform to a pair: its constructor, and the suffix of the partition field's name."""
Partition = tuple[str, str, int]
"""(transform, column, argument), such as ``("bucket", "id", 16)``. The argument is 0 if the transform has none."""


def spec_of(partitions: Iterable[Partition], schema: Schema) -> PartitionSpec:
    """Return the partition spec of a new table.

    :param partitions: transform, column and argument of each partition field
    :param schema: schema of the table
    :raises QueryFailed: if a column or transform does not exist, or the transform does not support the type
    """
    fields: list[PartitionField] = []
    for number, (name, column, argument) in enumerate(partitions):
        if name not in _TRANSFORMS:
            raise QueryFailed("NOT_SUPPORTED", f"Unsupported partition transform: {name}")
        make, suffix = _TRANSFORMS[name]
        source = next((field for field in schema.fields if field.name == column.lower()), None)
        if source is None:
            raise QueryFailed("COLUMN_NOT_FOUND", f"Cannot find source column: {column}")
        transform = make(argument)
        if not transform.can_transform(source.field_type):
            raise QueryFailed("NOT_SUPPORTED", f"Invalid source type {source.field_type} for transform: {name}")
        if any(field.source_id == source.field_id for field in fields):
            reason = f"moto_featurestore does not support two partition fields of one column: {column}"
            raise QueryFailed("NOT_SUPPORTED", reason)
        field_id = PARTITION_FIELD_ID_START + number
        fields.append(PartitionField(source.field_id, field_id, transform, f"{source.name}{suffix}"))
    return PartitionSpec(*fields)


# Athena's properties: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html.
# Iceberg's names for these properties: metadata files of real tables contain the first four.
# https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html documents the fifth. All other names are assumed.

_TEXTS = {"format": "write.format.default", "write_compression": "write.parquet.compression-codec"}
_NUMBERS = {
    "write_target_data_file_size_bytes": "write.target-file-size-bytes",
    "compression_level": "write.parquet.compression-level",
    "vacuum_max_snapshot_age_seconds": "history.expire.max-snapshot-age-ms",
    "vacuum_min_snapshots_to_keep": "history.expire.min-snapshots-to-keep",
    "vacuum_max_metadata_files_to_keep": "write.metadata.previous-versions-max",
    "optimize_rewrite_data_file_threshold": "optimize_rewrite_data_file_threshold",
    "optimize_rewrite_delete_file_threshold": "optimize_rewrite_delete_file_threshold",
    "optimize_rewrite_min_data_file_size_bytes": "optimize_rewrite_min_data_file_size_bytes",
    "optimize_rewrite_max_data_file_size_bytes": "optimize_rewrite_max_data_file_size_bytes",
}
_PATHS = {"write.data.path", "write.object-storage.path"}
"""Iceberg properties that ALTER TABLE accepts, in addition to Athena's properties."""
_COMPRESSIONS = {"GZIP", "SNAPPY", "ZSTD", "LZ4", "NONE", "UNCOMPRESSED"}
_INVALID = 1200
"""The ErrorType for an unsupported property. https://github.com/aoyagikouhei/athena-local measured the number."""


def properties_of(properties: Mapping[str, str]) -> dict[str, str]:
    """Translate the table properties of a CREATE TABLE to Iceberg properties.

    :raises QueryFailed: if Athena does not support a property, or a value is not valid
    """
    known = {"table_type", "write_data_path_enabled", *_TEXTS, *_NUMBERS}
    for name in properties:
        if name.lower() not in known:
            raise QueryFailed("", f"Unsupported table property key: {name}", error_type=_INVALID)
    lower = {name.lower(): value for name, value in properties.items()}
    if "compression_level" in lower and "write_compression" not in lower:
        raise QueryFailed("", "Compression codec must be defined when compression_level property is specified.")
    translated = dict(_property(name, value) for name, value in lower.items() if name in _TEXTS or name in _NUMBERS)
    return {"write.format.default": "parquet", **translated}


def altered_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Translate the properties of an ALTER TABLE SET TBLPROPERTIES to Iceberg properties.

    :raises QueryFailed: if Athena does not support a property, or a value is not valid
    """
    translated = {name: value for name, value in properties.items() if name in _PATHS}
    for name, value in properties.items():
        if name not in _PATHS:
            _check_supported(name, "Unsupported table property key: {}")
            iceberg_name, iceberg_value = _property(name.lower(), value)
            translated[iceberg_name] = iceberg_value
    return translated


def removed_properties(names: Iterable[str]) -> list[str]:
    """Translate the property names of an ALTER TABLE UNSET TBLPROPERTIES to names of Iceberg properties.

    :raises QueryFailed: if Athena does not support a property
    """
    iceberg_names = _TEXTS | _NUMBERS
    translated = []
    for name in names:
        if name in _PATHS:
            translated.append(name)
        else:
            _check_supported(name, "Table property {} is not supported by Athena")
            translated.append(iceberg_names[name.lower()])
    return translated


def _check_supported(name: str, text: str) -> None:
    if name.lower() not in _TEXTS and name.lower() not in _NUMBERS:
        raise QueryFailed("", text.format(name), error_type=_INVALID)


def _property(name: str, value: str) -> tuple[str, str]:
    if name == "format" and value.upper() != "PARQUET":
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the table format {value}, only Parquet")
    if name == "write_compression" and value.upper() not in _COMPRESSIONS:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the compression {value!r}")
    if name in _TEXTS:
        return _TEXTS[name], value.lower().replace("none", "uncompressed")
    if not value.isdecimal() or not int(value):
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"{name} must be a positive number: {value}")
    return _NUMBERS[name], f"{value}000" if name == "vacuum_max_snapshot_age_seconds" else value

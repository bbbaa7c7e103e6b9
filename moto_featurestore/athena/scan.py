"""The generation of a SELECT that reads the files of a Glue table, with the columns and types that Glue defines."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

from moto_featurestore.athena.catalog import PATH, Column, S3AndGlue, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.types import quoted_name, quoted_text
from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.aws.ports import StoredObject

_PARQUET, _CSV, _TEXT, _JSON = "parquet", "opencsv", "lazysimple", "json"
_SERDES = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.parquethiveserde": _PARQUET,
    "org.apache.hadoop.hive.serde2.opencsvserde": _CSV,
    "org.apache.hadoop.hive.serde2.lazy.lazysimpleserde": _TEXT,
    "org.openx.data.jsonserde.jsonserde": _JSON,
    "org.apache.hive.hcatalog.data.jsonserde": _JSON,
    "com.amazon.ionhiveserde.json": _JSON,
}
_FILE = "__moto_featurestore_file"
_KEY_PREFIX = "__moto_featurestore_"
_LAST = chr(0x10FFFF)
"""The last Unicode character. It sorts after every character that an S3 key can contain."""

Files = Callable[[str, StoredObject], str]
"""A function that takes a bucket and an S3 object, and grants a query access to this object.

The function returns the path at which the query can read the object.
"""


def select(services: S3AndGlue, table: Table, columns: list[Column], admit: Files, *, with_path: bool) -> str | None:
    """Return the SELECT that reads columns from the files of a table, or None if there are no files.

    :param services: the interface to Glue and S3
    :param table: the table
    :param columns: columns to read
    :param admit: function that grants the query access to an S3 object
    :param with_path: if true, add the pseudo column ``$path``
    :raises QueryFailed: if the format or the location is not supported
    """
    form = _form(table)
    if table.parameters.get("projection.enabled", "").lower() == "true":
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support partition projection")
    if table.partition_columns:
        return _select_partitions(services, table, columns, form, admit, with_path=with_path)
    files = [admit(bucket, stored) for bucket, stored in objects(services, table.location)]
    if not files:
        return None
    path = [f"{_path_of(_FILE)} AS {quoted_name(PATH)}"] if with_path else []
    read = _read(table, columns, form, files, with_file=with_path)
    return f"SELECT {', '.join([*_cast_columns(table, columns, form), *path])} FROM {read}"


def objects(services: S3AndGlue, location: str) -> list[tuple[str, StoredObject]]:
    """Return (bucket, S3 object) for each object under a location.

    Skip empty objects. Like Hive, also skip objects whose name or folder begins with a dot or an underscore.
    """
    bucket, prefix = bucket_and_prefix(location)
    return [
        (bucket, stored)
        for stored in services.objects(bucket, prefix)
        if stored.size and not any(part.startswith((".", "_")) for part in stored.key[len(prefix) :].split("/"))
    ]


def bucket_and_prefix(location: str) -> tuple[str, str]:
    """Return the bucket of an S3 URI, and the key prefix of the objects in the folder that the URI names.

    :raises QueryFailed: if the location is not an S3 URI
    """
    return S3Uri(*bucket_and_key(location)).folder


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of an S3 URI.

    :raises QueryFailed: if the URI is not an S3 URI
    """
    try:
        return S3Uri.parse(uri)
    except ValueError:
        raise QueryFailed("", f"The location '{uri}' is not an S3 URI") from None


def _form(table: Table) -> str:
    library = (table.storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""
    form = _SERDES.get(library.lower())
    if form is None:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not read tables of the SerDe {library!r}")
    return form


def _select_partitions(  # noqa: PLR0913 - the parameters of select(), and the format
    services: S3AndGlue, table: Table, columns: list[Column], form: str, admit: Files, *, with_path: bool
) -> str | None:
    """Return the SELECT that reads the files of all partitions, or None if there are no files.

    If ``columns`` contains partition columns, join the partition values to the rows.

    :param form: file format of the table
    :param with_path: if true, add the pseudo column ``$path``
    """
    values = {admit(bucket, stored): parts for bucket, stored, parts in _partition_objects(services, table)}
    if not values:
        return None
    keys = [(index, key) for index, key in enumerate(table.partition_columns) if key in columns]
    partition_values = [
        f"CAST({_partition_value(f'p.{_KEY_PREFIX}{index}')} AS {key.duckdb}) AS {quoted_name(key.name)}"
        for index, key in keys
    ]
    path = [f"{_path_of(f'd.{_FILE}')} AS {quoted_name(PATH)}"] if with_path else []
    selected = ", ".join([*_cast_columns(table, columns, form, "d."), *partition_values, *path])
    read = _read(table, columns, form, list(values), with_file=bool(keys) or with_path)
    if not keys:
        return f"SELECT {selected} FROM {read} AS d"
    rows = [[file, *(parts[index] for index, _ in keys)] for file, parts in values.items()]
    names = ", ".join([_FILE, *(f"{_KEY_PREFIX}{index}" for index, _ in keys)])
    row_list = ", ".join(f"({', '.join(map(quoted_text, row))})" for row in rows)
    return f"SELECT {selected} FROM {read} AS d JOIN (VALUES {row_list}) AS p({names}) ON d.{_FILE} = p.{_FILE}"


def _partition_objects(services: S3AndGlue, table: Table) -> Iterator[tuple[str, StoredObject, list[str]]]:
    """Yield (bucket, S3 object, partition values) for each object of each partition."""
    table_objects = objects(services, table.location) if table.location else []
    uris = [f"s3://{bucket}/{stored.key}" for bucket, stored in table_objects]  # sorted, as services.objects() is
    for partition in services.partitions(table.database, table.name):
        location = (partition.get("StorageDescriptor") or {}).get("Location") or ""
        uri = "s3://{}/{}".format(*bucket_and_prefix(location))
        first, end = bisect_left(uris, uri), bisect_left(uris, f"{uri}{_LAST}")
        partition_objects = table_objects[first:end] or objects(services, location)
        yield from ((bucket, stored, partition["Values"]) for bucket, stored in partition_objects)


def _partition_value(value: str) -> str:
    """Return SQL that converts Hive's name for the null partition to null."""
    return f"nullif({value}, '__HIVE_DEFAULT_PARTITION__')"


def _path_of(file: str) -> str:
    """Return SQL that converts the path ``query://<query>/<bucket>/<key>`` of a file to its S3 URI."""
    return f"'s3://' || regexp_replace({file}, '^query://[^/]*/', '')"


def _cast_columns(table: Table, columns: list[Column], form: str, prefix: str = "") -> list[str]:
    names = [(f"{prefix}{quoted_name(column.name)}", column) for column in _file_columns(table, columns)]
    return [f"{_CASTS[form](value, column.duckdb, table)} AS {quoted_name(column.name)}" for value, column in names]


def _file_columns(table: Table, columns: list[Column]) -> list[Column]:
    """Return the columns without the table's partition columns, which are not stored in the files."""
    keys = set(table.partition_columns)
    return [column for column in columns if column not in keys]


def _cast(value: str, kind: str, _: Table) -> str:
    return f"CAST({value} AS {kind})"


def _unchanged(value: str, _kind: str, _: Table) -> str:
    """Return the SQL ``value`` unchanged, because DuckDB's read_parquet() already returns the columns' types."""
    return value


def _cast_opencsv(value: str, kind: str, table: Table) -> str:
    """Return the SQL that casts a text from a CSV file to the type of its column, like Hive's OpenCSVSerde.

    If a line has no value for a text column, the result is an empty string. In the file, a date is the number of days
    since 1970, and a timestamp is the number of milliseconds. Invalid text fails with HIVE_BAD_DATA, or becomes null if
    the table property ``use.null.for.invalid.data`` is true.

    https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
    """
    text = f"coalesce({value}, '')"
    if kind.startswith("TEXT"):
        return text
    read = {"TIMESTAMP": "BIGINT", "DATE": "INTEGER"}.get(kind, kind)
    parsed = f"TRY_CAST({text} AS {read})"
    if table.parameters.get("use.null.for.invalid.data", "").lower() != "true":
        bad = f"'HIVE_BAD_DATA: Error parsing field value ''' || {text} || ''' as {read.lower()}'"
        parsed = f"coalesce({parsed}, CAST(error({bad}) AS {read}))"
    return {"TIMESTAMP": f"epoch_ms({parsed})", "DATE": f"(DATE '1970-01-01' + {parsed})"}.get(kind, parsed)


def _cast_lazy_simple(value: str, kind: str, _: Table) -> str:
    """Return the SQL that casts a text to a column's type, like Hive's LazySimpleSerDe. Invalid text becomes null."""
    # nullif(), because DuckDB would push a cast of the plain column into the file reader, and fail on invalid text.
    return value if kind == "TEXT" else f"TRY_CAST(nullif({value}, '') AS {kind})"


_CASTS: dict[str, Callable[[str, str, Table], str]] = {
    _PARQUET: _unchanged,
    _CSV: _cast_opencsv,
    _TEXT: _cast_lazy_simple,
    _JSON: _cast,
}


def _read(table: Table, columns: list[Column], form: str, files: list[str], *, with_file: bool) -> str:
    """Return the SQL that reads the columns from the files. A column that the files do not contain is null.

    :param form: file format of the table
    :param with_file: if true, add a column with the path of the file
    """
    file_list = f"[{', '.join(map(quoted_text, files))}]"
    file = f", filename={quoted_text(_FILE)}" if with_file else ""
    if form == _PARQUET:
        schema = ", ".join(
            f"{quoted_text(c.name)}: {{name: {quoted_text(c.name)}, type: {quoted_text(c.duckdb)}, default_value: NULL}}"
            for c in _file_columns(table, columns)
        )
        return f"read_parquet({file_list}, schema=MAP {{{schema}}}, hive_partitioning=false{file})"
    if form == _JSON:
        names = ", ".join(f"{quoted_text(c.name)}: {quoted_text(c.duckdb)}" for c in table.data_columns)
        return f"(SELECT * FROM read_json({file_list}, format='newline_delimited', columns={{{names}}}, hive_partitioning=false{file}))"
    names = ", ".join(f"{quoted_text(c.name)}: 'VARCHAR'" for c in table.data_columns)
    return (
        f"(SELECT * FROM read_csv({file_list}, columns={{{names}}}, auto_detect=false, header=false, null_padding=true,"
        f" strict_mode=false, hive_partitioning=false, ignore_errors=false, {_dialect(table, form)}{file}))"
    )


def _dialect(table: Table, form: str) -> str:
    serde: dict[str, Any] = (table.storage.get("SerdeInfo") or {}).get("Parameters") or {}
    skip = int(table.parameters.get("skip.header.line.count") or serde.get("skip.header.line.count") or 0)
    if form == _CSV:
        delimiter, quote = serde.get("separatorChar", ","), serde.get("quoteChar", '"')
        escape, null = serde.get("escapeChar", "\\"), ""
        escape = escape if len(escape) == 1 else "\\"
    else:
        delimiter, quote = serde.get("field.delim", serde.get("serialization.format", "\x01")), ""
        escape, null = serde.get("escape.delim", ""), serde.get("serialization.null.format", "\\N")
    options = {"delim": _unescape(delimiter), "quote": quote, "escape": escape, "nullstr": null}
    return f"skip={skip}, " + ", ".join(f"{name}={quoted_text(value)}" for name, value in options.items())


def _unescape(delimiter: str) -> str:
    r"""Convert a delimiter in Hive's DDL, which can be a character, an escape such as ``\t``, or a character number."""
    characters = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "1": "\x01", "9": "\t"}
    return characters.get(delimiter, delimiter)

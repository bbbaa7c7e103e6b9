"""Statements that sqlglot does not read, in the Hive dialect that Athena's DDL has: what they change or show."""

import re
from collections.abc import Callable, Iterator

from moto_featurestore.athena import extras
from moto_featurestore.athena.catalog import Catalog, Column, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.hive import NAME as _NAME
from moto_featurestore.athena.hive import TABLE as _TABLE
from moto_featurestore.athena.hive import TEXT as _TEXT
from moto_featurestore.athena.hive import bare, columns_of, names_of
from moto_featurestore.athena.hive import pairs_of as _pairs
from moto_featurestore.athena.hive import statement as _statement
from moto_featurestore.athena.hive import text_of as _text
from moto_featurestore.athena.lake import Dict
from moto_featurestore.athena.scan import bucket_and_prefix

_PARTITION = re.compile(rf"PARTITION\s*\((?P<pairs>[^)]*)\)(?:\s*LOCATION\s+(?P<location>{_TEXT}))?", re.IGNORECASE)

Lines = list[str]
"""What a statement shows: the lines of its ``.txt``."""


class Shown:
    """The answer of a statement: the name of its column, and lines."""

    def __init__(self, lines: Lines, *columns: str) -> None:
        self.lines, self.columns = lines, columns


def run(catalog: Catalog, statement: str) -> Shown | None:
    """Run a statement of this module's; None where it is none.

    :raises QueryFailed: where it cannot be done
    """
    text = bare(statement)
    for pattern, handler in _STATEMENTS:
        if (found := pattern.fullmatch(text)) and (shown := handler(catalog, found)) is not None:
            return shown
    if head := _HEAD.match(text):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support this statement: {head[0].upper()}")
    return None


# Databases.


def _create_database(catalog: Catalog, found: re.Match[str]) -> Shown:
    name = _text(found["name"]).lower()
    if catalog.find_database(name) is not None:
        if not found["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10242]: Database {name} already exists")
        return Shown([])
    given: Dict = {}
    for key, group in (("Description", "comment"), ("LocationUri", "location")):
        if found[group]:
            given[key] = _text(found[group])
    if found["properties"]:
        given["Parameters"] = _pairs(found["properties"])
    catalog.lake.create_database(name, given)
    return Shown([])


def _drop_database(catalog: Catalog, found: re.Match[str]) -> Shown:
    name = _text(found["name"])
    held = catalog.find_database(name)
    if held is None:
        if not found["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
        return Shown([])
    if catalog.lake.tables(held) and (found["how"] or "").upper() != "CASCADE":
        raise QueryFailed(
            "",
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
            f" InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)",
        )
    catalog.lake.delete_database(held)
    return Shown([])


def _show_databases(catalog: Catalog, found: re.Match[str]) -> Shown:
    return Shown(_matching(catalog.lake.databases(), found["like"]), "database_name")


def _matching(names: list[str], like: str | None) -> list[str]:
    """Names in order; Hive's pattern has ``*`` for anything and ``|`` for a choice."""
    if like is None:
        return sorted(names)
    pattern = "|".join(part.replace("*", ".*") for part in _text(like).split("|"))
    return sorted(name for name in names if re.fullmatch(pattern, name, re.IGNORECASE))


# Tables.


def _show_tables(catalog: Catalog, found: re.Match[str]) -> Shown:
    database = catalog.existing_database(_text(found["database"]) if found["database"] else catalog.database)
    return Shown(_matching(catalog.lake.tables(database), found["like"]), "tab_name")


def _show_views(catalog: Catalog, found: re.Match[str]) -> Shown:
    database = catalog.existing_database(_text(found["database"]) if found["database"] else catalog.database)
    names = [
        name
        for name in catalog.lake.tables(database)
        if Table(database, name, catalog.lake.table(database, name)).is_view
    ]
    return Shown(_matching(names, found["like"]), "views")


def _show_columns(catalog: Catalog, found: re.Match[str]) -> Shown:
    names = names_of(found["table"])
    if found["database"]:
        names = [_text(found["database"]), *names]
    return Shown([f"{column.name:<20}" for column in catalog.existing_table(names).columns], "field")


def _describe(catalog: Catalog, found: re.Match[str]) -> Shown:
    """As Hive writes it: each of the three values in twenty characters at least."""
    table = catalog.existing_table(names_of(found["table"]))
    if table.is_iceberg:
        shown: Shown = extras.iceberg("iceberg_create").describe(catalog.lake, table)
        return shown
    comments = {
        column["Name"].lower(): column.get("Comment", "")
        for column in [*(table.storage.get("Columns") or []), *(table.glue.get("PartitionKeys") or [])]
    }
    lines = [_described(column.name, column.hive, comments[column.name]) for column in table.columns]
    if table.partition_columns:
        lines += ["\t \t ", "# Partition Information\t \t ", _described("# col_name", "data_type", "comment"), "\t \t "]
        lines += [_described(column.name, column.hive, comments[column.name]) for column in table.partition_columns]
    return Shown(lines, "col_name", "data_type", "comment")


def _described(*values: str) -> str:
    return "\t".join(f"{value:<20}" for value in values)


def _show_create_table(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    if table.is_view:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support SHOW CREATE TABLE of a view")
    if table.is_iceberg:
        shown: Shown = extras.iceberg("iceberg_create").show_create(catalog.lake, table)
        return shown
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`("]
    lines += list(_column_lines(table.data_columns, ")"))
    if table.partition_columns:
        lines += ["PARTITIONED BY ( ", *_column_lines(table.partition_columns, ")")]
    serde = table.storage.get("SerdeInfo") or {}
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{table.storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{table.storage.get('OutputFormat', '')}'", "LOCATION", f"  '{table.location}'"]
    if table.parameters:
        lines += ["TBLPROPERTIES (", *_property_lines(table.parameters)]
    return Shown(lines, "createtab_stmt")


def _column_lines(columns: list[Column], end: str) -> Iterator[str]:
    for place, column in enumerate(columns, 1):
        yield f"  `{column.name}` {column.hive}{end if place == len(columns) else ', '}"


def _property_lines(properties: dict[str, str]) -> Iterator[str]:
    for place, (key, value) in enumerate(properties.items(), 1):
        yield f"  '{key}'='{value}'{')' if place == len(properties) else ', '}"


def _show_properties(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    return Shown([f"{key}\t{value}" for key, value in table.parameters.items()], "prpt_name", "prpt_value")


def _drop_table(catalog: Catalog, found: re.Match[str]) -> Shown:
    *qualifiers, name = names_of(found["table"])
    database = qualifiers[-1] if qualifiers else catalog.database
    table = catalog.find_table(database, name)
    kind = found["kind"].lower()
    if table is None:
        if not found["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
        return Shown([])
    if table.is_view != (kind == "view"):
        raise QueryFailed(
            "", f"FAILED: SemanticException: {database}.{name} is {'' if table.is_view else 'not '}a view"
        )
    if table.is_iceberg:
        # https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-drop-table.html: the data go too.
        bucket, prefix = bucket_and_prefix(table.location)
        catalog.lake.delete_objects(bucket, [stored.key for stored in catalog.lake.objects(bucket, prefix)])
    catalog.lake.delete_table(table.database, table.name)
    return Shown([])


def _alter_iceberg(catalog: Catalog, found: re.Match[str]) -> Shown | None:
    """Alter a table of Iceberg's; None where it is none, or the change is none of Athena's."""
    *qualifiers, name = names_of(found["table"])
    table = catalog.find_table(qualifiers[-1] if qualifiers else catalog.database, name)
    if table is None or not table.is_iceberg:
        return None
    shown: Shown | None = extras.iceberg("iceberg_alter").alter(catalog, table, found["what"])
    return shown


def table_input(table: Table) -> Dict:
    """A table as Glue takes it: without what Glue itself adds."""
    own = {
        "DatabaseName",
        "CreateTime",
        "UpdateTime",
        "VersionId",
        "CatalogId",
        "CreatedBy",
        "IsRegisteredWithLakeFormation",
    }
    return {key: value for key, value in table.glue.items() if key not in own}


def _set_properties(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    parameters = {**table.parameters, **_pairs(found["properties"])}
    catalog.lake.put_table(table.database, table.name, {**table_input(table), "Parameters": parameters})
    return Shown([])


def _set_location(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    storage = {**table.storage, "Location": _text(found["location"])}
    catalog.lake.put_table(table.database, table.name, {**table_input(table), "StorageDescriptor": storage})
    return Shown([])


def _add_columns(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    added = columns_of(found["columns"])
    taken = {column.name for column in table.columns} & {column["Name"] for column in added}
    if taken:
        raise QueryFailed("", f"FAILED: SemanticException: Duplicate column name: {min(taken)}")
    storage = {**table.storage, "Columns": [*(table.storage.get("Columns") or []), *added]}
    catalog.lake.put_table(table.database, table.name, {**table_input(table), "StorageDescriptor": storage})
    return Shown([])


# Partitions.


def _values(table: Table, pairs: str) -> list[str]:
    given = {key.lower(): value for key, value in _pairs(pairs).items()}
    keys = [column.name for column in table.partition_columns]
    if sorted(given) != sorted(keys):
        raise QueryFailed(
            "", f"FAILED: SemanticException partition spec {given} doesn't match the partition keys {keys}"
        )
    return [given[key] for key in keys]


def _partition_name(table: Table, values: list[str]) -> str:
    return "/".join(f"{column.name}={value}" for column, value in zip(table.partition_columns, values, strict=True))


def _add(catalog: Catalog, table: Table, values: list[str], location: str | None) -> None:
    folder = location or f"{table.location.rstrip('/')}/{_partition_name(table, values)}"
    storage = {**table.storage, "Location": folder}
    catalog.lake.create_partition(table.database, table.name, {"Values": values, "StorageDescriptor": storage})


def _known(catalog: Catalog, table: Table) -> list[list[str]]:
    return [partition["Values"] for partition in catalog.lake.partitions(table.database, table.name)]


def _add_partitions(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    given = [(_values(table, part["pairs"]), part["location"]) for part in _PARTITION.finditer(found["partitions"])]
    known = _known(catalog, table)
    for values, location in given:
        if values not in known:
            _add(catalog, table, values, _text(location) if location else None)
        elif not found["exists"]:
            raise QueryFailed("", f"FAILED: Execution Error, return code 1: Partition already exists: {values}")
    return Shown([])


def _drop_partitions(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    known = _known(catalog, table)
    for part in _PARTITION.finditer(found["partitions"]):
        values = _values(table, part["pairs"])
        if values in known:
            catalog.lake.delete_partition(table.database, table.name, values)
        elif not found["exists"]:
            raise QueryFailed("", f"FAILED: SemanticException [Error 10006]: Partition not found {values}")
    return Shown([])


def _show_partitions(catalog: Catalog, found: re.Match[str]) -> Shown:
    table = catalog.existing_table(names_of(found["table"]))
    if not table.partition_columns:
        raise QueryFailed("", f"FAILED: SemanticException [Error 10241]: Table {table.name} is not a partitioned table")
    return Shown(sorted(_partition_name(table, values) for values in _known(catalog, table)), "partition")


def _repair(catalog: Catalog, found: re.Match[str]) -> Shown:
    """Add the partitions whose folders are there, as Hive names them: ``key=value``."""
    table = catalog.existing_table(names_of(found["table"]))
    keys = [column.name for column in table.partition_columns]
    bucket, prefix = bucket_and_prefix(table.location)
    pattern = re.compile("/".join(rf"{re.escape(key)}=([^/]+)" for key in keys) + "/.", re.IGNORECASE)
    known = _known(catalog, table)
    added: list[str] = []
    for stored in catalog.lake.objects(bucket, prefix):
        match = pattern.match(stored.key[len(prefix) :]) if keys else None
        values = list(match.groups()) if match else None
        if match and values and values not in known:
            folder = f"s3://{bucket}/{prefix}{match[0].rpartition('/')[0]}"
            _add(catalog, table, values, folder)
            known.append(values)
            added.append(_partition_name(table, values))
    names = [f"{table.name}:{name}" for name in added]
    lines = [f"Partitions not in metastore:\t{' '.join(names)}"] if names else []
    return Shown([*lines, *(f"Repair: Added partition to metastore {name}" for name in names)], "result")


_IN = rf"(?: (?:IN|FROM) (?P<database>{_NAME}))?"
_LIKE = rf"(?: (?:LIKE )?(?P<like>{_TEXT}))?"
_STATEMENTS: list[tuple[re.Pattern[str], Callable[[Catalog, re.Match[str]], Shown | None]]] = [
    (
        _statement(
            rf"CREATE (?:DATABASE|SCHEMA)(?P<exists> IF NOT EXISTS)? (?P<name>{_NAME})(?: COMMENT (?P<comment>{_TEXT}))?"
            rf"(?: LOCATION (?P<location>{_TEXT}))?(?: WITH DBPROPERTIES\s*\((?P<properties>.*)\))?"
        ),
        _create_database,
    ),
    (
        _statement(
            rf"DROP (?:DATABASE|SCHEMA)(?P<exists> IF EXISTS)? (?P<name>{_NAME})(?: (?P<how>RESTRICT|CASCADE))?"
        ),
        _drop_database,
    ),
    (_statement(rf"SHOW (?:DATABASES|SCHEMAS){_LIKE}"), _show_databases),
    (_statement(rf"SHOW TABLES{_IN}{_LIKE}"), _show_tables),
    (_statement(rf"SHOW VIEWS{_IN}{_LIKE}"), _show_views),
    (_statement(rf"SHOW COLUMNS (?:IN|FROM) {_TABLE}{_IN}"), _show_columns),
    (_statement(rf"SHOW PARTITIONS {_TABLE}"), _show_partitions),
    (_statement(rf"SHOW CREATE TABLE {_TABLE}"), _show_create_table),
    (_statement(rf"SHOW TBLPROPERTIES {_TABLE}"), _show_properties),
    (_statement(rf"(?:DESCRIBE|DESC) {_TABLE}"), _describe),
    (_statement(rf"MSCK REPAIR TABLE {_TABLE}"), _repair),
    (_statement(rf"DROP (?P<kind>TABLE|VIEW)(?P<exists> IF EXISTS)? {_TABLE}"), _drop_table),
    (_statement(rf"ALTER TABLE {_TABLE} (?P<what>.*)"), _alter_iceberg),
    (
        _statement(rf"ALTER TABLE {_TABLE} ADD(?P<exists> IF NOT EXISTS)? (?P<partitions>PARTITION\s*\(.*)"),
        _add_partitions,
    ),
    (
        _statement(rf"ALTER TABLE {_TABLE} DROP(?P<exists> IF EXISTS)? (?P<partitions>PARTITION\s*\(.*)"),
        _drop_partitions,
    ),
    (_statement(rf"ALTER TABLE {_TABLE} SET TBLPROPERTIES\s*\((?P<properties>.*)\)"), _set_properties),
    (_statement(rf"ALTER TABLE {_TABLE} SET LOCATION (?P<location>{_TEXT})"), _set_location),
    (_statement(rf"ALTER TABLE {_TABLE} ADD COLUMNS\s*\((?P<columns>.*)\)"), _add_columns),
]

_HEAD = re.compile(
    r"(?:SHOW|DESCRIBE|DESC|MSCK|ALTER|DROP|EXPLAIN|OPTIMIZE|VACUUM|SET|RESET|USE|CALL|GRANT|REVOKE|ANALYZE|START|COMMIT|ROLLBACK"
    r"|PRAGMA|ATTACH|DETACH|COPY|INSTALL|LOAD|EXPORT|IMPORT|CHECKPOINT|TRUNCATE|USING|COMMENT|REFRESH"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP|TEMPORARY|MACRO|FUNCTION|SECRET|SEQUENCE|TYPE|INDEX|ROLE|MATERIALIZED|DATABASE|SCHEMA|PROTECTED))\b"
    r"(?:\s+\w+)?",
    re.IGNORECASE,
)
"""What is not for sqlglot: it would take some of it for a command, and say so on the log."""

"""Dispatch of the statements in Hive's DDL dialect, which sqlglot does not parse."""

import re
from collections.abc import Callable

from moto_featurestore.athena.catalog import Catalog
from moto_featurestore.athena.ddl import databases, partitions, show, tables
from moto_featurestore.athena.ddl.hive import NAME, TABLE, TEXT, statement
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.outcome import Shown


def run(catalog: Catalog, text: str) -> Shown | None:
    """Run a DDL statement. Return None if the text is not one.

    :param text: the statement without comments and without the final semicolon
    :raises QueryFailed: if the statement fails, or is not supported
    """
    text = text.strip()
    for pattern, handler in _STATEMENTS:
        if (match := pattern.fullmatch(text)) and (shown := handler(catalog, match)) is not None:
            return shown
    if head := _HEAD.match(text):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support this statement: {head[0].upper()}")
    return None


_IN = rf"(?: (?:IN|FROM) (?P<database>{NAME}))?"
_LIKE = rf"(?: (?:LIKE )?(?P<like>{TEXT}))?"
_STATEMENTS: list[tuple[re.Pattern[str], Callable[[Catalog, re.Match[str]], Shown | None]]] = [
    (
        statement(
            rf"CREATE (?:DATABASE|SCHEMA)(?P<exists> IF NOT EXISTS)? (?P<name>{NAME})(?: COMMENT (?P<comment>{TEXT}))?"
            rf"(?: LOCATION (?P<location>{TEXT}))?(?: WITH DBPROPERTIES\s*\((?P<properties>.*)\))?"
        ),
        databases.create,
    ),
    (
        statement(rf"DROP (?:DATABASE|SCHEMA)(?P<exists> IF EXISTS)? (?P<name>{NAME})(?: (?P<how>RESTRICT|CASCADE))?"),
        databases.drop,
    ),
    (statement(rf"SHOW (?:DATABASES|SCHEMAS){_LIKE}"), show.databases),
    (statement(rf"SHOW TABLES{_IN}{_LIKE}"), show.tables),
    (statement(rf"SHOW VIEWS{_IN}{_LIKE}"), show.views),
    (statement(rf"SHOW COLUMNS (?:IN|FROM) {TABLE}{_IN}"), show.columns),
    (statement(rf"SHOW PARTITIONS {TABLE}"), partitions.show),
    (statement(rf"SHOW CREATE TABLE {TABLE}"), show.create_table),
    (statement(rf"SHOW CREATE VIEW {TABLE}"), show.create_view),
    (statement(rf"SHOW TBLPROPERTIES {TABLE}(?:\s*\(\s*(?P<property>{TEXT})\s*\))?"), show.properties),
    (statement(rf"(?:DESCRIBE|DESC) {TABLE}"), show.describe),
    (statement(rf"MSCK REPAIR TABLE {TABLE}"), partitions.repair),
    (statement(rf"DROP (?P<kind>TABLE|VIEW)(?P<exists> IF EXISTS)? {TABLE}"), tables.drop),
    (statement(rf"ALTER TABLE {TABLE} (?P<what>.*)"), tables.alter_iceberg),
    (
        statement(rf"ALTER TABLE {TABLE} ADD(?P<exists> IF NOT EXISTS)? (?P<partitions>PARTITION\s*\(.*)"),
        partitions.add,
    ),
    (
        statement(rf"ALTER TABLE {TABLE} DROP(?P<exists> IF EXISTS)? (?P<partitions>PARTITION\s*\(.*)"),
        partitions.drop,
    ),
    (statement(rf"ALTER TABLE {TABLE} SET TBLPROPERTIES\s*\((?P<properties>.*)\)"), tables.set_properties),
    (statement(rf"ALTER TABLE {TABLE} SET LOCATION (?P<location>{TEXT})"), tables.set_location),
    (statement(rf"ALTER TABLE {TABLE} ADD COLUMNS\s*\((?P<columns>.*)\)"), tables.add_columns),
]

_HEAD = re.compile(
    r"(?:SHOW|DESCRIBE|DESC|MSCK|ALTER|DROP|EXPLAIN|OPTIMIZE|VACUUM|SET|RESET|USE|CALL|GRANT|REVOKE|ANALYZE|START|COMMIT|ROLLBACK"
    r"|PRAGMA|ATTACH|DETACH|COPY|INSTALL|LOAD|EXPORT|IMPORT|CHECKPOINT|TRUNCATE|USING|COMMENT|REFRESH"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP|TEMPORARY|MACRO|FUNCTION|SECRET|SEQUENCE|TYPE|INDEX|ROLE|MATERIALIZED|DATABASE|SCHEMA|PROTECTED))\b"
    r"(?:\s+\w+)?",
    re.IGNORECASE,
)
"""Statements that sqlglot must not parse: it would treat some as commands and log a warning."""

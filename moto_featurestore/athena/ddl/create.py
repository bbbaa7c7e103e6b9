"""CREATE TABLE and CREATE VIEW: translate the statement to a Glue TableInput, and create the table in Glue."""

import base64
import json
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.catalog import Catalog, iceberg_module
from moto_featurestore.athena.ddl.hive import check_repeated, glue_column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.query import Plan
from moto_featurestore.athena.results import TextResult
from moto_featurestore.athena.types import athena_type, hive_type
from moto_featurestore.athena.write import PARQUET, check_names, check_zones
from moto_featurestore.aws.ports import Dict

_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_VIEW = "/* Presto View: {} */"


def create_table(catalog: Catalog, tree: exp.Create) -> TextResult:
    """Run a CREATE TABLE statement, for a Hive or an Iceberg table.

    :param catalog: databases and tables
    :param tree: the parsed statement
    :raises QueryFailed: if the statement is not valid in Athena, or is not supported
    """
    parts = tree.args["properties"].expressions if tree.args.get("properties") else []
    by_kind: dict[type, Any] = {type(part): part for part in parts}
    parameters = {part.name: part.args["value"].name for part in parts if type(part) is exp.Property}
    is_iceberg = any(name.lower() == "table_type" and kind.upper() == "ICEBERG" for name, kind in parameters.items())
    if not is_iceberg:
        _check_clauses(tree, by_kind)
    database, name = _target(catalog, tree)
    if catalog.find_table(database, name) is not None:
        if not tree.args.get("exists"):
            raise QueryFailed(
                "",
                f"FAILED: Execution Error, return code 1: AlreadyExistsException(message:Table {name} already exists)",
            )
        return TextResult([])
    if is_iceberg:
        result: TextResult = iceberg_module("iceberg_ddl").create_table(catalog, tree, database, name)
        return result
    partitioned = by_kind.get(exp.PartitionedByProperty)
    columns = list(map(glue_column, tree.this.expressions))
    keys = list(map(glue_column, partitioned.this.expressions)) if partitioned is not None else []
    names = [column["Name"] for column in columns]
    check_repeated(names)
    if len({*names, *(key["Name"] for key in keys)}) < len(columns) + len(keys):
        # The message is assumed. It follows the style of Hive's messages.
        raise QueryFailed("", "FAILED: SemanticException: Column repeated in partitioning columns")
    storage = {
        **_format(by_kind),
        "Columns": columns,
        "Location": by_kind[exp.LocationProperty].name,
    }
    table_input: Dict = {
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **parameters},
        "PartitionKeys": keys,
        "StorageDescriptor": storage,
    }
    if exp.SchemaCommentProperty in by_kind:
        table_input["Parameters"]["comment"] = by_kind[exp.SchemaCommentProperty].name
    catalog.services.put_table(database, name, table_input)
    return TextResult([])


def _check_clauses(tree: exp.Create, by_kind: dict[type, Any]) -> None:
    if exp.ExternalProperty not in by_kind or not isinstance(tree.this, exp.Schema):
        raise QueryFailed("SYNTAX_ERROR", "line 1:8: mismatched input 'TABLE'. Expecting: 'EXTERNAL', 'OR', 'VIEW'")
    if exp.LocationProperty not in by_kind:
        raise QueryFailed("", "FAILED: SemanticException: External table must have a LOCATION")
    if exp.ClusteredByProperty in by_kind:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support CLUSTERED BY")


def _target(catalog: Catalog, tree: exp.Create) -> tuple[str, str]:
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    *qualifiers, name = [part.name.lower() for part in target.parts]
    return catalog.existing_database(qualifiers[-1] if qualifiers else catalog.database, target), name


def _format(by_kind: dict[type, Any]) -> Dict:
    """Return the InputFormat, OutputFormat and SerdeInfo of the new table's StorageDescriptor."""
    stored_as = by_kind.get(exp.FileFormatProperty)
    form = stored_as.this if stored_as is not None else None
    if isinstance(form, exp.InputOutputFormat):
        formats = {"InputFormat": form.args["input_format"].name, "OutputFormat": form.args["output_format"].name}
    elif form is None or form.name.upper() == "TEXTFILE":
        formats = dict(_TEXT)
    elif form.name.upper() == "PARQUET":
        formats = dict(PARQUET)
    else:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not read tables STORED AS {form.name}")
    if serde := by_kind.get(exp.RowFormatSerdeProperty):
        properties = serde.args.get("serde_properties")
        parameters = {part.name: part.args["value"].name for part in properties.expressions} if properties else {}
        return {**formats, "SerdeInfo": {"SerializationLibrary": serde.name, "Parameters": parameters}}
    if "SerdeInfo" in formats:
        return formats
    return {**formats, "SerdeInfo": {"SerializationLibrary": _LAZY, "Parameters": _delimiters(by_kind)}}


def _delimiters(by_kind: dict[type, Any]) -> dict[str, str]:
    delimited = by_kind.get(exp.RowFormatDelimitedProperty)
    if delimited is None:
        return {"serialization.format": "1"}
    parameters = {
        "field.delim": delimited.text("fields"),
        "serialization.format": delimited.text("fields"),
        "escape.delim": delimited.text("escaped"),
        "line.delim": delimited.text("lines"),
        "serialization.null.format": delimited.text("null"),
    }
    return {name: value for name, value in parameters.items() if value}


def create_view(catalog: Catalog, tree: exp.Create, planned: Plan, query: str) -> TextResult:
    """Run a CREATE VIEW statement.

    :param catalog: databases and tables
    :param tree: the parsed statement
    :param planned: plan of the view's query
    :param query: SQL text of the view's query
    :raises QueryFailed: if a column has no name, or if a table with the name exists. Without OR REPLACE, also if a view
        with the name exists.
    """
    database, name = _target(catalog, tree)
    existing = catalog.find_table(database, name)
    if existing is not None and not (existing.is_view and tree.args.get("replace")):
        raise QueryFailed("", f"View already exists: awsdatacatalog.{database}.{name}", tree.this)
    check_names(planned.columns)
    unsupported = "Unsupported Hive type: timestamp(3) with time zone"
    check_zones(planned.columns, f"Invalid column type for column {{}}: {unsupported}")
    columns = [{"name": column.lower(), "type": athena_type(kind)} for column, kind in planned.columns]
    definition = {"originalSql": query, "catalog": "awsdatacatalog", "schema": catalog.database, "columns": columns}
    table_input: Dict = {
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"comment": "Presto View", "presto_view": "true"},
        "StorageDescriptor": {
            "Columns": [{"Name": column.lower(), "Type": hive_type(kind)} for column, kind in planned.columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "ViewOriginalText": _VIEW.format(base64.b64encode(json.dumps(definition).encode()).decode()),
        "ViewExpandedText": "/* Presto View */",
    }
    catalog.services.put_table(database, name, table_input if existing is None else {**existing.input, **table_input})
    return TextResult([])

"""What a query means before it is translated: its names, and the types of its values."""

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.language.mismatches import check_values
from moto_featurestore.athena.language.names import resolve
from moto_featurestore.athena.language.rewriting import NUMBER, Types


def check_types(tree: exp.Expr, tables: dict[str, list[Column]]) -> Types:
    """Refuse values of types that do not fit; gives the types of the query's parts, as far as they are known.

    :param tree: a query; it stays as it is, but that its parts are numbered
    :param tables: the columns of its tables, by their names there
    :raises QueryFailed: where types do not fit, or a column is none
    """
    for number, part in enumerate(tree.walk()):
        part.meta[NUMBER] = number
    annotated = resolve(tree, tables)
    check_values(annotated)
    return {node.meta[NUMBER]: node.type for node in annotated.walk() if NUMBER in node.meta and node.type is not None}

"""A SELECT's way: names to tables, checks, translation, types, and last of all the files."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from moto_featurestore.athena import information_schema
from moto_featurestore.athena.catalog import PATH, Catalog
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execute import bind
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.filesystem import Session
from moto_featurestore.athena.language.analysis import check_types
from moto_featurestore.athena.language.syntax import check_syntax
from moto_featurestore.athena.language.translate import column_name, to_duckdb
from moto_featurestore.athena.sources import Source, empty, source_of
from moto_featurestore.athena.types import quoted_name
from moto_featurestore.athena.views import view_of

_TOKEN = re.compile(r"Line (\d+), Col: (\d+)")


@dataclass
class Plan:
    """A query that is checked and translated, before any file is looked at."""

    tree: exp.Expr
    sql: str
    """DuckDB's SQL, with a mark in place of each table."""
    sources: dict[str, Source]
    """What the tables are, by their marks."""
    columns: list[tuple[str, Any]]
    """Names, and DuckDB's types."""
    with_path: bool

    def over_files(self, catalog: Catalog, session: Session) -> str:
        """The SQL over the tables' files, which the session may read from now on."""
        sql = self.sql
        for mark, source in self.sources.items():
            selected = source.select(catalog.lake, session.admit, with_path=self.with_path)
            sql = sql.replace(quoted_name(mark), f"({selected})")
        return sql


def parse(text: str) -> exp.Expr:
    """The one statement of a query's text.

    :raises QueryFailed: where it cannot be read, or is more than one
    """
    try:
        trees = [tree for tree in sqlglot.parse(text, read="athena") if tree is not None]
    except ParseError as error:
        raise _syntax_error(error) from None
    except SqlglotError as error:
        raise QueryFailed("SYNTAX_ERROR", str(error).partition("\n")[0]) from None
    if len(trees) != 1:
        raise QueryFailed("", f"Only one sql statement is allowed. Got: {text}")
    return trees[0]


def fill_in(tree: exp.Expr, parameters: list[str]) -> exp.Expr:
    """Put execution parameters, which are texts of literals, in place of question marks.

    :raises QueryFailed: where there are more or less of them, or one is no literal
    """
    marks = [node for node in tree.find_all(exp.Placeholder, bfs=False) if node.this is None]
    if len(marks) != len(parameters):
        reason = f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", reason)
    for mark, parameter in zip(marks, parameters, strict=True):
        select = parse(f"SELECT {parameter}")
        [value, *others] = select.expressions
        is_alone = not others and not any(
            select.args[part] for part in select.args if part not in ("kind", "expressions")
        )
        if not is_alone or not all(isinstance(node, _LITERALS) for node in value.walk()):
            raise QueryFailed("SYNTAX_ERROR", f"The execution parameter {parameter} is no literal")
        for node in value.walk():
            for key in ("line", "col", "start", "end"):
                node.meta.pop(key, None)  # they are of another text
        mark.replace(value)
    return tree


_LITERALS = (
    exp.Literal,
    exp.Neg,
    exp.Boolean,
    exp.Null,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Interval,
    exp.Var,
)


def _syntax_error(error: ParseError) -> QueryFailed:
    [first, *_] = error.errors
    place = (
        f"line {first['line']}:{max(first['col'] - len(first['highlight'] or '') + 1, 1)}: "
        if first.get("line")
        else ""
    )
    return QueryFailed("SYNTAX_ERROR", f"{place}mismatched input '{first['highlight'] or '<EOF>'}'")


def plan(
    cursor: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    tree: exp.Expr,
    text: str,
    given: Mapping[str, Source] = MappingProxyType({}),
) -> Plan:
    """Check and translate a query.

    :param text: the text that the tree was parsed from
    :param given: what names stand for that are none of the catalog's
    :raises QueryFailed: where Athena would not run it
    """
    check_syntax(tree, text)
    _expand_views(catalog, tree, given, depth=0)
    with_path = any(column.name == PATH for column in tree.find_all(exp.Column))
    now = datetime.now(UTC)
    sources = _mark_tables(cursor, catalog, tree, given, now)
    types = check_types(tree, {mark: source.columns for mark, source in sources.items()})
    if with_path:
        _hide_path(tree, sources)
    sql = to_duckdb(tree.copy(), types, now)
    without_rows = sql
    for mark, source in sources.items():
        without_rows = without_rows.replace(quoted_name(mark), f"({empty(source, with_path=with_path)})")
    try:
        columns = bind(cursor, without_rows)
    except duckdb.Error as error:
        raise failure(error, tree) from None
    named = [(column_name(name, place), kind) for place, (name, kind) in enumerate(columns)]
    return Plan(tree, sql, sources, named, with_path)


def _expand_views(catalog: Catalog, tree: exp.Expr, given: Mapping[str, Source], depth: int) -> None:
    """Put the query of each view in place of its name."""
    for node in _real_tables(tree):
        if node.name in given:
            continue
        *qualifiers, name = [part.name for part in node.parts]
        if information_schema.is_named(catalog, qualifiers):
            continue
        table = catalog.existing_table([*qualifiers, name.partition("$")[0]], node)
        if not table.is_view:
            continue
        if depth == _DEEPEST:
            raise QueryFailed("VIEW_IS_RECURSIVE", f"View '{table.database}.{table.name}' is nested too deeply", node)
        text, database = view_of(table)
        view = parse(text)
        check_syntax(view, text)
        for inner in _real_tables(view):
            if not inner.db:
                inner.set("db", exp.to_identifier(database))
        _expand_views(catalog, view, given, depth + 1)
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name.lower()))
        node.replace(exp.Subquery(this=view, alias=alias, joins=node.args.get("joins")))


_DEEPEST = 16


def _mark_tables(
    cursor: duckdb.DuckDBPyConnection, catalog: Catalog, tree: exp.Expr, given: Mapping[str, Source], now: datetime
) -> dict[str, Source]:
    """Put a mark, which no text of a user's can have, in place of each table's name."""
    secret, names = secrets.token_hex(8), _names(tree)
    sources: dict[str, Source] = {}
    marks: dict[str, str] = {}
    for node in _real_tables(tree):
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name.lower()))
        name = exp.Table(
            this=node.this, db=node.args.get("db"), catalog=node.args.get("catalog"), version=node.args.get("version")
        ).sql()
        if name not in marks:
            marks[name] = f"t{len(marks)}_{secret}"
            sources[marks[name]] = given.get(node.name) or source_of(cursor, catalog, node, now, names)
        kept = {part: node.args.get(part) for part in ("joins", "sample")}
        node.replace(exp.Table(this=exp.to_identifier(marks[name]), alias=alias, **kept))
    return sources


def _hide_path(tree: exp.Expr, marks: dict[str, Source]) -> None:
    """Let stars not stand for the pseudo column."""
    aliases = {table.alias for table in tree.find_all(exp.Table) if table.name in marks}
    for star in list(tree.find_all(exp.Star)):
        if isinstance(star.parent, exp.Select):
            star.replace(exp.Var(this=f"COLUMNS(lambda name: name <> '{PATH}')"))
        elif isinstance(star.parent, exp.Column) and star.parent.table in aliases:
            star.set("except_", [exp.to_identifier(PATH, quoted=True)])


def _real_tables(tree: exp.Expr) -> list[exp.Table]:
    """The tables that are no names of WITH."""
    return [table for table in tree.find_all(exp.Table) if table.db or not _is_of_with(table)]


def _is_of_with(table: exp.Table) -> bool:
    """Whether a name is one of a WITH around it: of the main query's all of them, of each of them those before it."""
    name = table.name.lower()
    inner: exp.Expr = table
    while (outer := inner.parent) is not None:
        if isinstance(outer, exp.With):
            known = outer.expressions[: (inner.index or 0) + bool(outer.args.get("recursive"))]
        else:
            clause = outer.args.get("with_")
            known = [] if clause is None or clause is inner else clause.expressions
        if any(query.alias.lower() == name for query in known):
            return True
        inner = outer
    return False


def _names(tree: exp.Expr) -> frozenset[str] | None:
    """The names in a query, in lower case, of which its columns are some; None where it asks for all columns."""
    for node in tree.find_all(exp.Star, exp.Join):
        if node.args.get("method") == "NATURAL" or (
            isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count)
        ):
            return None
    return frozenset(node.name.lower() for node in tree.find_all(exp.Identifier))

"""Planning of a query: find the tables, check and translate the SQL, and find the result's types. Reads no rows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import duckdb
from sqlglot import exp

from moto_featurestore.athena.catalog import CATALOG, PATH, Catalog, view_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Connection, Run, bind
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.filesystem import Session
from moto_featurestore.athena.language.analysis import Lengths, check_types
from moto_featurestore.athena.language.dialect import parse_query
from moto_featurestore.athena.language.translate import column_name, to_duckdb, written_name
from moto_featurestore.athena.language.unsupported import check_syntax
from moto_featurestore.athena.sources import Source, empty, is_information_schema, source_of
from moto_featurestore.athena.types import column_info, column_info_of, quoted_name


@dataclass
class Plan:
    """A checked and translated query, before it reads any file."""

    tree: exp.Expr
    sql: str
    """The DuckDB SQL. In place of each table name, it contains a marker, which is a generated name."""
    sources: dict[str, Source]
    """A dict from marker to the source of the table's rows."""
    columns: list[tuple[str, Any]]
    """The name and the DuckDB type of each result column."""
    with_path: bool
    lengths: Lengths
    """For each result column, its type and length if it is varchar(n) or char(n), otherwise None."""

    @property
    def column_info(self) -> list[dict[str, Any]]:
        """The ``ColumnInfo`` structure of each result column."""
        columns = zip(self.columns, self.lengths, strict=True)
        return [
            column_info(name, kind) if length is None else column_info_of(name, *length)
            for (name, kind), length in columns
        ]

    def over_files(self, catalog: Catalog, session: Session) -> str:
        """Return the SQL of the query. Replace each marker by a SELECT that reads the rows of its source.

        :param catalog: databases and tables
        :param session: the query's session, which gets access to the files
        """
        sql = self.sql
        for mark, source in self.sources.items():
            selected = source.select(catalog.services, session.admit, with_path=self.with_path)
            sql = sql.replace(quoted_name(mark), f"({selected})")
        return sql


def fill_in(tree: exp.Expr, parameters: list[exp.Expr]) -> exp.Expr:
    """Replace the question marks of a query by values, and return the query.

    :param parameters: the values; if the query has no question mark, they are ignored
    :raises QueryFailed: if the query has question marks, but not as many as there are values
    """
    marks = [node for node in tree.find_all(exp.Placeholder, bfs=False) if node.this is None]
    if marks and len(marks) != len(parameters):
        reason = f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", reason)
    for mark, value in zip(marks, parameters, strict=False):
        for node in value.walk():
            for key in ("line", "col", "start", "end"):
                node.meta.pop(key, None)  # these positions refer to the text of the parameter, not of the query
        mark.replace(value)
    return tree


def parameter(text: str) -> exp.Expr:
    """Parse an execution parameter.

    If the text is an SQL expression without names, such as ``1``, return the expression. Otherwise return the text as a
    string literal. https://github.com/aoyagikouhei/athena-local (docs/parameters.md) measured this rule on Athena.
    """
    try:
        [value] = values_of(f"({text}\n)")
    except (QueryFailed, ValueError):
        return exp.Literal.string(text)
    if value.find(exp.Identifier, exp.Placeholder) is not None:
        return exp.Literal.string(text)
    while isinstance(value, exp.Paren):
        value = value.this
    return value


def values_of(text: str) -> list[exp.Expr]:
    """Parse a comma-separated list of SQL expressions.

    :raises QueryFailed: if the text is not a list of expressions
    """
    select = parse_query(f"SELECT {text}")
    clauses = select.args.keys() - {"expressions", "kind"}
    if not isinstance(select, exp.Select) or any(select.args[clause] for clause in clauses):
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{text}'. Expecting: <expression>")
    for value in select.expressions:
        if isinstance(value, exp.Alias | exp.Star):
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{value.sql(dialect='athena')}'")
    return list(select.expressions)


def plan(running: Run, tree: exp.Expr, text: str, extra_sources: Mapping[str, Source] = MappingProxyType({})) -> Plan:
    """Check and translate a query. Do not run it.

    :param running: the running statement
    :param tree: the parsed query
    :param text: the text from which the tree was parsed
    :param extra_sources: dict from table name to source, for tables that are not in the catalog
    :raises QueryFailed: if Athena would reject the query
    """
    cursor, catalog, now = running.cursor, running.catalog, running.query.moment
    check_syntax(tree, text)
    name_tables_alone(catalog, tree)
    _expand_views(catalog, tree, extra_sources, depth=0)
    with_path = any(column.name == PATH for column in tree.find_all(exp.Column))
    sources = _mark_tables(cursor, catalog, tree, extra_sources, now)
    types, lengths = check_types(tree, {mark: source.columns for mark, source in sources.items()})
    if with_path:
        _exclude_path(tree, sources)
    sql, kinds = to_duckdb(tree.copy(), types, now)
    without_rows = sql
    for mark, source in sources.items():
        without_rows = without_rows.replace(quoted_name(mark), f"({empty(source, with_path=with_path)})")
    try:
        columns = bind(cursor, without_rows)
    except duckdb.Error as error:
        raise failure(error, tree) from None
    if isinstance(tree, exp.Values):  # VALUES has no column names
        columns = [(f"_col{place}", kind) for place, (_, kind) in enumerate(columns)]
    named = [(column_name(name, place), kind) for place, (name, kind) in enumerate(columns)]
    lengths = lengths if len(lengths) == len(named) else [None] * len(named)
    texts: Lengths = [(kinds[place], 3) if place in kinds else length for place, length in enumerate(lengths)]
    return Plan(tree, sql, sources, named, with_path, texts)


def name_tables_alone(catalog: Catalog, tree: exp.Expr) -> None:
    """Shorten each column name that contains a database, such as ``db.t.a``, to the table's alias and the column name.

    If a FROM clause contains two tables with the same name, give the second table a generated alias.
    """
    for select in tree.find_all(exp.Select):
        names: set[str] = set()
        for table in _tables_of(select):
            if not table.alias and table.name.lower() in names:
                alias = f"moto_featurestore_{len(names)}_{table.name.lower()}"
                table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
                table.meta[_OWN_ALIAS] = True
            names.add(table.alias_or_name.lower())
    for column in [column for column in tree.find_all(exp.Column) if column.args.get("db")]:
        _shorten(catalog, column)


_OWN_ALIAS = "moto_featurestore_alias"
"""The key in a table's ``meta`` that marks its alias as generated, not written by the user."""


_CHANGES = (exp.Delete, exp.Merge, exp.Update)


def _tables_of(scope: exp.Expr) -> list[exp.Table]:
    """Return the tables in FROM and JOIN of a SELECT, or the tables that a DELETE, UPDATE or MERGE names, in order."""
    if isinstance(scope, _CHANGES):
        return [table for table in (scope.this, scope.args.get("using")) if isinstance(table, exp.Table)]
    select = scope
    clauses = [select.args.get("from_"), *(select.args.get("joins") or ())]
    relations = [clause.this for clause in clauses if clause is not None]
    nested = [join.this for relation in relations for join in relation.args.get("joins") or ()]
    return [relation for relation in [*relations, *nested] if isinstance(relation, exp.Table)]


def _shorten(catalog: Catalog, column: exp.Column) -> None:
    parts = column.parts
    scope: exp.Expr = column
    while scope.parent is not None:
        scope = scope.parent
        for table in _tables_of(scope):
            if table.alias and not table.meta.get(_OWN_ALIAS):
                continue
            full = [table.catalog or CATALOG, table.db or catalog.database, table.name]
            for count in (3, 2):
                named = [part.name.lower() for part in parts[:count]]
                if len(parts) > count and named == [name.lower() for name in full[-count:]]:
                    rest = [exp.to_identifier(table.alias_or_name, quoted=True), *parts[count:]]
                    column.replace(_column(rest, column))
                    return


def _column(parts: list[exp.Expr], old: exp.Column) -> exp.Column:
    names = ("this", "table", "db", "catalog")
    new = exp.Column(**dict(zip(names, reversed(parts), strict=False)))
    new.meta.update(old.meta)
    return new


def _expand_views(catalog: Catalog, tree: exp.Expr, extra_sources: Mapping[str, Source], depth: int) -> None:
    """Replace the name of each view by the view's query.

    :param depth: number of views that contain ``tree``
    """
    for node in _real_tables(tree):
        if node.name in extra_sources:
            continue
        *qualifiers, name = [part.name for part in node.parts]
        if is_information_schema(catalog, qualifiers):
            continue
        table = catalog.existing_table([*qualifiers, name.partition("$")[0]], node)
        if not table.is_view:
            continue
        if depth == _DEEPEST:
            raise QueryFailed("VIEW_IS_RECURSIVE", f"View '{table.database}.{table.name}' is nested too deeply", node)
        text, database = view_of(table)
        view = parse_query(text)
        check_syntax(view, text)
        name_tables_alone(Catalog(catalog.services, database), view)
        for inner in _real_tables(view):
            if not inner.db:
                inner.set("db", exp.to_identifier(database))
        _expand_views(catalog, view, extra_sources, depth + 1)
        _fold_names(view)
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name.lower()))
        node.replace(exp.Subquery(this=view, alias=alias, joins=node.args.get("joins")))


_DEEPEST = 16


def _fold_names(view: exp.Expr) -> None:
    """Convert the column names of a view's query to lower case, because Glue stores them in lower case."""
    select = view
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    for projection in select.expressions if isinstance(select, exp.Select) else ():
        if isinstance(projection, exp.Alias):
            projection.set("alias", exp.to_identifier(projection.alias.lower(), quoted=True))
        elif name := written_name(projection):
            projection.replace(exp.alias_(projection.copy(), name.lower(), quoted=True))


def _mark_tables(
    cursor: Connection,
    catalog: Catalog,
    tree: exp.Expr,
    extra_sources: Mapping[str, Source],
    now: datetime,
) -> dict[str, Source]:
    """Replace each table name in a query by a random marker, which cannot occur in the user's SQL.

    Return a dict from marker to the source of the table's rows. A source in ``extra_sources`` has priority over the
    catalog.
    """
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
            sources[marks[name]] = extra_sources.get(node.name) or source_of(cursor, catalog, node, now, names)
        modifiers = {part: node.args.get(part) for part in ("joins", "sample")}
        node.replace(exp.Table(this=exp.to_identifier(marks[name]), alias=alias, **modifiers))
    return sources


def _exclude_path(tree: exp.Expr, marks: dict[str, Source]) -> None:
    """Change each ``*`` in a query so that it does not include the pseudo column ``$path``.

    :param marks: dict whose keys are the markers of the query's tables
    """
    aliases = {table.alias for table in tree.find_all(exp.Table) if table.name in marks}
    for star in list(tree.find_all(exp.Star)):
        if isinstance(star.parent, exp.Select):
            star.replace(exp.Var(this=f"COLUMNS(lambda name: name <> '{PATH}')"))
        elif isinstance(star.parent, exp.Column) and star.parent.table in aliases:
            star.set("except_", [exp.to_identifier(PATH, quoted=True)])


def _real_tables(tree: exp.Expr) -> list[exp.Table]:
    """Return the table names in a query, except names that a WITH clause defines."""
    return [table for table in tree.find_all(exp.Table) if table.db or not _is_cte(table)]


def _is_cte(table: exp.Table) -> bool:
    """Return True if an enclosing WITH clause defines the table name.

    The main query can use all names of its WITH clause. A query in the WITH clause can use only preceding names.
    """
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
    """Return all identifiers in a query, in lower case, or None if the query selects all columns of a table."""
    if any(join.method == "NATURAL" for join in tree.find_all(exp.Join)) or any(
        map(_selects_columns, tree.find_all(exp.Star))
    ):
        return None
    return frozenset(node.name.lower() for node in tree.find_all(exp.Identifier))


def _selects_columns(star: exp.Star) -> bool:
    """Return True if a star selects columns, unlike the star in ``count(*)`` or ``EXISTS (SELECT * ...)``."""
    outer = star.parent.parent if isinstance(star.parent, exp.Select) else star.parent
    return not isinstance(outer, exp.Count | exp.Exists)

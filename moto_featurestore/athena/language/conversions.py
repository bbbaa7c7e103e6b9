"""Generation of DuckDB SQL that converts a value to text or JSON, casts the value, or compares two values.

The functions take DuckDB SQL for a value, and the value's type as a sqlglot type. They return DuckDB SQL. For arrays,
maps and rows, they call themselves with the types of the elements. The number ``depth`` makes the names of the lambda
parameters unique: the outermost lambda uses ``e0``, the next ``e1``.

- Text in results: https://docs.aws.amazon.com/athena/latest/ug/querying.html shows ``[1, 2]`` and ``{a=1}``.
- JSON: https://trino.io/docs/current/functions/json.html#cast-to-json
- Details: Trino's tests TestJsonOperators, TestArrayOperators, TestMapOperators and TestRowOperators in
  https://github.com/trinodb/trino.
"""

import json
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.language.type_families import (
    ARRAYS,
    BINARIES,
    BOOLEANS,
    DATES,
    DECIMALS,
    FLOATS,
    INTERVALS,
    JSON,
    MAPS,
    NESTED,
    ROWS,
    TEXTS,
    TIMES,
    TIMESTAMPS,
    WHOLE_NUMBERS,
    ZONED,
    ZONED_TIMES,
    digits_of,
    field_names,
    fields_of,
    inner_types,
    is_one_of,
    trino_type,
)
from moto_featurestore.athena.types import quoted_name, quoted_text

_Macros = tuple[tuple[frozenset[DType], str], ...]


@dataclass(frozen=True)
class Form:
    """A text format for values, such as the format of results or JSON."""

    macros: _Macros
    """Pairs of (types, macro that converts their values to text). For all other types, DuckDB's text is correct."""
    comma: str
    is_json: bool = False


_COMMON: _Macros = (
    (FLOATS, "athena_double"),
    (TIMESTAMPS, "athena_timestamp"),
    (ZONED, "athena_zoned"),
    (TIMES, "athena_time"),
    (INTERVALS, "athena_interval"),
)
RESULT = Form((*_COMMON, (BINARIES, "athena_binary")), ", ")
TEXT = Form((*_COMMON, (JSON, "athena_json_text")), ", ")
JSON_TEXT = Form(
    ((TEXTS | DATES, "athena_json_string"), (FLOATS, "athena_json_double"), (TIMESTAMPS, "athena_json_timestamp")),
    ",",
    is_json=True,
)
_CASTS = (
    (WHOLE_NUMBERS, FLOATS, "athena_rounded"),
    (WHOLE_NUMBERS, TEXTS, "athena_whole_text"),
    (WHOLE_NUMBERS, JSON, "athena_json_whole"),
    (BOOLEANS, TEXTS, "athena_boolean_text"),
    (BOOLEANS, JSON, "athena_json_boolean"),
    (FLOATS | DECIMALS, JSON, "athena_json_number"),
    (DECIMALS, FLOATS, "athena_text"),  # via the shortest decimal text of the double, like Java's BigDecimal.valueOf()
    (DATES, TEXTS, "athena_date_text"),
    (TIMESTAMPS, TEXTS, "athena_timestamp_text"),
)
"""Casts whose result differs in DuckDB: (target types, source types, macro to apply to the value before the cast)."""


def written(value: str, kind: exp.DataType, form: Form, depth: int = 0) -> str:
    """Return SQL that converts a value to text in the format ``form``.

    :param value: SQL of the value
    :param kind: type of the value
    :param depth: number of enclosing lambdas in the SQL
    """
    element, comma = f"e{depth}", quoted_text(form.comma)

    def part(inner: str, inner_kind: exp.DataType) -> str:
        return f"coalesce({written(inner, inner_kind, form, depth + 1)}, 'null')"

    if is_one_of(kind, ARRAYS):
        texts = f"list_transform({value}, lambda {element}: {part(element, kind.expressions[0])})"
        return f"'[' || array_to_string({texts}, {comma}) || ']'"
    if is_one_of(kind, MAPS):
        key, mapped = kind.expressions
        if form.is_json:
            name = f"athena_json_string({written(f'{element}.key', key, TEXT, depth + 1)}) || ':'"
        else:
            name = f"{part(f'{element}.key', key)} || '='"
        pair = f"struct_pack(k := {name}, v := {part(f'{element}.value', mapped)})"
        pairs = f"list_transform(map_entries({value}), lambda {element}: {pair})"
        sorted_pairs = f"list_sort({pairs})" if form.is_json else pairs
        texts = f"list_transform({sorted_pairs}, lambda {element}: {element}.k || {element}.v)"
        return f"'{{' || array_to_string({texts}, {comma}) || '}}'"
    if is_one_of(kind, ROWS):
        fields = [
            f"{_label(name, place, form)} || {part(_field(value, place), field)}"
            for place, (name, field) in enumerate(zip(field_names(kind), fields_of(kind), strict=True))
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN '{{' || {f' || {comma} || '.join(fields)} || '}}' END"
    return _called(value, leaf_macro(kind, form))


def _label(name: str | None, place: int, form: Form) -> str:
    """Return an SQL literal with the label of a field of a ROW value: ``a=`` in text, ``"a":`` in JSON.

    :param name: name of the field, or None. Without a name, the label is, for example, ``field0=`` in text, and ``"":``
        in JSON.
    :param place: position of the field, from 0
    """
    if form.is_json:
        return quoted_text(f"{json.dumps(name or '', ensure_ascii=False)}:")
    return quoted_text(f"{f'field{place}' if name is None else name}=")


def _field(value: str, place: int) -> str:
    return f"struct_extract_at({value}, {place + 1})"


def leaf_macro(kind: exp.DataType, form: Form) -> list[str]:
    """Return the macro that converts a value to text, as a list: its name, and its arguments after the value.

    :param kind: type of the value; it must not be an array, map or row
    """
    if kind.this == DType.DECIMAL and len(set(digits_of(kind) or (0, 1))) == 1:
        return ["athena_fraction"]  # adds the zero before the decimal point, which DuckDB omits
    digits = [part.name for part in kind.expressions] if is_one_of(kind, TIMES) else []
    return [next((macro for kinds, macro in form.macros if is_one_of(kind, kinds)), "athena_text"), *digits]


def _called(value: str, macro: list[str]) -> str:
    name, *arguments = macro
    return f"{name}({', '.join([value, *arguments])})"


def converted(value: str, source: exp.DataType, target: exp.DataType, depth: int = 0) -> str:
    """Return SQL that casts a value from the type ``source`` to the type ``target``, with the same result as Trino.

    :param value: SQL of the value
    :param depth: number of enclosing lambdas in the SQL
    """
    return f"CAST({_prepared(value, source, target, depth)} AS {duckdb_type(target)})"


def _prepared(value: str, source: exp.DataType, target: exp.DataType, depth: int) -> str:
    """Return SQL that changes a value so that DuckDB's cast to ``target`` then returns Trino's result.

    :param value: SQL of the value
    :param depth: number of enclosing lambdas in the SQL
    """
    if is_one_of(target, JSON) and is_one_of(source, NESTED):
        return written(value, source, JSON_TEXT, depth)
    if is_one_of(source, JSON) and is_one_of(target, NESTED):
        return _from_json(value, target, depth)
    if not is_one_of(source, NESTED):
        for macro in leaf_calls(source, target):
            value = _called(value, macro)
        return value
    element, kinds = f"e{depth}", list(zip(inner_types(source), inner_types(target), strict=True))
    if is_one_of(target, ARRAYS):
        part = _prepared(element, *kinds[0], depth + 1)
        return value if part == element else f"list_transform({value}, lambda {element}: {part})"
    if is_one_of(target, MAPS):
        names = (f"{element}.key", f"{element}.value")
        parts = [converted(name, *pair, depth + 1) for name, pair in zip(names, kinds, strict=True)]
        entries = f"list_transform(map_entries({value}), lambda {element}: row({', '.join(parts)}))"
        return f"map_from_entries({entries})"
    parts = [converted(_field(value, place), *pair, depth) for place, pair in enumerate(kinds)]
    return f"CASE WHEN {value} IS NOT NULL THEN row({', '.join(parts)}) END"


def leaf_calls(source: exp.DataType, target: exp.DataType) -> list[list[str]]:
    """Return the macros to apply to a value before DuckDB's cast, so that the cast returns Trino's result.

    ``source`` and ``target`` must not be arrays, maps or rows. Each macro is a list: its name, and its arguments after
    the value.
    """
    if is_one_of(target, JSON):
        return [] if is_one_of(source, JSON) else [leaf_macro(source, JSON_TEXT)]
    if not is_one_of(target, TEXTS):
        name = [quoted_text(trino_type(target))] if is_one_of(source, JSON) else []
        return [[macro, *name] for to, of, macro in _CASTS if is_one_of(target, to) and is_one_of(source, of)]
    is_text = is_one_of(source, TEXTS)
    calls = [] if is_text else [leaf_macro(source, TEXT)]
    if target.expressions:
        length = target.expressions[0].name
        calls.append(["left" if is_text else "athena_fitting", length])
        calls += [["athena_padded", length]] if target.this == DType.CHAR else []
    return calls


def _from_json(value: str, target: exp.DataType, depth: int) -> str:
    """Return SQL that casts a JSON value to an array, map or row.

    :param value: SQL of the value
    :param depth: number of enclosing lambdas in the SQL
    """
    element, json_type, name = f"e{depth}", exp.DataType(this=DType.JSON), quoted_text(trino_type(target))
    if is_one_of(target, ARRAYS):
        part = converted(element, json_type, target.expressions[0], depth + 1)
        return f"list_transform(athena_json_elements({value}, {name}), lambda {element}: {part})"
    if is_one_of(target, MAPS):
        key = converted(f"{element}.key", exp.DataType(this=DType.VARCHAR), target.expressions[0], depth + 1)
        mapped = converted(f"{element}.value", json_type, target.expressions[1], depth + 1)
        entries = f"map_entries(athena_json_entries({value}, {name}))"
        return f"map_from_entries(list_transform({entries}, lambda {element}: row({key}, {mapped})))"
    names = "[" + ", ".join(quoted_text((name or "").lower()) for name in field_names(target)) + "]"
    fields = [
        converted(f"{element}[{place}]", json_type, field, depth + 1)
        for place, field in enumerate(fields_of(target), 1)
    ]
    row = f"CASE WHEN {element} IS NOT NULL THEN row({', '.join(fields)}) END"
    return f"list_transform([athena_json_fields({value}, {names}, {name})], lambda {element}: {row})[1]"


def equal(left: str, right: str, kind: exp.DataType, depth: int = 0) -> str:
    """Return SQL for ``left = right``, where both are SQL of values of the type ``kind``.

    The SQL returns null if an element or field is null, and all other elements and fields are equal.

    :param depth: number of enclosing lambdas in the SQL
    """
    element = f"e{depth}"
    if is_one_of(kind, ARRAYS):
        part = equal(f"{element}[1]", f"{element}[2]", kind.expressions[0], depth + 1)
        tests = f"list_transform(list_zip({left}, {right}), lambda {element}: {part})"
        is_null = f"{left} IS NULL OR {right} IS NULL"
        return f"CASE WHEN {is_null} THEN NULL WHEN len({left}) <> len({right}) THEN false ELSE athena_all({tests}) END"
    if is_one_of(kind, MAPS):
        part = equal(f"{element}.value", f"({right})[{element}.key]", kind.expressions[1], depth + 1)
        tests = f"list_transform(map_entries({left}), lambda {element}: {part})"
        is_null = f"{left} IS NULL OR {right} IS NULL"
        return f"CASE WHEN {is_null} THEN NULL WHEN athena_other_keys({left}, {right}) THEN false ELSE athena_all({tests}) END"
    if is_one_of(kind, ROWS):
        parts = [
            equal(_field(left, place), _field(right, place), field, depth)
            for place, field in enumerate(fields_of(kind))
        ]
        return f"({' AND '.join(parts)})"
    test = f"{left} = {right}"
    return f"({test} AND NOT isnan({left}))" if is_one_of(kind, FLOATS) else f"({test})"


def has_map(kind: exp.DataType) -> bool:
    """Return True if a type is a map or contains one."""
    return is_one_of(kind, MAPS) or (is_one_of(kind, NESTED) and any(map(has_map, inner_types(kind))))


def canonical(value: str, kind: exp.DataType, depth: int = 0) -> str:
    """Return SQL for a value in which the entries of each map are sorted by key.

    :param value: SQL of the value
    :param kind: type of the value
    :param depth: number of enclosing lambdas in the SQL
    """
    element = f"e{depth}"
    if not has_map(kind):
        return value
    if is_one_of(kind, ARRAYS):
        return f"list_transform({value}, lambda {element}: {canonical(element, kind.expressions[0], depth + 1)})"
    if is_one_of(kind, MAPS):
        names = (f"{element}.key", f"{element}.value")
        parts = [canonical(name, part, depth + 1) for name, part in zip(names, kind.expressions, strict=True)]
        entries = f"list_transform(map_entries({value}), lambda {element}: row({', '.join(parts)}))"
        return f"map_from_entries(list_sort({entries}))"
    fields = [canonical(_field(value, place), field, depth) for place, field in enumerate(fields_of(kind))]
    return f"CASE WHEN {value} IS NOT NULL THEN row({', '.join(fields)}) END"


def duckdb_type(kind: exp.DataType) -> str:
    """Return DuckDB's name for a sqlglot type."""
    if is_one_of(kind, ARRAYS):
        return f"{duckdb_type(kind.expressions[0])}[]"
    if is_one_of(kind, MAPS):
        return f"MAP({', '.join(map(duckdb_type, kind.expressions))})"
    if is_one_of(kind, ROWS):
        names = [f"field{place}" if name is None else name for place, name in enumerate(field_names(kind))]
        fields = zip(names, fields_of(kind), strict=True)
        return f"STRUCT({', '.join(f'{quoted_name(name)} {duckdb_type(field)}' for name, field in fields)})"
    for kinds, name in (
        (TIMESTAMPS, "TIMESTAMP"),
        (ZONED, "TIMESTAMPTZ"),
        (ZONED_TIMES, "TIMETZ"),
        (TIMES, "TIME"),
        (TEXTS, "VARCHAR"),
    ):
        if is_one_of(kind, kinds):
            return name
    if is_one_of(kind, DECIMALS) and not kind.expressions:
        return "DECIMAL(38, 0)"  # Trino's default; DuckDB's is decimal(18, 3)
    return "INTERVAL" if is_one_of(kind, INTERVALS) else kind.sql(dialect="duckdb")

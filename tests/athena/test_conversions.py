"""Texts, JSON and equality of random typed values, compared with a small reference that follows Trino's documentation.

https://trino.io/docs/current/functions/json.html#cast-to-json,
https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double- (numbers), and
https://github.com/trinodb/trino, TestArrayOperators, TestMapOperators and TestRowOperators (equality).
"""

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from moto_featurestore.athena.language.type_families import common_type


class Type(NamedTuple):
    """A type: its name in Athena, and its elements, keys and values, or fields."""

    name: str
    inner: tuple["Type", ...] = ()
    names: tuple[str, ...] = ()

    @property
    def sql(self):
        inner = [part.sql for part in self.inner]
        if self.name == "row":
            inner = [" ".join(pair).strip() for pair in zip(self.names or [""] * len(inner), inner, strict=True)]
        return f"{self.name}({', '.join(inner)})" if inner else self.name


EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
INTEGERS = {"tinyint": 7, "smallint": 15, "integer": 31, "bigint": 63}
SCALARS = (
    "boolean",
    *INTEGERS,
    "real",
    "double",
    "decimal(9,3)",
    "decimal(2,2)",
    "varchar",
    "date",
    "timestamp",
    "json",
)
KEYS = ("boolean", "integer", "double", "decimal(9,3)", "varchar")
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5) | st.sampled_from(
    ['"', "\\", "'", "\n", "null"]
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def collections(draw, inner):
    shape = draw(st.sampled_from(("array", "map", "row", "unnamed")))
    if shape == "array":
        return Type("array", (draw(inner),))
    if shape == "map":
        return Type("map", (Type(draw(st.sampled_from(KEYS))), draw(inner)))
    parts = tuple(draw(st.lists(inner, min_size=1, max_size=2)))
    return Type("row", parts, tuple("ab"[: len(parts)]) if shape == "row" else ())


LEAVES = st.sampled_from(SCALARS).map(Type)
TYPES = collections(LEAVES | collections(LEAVES))


def values_of(kind, *, is_key=False, has_nulls=True):
    """Return the values of a type."""
    match kind.name:
        case "array":
            values = st.lists(values_of(kind.inner[0]), max_size=3)
        case "map":
            key, mapped = values_of(kind.inner[0], is_key=True), values_of(kind.inner[1])
            values = st.lists(st.tuples(key, mapped), max_size=3, unique_by=lambda pair: text(pair[0], kind.inner[0]))
        case "row":
            values = st.tuples(*map(values_of, kind.inner))
        case _:
            values = scalars_of(kind.name, is_key=is_key)
    return values if is_key or not has_nulls else values | st.none()


def scalars_of(name, *, is_key):  # noqa: PLR0911 - one for each type
    match name:
        case "boolean":
            return st.booleans()
        case "real":
            return st.floats(width=32)
        case "double":
            return st.floats(allow_nan=False).map(lambda x: x + 0.0) if is_key else st.floats()
        case "decimal(9,3)":
            return st.decimals(-999999, 999999, places=3)
        case "decimal(2,2)":
            return st.decimals(Decimal("-0.99"), Decimal("0.99"), places=2)
        case "varchar":
            return TEXTS
        case "date":
            return st.dates(date(1000, 1, 1))
        case "timestamp":
            seconds = st.integers(-(10**10), 10**11)
            return seconds.map(lambda number: (EPOCH + timedelta(milliseconds=number)).replace(tzinfo=None))
        case "json":
            return DOCUMENTS
    limit = 2 ** INTEGERS[name]
    return st.integers(-limit, limit - 1)


def quoted(value):
    return "'" + value.replace("'", "''") + "'"


def sql(value, kind):
    """Return the SQL of a value."""
    if value is None:
        return f"CAST(NULL AS {kind.sql})"
    match kind.name:
        case "array":
            written = f"ARRAY[{', '.join(sql(element, kind.inner[0]) for element in value)}]"
        case "map":
            sides = [[sql(pair[side], kind.inner[side]) for pair in value] for side in (0, 1)]
            written = f"MAP(ARRAY[{', '.join(sides[0])}], ARRAY[{', '.join(sides[1])}])"
        case "row":
            written = f"ROW({', '.join(map(sql, value, kind.inner))})"
        case "json":
            return f"JSON {quoted(json.dumps(value))}"
        case "varchar":
            return quoted(value)
        case "date" | "timestamp":
            return f"{kind.name} '{value}'"
        case _:
            written = quoted(str(value).replace("inf", "Infinity").replace("nan", "NaN").lower())
    return f"CAST({written} AS {kind.sql})"


def number_text(digits, exponent, *, is_negative):
    """Return a number as Java writes it: without an exponent from 1e-3 to below 1e7.

    :param digits: the significant digits
    :param exponent: the power of ten of the first digit
    """
    sign = "-" if is_negative else ""
    if not -3 <= exponent < 7:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :] or '0'}"


def float_text(value, kind):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    exact = np.float32(value) if kind.name == "real" else np.float64(value)
    mantissa, _, exponent = np.format_float_scientific(exact, unique=True).partition("e")
    digits = mantissa.lstrip("-").replace(".", "").rstrip("0")
    is_negative = math.copysign(1, value) < 0
    return number_text(digits or "0", int(exponent), is_negative=is_negative)


def text(value, kind):  # noqa: PLR0911 - one for each type
    """Return the text of a value in results."""

    def part(inner, inner_kind):
        return "null" if inner is None else text(inner, inner_kind)

    if value is None:
        return None
    match kind.name:
        case "array":
            return f"[{', '.join(part(element, kind.inner[0]) for element in value)}]"
        case "map":
            return "{" + ", ".join("=".join(map(part, pair, kind.inner)) for pair in value) + "}"
        case "row":
            names = kind.names or [f"field{place}" for place in range(len(value))]
            return "{" + ", ".join(map("=".join, zip(names, map(part, value, kind.inner), strict=True))) + "}"
        case "boolean":
            return str(value).lower()
        case "real" | "double":
            return float_text(value, kind)
        case "timestamp":
            return value.isoformat(" ", "milliseconds")
        case "json":
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def json_text(value, kind):  # noqa: PLR0911 - one for each type
    """Return the JSON of a value."""
    if value is None:
        return "null"
    match kind.name:
        case "array":
            return f"[{','.join(json_text(element, kind.inner[0]) for element in value)}]"
        case "map":
            pairs = sorted((text(key, kind.inner[0]), json_text(mapped, kind.inner[1])) for key, mapped in value)
            return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{mapped}" for key, mapped in pairs) + "}"
        case "row":
            names = kind.names or [""] * len(value)
            return (
                "{"
                + ",".join(
                    f'"{name}":{json_text(*field)}' for name, *field in zip(names, value, kind.inner, strict=True)
                )
                + "}"
            )
        case "varchar" | "date" | "timestamp":
            return json.dumps(text(value, kind), ensure_ascii=False)
        case "real" | "double" if not math.isfinite(value):
            return f'"{text(value, kind)}"'
    return text(value, kind)


def equal(left, right, kind):
    """Return True, False, or None if no parts differ and some are null."""
    if left is None or right is None:
        return None
    match kind.name:
        case "array" | "row":
            kinds = kind.inner * len(left) if kind.name == "array" else kind.inner
            tests = [len(left) == len(right), *map(equal, left, right, kinds)]
        case "map":
            others = {text(key, kind.inner[0]): mapped for key, mapped in right}
            keys = [text(key, kind.inner[0]) for key, _ in left]
            if set(keys) != set(others):
                return False
            tests = [equal(mapped, others[key], kind.inner[1]) for key, (_, mapped) in zip(keys, left, strict=True)]
        case "json":
            return text(left, kind) == text(right, kind)
        case "real" if not math.isnan(left):
            return np.float32(left) == np.float32(right)
        case _:
            return left == right
    return False if False in tests else None if None in tests else True


@st.composite
def pairs(draw):
    kind = draw(TYPES)
    left = draw(values_of(kind, has_nulls=False))
    right = draw(st.just(left) | values_of(kind))
    return kind, left, right


QUICK = settings(
    max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(columns=st.lists(pairs(), min_size=2, max_size=3))
def test_varchar_and_json_casts_and_equality_of_random_values_match_reference_functions(engine, columns):
    selected, expected = [], []
    for kind, left, right in columns:
        first, second = sql(left, kind), sql(right, kind)
        selected += [
            first,
            f"CAST({first} AS JSON)",
            f"transform(ARRAY[{first}], x -> CAST(x AS JSON))",
            f"{first} = {second}",
        ]
        document, test = json_text(left, kind), equal(left, right, kind)
        is_null = left is None
        expected += [
            text(left, kind),
            None if is_null else document,
            f"[{document}]",
            test if test is None else str(bool(test)).lower(),
        ]
    assert engine.rows(f"SELECT {', '.join(selected)}") == [expected]


def test_common_type_of_nulls_is_null():
    null = exp.DataType(this=exp.DataType.Type.NULL)
    assert common_type([null, null]) == null


def test_common_type_with_an_unknown_type_is_unknown():
    number = exp.DataType(this=exp.DataType.Type.INT)
    assert common_type([number, None]).this == exp.DataType.Type.UNKNOWN

"""The JSON path language of json_exists(), json_query() and json_value(), evaluated in Python.

https://trino.io/docs/current/functions/json.html#json-path-language documents the syntax and semantics.
https://github.com/trinodb/trino, PathEvaluationVisitor and PathPredicateEvaluationVisitor define the details.

A path is compiled to a function that takes a ``Scope`` and returns a list of JSON values. A predicate, such as
``@.a > 1``, is compiled to a function that takes a ``Scope`` and returns True, False or None (unknown).
"""

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count, product
from typing import Any

Items = list[Any]
Step = Callable[["Scope"], Items]
Predicate = Callable[["Scope"], bool | None]


class PathSyntaxError(ValueError):
    """The error for a text that is not a valid JSON path."""


class UnsupportedPathError(ValueError):
    """The error for a valid JSON path that this package does not support."""


class PathError(ValueError):
    """The error for a valid path whose evaluation fails, such as a missing member in strict mode."""


@dataclass
class Scope:
    """The values of ``$``, ``@``, ``last`` and the named variables while a path is evaluated."""

    root: Any
    variables: dict[str, Any]
    lax: bool
    """Whether arrays are unwrapped, and missing members ignored. If false, the mode is strict."""
    current: Any = None
    last: int = -1
    ids: Iterator[int] = field(default_factory=count)
    """The iterator of the ids that the JSON path method keyvalue() returns."""


@dataclass(frozen=True)
class Path:
    """A compiled path."""

    step: Step
    variables: frozenset[str]
    """The names of the variables in the path."""
    lax: bool

    def evaluate(self, root: Any, variables: dict[str, Any]) -> Items:
        """Return the JSON values that the path finds.

        :param root: JSON value of ``$``
        :param variables: dict from the name of each variable to its value
        :raises PathError: if the evaluation fails
        """
        return self.step(Scope(root, variables, self.lax))


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?P<text>"(?:[^"\\]|\\.|"")*")"""
    r"""|(?P<variable>\$[A-Za-z_]\w*)|(?P<word>[A-Za-z_]\w*)|(?P<sign>\.\.|==|<>|!=|<=|>=|&&|\|\||[-+*/%().,\[\]<>!?@$]))"""
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_CONSTANTS = {"true": True, "false": False, "null": None}


@lru_cache(256)
def compile_path(text: str) -> Path:
    """Compile a JSON path, such as ``lax $.a[*]``.

    :raises PathSyntaxError: if the text is not a JSON path
    :raises UnsupportedPathError: if the path calls a method that this package does not support
    """
    return _Parser(text).parse()


class _Parser:
    """A recursive-descent parser that compiles a path. Each method handles one level of operator precedence."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._place = text, list(_tokens(text)), 0
        self._names: set[str] = set()

    def parse(self) -> Path:
        mode = self._next()
        if mode not in (("word", "lax"), ("word", "strict")):
            raise PathSyntaxError(f"mismatched input '{mode[1]}' expecting {{'lax', 'strict'}}")
        step = self._sum()
        if self._place != len(self._tokens):
            raise PathSyntaxError(f"mismatched input '{self._next()[1]}' in '{self._text}'")
        return Path(step, frozenset(self._names), lax=mode[1] == "lax")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "<EOF>")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _accept(self, *texts: str) -> str | None:
        kind, text = self._peek()
        if kind in ("sign", "word") and text in texts:
            self._place += 1
            return text
        return None

    def _expect(self, text: str) -> None:
        if self._accept(text) is None:
            raise PathSyntaxError(f"mismatched input '{self._peek()[1]}' expecting '{text}'")

    def _sum(self) -> Step:
        step = self._product()
        while sign := self._accept("+", "-"):
            step = _arithmetic(sign, step, self._product())
        return step

    def _product(self) -> Step:
        step = self._signed()
        while sign := self._accept("*", "/", "%"):
            step = _arithmetic(sign, step, self._signed())
        return step

    def _signed(self) -> Step:
        if sign := self._accept("+", "-"):
            factor = -1 if sign == "-" else 1
            return _each(self._signed(), lambda item: factor * _number(item))
        return self._accessors()

    def _accessors(self) -> Step:
        step = self._primary()
        while sign := self._accept("..", ".", "[", "?"):
            if sign == "[":
                step = self._subscripts(step)
            elif sign == "?":
                self._expect("(")
                step = _filter(step, self._predicate())
                self._expect(")")
            elif sign == "..":
                step = _descendants(step, self._key())
            else:
                step = self._member_or_method(step)
        return step

    def _member_or_method(self, step: Step) -> Step:
        if self._accept("*"):
            return _members(step, None)
        is_word = self._peek()[0] == "word"
        key = self._key()
        if not is_word or not self._accept("("):
            return _members(step, key)
        self._expect(")")
        if key not in _METHODS:
            raise UnsupportedPathError(f"the JSON path method {key}()")
        return _METHODS[key](step)

    def _key(self) -> str:
        kind, text = self._next()
        if kind == "text":
            return _unquoted(text)
        if kind != "word":
            raise PathSyntaxError(f"mismatched input '{text}' in '{self._text}'")
        return text

    def _subscripts(self, step: Step) -> Step:
        if self._accept("*"):
            self._expect("]")
            return _elements(step, None)
        ranges = []
        while True:
            first = self._sum()
            ranges.append((first, self._sum() if self._accept("to") else first))
            if not self._accept(","):
                break
        self._expect("]")
        return _elements(step, ranges)

    def _primary(self) -> Step:
        kind, text = self._next()
        if kind == "variable":
            self._names.add(text[1:])
            return lambda scope: [scope.variables[text[1:]]]
        if kind in ("number", "text") or text in _CONSTANTS:
            constant = _constant(kind, text)
            return lambda _: [constant]
        if text == "$":
            return lambda scope: [scope.root]
        if text == "@":
            return lambda scope: [scope.current]
        if text == "last":
            return lambda scope: [scope.last]
        if text == "(":
            step = self._sum()
            self._expect(")")
            return step
        raise PathSyntaxError(f"mismatched input '{text}' in '{self._text}'")

    def _predicate(self) -> Predicate:
        left = self._conjunction()
        while self._accept("||"):
            left = _connected(left, self._conjunction(), decisive=True)
        return left

    def _conjunction(self) -> Predicate:
        left = self._negation()
        while self._accept("&&"):
            left = _connected(left, self._negation(), decisive=False)
        return left

    def _negation(self) -> Predicate:
        return _not(self._negation()) if self._accept("!") else self._condition()

    def _condition(self) -> Predicate:
        if self._accept("exists"):
            self._expect("(")
            step = self._sum()
            self._expect(")")
            return _exists(step)
        start = self._place
        if self._peek()[1] == "(" and (predicate := self._parenthesized()) is not None:
            return predicate
        self._place = start
        left = self._sum()
        if self._accept("starts"):
            self._expect("with")
            return _starts_with(left, self._sum())
        kind, sign = self._next()
        if kind != "sign" or sign not in _COMPARISONS:
            raise PathSyntaxError(f"mismatched input '{sign}' in '{self._text}'")
        return _comparison(sign, left, self._sum())

    def _parenthesized(self) -> Predicate | None:
        """Compile a predicate in parentheses. Return None if the parentheses contain a path instead."""
        self._expect("(")
        try:
            predicate = self._predicate()
            self._expect(")")
        except PathSyntaxError:
            return None
        if self._accept("is"):
            self._expect("unknown")
            return lambda scope: predicate(scope) is None
        return predicate


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise PathSyntaxError(f"unexpected character '{text[place:].lstrip()[:1]}' in '{text}'")
        assert match.lastgroup is not None
        yield match.lastgroup, match[match.lastgroup]
        place = match.end()


def _unquoted(text: str) -> str:
    return str(json.loads(text.replace('""', '\\"') if text != '""' else text))


def _constant(kind: str, text: str) -> Any:
    if kind == "text":
        return _unquoted(text)
    if kind == "number":
        return int(text) if text.isdigit() else float(text)
    return _CONSTANTS[text]


def _unwrapped(items: Items, *, lax: bool) -> Items:
    """If ``lax`` is true, replace each array by its elements. If not, return the items unchanged."""
    if not lax:
        return items
    return [part for item in items for part in (item if isinstance(item, list) else [item])]


def _type(item: Any) -> str:
    if isinstance(item, bool):
        return "boolean"
    names = {type(None): "null", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(item)]


def _wrong_type(expected: str, item: Any) -> PathError:
    return PathError(f"invalid item type. Expected: {expected}, actual: {_type(item).upper()}")


def _number(item: Any) -> Any:
    if _type(item) != "number":
        raise _wrong_type("NUMBER", item)
    return item


def _single_number(items: Items, *, lax: bool) -> Any:
    items = _unwrapped(items, lax=lax)
    if len(items) != 1:
        raise PathError("arithmetic binary expression requires singleton operands")
    return _number(items[0])


def _arithmetic(sign: str, left: Step, right: Step) -> Step:
    def evaluate(scope: Scope) -> Items:
        a, b = (_single_number(step(scope), lax=scope.lax) for step in (left, right))
        try:
            return [_OPERATORS[sign](a, b)]
        except ZeroDivisionError:
            raise PathError("Division by zero") from None

    return evaluate


def _divided(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return a / b


def _remainder(a: Any, b: Any) -> Any:
    return a - b * _divided(a, b) if isinstance(a, int) and isinstance(b, int) else math.fmod(a, b)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": _remainder,
}


def _each(step: Step, convert: Callable[[Any], Any]) -> Step:
    return lambda scope: [convert(item) for item in _unwrapped(step(scope), lax=scope.lax)]


def _members(step: Step, key: str | None) -> Step:
    """Compile ``.key``, which selects one member of each object that ``step`` finds.

    If ``key`` is None, compile ``.*``, which selects all members. If ``lax`` is false, a missing member is an error.
    """

    def evaluate(scope: Scope) -> Items:
        found: Items = []
        for item in _unwrapped(step(scope), lax=scope.lax):
            if not isinstance(item, dict):
                if not scope.lax:
                    raise _wrong_type("OBJECT", item)
            elif key is None:
                found += item.values()
            elif key in item:
                found.append(item[key])
            elif not scope.lax:
                raise PathError(f"missing member '{key}' in JSON object")
        return found

    return evaluate


def _descendants(step: Step, key: str) -> Step:
    def below(item: Any) -> Iterator[Any]:
        if isinstance(item, dict):
            if key in item:
                yield item[key]
            parts: Any = item.values()
        else:
            parts = item if isinstance(item, list) else ()
        for part in parts:
            yield from below(part)

    return lambda scope: [found for item in step(scope) for found in below(item)]


def _elements(step: Step, ranges: list[tuple[Step, Step]] | None) -> Step:
    def evaluate(scope: Scope) -> Items:
        found: Items = []
        for item in step(scope):
            if not isinstance(item, list) and not scope.lax:
                raise _wrong_type("ARRAY", item)
            array = item if isinstance(item, list) else [item]
            if ranges is None:
                found += array
                continue
            inner = replace(scope, last=len(array) - 1)
            for steps in ranges:
                first, last = (int(_single_number(part(inner), lax=scope.lax)) for part in steps)
                if not scope.lax and not 0 <= first <= last < len(array):
                    raise PathError(f"invalid array subscript: [{first}, {last}] for array of size {len(array)}")
                found += array[max(first, 0) : max(last + 1, 0)]
        return found

    return evaluate


def _filter(step: Step, predicate: Predicate) -> Step:
    return lambda scope: [
        item for item in _unwrapped(step(scope), lax=scope.lax) if predicate(replace(scope, current=item)) is True
    ]


def _evaluated(step: Step, scope: Scope, *, lax: bool) -> Items | None:
    """Evaluate a path inside a predicate. Return the items that it finds, or None if the evaluation fails.

    After a failure, the result of the predicate is unknown.

    :param lax: if true, replace each array by its elements
    """
    try:
        return _unwrapped(step(scope), lax=lax)
    except PathError:
        return None


def _exists(step: Step) -> Predicate:
    def evaluate(scope: Scope) -> bool | None:
        items = _evaluated(step, scope, lax=False)
        return None if items is None else bool(items)

    return evaluate


def _comparison(sign: str, left: Step, right: Step) -> Predicate:
    def evaluate(scope: Scope) -> bool | None:
        sides = [_evaluated(step, scope, lax=scope.lax) for step in (left, right)]
        if sides[0] is None or sides[1] is None:
            return None
        return _any_true((_compare(sign, *pair) for pair in product(sides[0], sides[1])), lax=scope.lax)

    return evaluate


def _any_true(results: Iterable[bool | None], *, lax: bool) -> bool | None:
    """Return None (unknown) if a result is None. Otherwise, return True if any result is True, or False.

    In lax mode, return True at the first True, and ignore the later results.
    """
    is_any_true = False
    for result in results:
        if result is None:
            return None
        is_any_true = is_any_true or result
        if is_any_true and lax:
            break
    return is_any_true


def _compare(sign: str, left: Any, right: Any) -> bool | None:
    """Compare two JSON items with the operator ``sign``. Null differs from every item that is not null.

    Return None (unknown) if the types differ, or if the items are arrays or objects.
    """
    if left is None or right is None:
        return (left is right) == (sign == "==") if sign in ("==", "<>", "!=") else False
    if _type(left) != _type(right) or isinstance(left, list | dict):
        return None
    return _COMPARISONS[sign](left, right)


def _starts_with(left: Step, right: Step) -> Predicate:
    def evaluate(scope: Scope) -> bool | None:
        items, prefixes = (_evaluated(step, scope, lax=scope.lax) for step in (left, right))
        if items is None or prefixes is None or len(prefixes) != 1 or not isinstance(prefixes[0], str):
            return None
        [prefix] = prefixes
        return _any_true((item.startswith(prefix) if isinstance(item, str) else None for item in items), lax=scope.lax)

    return evaluate


def _connected(left: Predicate, right: Predicate, *, decisive: bool) -> Predicate:
    """Compile ``||`` or ``&&``.

    :param decisive: value of an operand that determines the result alone: True for ``||``, False for ``&&``
    """

    def evaluate(scope: Scope) -> bool | None:
        results = left(scope), right(scope)
        if decisive in results:
            return decisive
        return None if None in results else not decisive

    return evaluate


def _not(predicate: Predicate) -> Predicate:
    def evaluate(scope: Scope) -> bool | None:
        result = predicate(scope)
        return None if result is None else not result

    return evaluate


def _double(item: Any) -> float:
    try:
        return float(item if isinstance(item, str) else _number(item))
    except ValueError as error:
        raise PathError(str(error)) from None


def _rounded(function: Callable[[float], int]) -> Callable[[Any], Any]:
    return lambda item: type(item)(function(_number(item)))


def _size(step: Step) -> Step:
    def evaluate(scope: Scope) -> Items:
        items = step(scope)
        for item in items:
            if not isinstance(item, list) and not scope.lax:
                raise _wrong_type("ARRAY", item)
        return [len(item) if isinstance(item, list) else 1 for item in items]

    return evaluate


def _key_values(step: Step) -> Step:
    def evaluate(scope: Scope) -> Items:
        found: Items = []
        for item in _unwrapped(step(scope), lax=scope.lax):
            if not isinstance(item, dict):
                raise _wrong_type("OBJECT", item)
            number = next(scope.ids)
            found += ({"name": key, "value": value, "id": number} for key, value in item.items())
        return found

    return evaluate


def _method(convert: Callable[[Any], Any]) -> Callable[..., Step]:
    return lambda step: _each(step, convert)


_METHODS: dict[str, Callable[..., Step]] = {
    "abs": _method(lambda item: abs(_number(item))),
    "ceiling": _method(_rounded(math.ceil)),
    "double": _method(_double),
    "floor": _method(_rounded(math.floor)),
    "keyvalue": _key_values,
    "size": _size,
    "type": lambda step: lambda scope: [_type(item) for item in step(scope)],
}

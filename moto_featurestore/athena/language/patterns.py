"""Translation of regular expressions from Java's syntax, which Athena uses, to RE2's syntax, which DuckDB uses."""

import re
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.collections import applied
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, not_supported

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<(?![=!])|\(\?|.", re.DOTALL)
"""Matches a token of a regular expression: an escape, a character class, the start of a group, or a character."""
_OPTIONAL = re.compile(r"\||\)(?:[?*]|\{0)")
_REPLACEMENT = re.compile(r"\\(.)|\$(\d+)|\$\{(\w+)\}|(\$|\\)|([^\\$]+)", re.DOTALL)


def _tokens(pattern: str) -> list[str]:
    return [part for part in _PART.findall(pattern) if not part.startswith(("\\", "["))]


def _group_count(pattern: str) -> int:
    return sum(part in ("(", "(?<", "(?P<") for part in _tokens(pattern))


def _text(node: exp.Expr | None) -> str | None:
    return node.name if isinstance(node, exp.Literal) and node.is_string else None


def _extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    """Translate regexp_extract(). If a group is not part of the match, Trino returns null, but DuckDB an empty text.

    If a group is optional, an empty text from DuckDB can have both meanings. Then the query fails.
    """
    return call("athena_regexp_extract", node.this, node.expression, *_group(node))


def _extract_all(node: exp.RegexpExtractAll, _: Translation) -> exp.Expr:
    group, *is_optional = _group(node)
    name = "athena_regexp_extract_all" if is_optional else "regexp_extract_all"
    return call(name, node.this, node.expression, group, *is_optional)


def _group(node: exp.RegexpExtract | exp.RegexpExtractAll) -> list[exp.Expr]:
    """Return the arguments that select a group: its number, and also TRUE if a match may not contain the group."""
    group, pattern = node.args.get("group") or exp.Literal.number(0), _text(node.expression)
    number = int(group.name) if isinstance(group, exp.Literal) and not group.is_string else None
    if pattern is not None and number is not None and number > _group_count(pattern):
        reason = f"Pattern has {_group_count(pattern)} groups. Cannot access group {number}"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", reason, node)
    is_required = number == 0 or (pattern is not None and not _OPTIONAL.search("".join(_tokens(pattern))))
    # The macro calls error() if the flag is TRUE and the text is empty. DuckDB's TRY would not catch this error.
    return [group] if is_required else [group, exp.Boolean(this=True)]


def _replace(node: exp.RegexpReplace, translation: Translation) -> exp.Expr:
    """Translate regexp_replace(). In the replacement, group 1 is ``$1`` in Athena, and a backslash and 1 in DuckDB."""
    replacement, pattern = node.args.get("replacement"), _text(node.expression)
    if isinstance(replacement, exp.Lambda):
        return _replace_by(node, replacement, translation)
    text = _text(replacement)
    if text is None:
        node.set("replacement", call("athena_replacement", replacement))
        return node
    translated = _replacement(text, node)
    if pattern is not None and _matches_nothing(pattern):
        # Python replaces the matches, because Python and Java, unlike RE2, replace an empty match directly after a match.
        parts = (node.this, node.expression, exp.Literal.string(translated))
        return call("athena_python", exp.Literal.string("regexp_replace"), *parts)
    node.set("replacement", exp.Literal.string(translated))
    return node


def _matches_nothing(pattern: str) -> bool:
    try:
        return re.search(python_pattern(pattern), "") is not None
    except re.error:
        return False


def python_pattern(pattern: str) -> str:
    """Translate a Java pattern to Python's syntax: a named group ``(?<name>`` becomes ``(?P<name>``."""
    return re.sub(r"\(\?<(?=[a-zA-Z])", "(?P<", pattern)


def _replace_by(node: exp.RegexpReplace, function: exp.Lambda, translation: Translation) -> exp.Expr:
    """Translate regexp_replace() with a lambda, which takes the groups of a match and returns the replacement."""
    pattern = _text(node.expression)
    if pattern is None or _matches_nothing(pattern):
        raise not_supported(
            "regexp_replace() with a lambda if the pattern is not a literal or matches an empty string", node
        )
    is_sure = not _OPTIONAL.search("".join(_tokens(pattern)))
    groups = []
    place = translation.fresh_name()
    for number in range(1, _group_count(pattern) + 1):
        parts = call("regexp_extract_all", node.this.copy(), node.expression.copy(), exp.Literal.number(number))
        part = call("list_extract", parts, place.copy())
        groups.append(part if is_sure else call("athena_part", part, exp.Boolean(this=True)))
    body = applied(function, [exp.Array(expressions=groups)])
    matches = call("regexp_extract_all", node.this.copy(), node.expression.copy())
    places = call("range", exp.Literal.number(1), call("len", matches) + 1)
    replaced = call("list_transform", places, exp.Lambda(this=body, expressions=[place.copy()]))
    return call("athena_interleaved", call("regexp_split_to_array", node.this.copy(), node.expression.copy()), replaced)


def _group_names(pattern: str) -> list[str | None]:
    """Return the names of the groups of a pattern, in order, with None for an unnamed group."""
    opened = re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<([a-zA-Z]\w*)>|\((?!\?)", pattern, re.DOTALL)
    return [match[1] for match in opened if match[0].startswith("(")]


def _replacement(text: str, node: exp.RegexpReplace) -> str:
    pattern, translated = _text(node.expression), ""
    for escaped, group, name, stray, plain in _REPLACEMENT.findall(text):
        if stray:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}", node)
        if len(group) > 1:
            raise not_supported("group numbers above 9 in the replacement of regexp_replace()", node)
        if group and pattern is not None and int(group) > _group_count(pattern):
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {group}", node)
        number = group or (_number_of(name, pattern, node) if name else "")
        translated += f"\\{number}" if number else (escaped or plain).replace("\\", "\\\\")
    return translated


def _number_of(name: str, pattern: str | None, node: exp.RegexpReplace) -> str:
    if pattern is None:
        raise not_supported("named groups if the pattern is not a literal", node)
    names = _group_names(pattern)
    if name not in names:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {{{name}}}", node)
    return str(names.index(name) + 1)


def _with_names(rewrite: Rewrite) -> Rewrite:
    """Return a rewrite that first translates named groups in the pattern to RE2's ``(?P<name>``, then calls ``rewrite``."""

    def named(node: Any, translation: Translation) -> exp.Expr:
        pattern = _text(node.expression)
        if pattern is not None:
            node.set("expression", exp.Literal.string(python_pattern(pattern)))
        return rewrite(node, translation)

    return named


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.RegexpCount: _with_names(lambda node, _: call("len", call("regexp_extract_all", node.this, node.expression))),
    exp.RegexpExtract: _with_names(_extract),
    exp.RegexpExtractAll: _with_names(_extract_all),
    exp.RegexpLike: _with_names(lambda node, _: node),
    exp.RegexpReplace: _with_names(_replace),
    exp.RegexpSplit: _with_names(lambda node, _: node),
}

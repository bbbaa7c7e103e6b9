"""The translation of regular expressions from Java's in Athena SQL to RE2's in DuckDB SQL."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, refused

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<(?![=!])|\(\?|.", re.DOTALL)
"""A token of a pattern: an escape, a character class, the start of a named group or of a ``(?`` construct, or a character."""
_OPTIONAL = re.compile(r"\||\)(?:[?*]|\{0)")
_REPLACEMENT = re.compile(r"\\(.)|\$(\d+)|(\$|\\)|([^\\$]+)", re.DOTALL)


def _tokens(pattern: str) -> list[str]:
    return [part for part in _PART.findall(pattern) if not part.startswith(("\\", "["))]


def _group_count(pattern: str) -> int:
    return sum(part in ("(", "(?<", "(?P<") for part in _tokens(pattern))


def _text(node: exp.Expr | None) -> str | None:
    return node.name if isinstance(node, exp.Literal) and node.is_string else None


def _extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    """Translate regexp_extract(). For a group outside the match, Trino returns null, and DuckDB an empty text."""
    return call("athena_regexp_extract", node.this, node.expression, *_group(node))


def _extract_all(node: exp.RegexpExtractAll, _: Translation) -> exp.Expr:
    group, *is_optional = _group(node)
    name = "athena_regexp_extract_all" if is_optional else "regexp_extract_all"
    return call(name, node.this, node.expression, group, *is_optional)


def _group(node: exp.RegexpExtract | exp.RegexpExtractAll) -> list[exp.Expr]:
    """Return the number of the group, and also TRUE if a match is possible without the group."""
    group, pattern = node.args.get("group") or exp.Literal.number(0), _text(node.expression)
    number = int(group.name) if isinstance(group, exp.Literal) and not group.is_string else None
    if pattern is not None and number is not None and number > _group_count(pattern):
        reason = f"Pattern has {_group_count(pattern)} groups. Cannot access group {number}"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", reason, node)
    is_required = number == 0 or (pattern is not None and not _OPTIONAL.search("".join(_tokens(pattern))))
    # A flag, because DuckDB's TRY does not catch error().
    return [group] if is_required else [group, exp.Boolean(this=True)]


def _replace(node: exp.RegexpReplace, _: Translation) -> exp.Expr:
    """Translate regexp_replace(). Java's ``$1`` is a backslash and 1 in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Lambda):
        raise refused("regexp_replace() with a function", node)
    text = _text(replacement)
    if text is not None:
        node.set("replacement", exp.Literal.string(_replacement(text, node)))
    elif replacement is not None:
        node.set("replacement", call("athena_replacement", replacement))
    return node


def _replacement(text: str, node: exp.RegexpReplace) -> str:
    if "${" in text.replace("\\$", ""):
        raise refused("named groups of regular expressions", node)
    pattern, translated = _text(node.expression), ""
    for escaped, group, stray, plain in _REPLACEMENT.findall(text):
        if stray:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}", node)
        if len(group) > 1:
            raise refused("groups of two digits", node)
        if group and pattern is not None and int(group) > _group_count(pattern):
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {group}", node)
        translated += f"\\{group}" if group else (escaped or plain).replace("\\", "\\\\")
    return translated


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.RegexpExtract: _extract,
    exp.RegexpExtractAll: _extract_all,
    exp.RegexpReplace: _replace,
}

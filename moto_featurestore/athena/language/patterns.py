"""Regular expressions, from Java's in Athena's SQL to RE2's in DuckDB's."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, refused

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<(?![=!])|\(\?|.", re.DOTALL)
"""What a pattern is made of: an escape, a class, the beginning of a group with a name, of one that is none, and all else."""
_MAY_BE_LEFT_OUT = re.compile(r"\||\)(?:[?*]|\{0)")
_REPLACEMENT = re.compile(r"\\(.)|\$(\d+)|(\$|\\)|([^\\$]+)", re.DOTALL)


def _parts(pattern: str) -> list[str]:
    return [part for part in _PART.findall(pattern) if not part.startswith(("\\", "["))]


def _groups(pattern: str) -> int:
    return sum(part in ("(", "(?<", "(?P<") for part in _parts(pattern))


def _text(node: exp.Expr | None) -> str | None:
    return node.name if isinstance(node, exp.Literal) and node.is_string else None


def _extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    """Of a group that has no part in the match it is null in Trino, and an empty text in DuckDB."""
    return call("athena_regexp_extract", node.this, node.expression, *_group(node))


def _extract_all(node: exp.RegexpExtractAll, _: Translation) -> exp.Expr:
    group, *unsure = _group(node)
    name = "athena_regexp_extract_all" if unsure else "regexp_extract_all"
    return call(name, node.this, node.expression, group, *unsure)


def _group(node: exp.RegexpExtract | exp.RegexpExtractAll) -> list[exp.Expr]:
    """The number of the group; and true, if it may have no part in a match."""
    group, pattern = node.args.get("group") or exp.Literal.number(0), _text(node.expression)
    number = int(group.name) if isinstance(group, exp.Literal) and not group.is_string else None
    if pattern is not None and number is not None and number > _groups(pattern):
        reason = f"Pattern has {_groups(pattern)} groups. Cannot access group {number}"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", reason, node)
    is_sure = number == 0 or (pattern is not None and not _MAY_BE_LEFT_OUT.search("".join(_parts(pattern))))
    return [group] if is_sure else [group, exp.Boolean(this=True)]  # DuckDB's TRY takes no error()


def _replace(node: exp.RegexpReplace, _: Translation) -> exp.Expr:
    """What Java writes as ``$1`` is written with a backslash in DuckDB."""
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
    pattern, done = _text(node.expression), ""
    for escaped, group, stray, plain in _REPLACEMENT.findall(text):
        if stray:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}", node)
        if len(group) > 1:
            raise refused("groups of two digits", node)
        if group and pattern is not None and int(group) > _groups(pattern):
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {group}", node)
        done += f"\\{group}" if group else (escaped or plain).replace("\\", "\\\\")
    return done


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.RegexpExtract: _extract,
    exp.RegexpExtractAll: _extract_all,
    exp.RegexpReplace: _replace,
}

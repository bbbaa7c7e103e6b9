"""Evaluation of IAM policies for a request, as the IAM User Guide documents it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from moto_featurestore.aws.identifiers import Arn

# The pages that comments name are in https://docs.aws.amazon.com/IAM/latest/UserGuide/.

Document = Mapping[str, Any]
_Item = TypeVar("_Item")

#: A string of a policy, in pieces: (text, True) as written, with wildcards; (text, False) the value of a variable, without.
_Pieces = tuple[tuple[str, bool], ...]

_VARIABLES_SINCE = "2012-10-17"
_VARIABLE = re.compile(r"\$\{([^}]*\}?)")
_VARIABLE_BODY = re.compile(r"(?P<key>[^,]+)(?:, '(?P<default>[^']*)')?\}")

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_OPPOSITE = {"Allow": "Deny", "Deny": "Allow"}

# sagemaker:ResourceTag: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html;
# IsUpdateRecord and UpdatableFeatures: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html.
_KEY = re.compile(
    r"aws:(?:(?:principal|request|resource)tag/.+|tagkeys|principalarn|principalaccount|requestedregion|securetransport|sourceaccount|sourcearn)"
    r"|sagemaker:(?:isupdaterecord|updatablefeatures)|iam:passedtoservice"
)
_ALIAS = re.compile(r"sagemaker:(?=resourcetag/)")
_MULTIVALUED = {"aws:tagkeys", "sagemaker:updatablefeatures"}

_COLONS_OF_AN_ARN = 5


class UnsupportedPolicyError(Exception):
    """An element of a policy that may decide a request, and that this package cannot evaluate. The message names it."""


@dataclass(frozen=True)
class Identity:
    """The identity that sends a request, with its policies and tags in IAM."""

    #: The ARN of a user or of an assumed role's session, as AWS's messages show it.
    arn: str
    #: The value of ``aws:PrincipalArn``: the ARN of the user or of the role.
    principal_arn: str
    #: A user's inline and attached policies and those of its groups, or a role's policies.
    policies: Sequence[Document]
    boundary: Document | None = None
    session_policies: Sequence[Document] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def check_document(document: Any) -> Document:
    """Return a policy document unchanged, if it has the form of one.

    :raises UnsupportedPolicyError: if it has not
    """
    statements = _list(document.get("Statement")) if isinstance(document, dict) else [None]
    for statement in statements:
        if not isinstance(statement, dict):
            raise UnsupportedPolicyError("the document is not a policy")
        conditions = statement.get("Condition", {})
        if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
            raise UnsupportedPolicyError("the element [Condition] is not a block of conditions")
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            if not all(isinstance(text, str) for text in _list(statement.get(element, []))):
                raise UnsupportedPolicyError(f"the element [{element}] is neither a string nor a list of strings")
    return document  # type: ignore[no-any-return]


def said_to(document: Document, is_meant: Callable[[Any], bool]) -> list[dict[str, Any]]:
    """Return the statements of a resource's policy that name a principal, without their element Principal.

    :param is_meant: returns True if an element Principal names the principal
    """
    return [
        {name: element for name, element in statement.items() if name != "Principal"}
        for statement in _list(document["Statement"])
        if is_meant(statement.get("Principal"))
    ]


def denial(identity: Identity, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> str | None:
    """Return None if the request is allowed, else the reason for the denial in AWS's words.

    The words are those of troubleshoot_access-denied.html. Which of several kinds of policy AWS names is not documented
    (assumed: as below).

    :param context: by condition key, the values that describe the request and its resource
    :raises UnsupportedPolicyError: if an element that this package cannot evaluate decides the request
    """
    kinds = [("an identity-based policy", identity.policies)]
    if identity.boundary is not None:
        kinds.append(("a permissions boundary", [identity.boundary]))
    if identity.session_policies:
        kinds.append(("a session policy", identity.session_policies))
    request = _Request(action, resource, _values(identity, context))
    # reference_policies_evaluation-logic.html: first an explicit deny in any policy, then an allow in each kind.
    for kind, policies in kinds:
        if _have("Deny", policies, request):
            return f"with an explicit deny in {kind}"
    for kind, policies in kinds:
        if not _have("Allow", policies, request):
            return f"because no {kind.partition(' ')[2]} allows the {action} action"
    return None


def _values(identity: Identity, context: Mapping[str, str | Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """Return the values of the request and of the identity, by condition key in lower case."""
    arn = identity.principal_arn
    tags = {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
    known = {**context, **tags, "aws:PrincipalArn": arn, "aws:PrincipalAccount": Arn.parse(arn).account_id}
    return [(key.lower(), [values] if isinstance(values, str) else values) for key, values in known.items()]


def _have(effect: str, policies: Sequence[Document], request: "_Request") -> bool:
    statements = [
        _Statement(statement, policy.get("Version"), request)
        for policy in policies
        for statement in _list(policy["Statement"])
    ]
    return _any(lambda statement: statement.has(effect), statements)


@dataclass(frozen=True, slots=True)
class _Request:
    action: str
    resource: str
    values: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement, the version of its policy, and the request that it is evaluated for."""

    elements: Document
    version: str | None
    request: _Request

    def has(self, effect: str) -> bool:
        """Return True if the statement has an effect on the request."""
        own = self.elements.get("Effect")
        if own == _OPPOSITE[effect]:
            return False
        if not self._names("Action", lambda texts: _is_action(tuple(texts), self.request.action)):
            return False
        if not self._names("Resource", lambda texts: _any(self._is_resource, texts)):
            return False
        if own != effect:
            raise UnsupportedPolicyError(f"the effect [{own}] is not supported")
        if unknown := self.elements.keys() - _ELEMENTS:
            raise UnsupportedPolicyError(f"the element [{min(unknown)}] is not supported")
        conditions = [
            (operator, key, expected)
            for operator, keys in self.elements.get("Condition", {}).items()
            for key, expected in keys.items()
        ]
        return not _any(lambda condition: not self._holds(*condition), conditions)

    def _names(self, element: str, have: Callable[[list[str]], bool]) -> bool:
        """Return True if an element matches the request, or if its Not form does not match."""
        forms = [form for form in (element, f"Not{element}") if form in self.elements]
        if len(forms) != 1:
            raise UnsupportedPolicyError(
                f"a statement must have one of the elements [{element}, Not{element}], not {len(forms)}"
            )
        return have(_list(self.elements[forms[0]])) == (forms[0] == element)

    def _is_resource(self, text: str) -> bool:
        # reference_identifiers.html: missing fields of an ARN are filled with wildcards.
        if text.startswith("arn:"):
            text += ":*" * (_COLONS_OF_AN_ARN - text.count(":"))
        pieces = self._pieces(text)
        return pieces is not None and _like(pieces, self.request.resource)

    def _holds(self, operator: str, key: str, expected: Any) -> bool:
        """Return True if a condition holds (reference_policies_elements_condition_operators.html)."""
        if operator == "Null":
            return self._is_null(key, expected)
        parsed = _OPERATOR.fullmatch(operator)
        if parsed is None:
            raise UnsupportedPolicyError(f"the condition operator [{operator}] is not supported")
        qualifier, name, if_exists = parsed.groups()
        negated = "Not" in name
        values = self._values(key)
        if qualifier:
            # reference_policies_condition-single-vs-multi-valued-context-keys.html, also for the lines below.
            values = [value for value in values if value]
        elif values and key.lower() in _MULTIVALUED:
            raise UnsupportedPolicyError(f"the condition key [{key}] requires ForAllValues or ForAnyValue")
        if qualifier == "ForAnyValue":
            if if_exists and not values:  # one page says true, the other says false
                raise UnsupportedPolicyError(f"the condition operator [{operator}] is ambiguous if [{key}] is absent")
            return _any(lambda value: self._matches(name, expected, value) != negated, values)
        if not values:
            return bool(qualifier or if_exists or negated)
        return not _any(lambda value: self._matches(name, expected, value) == negated, values)

    def _is_null(self, key: str, expected: Any) -> bool:
        values = self._values(key)
        if list(values) == [""]:  # a tag may be empty; the page does not say whether that is "null"
            raise UnsupportedPolicyError(f"the condition operator [Null] is ambiguous if [{key}] is empty")
        return str(not values).lower() in [_text(value).lower() for value in _list(expected)]

    def _matches(self, operator: str, expected: Any, value: str) -> bool:
        """Return True if a value matches one of the expected ones. The caller negates the result for a Not operator."""
        compare = _COMPARISONS[operator.replace("Not", "")]

        def match(text: Any) -> bool:
            pieces = self._pieces(_text(text))
            return pieces is not None and compare(pieces, value)

        return _any(match, _list(expected))

    def _pieces(self, text: str) -> _Pieces | None:
        """Return a string with its variables replaced, or None if one has no value: it then matches nothing.

        Source: reference_policies_variables.html. Variables before the fifth colon of an ARN are replaced too, although that
        page excludes them: AWS's own AmazonTimestreamInfluxDBServiceRolePolicy contains one.
        """
        if self.version != _VARIABLES_SINCE:
            return ((text, True),)
        parts = _VARIABLE.split(text)
        variables = [self._variable(body) for body in parts[1::2]]
        if None in variables:
            return None
        parts[1::2] = map(str, variables)
        return tuple((part, position % 2 == 0) for position, part in enumerate(parts))

    def _variable(self, body: str) -> str | None:
        if body in ("*}", "?}", "$}"):
            return body[0]
        parsed = _VARIABLE_BODY.fullmatch(body)
        if parsed is None or parsed["key"].lower() in _MULTIVALUED:
            raise UnsupportedPolicyError(f"the policy variable [{body.removesuffix('}')}] is not supported")
        return next(filter(None, self._values(parsed["key"], "policy variable")), parsed["default"])

    def _values(self, key: str, what: str = "condition key") -> Sequence[str]:
        """Return the values of a key. Its name is case-insensitive (reference_policies_elements_condition.html)."""
        name = _ALIAS.sub("aws:", key.lower())
        if not _KEY.fullmatch(name):
            raise UnsupportedPolicyError(f"the {what} [{key}] is not supported")
        matches = [values for known, values in self.request.values if known == name]
        if len(matches) > 1:  # that page warns of "unexpected condition failures"
            raise UnsupportedPolicyError(f"the {what} [{key}] is ambiguous: the request has it {len(matches)} times")
        return matches[0] if matches else ()


def _any(test: Callable[[_Item], bool], items: Iterable[_Item]) -> bool:
    """Return ``any`` of the tests. A test that cannot be evaluated matters only if no other test is true.

    :raises UnsupportedPolicyError: if no test is true and one cannot be evaluated
    """
    unsupported = None
    for item in items:
        try:
            if test(item):
                return True
        except UnsupportedPolicyError as error:
            unsupported = unsupported or error
    if unsupported is not None:
        raise unsupported
    return False


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Return a condition's value as a string. Numbers and Booleans need no quotes (reference_policies_grammar.html)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equals(pieces: _Pieces, value: str) -> bool:
    return "".join(text for text, _ in pieces) == value


def _equals_ignoring_case(pieces: _Pieces, value: str) -> bool:
    return "".join(text for text, _ in pieces).lower() == value.lower()


def _like(pieces: _Pieces, value: str) -> bool:
    return _glob(pieces).fullmatch(value) is not None


def _arn_like(pieces: _Pieces, value: str) -> bool:
    return _arn_glob(pieces).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _is_action(texts: tuple[str, ...], action: str) -> bool:
    """Return True if a list of patterns contains an action. Results are cached: ReadOnlyAccess has thousands of patterns.

    reference_policies_elements_action.html: the prefix and the action name are case insensitive.
    """
    return any(_glob(((text, True),), re.IGNORECASE).fullmatch(action) for text in texts)


@lru_cache(maxsize=8192)
def _glob(pieces: _Pieces, flags: int = 0) -> re.Pattern[str]:
    return re.compile(_expression(_tokens(pieces), "."), flags | re.DOTALL)


@lru_cache(maxsize=1024)
def _arn_glob(pieces: _Pieces) -> re.Pattern[str]:
    """Return a pattern that matches each of an ARN's six components separately. Only the last may contain colons."""
    tokens = _tokens(pieces)
    colons = [position for position, piece in enumerate(tokens) if piece == ":"]
    if len(colons) < _COLONS_OF_AN_ARN:
        raise UnsupportedPolicyError(f"the ARN [{''.join(text for text, _ in pieces)}] has fewer than six components")
    last = colons[_COLONS_OF_AN_ARN - 1]
    return re.compile(_expression(tokens[:last], "[^:]") + _expression(tokens[last:], "."), re.DOTALL)


def _tokens(pieces: _Pieces) -> list[str]:
    """Return the characters for a regular expression, escaped except wildcards."""
    return [char if char in "*?" and is_written else re.escape(char) for text, is_written in pieces for char in text]


def _expression(tokens: Sequence[str], any_char: str) -> str:
    return "".join({"*": f"{any_char}*", "?": any_char}.get(token, token) for token in tokens)


# The names of operators are case-sensitive here: the documentation calls only keys and actions case-insensitive.
_OPERATOR = re.compile(
    r"(?:(ForAllValues|ForAnyValue):)?"
    r"(String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Not)?(?:Equals|Like)|Bool)"
    r"(IfExists)?"
)
_COMPARISONS: dict[str, Callable[[_Pieces, str], bool]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _equals_ignoring_case,
}

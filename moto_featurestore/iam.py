"""What the policies of an identity say to a request, as the IAM User Guide documents their evaluation."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

# Pages that are named here are of https://docs.aws.amazon.com/IAM/latest/UserGuide/.

Document = Mapping[str, Any]
_Item = TypeVar("_Item")

#: A text of a policy: what is written there, where wildcards work, and what variables stand for, where they do not.
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
    """What may decide a request, and is not evaluated here: it is named, never guessed."""


@dataclass(frozen=True)
class Identity:
    """Who asks, and what IAM holds about them."""

    #: A user's ARN or that of an assumed role's session, as AWS's messages have it.
    arn: str
    #: What ``aws:PrincipalArn`` is: the user's ARN or the role's.
    principal_arn: str
    #: Of a user: inline, attached, and those of the groups; or of a role.
    policies: Sequence[Document]
    boundary: Document | None = None
    session_policies: Sequence[Document] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def check_document(document: Any) -> Document:
    """A policy document, once it has the form of one.

    :raises UnsupportedPolicyError: where it has not
    """
    statements = _list(document.get("Statement")) if isinstance(document, dict) else [None]
    for statement in statements:
        if not isinstance(statement, dict):
            raise UnsupportedPolicyError("a document that is no policy")
        conditions = statement.get("Condition", {})
        if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
            raise UnsupportedPolicyError("the element [Condition], which is no block of conditions")
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            if not all(isinstance(text, str) for text in _list(statement.get(element, []))):
                raise UnsupportedPolicyError(f"the element [{element}], which is no text and no list of texts")
    return document  # type: ignore[no-any-return]


def said_to(document: Document, is_meant: Callable[[Any], bool]) -> list[dict[str, Any]]:
    """The statements of a resource's policy that name some principal, as a policy of the principal's own has them.

    :param is_meant: whether an element Principal names it
    """
    return [
        {name: element for name, element in statement.items() if name != "Principal"}
        for statement in _list(document["Statement"])
        if is_meant(statement.get("Principal"))
    ]


def denial(identity: Identity, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> str | None:
    """None where the request is allowed; or else the reason, in AWS's words.

    The context holds what the request says of itself and of its resource, by condition key. The words are those of
    troubleshoot_access-denied.html; which of several kinds of policy AWS names is not documented (assumed: as below).
    """
    kinds = [("an identity-based policy", identity.policies)]
    if identity.boundary is not None:
        kinds.append(("a permissions boundary", [identity.boundary]))
    if identity.session_policies:
        kinds.append(("a session policy", identity.session_policies))
    request = _Request(action, resource, _values(identity, context))
    # reference_policies_evaluation-logic.html: an explicit deny anywhere first, then an allow of every kind.
    for kind, policies in kinds:
        if _have("Deny", policies, request):
            return f"with an explicit deny in {kind}"
    for kind, policies in kinds:
        if not _have("Allow", policies, request):
            return f"because no {kind.partition(' ')[2]} allows the {action} action"
    return None


def _values(identity: Identity, context: Mapping[str, str | Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """By condition key, in lower case: what the request says, and what IAM knows of the identity."""
    arn = identity.principal_arn
    tags = {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
    known = {**context, **tags, "aws:PrincipalArn": arn, "aws:PrincipalAccount": arn.split(":")[4]}
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
    """A statement, its policy's version, and the request that it is read for."""

    elements: Document
    version: str | None
    request: _Request

    def has(self, effect: str) -> bool:
        """Whether the statement has an effect on the request."""
        own = self.elements.get("Effect")
        if own == _OPPOSITE[effect]:
            return False
        if not self._names("Action", lambda texts: _is_action(tuple(texts), self.request.action)):
            return False
        if not self._names("Resource", lambda texts: _any(self._is_resource, texts)):
            return False
        if own != effect:
            raise UnsupportedPolicyError(f"the effect [{own}]")
        if unknown := self.elements.keys() - _ELEMENTS:
            raise UnsupportedPolicyError(f"the element [{min(unknown)}]")
        conditions = [
            (operator, key, wanted)
            for operator, keys in self.elements.get("Condition", {}).items()
            for key, wanted in keys.items()
        ]
        return not _any(lambda condition: not self._holds(*condition), conditions)

    def _names(self, element: str, have: Callable[[list[str]], bool]) -> bool:
        """Whether an element names the request's, or its Not form does not."""
        forms = [form for form in (element, f"Not{element}") if form in self.elements]
        if len(forms) != 1:
            raise UnsupportedPolicyError(f"a statement with {len(forms)} of the elements [{element}, Not{element}]")
        return have(_list(self.elements[forms[0]])) == (forms[0] == element)

    def _is_resource(self, text: str) -> bool:
        # reference_identifiers.html: fields that an ARN lacks are completed with wildcards.
        if text.startswith("arn:"):
            text += ":*" * (_COLONS_OF_AN_ARN - text.count(":"))
        pieces = self._pieces(text)
        return pieces is not None and _like(pieces, self.request.resource)

    def _holds(self, operator: str, key: str, wanted: Any) -> bool:
        """Whether a condition holds (reference_policies_elements_condition_operators.html)."""
        if operator == "Null":
            return self._is_null(key, wanted)
        parsed = _OPERATOR.fullmatch(operator)
        if parsed is None:
            raise UnsupportedPolicyError(f"the condition operator [{operator}]")
        qualifier, name, if_exists = parsed.groups()
        negated = "Not" in name
        values = self._values(key)
        if qualifier:
            # reference_policies_condition-single-vs-multi-valued-context-keys.html, also for what follows.
            values = [value for value in values if value]
        elif values and key.lower() in _MULTIVALUED:
            raise UnsupportedPolicyError(f"the condition key [{key}] without ForAllValues or ForAnyValue")
        if qualifier == "ForAnyValue":
            if if_exists and not values:  # true by the one page, false by the other
                raise UnsupportedPolicyError(f"the condition operator [{operator}] on [{key}], which is absent")
            return _any(lambda value: self._matches(name, wanted, value) != negated, values)
        if not values:
            return bool(qualifier or if_exists or negated)
        return not _any(lambda value: self._matches(name, wanted, value) == negated, values)

    def _is_null(self, key: str, wanted: Any) -> bool:
        values = self._values(key)
        if list(values) == [""]:  # as a tag may be; whether that is "null" the page does not say
            raise UnsupportedPolicyError(f"the condition operator [Null] on [{key}], which is empty")
        return str(not values).lower() in [_text(value).lower() for value in _list(wanted)]

    def _matches(self, operator: str, wanted: Any, value: str) -> bool:
        """Whether a value is one of those that are wanted, which a negated operator then denies."""
        compare = _COMPARISONS[operator.replace("Not", "")]

        def match(text: Any) -> bool:
            pieces = self._pieces(_text(text))
            return pieces is not None and compare(pieces, value)

        return _any(match, _list(wanted))

    def _pieces(self, text: str) -> _Pieces | None:
        """A text with its variables replaced; None where one has no value: it then equals nothing.

        reference_policies_variables.html. Before an ARN's fifth colon too, against that page: there is one in AWS's own
        AmazonTimestreamInfluxDBServiceRolePolicy.
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
            raise UnsupportedPolicyError(f"the policy variable [{body.removesuffix('}')}]")
        return next(filter(None, self._values(parsed["key"], "policy variable")), parsed["default"])

    def _values(self, key: str, what: str = "condition key") -> Sequence[str]:
        """The values of a key, whose name has no case (reference_policies_elements_condition.html)."""
        name = _ALIAS.sub("aws:", key.lower())
        if not _KEY.fullmatch(name):
            raise UnsupportedPolicyError(f"the {what} [{key}]")
        found = [values for known, values in self.request.values if known == name]
        if len(found) > 1:  # "unexpected condition failures", says that page
            raise UnsupportedPolicyError(f"the {what} [{key}], which the request has {len(found)} times")
        return found[0] if found else ()


def _any(test: Callable[[_Item], bool], items: Iterable[_Item]) -> bool:
    """``any``; what cannot be evaluated matters only where nothing else decides."""
    refusal = None
    for item in items:
        try:
            if test(item):
                return True
        except UnsupportedPolicyError as error:
            refusal = refusal or error
    if refusal is not None:
        raise refusal
    return False


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A condition's value: quotation marks are optional for numbers and Booleans (reference_policies_grammar.html)."""
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
    """Whether an action is one of a list, which may be thousands long, as in ReadOnlyAccess; so it is remembered.

    reference_policies_elements_action.html: the prefix and the action name are case insensitive.
    """
    return any(_glob(((text, True),), re.IGNORECASE).fullmatch(action) for text in texts)


@lru_cache(maxsize=8192)
def _glob(pieces: _Pieces, flags: int = 0) -> re.Pattern[str]:
    return re.compile(_expression(_tokens(pieces), "."), flags | re.DOTALL)


@lru_cache(maxsize=1024)
def _arn_glob(pieces: _Pieces) -> re.Pattern[str]:
    """Each of the six components is checked separately; only the last may hold colons."""
    tokens = _tokens(pieces)
    colons = [position for position, piece in enumerate(tokens) if piece == ":"]
    if len(colons) < _COLONS_OF_AN_ARN:
        raise UnsupportedPolicyError(f"the ARN [{''.join(text for text, _ in pieces)}]")
    last = colons[_COLONS_OF_AN_ARN - 1]
    return re.compile(_expression(tokens[:last], "[^:]") + _expression(tokens[last:], "."), re.DOTALL)


def _tokens(pieces: _Pieces) -> list[str]:
    """The characters for a regular expression: escaped, but for wildcards."""
    return [char if char in "*?" and written else re.escape(char) for text, written in pieces for char in text]


def _expression(tokens: Sequence[str], one: str) -> str:
    return "".join({"*": f"{one}*", "?": one}.get(token, token) for token in tokens)


# Operators' names are written as documented: that their case does not matter is said of keys and actions only.
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

"""Evaluation of IAM policies for a request, as the IAM User Guide documents it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from moto_featurestore.aws.identifiers import Arn

# Comments and docstrings cite pages of https://docs.aws.amazon.com/IAM/latest/UserGuide/ by their file names.

Document = Mapping[str, Any]
_Item = TypeVar("_Item")

#: A string of a policy, split into pieces. In a piece (text, True), the text comes from the policy itself, and ``*``
#: and ``?`` are wildcards. In a piece (text, False), the text is the value of a policy variable, and ``*`` and ``?``
#: are ordinary characters.
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
    """An error that is raised if the decision about a request may depend on a policy element that is not supported.

    The message names the element.
    """


@dataclass(frozen=True)
class Identity:
    """The identity that sends a request, with its policies and tags in IAM."""

    #: The ARN that AWS shows in error messages: the ARN of a user, or of an assumed role's session.
    arn: str
    #: The value of ``aws:PrincipalArn``: the ARN of the user or of the role.
    principal_arn: str
    #: The inline and attached policies of a role, or of a user and the user's groups.
    policies: Sequence[Document]
    boundary: Document | None = None
    session_policies: Sequence[Document] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def check_document(document: Any) -> Document:
    """Return a policy document unchanged if its structure is valid.

    :raises UnsupportedPolicyError: if the structure is invalid
    """
    statements = _list(document.get("Statement")) if isinstance(document, dict) else [None]
    for statement in statements:
        if not isinstance(statement, dict):
            raise UnsupportedPolicyError(
                "the policy document must have a Statement, and each statement must be a JSON object"
            )
        conditions = statement.get("Condition", {})
        if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
            raise UnsupportedPolicyError("the element [Condition] must map operators to keys and values")
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            if not all(isinstance(text, str) for text in _list(statement.get(element, []))):
                raise UnsupportedPolicyError(f"the element [{element}] is neither a string nor a list of strings")
    return document  # type: ignore[no-any-return]


def statements_for(document: Document, is_principal: Callable[[Any], bool]) -> list[dict[str, Any]]:
    """Return the statements of a resource-based policy that apply to a principal, without their Principal element.

    :param is_principal: a function that takes a Principal element, and returns True if it names the principal
    """
    return [
        {name: element for name, element in statement.items() if name != "Principal"}
        for statement in _list(document["Statement"])
        if is_principal(statement.get("Principal"))
    ]


def denial(identity: Identity, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> str | None:
    """Return None if the policies allow the request, else the reason for the denial in AWS's words.

    Source of the words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. Policies of
    several kinds can deny the request: identity-based policies, permissions boundary, session policies. AWS does not
    document which kind the message then names. This function names the first kind in this order, which is an
    assumption.

    :param context: a dict from condition key to the values that describe the request and its resource
    :raises UnsupportedPolicyError: if the result depends on an element that this package cannot evaluate
    """
    kinds = [("an identity-based policy", identity.policies)]
    if identity.boundary is not None:
        kinds.append(("a permissions boundary", [identity.boundary]))
    if identity.session_policies:
        kinds.append(("a session policy", identity.session_policies))
    request = _Request(action, resource, _values(identity, context))
    # reference_policies_evaluation-logic.html: a Deny statement in any policy denies the request. Otherwise, each kind
    # of policy must have an Allow statement.
    for kind, policies in kinds:
        if _have("Deny", policies, request):
            return f"with an explicit deny in {kind}"
    for kind, policies in kinds:
        if not _have("Allow", policies, request):
            return f"because no {kind.partition(' ')[2]} allows the {action} action"
    return None


def _values(identity: Identity, context: Mapping[str, str | Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """Return pairs of a condition key in lower case and its values, for the request and the identity that sends it."""
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
    """A statement, the Version of its policy document, and the request to which the statement may apply."""

    elements: Document
    version: str | None
    request: _Request

    def has(self, effect: str) -> bool:
        """Return True if the statement applies to the request and has this effect (Allow or Deny)."""
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
        """Return True if the statement's Action or Resource element applies to the request.

        ``Action`` applies if one of its values matches the request, and ``NotAction`` applies if none of its values
        matches. The same rule applies to ``Resource`` and ``NotResource``.

        :param element: ``Action`` or ``Resource``
        :param have: a function that takes the values of the element, and returns True if one matches the request
        """
        forms = [form for form in (element, f"Not{element}") if form in self.elements]
        if len(forms) != 1:
            raise UnsupportedPolicyError(
                f"a statement must have exactly one of the elements [{element}, Not{element}], not {len(forms)}"
            )
        return have(_list(self.elements[forms[0]])) == (forms[0] == element)

    def _is_resource(self, text: str) -> bool:
        # reference_identifiers.html: missing fields of an ARN are filled with wildcards.
        if text.startswith("arn:"):
            text += ":*" * (_COLONS_OF_AN_ARN - text.count(":"))
        pieces = self._pieces(text)
        return pieces is not None and _like(pieces, self.request.resource)

    def _holds(self, operator: str, key: str, expected: Any) -> bool:
        """Return True if the request satisfies a condition.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

        :param operator: the condition operator, such as ``StringEquals``
        :param key: the condition key, such as ``aws:PrincipalArn``
        :param expected: the value or the list of values in the policy
        """
        if operator == "Null":
            return self._is_null(key, expected)
        parsed = _OPERATOR.fullmatch(operator)
        if parsed is None:
            raise UnsupportedPolicyError(f"the condition operator [{operator}] is not supported")
        qualifier, name, if_exists = parsed.groups()
        negated = "Not" in name
        values = self._values(key)
        if qualifier:
            # Source, also for the lines below: reference_policies_condition-single-vs-multi-valued-context-keys.html.
            values = [value for value in values if value]
        elif values and key.lower() in _MULTIVALUED:
            raise UnsupportedPolicyError(f"the condition key [{key}] requires ForAllValues or ForAnyValue")
        if qualifier == "ForAnyValue":
            if if_exists and not values:  # the pages on operators and on multivalued keys contradict each other
                raise UnsupportedPolicyError(
                    f"the condition operator [{operator}] is not supported if the request has no condition key [{key}]"
                )
            return _any(lambda value: self._matches(name, expected, value) != negated, values)
        if not values:
            return bool(qualifier or if_exists or negated)
        return not _any(lambda value: self._matches(name, expected, value) == negated, values)

    def _is_null(self, key: str, expected: Any) -> bool:
        values = self._values(key)
        if list(values) == [""]:  # a tag value may be empty; AWS does not document whether Null is true for it
            raise UnsupportedPolicyError(
                f"the condition operator [Null] is not supported if the condition key [{key}] is an empty string"
            )
        return str(not values).lower() in [_text(value).lower() for value in _list(expected)]

    def _matches(self, operator: str, expected: Any, value: str) -> bool:
        """Return True if a value of the request matches one of the expected values in the policy.

        For an operator such as StringNotEquals, this method compares as for StringEquals, and the caller negates the
        result.
        """
        compare = _COMPARISONS[operator.replace("Not", "")]

        def match(text: Any) -> bool:
            pieces = self._pieces(_text(text))
            return pieces is not None and compare(pieces, value)

        return _any(match, _list(expected))

    def _pieces(self, text: str) -> _Pieces | None:
        """Replace the policy variables in a string of a policy. Return the result as pairs of a text and a Boolean.

        If the Boolean is True, the text comes from the policy, and ``*`` and ``?`` are wildcards. If it is False, the
        text is the value of a variable. Return None if a variable has no value, because such a string matches nothing.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html. That page excludes
        variables before the fifth colon of an ARN. This function replaces these variables too, because a policy of AWS
        (AmazonTimestreamInfluxDBServiceRolePolicy) contains such a variable.

        :raises UnsupportedPolicyError: if a variable is not supported
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
        """Return the values of a condition key in the request, or an empty sequence if the request does not have the key.

        Key names are case-insensitive:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html

        :param what: the word for the key in error messages
        :raises UnsupportedPolicyError: if the key is not supported, or if the request has several keys that differ only
            in case
        """
        name = _ALIAS.sub("aws:", key.lower())
        if not _KEY.fullmatch(name):
            raise UnsupportedPolicyError(f"the {what} [{key}] is not supported")
        matches = [values for known, values in self.request.values if known == name]
        if len(matches) > 1:  # for such tags, AWS warns of "unexpected condition failures" on the same page
            raise UnsupportedPolicyError(
                f"the {what} [{key}] is ambiguous, because the request has {len(matches)} keys that differ only in case"
            )
        return matches[0] if matches else ()


def _any(test: Callable[[_Item], bool], items: Iterable[_Item]) -> bool:
    """Return True if ``test`` returns True for at least one item.

    If ``test`` raises UnsupportedPolicyError for an item, the function continues with the next item.

    :raises UnsupportedPolicyError: if ``test`` returns True for no item, and raised this error for at least one item
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
    """Return a value of a policy's condition as a string. Policies may contain unquoted numbers and Booleans.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
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
    """Return True if an action matches at least one of the patterns in ``texts``, such as ``s3:Get*``.

    The results are cached, because policies such as ReadOnlyAccess have thousands of patterns. The prefix and the
    action name are case-insensitive:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return any(_glob(((text, True),), re.IGNORECASE).fullmatch(action) for text in texts)


@lru_cache(maxsize=8192)
def _glob(pieces: _Pieces, flags: int = 0) -> re.Pattern[str]:
    return re.compile(_expression(_tokens(pieces), "."), flags | re.DOTALL)


@lru_cache(maxsize=1024)
def _arn_glob(pieces: _Pieces) -> re.Pattern[str]:
    """Return a regular expression for an ARN with wildcards. ``_Statement._pieces`` returns the ARN in this form.

    An ARN has six components, which colons separate. A wildcard matches characters within one component. In the last
    component, a wildcard also matches colons.
    """
    tokens = _tokens(pieces)
    colons = [position for position, piece in enumerate(tokens) if piece == ":"]
    if len(colons) < _COLONS_OF_AN_ARN:
        raise UnsupportedPolicyError(f"the ARN [{''.join(text for text, _ in pieces)}] has fewer than six components")
    last = colons[_COLONS_OF_AN_ARN - 1]
    return re.compile(_expression(tokens[:last], "[^:]") + _expression(tokens[last:], "."), re.DOTALL)


def _tokens(pieces: _Pieces) -> list[str]:
    """Return a regular expression for each character of the pieces. Escape all characters except wildcards."""
    return [char if char in "*?" and is_written else re.escape(char) for text, is_written in pieces for char in text]


def _expression(tokens: Sequence[str], any_char: str) -> str:
    return "".join({"*": f"{any_char}*", "?": any_char}.get(token, token) for token in tokens)


# Operator names are case-sensitive (assumed), because AWS documents only keys and actions as case-insensitive.
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

"""Pages and their tokens: whatever comes and goes, what stays is listed once."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moto_featurestore.operations.pages import Pages
from moto_featurestore.protocol.errors import ValidationError


def pages(token=None, scope="list"):
    return Pages("ListThings", scope, token, ValidationError)


@given(
    st.sets(st.text(max_size=3)),
    st.lists(st.tuples(st.sets(st.text(max_size=3), max_size=3), st.sets(st.text(max_size=3), max_size=3))),
    st.integers(1, 4),
    st.booleans(),
)
def test_what_stays_is_listed_once_and_in_order(stays, changes, wanted, descending):
    listed, token = [], None
    for comes, goes in [*changes, *[(set(), set())] * 50]:
        items = (stays | comes) - (goes - stays)
        page, token = pages(token).of_sorted(items, lambda item: [item], wanted, descending=descending)
        assert len(page) == wanted or token is None
        listed += page
        if token is None:
            break
    assert listed == sorted(set(listed), reverse=descending)
    assert token is not None or stays <= set(listed)


def test_a_sequence_is_cut_into_pages():
    first, token = pages().of_sequence("abc", 2)
    second, end = pages(token).of_sequence("abcd", 2)
    assert (first, second, end) == (["a", "b"], ["c", "d"], None)


def encoded(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token",
    ["", "x", "é", "[]", encoded([]), encoded(5), encoded({}), encoded(["seal", 1]), encoded([None]), encoded("ab")]
    + [urlsafe_b64encode(body).decode() for body in (b"\xff", b"[" * 100_000)],
    ids=lambda token: token[:20],
)
def test_a_token_of_another_making_is_refused(token):
    with pytest.raises(ValidationError, match="NextToken is not one that ListThings has returned for this list"):
        pages(token)


def test_a_token_of_another_list_is_refused():
    token = pages().token([1])
    assert pages(token).after == [1]
    with pytest.raises(ValidationError):
        pages(token, scope="other")

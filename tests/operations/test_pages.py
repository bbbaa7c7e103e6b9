"""Pagination and its tokens: changes between two pages do not repeat or skip other items."""

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
def test_sorted_pages_with_changes_between_pages_return_each_remaining_item_once(
    remaining, changes, wanted, descending
):
    listed, token = [], None
    for added, removed in [*changes, *[(set(), set())] * 50]:
        items = (remaining | added) - (removed - remaining)
        page, token = pages(token).of_sorted(items, lambda item: [item], wanted, descending=descending)
        assert len(page) == wanted or token is None
        listed += page
        if token is None:
            break
    assert listed == sorted(set(listed), reverse=descending)
    assert token is not None or remaining <= set(listed)


def test_sequence_pages_return_all_items():
    first, token = pages().of_sequence("abc", 2)
    second, end = pages(token).of_sequence("abcd", 2)
    assert (first, second, end) == (["a", "b"], ["c", "d"], None)


def encode(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token",
    ["", "x", "é", "[]", encode([]), encode(5), encode({}), encode(["seal", 1]), encode([None]), encode("ab")]
    + [urlsafe_b64encode(body).decode() for body in (b"\xff", b"[" * 100_000)],
    ids=lambda token: token[:20],
)
def test_sorted_pages_with_malformed_next_token_are_rejected(token):
    with pytest.raises(ValidationError, match="ListThings did not return this NextToken for this list"):
        pages(token)


def test_sorted_pages_with_next_token_of_another_list_are_rejected():
    token = pages().token([1])
    assert pages(token).after == [1]
    with pytest.raises(ValidationError):
        pages(token, scope="other")

"""Pagination, with tokens that are opaque to clients.

A token contains the sort key of the last item of its page. Therefore, if items are added or removed between two
requests, the pages do not repeat or skip other items.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from heapq import nlargest, nsmallest
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.world import Caller

Key = list[Any]
"""The sort key of an item: a list of JSON values."""
Item = TypeVar("Item")
Page = tuple[list[Item], str | None]
"""The items of a page, and the token of the next page or None."""

PAGE = 10
"""The default number of items on a page. AWS does not document this number; it is an assumption."""
_SEAL_LENGTH = 16


def list_scope(caller: Caller, params: dict[str, Any]) -> list[Any]:
    """Return the values that identify a list: the account, the region, and all parameters that do not select a page."""
    filters = {name: value for name, value in params.items() if name not in ("NextToken", "MaxResults")}
    return [caller.account_id, caller.region, filters]


class Pages:
    """The pages of one list, starting at the page that the request's NextToken selects.

    :param scope: JSON values that identify the list. A token for a different list is rejected, because such a token
        would silently skip items of this list.
    :param token: NextToken of the request
    :param error_class: the class of the error for an invalid token
    :raises ServiceError: of class ``error_class`` if the service did not return the token for this list
    """

    def __init__(self, operation: str, scope: Any, token: str | None, error_class: type[ServiceError]) -> None:
        self._list = [operation, scope]
        self.after: Key | None = None
        """The key of the last item of the previous page; None on the first page."""
        if token is not None:
            self.after = self._read(token)
            if self.after is None:
                raise error_class(
                    f"Validation Error: {operation} did not return this NextToken for this list."
                    " Use the NextToken of the previous page."
                )

    def _read(self, token: str) -> Key | None:
        try:
            seal, *key = json.loads(urlsafe_b64decode(token))
        except (RecursionError, TypeError, ValueError):
            return None
        return key if seal == self._seal(key) else None

    def _seal(self, key: Key) -> str:
        return sha256(json.dumps([self._list, key], sort_keys=True).encode()).hexdigest()[:_SEAL_LENGTH]

    def token(self, key: Key) -> str:
        """Return the token of the page that follows the item with this key."""
        return urlsafe_b64encode(json.dumps([self._seal(key), *key], ensure_ascii=False).encode()).decode()

    def of_sequence(self, items: Iterable[Item], wanted: int) -> Page[Item]:
        """Return the next page of a list. The key of an item is the position of the item in the list.

        :param items: all items; an item must have the same position in each request
        :param wanted: the maximum number of items on the page
        """
        start = self.after[0] + 1 if self.after else 0
        page = list(islice(items, start, start + wanted + 1))
        return page[:wanted], self.token([start + wanted - 1]) if len(page) > wanted else None

    def of_sorted(
        self, items: Iterable[Item], key: Callable[[Item], Key], wanted: int, *, descending: bool
    ) -> Page[Item]:
        """Return the next page of items in the order of their keys.

        The method selects the items of the page without sorting all items. Therefore the method takes linear time, and
        keeps only one page of items in memory.

        :param key: a function that returns the key of an item; each key must be unique
        :param wanted: the maximum number of items on the page
        :param descending: if True, the item with the highest key comes first
        """
        after = self.after
        keyed = ((key(item), item) for item in items)
        if after is not None:
            keyed = (pair for pair in keyed if (pair[0] < after if descending else pair[0] > after))
        page = (nlargest if descending else nsmallest)(wanted + 1, keyed, key=itemgetter(0))
        return [item for _, item in page[:wanted]], self.token(page[wanted - 1][0]) if len(page) > wanted else None

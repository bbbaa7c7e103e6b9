"""Pages of lists, and their tokens, opaque to clients.

A token names the last item of its page, by what the list is ordered by: whatever comes and goes between two pages,
nothing else is repeated or skipped.
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
"""An item's place in the order of a list, in values of JSON."""
Item = TypeVar("Item")
Page = tuple[list[Item], str | None]
"""The items, and the token of the next page where there is one."""

PAGE = 10
"""How many items a page has unless asked otherwise (assumed: the documentation gives no number)."""
_SEAL_LENGTH = 16


def list_scope(caller: Caller, params: dict[str, Any]) -> list[Any]:
    """What makes a list of an account's the one it is: all that was asked, but for which page of it."""
    asked = {name: value for name, value in params.items() if name not in ("NextToken", "MaxResults")}
    return [caller.account_id, caller.region, asked]


class Pages:
    """The pages of one list, of which a request asks for the next.

    :param scope: what makes the list this one, in values of JSON: a token of another list is refused, as its place
        would be none here, and going on from it would pass over items silently
    :raises refusal: where the token is not one that was returned for this list
    """

    def __init__(self, operation: str, scope: Any, token: str | None, refusal: type[ServiceError]) -> None:
        self._list = [operation, scope]
        self.after: Key | None = None
        """The key of the last item of the page before; None on the first one."""
        if token is not None:
            self.after = self._read(token)
            if self.after is None:
                raise refusal(f"Validation Error: NextToken is not one that {operation} has returned for this list.")

    def _read(self, token: str) -> Key | None:
        try:
            seal, *key = json.loads(urlsafe_b64decode(token))
        except (RecursionError, TypeError, ValueError):
            return None
        return key if seal == self._seal(key) else None

    def _seal(self, key: Key) -> str:
        return sha256(json.dumps([self._list, key], sort_keys=True).encode()).hexdigest()[:_SEAL_LENGTH]

    def token(self, key: Key) -> str:
        """The token of the page after an item."""
        return urlsafe_b64encode(json.dumps([self._seal(key), *key], ensure_ascii=False).encode()).decode()

    def of_sequence(self, items: Iterable[Item], wanted: int) -> Page[Item]:
        """The next page of items that have their place for good."""
        start = self.after[0] + 1 if self.after else 0
        page = list(islice(items, start, start + wanted + 1))
        return page[:wanted], self.token([start + wanted - 1]) if len(page) > wanted else None

    def of_sorted(
        self, items: Iterable[Item], key: Callable[[Item], Key], wanted: int, *, descending: bool
    ) -> Page[Item]:
        """The next page of items by their keys, of which no two are equal.

        In linear time, as nothing is sorted, and in a page's memory, as no item is kept that is not of the page.
        """
        after = self.after
        keyed = ((key(item), item) for item in items)
        if after is not None:
            keyed = (pair for pair in keyed if (pair[0] < after if descending else pair[0] > after))
        page = (nlargest if descending else nsmallest)(wanted + 1, keyed, key=itemgetter(0))
        return [item for _, item in page[:wanted]], self.token(page[wanted - 1][0]) if len(page) > wanted else None

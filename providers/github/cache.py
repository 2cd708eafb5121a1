"""Answers kept by their ETag: a 304 costs nothing of the rate limit (GitHub REST, Conditional requests)."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import orjson
from cachetools import LRUCache

Entry = tuple[str | None, str | None, Any, str | None]
Shared = LRUCache[tuple[str, str], tuple[int, Entry]]

MAX_BYTES = 32 * 2**20
MAX_ENTRY = 2**20
MIN_ENTRY = 4096
"""What each entry is charged at least, which bounds their number too."""


def shared_cache(max_bytes: int = MAX_BYTES) -> Shared:
    return LRUCache(max_bytes, getsizeof=lambda sized: sized[0])


class ScopedCache(MutableMapping[str, Entry]):
    """The part of the cache that one credential may see; gidgethub's keys are addresses only."""

    def __init__(self, shared: Shared, scope: str) -> None:
        self._shared = shared
        self._scope = scope

    def __getitem__(self, url: str) -> Entry:
        return self._shared[self._scope, url][1]

    def __setitem__(self, url: str, entry: Entry) -> None:
        _, _, data, more = entry
        # A full last page keeps its ETag when the next page comes to be, and would hide it.
        if isinstance(data, list) and len(data) >= 100 and more is None:
            return
        size = len(orjson.dumps(data)) + len(url)
        if size <= MAX_ENTRY:
            self._shared[self._scope, url] = (max(size, MIN_ENTRY), entry)

    def __delitem__(self, url: str) -> None:
        del self._shared[self._scope, url]

    def __iter__(self) -> Iterator[str]:
        return (url for scope, url in list(self._shared) if scope == self._scope)

    def __len__(self) -> int:
        return sum(1 for _ in self)

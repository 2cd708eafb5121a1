"""Calls of an SDK in the name of one connection."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from providers.errors import Unavailable
from providers.sdk.clients import Clients
from providers.sdk.threads import SECONDS, Lane, Threads
from providers.text import one_line

C = TypeVar("C")
T = TypeVar("T")

UNREADABLE: tuple[type[Exception], ...] = (ValueError, LookupError)


class Caller(Generic[C]):
    """Runs functions that take an SDK client; `caller(lambda gitlab: gitlab.projects.get(7))`.

    `key` tells this connection's clients from all others, `make` makes one (in a thread), `unreadable` are what the
    SDK raises over an answer that it can't read; they become Unavailable.
    """

    def __init__(
        self,
        host: str,
        threads: Threads,
        clients: Clients[C],
        key: Hashable,
        make: Callable[[], C],
        unreadable: tuple[type[Exception], ...] = UNREADABLE,
    ) -> None:
        self._host = host
        self._threads = threads
        self._clients = clients
        self._key = key
        self._make = make
        self._unreadable = unreadable
        self._lane = Lane()

    async def __call__(self, call: Callable[[C], T], *, seconds: float = SECONDS) -> T:
        """Gives what `call` gives. Raises any ProviderError; Unavailable after `seconds`."""
        return await self._threads.run(self._lane, lambda: self._with_client(call), seconds=seconds)

    def _with_client(self, call: Callable[[C], T]) -> T:
        try:
            with self._clients.lease(self._key, self._make) as client:
                return call(client)
        except self._unreadable as error:
            reason = one_line(f"{type(error).__name__}: {error}", 200)
            raise Unavailable(f"{self._host}'s answer can't be read: {reason}") from error

"""Calls of the SDK as JSON in and JSON out: the same objects as in service hooks, so that one module reads both."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from providers.azure.failures import PUBLIC
from providers.azure.naming import Organization
from providers.errors import Unauthenticated
from providers.fetching.storage import Storage
from providers.payloads import Json, child, word
from providers.sdk.caller import Caller
from providers.sdk.threads import SECONDS

if TYPE_CHECKING:
    from providers.azure.sdk import Sdk


class Client:
    """Speaks for one connection; every failure is a ProviderError.

    `plain` makes JSON of what the SDK gives; `storage` is for files at signed addresses elsewhere.
    """

    def __init__(
        self, organization: Organization, call: "Caller[Sdk]", plain: Callable[[Any], Any], storage: Storage
    ) -> None:
        self.organization = organization
        self.storage = storage
        self._call = call
        self._plain = plain
        self._us = ""

    async def __call__(self, call: "Callable[[Sdk], Any]", *, seconds: float = SECONDS) -> Any:
        return await self._call(lambda sdk: self._plain(call(sdk)), seconds=seconds)

    async def ourselves(self) -> Json:
        """Asks who we are. Raises Unauthenticated when we are nobody, whom public projects answer as well."""
        answer = await self(lambda sdk: sdk.location.get_connection_data())
        found = child(answer, "authenticatedUser")
        self._us = word(found, "id").lower()
        if not self._us or self._us == PUBLIC:
            raise Unauthenticated("Azure DevOps does not know whose credential this is")
        return found

    async def us(self) -> str:
        """Gives the id of our identity, asked for once."""
        if not self._us:
            await self.ourselves()
        return self._us

"""One write to a host: made when it is needed, remembered so that a crash can't make it twice."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.store.models import Publication
from bot.store.publications import open_publication
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Suspended,
    Unauthenticated,
    Unavailable,
)
from providers.values import Slot, Written

logger = logging.getLogger(__name__)

_NOT_GRANTED = "not granted"
"""In the place of a check's hash: it is not tried again, the next execution asks anew."""

Call = Callable[[Slot], Awaitable[Written]]


class Unsaid(Exception):
    """The host does not say yet what it should."""


@dataclass(frozen=True)
class Writer:
    """Writes for one organization; who only `looks` raises Unsaid where there is something to write."""

    services: Services
    organization_id: str
    looks: bool = False

    async def write(self, subject: str, kind: str, digest: str, call: Call, *, settled: bool) -> ProviderError | None:
        """Makes a write unless the host says the same already; `settled` tells that it is the last word.

        Gives why the host will not take it (Forbidden, NotFound, Rejected), also when it said so before. Raises what
        may pass by waiting (RateLimited, Unavailable) and what ends all work (Suspended, Unauthenticated).
        """
        async with self.services.database.write() as session:
            row = await open_publication(session, self.organization_id, subject, kind)
            if row.content_hash == _NOT_GRANTED:
                return Forbidden(row.problem)
            if row.content_hash == digest and not row.writing:
                return Rejected(row.problem) if row.problem else None
            if self.looks:
                raise Unsaid
            slot = Slot(id=row.external_id, state=row.state, unsure=row.writing)
            row.writing = True
        try:
            written = await call(slot)
        except ProviderError as error:
            not_granted = isinstance(error, Forbidden) and kind == "check"
            return await self._failed(row.id, error, slot, _NOT_GRANTED if not_granted else digest, settled)
        await self._close(row.id, digest=digest, written=written, settled=settled)
        return None

    async def _failed(self, row_id: str, error: ProviderError, slot: Slot, digest: str, settled: bool) -> ProviderError:
        """Notes how a write failed; of one that is lost on its way it stays unsure whether it was applied."""
        passing = isinstance(error, RateLimited | Unavailable | Suspended | Unauthenticated)
        refused = isinstance(error, Forbidden | NotFound | Rejected)
        if error.written is not None and not refused:
            await self._close(row_id, writing=True, written=error.written)
        elif not isinstance(error, Unavailable) and passing:
            await self._close(row_id, writing=slot.unsure)
        if passing or not refused:
            raise error
        problem = words_of(error)
        logger.warning("%s was refused: %s", row_id, problem)
        await self._close(row_id, digest=digest, written=error.written, problem=problem, settled=settled)
        return error

    async def _close(
        self,
        row_id: str,
        *,
        writing: bool = False,
        digest: str | None = None,
        written: Written | None = None,
        problem: str = "",
        settled: bool = False,
    ) -> None:
        async with self.services.database.write() as session:
            row = await session.get_one(Publication, row_id)
            row.writing = writing
            if digest is not None:
                row.content_hash, row.problem, row.settled = digest, problem, settled
                row.updated_at = self.services.clock()
            if written is not None:
                row.external_id, row.url, row.state = written.id, written.url, written.state

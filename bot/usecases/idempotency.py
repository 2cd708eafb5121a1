"""A request that is sent again under its own key is done once (draft-ietf-httpapi-idempotency-key-header)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import anyio
from sqlalchemy.exc import IntegrityError

from bot.domain.ids import new_id
from bot.store.idempotency import find_request, forget_request, keep_answer
from bot.store.models import KeyedRequest
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Refused
from bot.usecases.services import Services

KEPT = timedelta(hours=24)
"""How long an answer is given again."""
LOST = timedelta(minutes=5)
"""After which a request that has no answer is taken for one whose process died."""


class Reused(Refused):
    """The key belongs to another request."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered, as it went out."""

    status: int
    content: bytes
    again: bool = False


async def once(
    services: Services, caller: Caller, key: str, digest: str, do: Callable[[], Awaitable[Answered]]
) -> Answered:
    """Does what is asked unless it was done under this key, and gives the same answer; `digest` tells what is asked.

    A refused request leaves nothing behind: it may come again, corrected, under its key. Raises Reused, Conflict (it is
    under way), and whatever `do` raises.
    """
    found = await _claim(services, caller, key, digest)
    if isinstance(found, Answered):
        return found
    try:
        answered = await do()
    except BaseException:
        with anyio.CancelScope(shield=True):
            async with services.database.write() as session:
                await forget_request(session, found)
        raise
    async with services.database.write() as session:
        await keep_answer(session, found, answered.status, answered.content)
    return answered


async def _claim(services: Services, caller: Caller, key: str, digest: str) -> Answered | str:
    """Gives the answer of the same request, or the id of the row that is now held for this one."""
    at, mine = services.clock(), new_id()
    try:
        async with services.database.write() as session:
            known = await find_request(session, caller.organization_id, key)
            if known is not None:
                if at - known.created_at < (LOST if known.status is None else KEPT):
                    return _answer(known, digest)
                await forget_request(session, known.id)
            session.add(
                KeyedRequest(id=mine, organization_id=caller.organization_id, key=key, digest=digest, created_at=at)
            )
    except IntegrityError as error:
        raise _under_way() from error
    return mine


def _answer(known: KeyedRequest, digest: str) -> Answered:
    if known.digest != digest:
        raise Reused("Idempotency-Key was used for another request in the last 24 hours: send a key of its own")
    if known.status is None:
        raise _under_way()
    return Answered(known.status, known.answer, again=True)


def _under_way() -> Conflict:
    return Conflict("the first request with this Idempotency-Key is still under way: ask again in a moment")

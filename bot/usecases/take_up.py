"""What could not be told on a host is told when the access to it comes back."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.publications import forget_refusals, untold_cycles
from bot.usecases.publishing import enqueue_locate
from bot.usecases.services import Services

RECENT = timedelta(days=3)
"""How old a cycle may be to be told then."""


async def take_up_again(session: AsyncSession, services: Services, organization_id: str) -> None:
    """Has the recent cycles of an organization told that have a problem on their host."""
    since = services.clock() - RECENT
    for cycle in await untold_cycles(session, organization_id, since=since):
        await forget_refusals(session, cycle.id)
        await enqueue_locate(session, services, cycle)

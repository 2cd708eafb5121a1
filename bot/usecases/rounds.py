"""Work that comes round by itself: one job of each kind waits at any time, whatever the number of workers."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.jobs import enqueue
from bot.usecases.services import Services

EVERY = timedelta(hours=1)


async def come_again(session: AsyncSession, services: Services, function: str) -> None:
    """Has a round made once more when its time has come."""
    await enqueue(
        session,
        function,
        {},
        dedupe_key=f"round:{function}",
        exclusive_key=f"round:{function}",
        delay=EVERY,
        now=services.clock(),
    )

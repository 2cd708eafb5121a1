"""Queries on inbound deliveries."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import first_id_at
from bot.store.models import Delivery, DeliveryState


async def purge_deliveries(session: AsyncSession, *, before: datetime) -> None:
    """Deletes deliveries that came before a time and were handled or ignored; the failed stay until somebody looks."""
    answered = Delivery.state.in_((DeliveryState.HANDLED, DeliveryState.IGNORED))
    # By id, which tells the time as well: an index on the time would cost each delivery a write.
    await session.execute(delete(Delivery).where(answered, Delivery.id < first_id_at(before)))

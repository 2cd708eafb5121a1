"""Queries on inbound deliveries."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Delivery, DeliveryState


async def purge_deliveries(session: AsyncSession, *, before: datetime) -> None:
    """Deletes deliveries that came before a time and were handled or ignored; the failed stay until somebody looks."""
    answered = Delivery.state.in_((DeliveryState.HANDLED, DeliveryState.IGNORED))
    await session.execute(delete(Delivery).where(answered, Delivery.received_at < before))

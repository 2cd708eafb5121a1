"""How long deliveries are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.ids import first_id_at
from bot.queue.sweeper import Sweeper
from bot.store.database import Database
from bot.store.models import Delivery, DeliveryState

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_answered_deliveries_go_after_a_week_and_failed_ones_stay(database: Database) -> None:
    async with database.write() as session:
        session.add_all(
            Delivery(
                id=first_id_at(NOW - timedelta(days=days))[:-4] + f"{number:04x}",
                provider="github",
                dedupe_key=f"{state}-{days}",
                event="ping",
                headers={},
                body=b"{}",
                state=state,
                received_at=NOW - timedelta(days=days),
            )
            for number, state in enumerate(DeliveryState)
            for days in (6, 8)
        )
    await Sweeper(database, ["default"], clock=lambda: NOW).sweep()
    async with database.read() as session:
        kept = set(await session.scalars(select(Delivery.dedupe_key)))
    assert kept == {"handled-6", "ignored-6", "failed-6", "failed-8", "received-6", "received-8"}

"""A stored delivery is read and answered."""

import logging

from bot.store.models import Delivery, DeliveryState
from bot.usecases import link_installation, rerun, track_pull_request
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers.errors import MalformedPayload

logger = logging.getLogger(__name__)

ROUTER = Router(link_installation.router, track_pull_request.router, rerun.router)


async def handle_delivery(services: Services, delivery_id: str) -> None:
    """Parses a delivery and runs the use cases for what it says; of no use to us = ignored, never an error."""
    async with services.database.read() as session:
        delivery = await session.get(Delivery, delivery_id)
    if delivery is None or delivery.state in (DeliveryState.HANDLED, DeliveryState.IGNORED):
        return
    host = services.registry.get(delivery.provider)
    try:
        events = host.webhooks.parse(delivery.event, delivery.headers, delivery.body)
        notes = [note for event in events for note in await ROUTER.dispatch(services, host.name, event)]
    except MalformedPayload as error:
        await _note(services, delivery_id, DeliveryState.FAILED, str(error))
        return
    except Exception as error:
        await _note(services, delivery_id, DeliveryState.FAILED, f"{type(error).__name__}: {error}")
        raise
    state = DeliveryState.HANDLED if notes else DeliveryState.IGNORED
    await _note(services, delivery_id, state, "; ".join(notes))


async def _note(services: Services, delivery_id: str, state: DeliveryState, note: str) -> None:
    async with services.database.write() as session:
        delivery = await session.get_one(Delivery, delivery_id)
        delivery.state, delivery.note = state, note

"""A stored delivery is read and answered."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from bot.store.hooks import find_hook
from bot.store.models import AgnoxServer, Delivery, DeliveryState
from bot.usecases import (
    follow_pipeline,
    follow_run,
    hear_comment,
    link_installation,
    merge_group,
    press_button,
    track_pull_request,
)
from bot.usecases.agnox.hear import hear_agnox
from bot.usecases.router import Router
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import MalformedPayload
from providers.events import Event

logger = logging.getLogger(__name__)

_COLLISIONS = 4
"""An organization, an installation, a repository and a pull request may each be new."""

ROUTER = Router(
    link_installation.router,
    track_pull_request.router,
    press_button.router,
    hear_comment.router,
    follow_pipeline.router,
    follow_run.router,
    merge_group.router,
)


async def handle_delivery(services: Services, delivery_id: str) -> None:
    """Parses a delivery and runs the use cases for what it says; of no use to us = ignored, never an error."""
    async with services.database.read() as session:
        delivery = await session.get(Delivery, delivery_id)
    if delivery is None or delivery.state in (DeliveryState.HANDLED, DeliveryState.IGNORED):
        return
    if delivery.provider == AgnoxServer.provider:
        await hear_agnox(services, delivery)
        return
    host = services.registry.get(delivery.provider)
    if await _is_orphan(services, delivery):
        await _note(services, delivery_id, DeliveryState.IGNORED, "its hook was removed meanwhile")
        return
    try:
        events = host.webhooks.parse(delivery.event, delivery.headers, delivery.body)
        # The key of a hook is the id of what its host granted us, whatever a delivery that it proves says of itself.
        key = delivery.hook_key or ""
        told = [replace(event, installation=key or event.installation) for event in events]
        notes = await _dispatch(services, host.name, told)
    except MalformedPayload as error:
        await _note(services, delivery_id, DeliveryState.FAILED, words_of(error))
        return
    except Exception as error:
        await _note(services, delivery_id, DeliveryState.FAILED, f"{type(error).__name__}: {words_of(error)}")
        raise
    state = DeliveryState.HANDLED if notes else DeliveryState.IGNORED
    await _note(services, delivery_id, state, "; ".join(notes) or "nothing in it is of use to us")


async def _is_orphan(services: Services, delivery: Delivery) -> bool:
    if delivery.hook_key is None:
        return False
    async with services.database.read() as session:
        return await find_hook(session, delivery.provider, delivery.hook_key) is None


async def _dispatch(services: Services, provider: str, events: Sequence[Event]) -> list[str]:
    """Runs the handlers; deliveries that come at once may speak of the same new thing, and only one can add it."""
    for _ in range(_COLLISIONS):
        try:
            return [note for event in events for note in await ROUTER.dispatch(services, provider, event)]
        except IntegrityError as error:
            collision = error
    raise collision


async def _note(services: Services, delivery_id: str, state: DeliveryState, note: str) -> None:
    async with services.database.write() as session:
        delivery = await session.get_one(Delivery, delivery_id)
        delivery.state, delivery.note = state, note

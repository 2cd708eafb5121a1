"""A run that an Agnox server says has ended is read and analysed as any other."""

from datetime import datetime, timedelta

from bot.node.agnox import RemoteExecution
from bot.store.models import AgnoxServer, Delivery, DeliveryState
from bot.store.vault import VaultError
from bot.usecases.agnox.access import NO_ACCESS, client_of, note_refusal, note_state
from bot.usecases.agnox.keep import keep_end
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable

PATIENCE = timedelta(minutes=15)
"""How long a run is waited for that the server has spoken of and does not show yet."""


async def read_agnox_run(services: Services, server_id: str, task_id: str, delivery_id: str, since: str) -> None:
    """Reads a run and keeps its end; RateLimited and Unavailable are raised.

    What comes of it stands at the delivery that told of it.
    """
    async with services.database.read() as session:
        server = await session.get(AgnoxServer, server_id)
    if server is None:
        return
    try:
        client = client_of(services, server)
        remote: RemoteExecution | None = await client.execution(task_id)
    except NO_ACCESS as refusal:
        await _note(services, delivery_id, DeliveryState.FAILED, await note_refusal(services, server, refusal))
        return
    except NotFound:
        remote = None
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, VaultError) as error:
        await _note(services, delivery_id, DeliveryState.FAILED, words_of(error))
        return
    if remote is None or not remote.finished:
        if services.clock() - datetime.fromisoformat(since) < PATIENCE:
            raise Unavailable(f"the Agnox server does not show the end of {task_id} yet")
        await _note(
            services, delivery_id, DeliveryState.FAILED, "the Agnox server does not show us the end of this run"
        )
        return
    if server.broken:
        await note_state(services, server, "")
    await _note(services, delivery_id, DeliveryState.HANDLED, await keep_end(services, server, client, remote))


async def give_up_agnox_run(services: Services, delivery_id: str, reason: str, **_: object) -> None:
    """Tells that a run could not be read."""
    words = reason.splitlines()[-1] if reason else "the run could not be read"
    await _note(services, delivery_id, DeliveryState.FAILED, words)


async def _note(services: Services, delivery_id: str, state: DeliveryState, note: str) -> None:
    async with services.database.write() as session:
        delivery = await session.get(Delivery, delivery_id)
        if delivery is not None:
            delivery.state, delivery.note = state, note

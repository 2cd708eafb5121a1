"""An Agnox server says that a run has ended: what it says is only taken for a reason to read the run itself."""

from pydantic import ValidationError

from bot.domain.context import Wire
from bot.node.agnox import is_task_id
from bot.store.agnox import find_server_at
from bot.store.models import Delivery, DeliveryState
from bot.usecases.agnox.queueing import enqueue_read
from bot.usecases.services import Services

FINISHED = "execution.finished"


class _Told(Wire):
    event: str
    task_id: str = ""


async def hear_agnox(services: Services, delivery: Delivery) -> None:
    """Has the run read that a stored delivery speaks of; of no use to us = ignored, never an error."""
    try:
        told = _Told.model_validate_json(delivery.body)
    except ValidationError:
        told = None
    async with services.database.write() as session:
        row = await session.get_one(Delivery, delivery.id)
        server = await find_server_at(session, delivery.hook_key or "")
        if server is None:
            row.state, row.note = DeliveryState.IGNORED, "its hook was removed meanwhile"
        elif told is None:
            row.state, row.note = DeliveryState.FAILED, "it is no JSON object with an event"
        elif told.event != FINISHED:
            row.state, row.note = DeliveryState.IGNORED, "nothing in it is of use to us"
        elif not is_task_id(told.task_id):
            row.state, row.note = DeliveryState.FAILED, "its taskId is no id"
        else:
            await enqueue_read(session, services, server, told.task_id, delivery.id)
            row.state, row.note = DeliveryState.HANDLED, "the run is being read"

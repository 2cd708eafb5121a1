"""The green runs that a log is compared with: found before an analysis, kept after a green one."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.analysis import GreenRuns, Input, log_name, pack_lines
from bot.domain.context import CiContext
from bot.store.baselines import add_green_logs, find_green_logs, forget_green_logs
from bot.store.history import Stream
from bot.store.hosting import find_pull_request
from bot.store.models import Artifact, Execution, TestCycle
from bot.usecases.publishing import provider_of
from bot.usecases.resolve_context import find_place
from bot.usecases.services import Services

logger = logging.getLogger(__name__)

LOG = "log"


async def recall_baseline(
    session: AsyncSession, services: Services, cycle: TestCycle, files: Sequence[Artifact]
) -> GreenRuns:
    """Gives what is kept of the newest green runs for the logs among these files; perhaps nothing."""
    names = {log_name(file.name) for file in files if file.kind == LOG}
    stream, pull_request_id = await _place(session, services, cycle)
    packed = await find_green_logs(session, stream, names, pull_request_id)
    try:
        return GreenRuns.unpack(packed)
    except ValueError:
        logger.warning("the green logs of suite %r can't be read; analysing without", cycle.suite)
        return GreenRuns()


def pack_green_logs(files: Sequence[Artifact]) -> list[tuple[str, int, bytes]]:
    """Reads the logs among a green execution's files once more: name, number of different lines, packed lines."""
    found = ((file.name, pack_lines(Input.of_bytes(file.name, file.content))) for file in files if file.kind == LOG)
    return [(log_name(name), *packed) for name, packed in found if packed is not None]


async def keep_baseline(
    session: AsyncSession, cycle: TestCycle, execution: Execution, logs: Sequence[tuple[str, int, bytes]]
) -> None:
    """Keeps the logs of a green execution in the place of the oldest ones."""
    await add_green_logs(session, execution, logs)
    await forget_green_logs(session, Stream.of(cycle))


async def _place(session: AsyncSession, services: Services, cycle: TestCycle) -> tuple[Stream, str | None]:
    """Gives where a cycle belongs and its pull request.

    One that was not looked up yet belongs to what its context names, as far as our own table knows that.
    """
    stream = Stream.of(cycle)
    if cycle.repository_id is not None or cycle.ci_context is None:
        return stream, cycle.pull_request_id
    context = CiContext.model_validate(cycle.ci_context)
    provider = provider_of(context, services.registry)
    if provider is None or not context.repository:
        return stream, None
    try:
        place = await find_place(session, services.registry, cycle.organization_id, provider, context.repository)
    except ValueError:
        return stream, None
    if place.row is None:
        return stream, None
    pull = None
    if context.pr_number is not None:
        pull = await find_pull_request(session, place.row.id, number=context.pr_number)
    return replace(stream, repository_id=place.row.id), pull.id if pull is not None else None

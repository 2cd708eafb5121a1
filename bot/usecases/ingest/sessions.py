"""A reporter opens a session, streams events into it and ends it; no call goes to a host."""

import hashlib
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self
from uuid import UUID

import orjson
from cachetools import TTLCache
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState, step
from bot.domain.ids import new_id
from bot.domain.known_secrets import KnownSecrets
from bot.domain.masking import mask
from bot.store.cycles import add_cycle, add_execution, find_cycle
from bot.store.jobs import enqueue
from bot.store.models import Execution, IngestSession
from bot.store.sessions import ChunkWriter, find_session, taken
from bot.usecases.caller import Caller
from bot.usecases.errors import Missing
from bot.usecases.ingest.events import tidy
from bot.usecases.ingest.values import Batch, Setup, Teardown
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.publishing import enqueue_locate
from bot.usecases.resolve_context import InvalidFields, Resolved, resolve_context
from bot.usecases.services import Services
from bot.usecases.start_cycle import choose_project, dump_context

GRACE = timedelta(seconds=2)
"""So long after its end a session is left alone: batches are not sent one after another."""
LATE = timedelta(minutes=1)
"""So long after its end missing events are waited for."""
_REMEMBERED = 60.0
_MOST_REMEMBERED = 10_000
_FACTOR = 4


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that was accepted, its id in UUID form."""

    session_id: str
    execution_id: str
    cycle_id: str
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """What is remembered of a session between its batches."""

    project_id: str
    state: str
    size: int
    mask: Callable[[str], str]
    late: bool = False


class Sessions:
    """Takes what reporters send. An async context manager: leaving it stores what is still waiting."""

    def __init__(self, services: Services, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._writer = ChunkWriter(services.database)
        self._known: TTLCache[tuple[str, str], _Known] = TTLCache(_MOST_REMEMBERED, _REMEMBERED, timer)

    async def __aenter__(self) -> Self:
        await self._writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writer.__aexit__(kind, error, trace)

    async def open(self, caller: Caller, setup: Setup) -> OpenedSession:
        """Persists a running cycle and its session. Raises Missing (foreign project) and Invalid."""
        services = self._services
        try:
            resolved = await resolve_context(services, caller.organization_id, setup.ci_context)
        except InvalidFields as error:
            # Reporters drop a refusal without a word: the run counts, and says why it is told nowhere else.
            resolved = Resolved(None, (str(error),))
        async with services.database.write() as session:
            project = await choose_project(session, caller, setup.project_id)
            name = mask(" ".join((setup.run_name or setup.framework).split()))
            cycle = add_cycle(
                session,
                project,
                suite=f"{project.name} / {name}" if name else project.name,
                state=CycleState.RUNNING,
                ci_context=dump_context(resolved.context),
                request={},
            )
            if setup.ci_context is not None and resolved.context is None:
                cycle.problem = resolved.warnings[0]
            await session.flush()
            execution = add_execution(session, cycle, 1, CycleState.RUNNING, f"apikey:{caller.key_name}")
            execution.started_at = services.clock()
            await session.flush()
            row = IngestSession(
                id=new_id(),
                organization_id=project.organization_id,
                execution_id=execution.id,
                project_id=project.id,
                framework=setup.framework,
                total_tests=setup.total_tests,
                state=IngestSession.OPEN,
                told="",
                summary={},
                created_at=services.clock(),
            )
            session.add(row)
            await session.flush()
            await enqueue_watch(session, services, row, services.session_silence)
            await enqueue_locate(session, services, cycle)
        return OpenedSession(str(UUID(row.id)), execution.id, cycle.id, resolved.warnings)

    async def add(self, caller: Caller, batch: Batch) -> int:
        """Persists the events of a batch and gives how many were not taken. Raises Missing and ChunksUnavailable.

        Over the limit of a log its chunks are dropped, results are kept four times as far.
        """
        session_id = read_session_id(batch.session_id)
        known = await self._find(caller, session_id)
        if known.state == IngestSession.READ:
            return len(batch.events)
        events = tidy(batch.events, known.mask)
        limit = self._services.log_limit
        if known.size > limit:
            events = [event for event in events if event["type"] != "log"]
        if not events or known.size > _FACTOR * limit:
            return len(batch.events)
        content = b"\n".join(map(orjson.dumps, events))
        known.size += len(content)
        await self._writer.put(
            {
                "id": new_id(),
                "organization_id": caller.organization_id,
                "session_id": session_id,
                "digest": hashlib.sha256(content).hexdigest(),
                "ends": sum(event["type"] == "test-end" for event in events),
                "size": len(content),
                "content": zlib.compress(content, 1),
                "received_at": self._services.clock(),
            }
        )
        if known.state == IngestSession.ENDED and not known.late:
            known.late = True
            async with self._services.database.write() as session:
                await enqueue_reading(session, self._services, session_id, caller.organization_id, GRACE)
        return len(batch.events) - len(events)

    async def end(self, caller: Caller, teardown: Teardown) -> str:
        """Notes the reporter's word on the end and has the events read soon; a second time changes nothing.

        Gives the word that counts. Raises Missing.
        """
        session_id = read_session_id(teardown.session_id)
        known = await self._find(caller, session_id)
        services = self._services
        async with services.database.write() as session:
            row = await find_session(session, caller.organization_id, session_id)
            if row is None:
                raise Missing(f"there is no session {session_id}")
            if row.state == IngestSession.OPEN:
                row.state, row.told, row.ended_at = IngestSession.ENDED, teardown.status, services.clock()
                row.summary = teardown.summary.model_dump(exclude_none=True)
                execution = await session.get_one(Execution, row.execution_id)
                if execution.state == CycleState.RUNNING:
                    execution.finished_at = row.ended_at
                await enqueue_reading(session, services, session_id, row.organization_id, GRACE)
            known.state, told = row.state, row.told
        return told or teardown.status

    async def _find(self, caller: Caller, session_id: str) -> _Known:
        key = (caller.organization_id, session_id)
        known = self._known.get(key)
        if known is None:
            async with self._services.database.read() as session:
                row = await find_session(session, *key)
                if row is not None:
                    size, _ = await taken(session, session_id)
                    secrets = await organization_secrets(session, self._services.vault, caller.organization_id)
                    masked = partial(mask, known=KnownSecrets(secrets))
                    known = self._known[key] = _Known(row.project_id, row.state, size, masked)
        if known is None or caller.project_id not in (None, known.project_id):
            raise Missing(f"there is no session {session_id[:64]}")
        return known


def read_session_id(wire: str) -> str:
    """Gives the key of a session. Raises Missing for what can't be one of ours."""
    try:
        return UUID(wire).hex
    except ValueError:
        raise Missing(f"there is no session {wire[:64]!r}") from None


async def enqueue_reading(
    session: AsyncSession,
    services: Services,
    session_id: str,
    organization_id: str,
    delay: timedelta,
    *,
    last: bool = False,
) -> None:
    """Has the events of an ended session read; `last` does not wait for more of them."""
    await enqueue(
        session,
        "read_session",
        {"session_id": session_id, "last": last},
        organization_id=organization_id,
        dedupe_key=f"session:{session_id}:{last}",
        exclusive_key=f"session:{session_id}",
        on_dead="give_up_session",
        delay=delay,
        now=services.clock(),
    )


async def enqueue_watch(session: AsyncSession, services: Services, row: IngestSession, delay: timedelta) -> None:
    """Has somebody look later whether a session is still alive."""
    await enqueue(
        session,
        "watch_session",
        {"session_id": row.id},
        organization_id=row.organization_id,
        dedupe_key=f"watch:{row.id}",
        delay=delay,
        now=services.clock(),
    )


async def begin_analysis(session: AsyncSession, execution: Execution, at: datetime) -> bool:
    """Moves a streamed execution on to its analysis; False where it was cancelled meanwhile."""
    cycle = await find_cycle(session, execution.organization_id, execution.cycle_id, lock=True)
    await session.refresh(execution)
    if cycle is None or execution.state != CycleState.RUNNING:
        return False
    cycle.state = step(CycleState(cycle.state), CycleState.ANALYZING)
    execution.state = CycleState.ANALYZING
    execution.finished_at = execution.finished_at or at
    return True

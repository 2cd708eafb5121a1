"""The events of a session are read once, at its end, and handed to the analysis as a report and a log."""

import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.known_secrets import KnownSecrets
from bot.store.models import Execution, IngestChunk, IngestSession
from bot.store.sessions import chunk_ids, drop_chunks, last_word, taken
from bot.usecases.analyze_execution import fail_execution
from bot.usecases.heed_ci import BROKEN_OFF
from bot.usecases.ingest.attempts import play
from bot.usecases.ingest.report import Written, write_run
from bot.usecases.ingest.sessions import LATE, begin_analysis, enqueue_reading, enqueue_watch
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.receive_results import Upload, enqueue_analysis, pack_all, store_files
from bot.usecases.services import Services
from providers.runs import RunOutcome

_OUTCOMES = {"PASSED": RunOutcome.PASSED, "FAILED": RunOutcome.FAILED}


@dataclass(frozen=True, slots=True)
class _Read:
    """What is stored of a session, all of it masked."""

    written: Written
    files: list[dict[str, Any]]


async def read_session(services: Services, session_id: str, last: bool = False) -> None:
    """Reads an ended session; one of which events are missing is given a minute for them, unless `last`."""
    async with services.database.read() as session:
        row = await session.get(IngestSession, session_id)
        if row is None or row.state != IngestSession.ENDED:
            return
        _, ends = await taken(session, session_id)
        missing = ends < row.summary.get("total", 0)
    if missing and not last and row.ended_at is not None:
        async with services.database.write() as session:
            wait = max(row.ended_at + LATE - services.clock(), LATE * 0)
            await enqueue_reading(session, services, session_id, row.organization_id, wait, last=True)
        return
    await _hand_over(services, row)


async def watch_session(services: Services, session_id: str) -> None:
    """Ends a session of which nothing was heard for too long, with what it had."""
    async with services.database.write() as session:
        row = await session.get(IngestSession, session_id)
        if row is None or row.state != IngestSession.OPEN:
            return
        execution = await session.get_one(Execution, row.execution_id)
        if execution.state != CycleState.RUNNING:
            await _close(session, row)
            return
        left = await last_word(session, row) + services.session_silence - services.clock()
        if left.total_seconds() > 0:
            await enqueue_watch(session, services, row, left)
            return
        row.state, row.told, row.ended_at = IngestSession.ENDED, BROKEN_OFF, services.clock()
        await enqueue_reading(session, services, session_id, row.organization_id, LATE * 0, last=True)


async def give_up_session(services: Services, session_id: str, reason: str, last: bool = True) -> None:
    """Ends a session whose events can't be read."""
    async with services.database.read() as session:
        row = await session.get(IngestSession, session_id)
    if row is not None:
        await fail_execution(services, row.execution_id, reason)


async def _hand_over(services: Services, row: IngestSession) -> None:
    async with services.database.read() as session:
        secrets = KnownSecrets(await organization_secrets(session, services.vault, row.organization_id))
        packed = []
        for chunk_id in await chunk_ids(session, row.id):
            chunk = await session.get_one(IngestChunk, chunk_id)
            packed.append(chunk.content)
            session.expunge(chunk)
        size, _ = await taken(session, row.id)
    read = await to_thread.run_sync(_read, row, packed, secrets, services, limiter=services.packing)
    async with services.database.write() as session:
        row = await session.get_one(IngestSession, row.id, with_for_update=True)
        if row.state != IngestSession.ENDED:
            return
        execution = await session.get_one(Execution, row.execution_id)
        if await begin_analysis(session, execution, row.ended_at or services.clock()):
            some = read.written.tests or row.summary.get("total")
            execution.outcome = _OUTCOMES.get(row.told, row.told) if some or row.told != "PASSED" else ""
            notes = list(read.written.notes)
            if size > services.log_limit:
                notes.append(f"of the streamed log no more than {services.log_limit} bytes were kept")
            execution.notes = "; ".join(notes)
            if row.told == BROKEN_OFF:
                minutes = services.session_silence.total_seconds() / 60
                execution.problem = (
                    f"nothing was heard of the reporter for {minutes:g} minutes: this is what it had sent"
                )
            store_files(session, execution, read.files)
            await enqueue_analysis(session, services, execution)
        await _close(session, row)


async def _close(session: AsyncSession, row: IngestSession) -> None:
    row.state = IngestSession.READ
    await drop_chunks(session, row.id)


def _read(row: IngestSession, packed: Iterable[bytes], secrets: KnownSecrets, services: Services) -> _Read:
    run = play(orjson.loads(line) for content in packed for line in zlib.decompress(content).split(b"\n"))
    with tempfile.TemporaryDirectory(prefix="agnox-session-") as folder:
        written = write_run(run, row.framework, row.told, row.summary, Path(folder))
        uploads = [Upload(file.kind, file.path.name, file.path) for file in written.files]
        # What was streamed is bounded already; a report repeats some of it.
        return _Read(written, pack_all(uploads, secrets, 16 * services.log_limit + 1_000_000))

"""A CI run that ended is read: what it left becomes an execution of its cycle."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.masking import mask
from bot.store.jobs import enqueue
from bot.store.models import CiRun, PullRequest, Repository
from bot.usecases.connect import Unconnected, connect
from bot.usecases.earlier_attempts import at_attempt, waits_for_earlier
from bot.usecases.errors import Invalid
from bot.usecases.locate_run import locate_run
from bot.usecases.note_run import as_told, enqueue_read, known_of
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.plan_reading import Plan, plan_reading
from bot.usecases.publishing import request_head
from bot.usecases.receive_results import Upload, pack_all
from bot.usecases.run_results import Results, keep_results
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Suspended, Unauthenticated
from providers.fetching.basket import PassingNote
from providers.interface import CiProvider
from providers.runs import Fetched, RunFile, RunOutcome, RunState

logger = logging.getLogger(__name__)

AGAIN = (timedelta(seconds=10), timedelta(seconds=60))
"""Pauses before a run is fetched again of which a host could not give some file for now; then it is told without it."""
AFTER_EARLIER = timedelta(seconds=30)
"""When it is looked again whether the attempts before one are read."""
BEGAN_ANEW = "it began anew before it was read"
_NAMED = 10
"""Failed jobs that are named."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A run to be read, and the way to its host."""

    run: CiRun
    repository: Repository
    provider: CiProvider | Unconnected


class _Incomplete(Exception):
    """Some file of a run could not be had for now."""


async def read_run(services: Services, run_id: str, attempt: dict[str, Any] | None = None, tries: int = 0) -> None:
    """Reads a run that ended, once for each attempt, as far as the policy and what it is for ask for it.

    `attempt` is an earlier one, as `keep_attempt` wrote it down; `tries` are those after which a file was missing.
    RateLimited and Unavailable are raised before anything is kept.
    """
    opened = await _open(services, run_id, attempt)
    if opened is None:
        return
    if isinstance(opened.provider, Unconnected):
        await _leave(services, opened.run, opened.provider.reason)
        return
    try:
        run = at_attempt(await locate_run(services, opened.provider, opened.repository, run_id), attempt)
        plan = await plan_reading(services, opened.provider, opened.repository, run)
        if attempt is not None and not opened.provider.capabilities.attempts:
            plan = replace(plan, reading=None, why=plan.why or BEGAN_ANEW)
        last = tries >= len(AGAIN)
        results = await _read(services, opened.provider, opened.repository, run, plan, last) if plan.keeps else None
    except _Incomplete:
        await _try_again(services, run, attempt, tries)
        return
    except (Suspended, Unauthenticated) as refusal:
        await _leave(services, opened.run, f"{opened.provider.name} refuses us: {words_of(refusal)}")
        return
    if results is None:
        await _leave(services, run, plan.why)
        return
    await keep_results(services, run, plan, results)


async def give_up_run(
    services: Services, run_id: str, reason: str, attempt: dict[str, Any] | None = None, tries: int = 0
) -> None:
    """Ends a run that can't be read with what its host says of it: a red one must not be overlooked."""
    async with services.database.read() as session:
        run = await _unread(session, run_id, attempt)
        if run is None:
            return
        pull = await session.get(PullRequest, run.pull_request_id) if run.pull_request_id else None
    if pull is None or pull.head_sha != run.head_sha:
        await _leave(services, run, mask(reason))
        return
    plan = Plan(keeps=True, pull=pull)
    await keep_results(services, run, plan, Results(notes=(f"it could not be read: {mask(reason)}",)))


async def _unread(session: AsyncSession, run_id: str, attempt: dict[str, Any] | None) -> CiRun | None:
    """Gives a run as it was at the end of an attempt, or is; None where nothing of that is to be read any more."""
    row = await session.get(CiRun, run_id)
    if row is None or (row.state == RunState.ENDED and row.read == known_of(row).key):
        return None
    run = at_attempt(row, attempt)
    return run if run.state == RunState.ENDED and run.read != known_of(run).key else None


async def _open(services: Services, run_id: str, attempt: dict[str, Any] | None) -> _Opened | None:
    async with services.database.read() as session:
        run = await _unread(session, run_id, attempt)
        if run is None:
            return None
        repository = await session.get_one(Repository, run.repository_id)
        if repository.organization_id != run.organization_id:
            return None
        provider = await connect(services, session, run.organization_id, repository.provider, repository)
        first = attempt is not None or not await waits_for_earlier(session, run)
    if not first:
        async with services.database.write() as session:
            await enqueue_read(session, services, run, AFTER_EARLIER)
        return None
    return _Opened(run, repository, provider)


async def _try_again(services: Services, run: CiRun, attempt: dict[str, Any] | None, tries: int) -> None:
    """Has a run fetched once more after a pause, in the place of any other reading of it."""
    arguments: dict[str, Any] = {"run_id": run.id, "tries": tries + 1}
    key = f"read:{run.id}"
    if attempt is not None:
        arguments["attempt"] = attempt
        key = f"{key}:{known_of(run).key}"
    async with services.database.write() as session:
        await enqueue(
            session,
            "read_run",
            arguments,
            organization_id=run.organization_id,
            dedupe_key=key,
            exclusive_key=f"read:{run.id}",
            on_dead="give_up_run",
            delay=AGAIN[tries],
            now=services.clock(),
        )


async def _leave(services: Services, run: CiRun, why: str) -> None:
    """Notes that an attempt is not read, and why; what waited for it goes on."""
    async with services.database.write() as session:
        row = await session.get_one(CiRun, run.id, with_for_update=True)
        if known_of(row).key == known_of(run).key:
            row.unread = why
        row.read = known_of(run).key
        if row.head_sha:
            await request_head(session, services, row.organization_id, row.repository_id, row.head_sha)


async def _read(
    services: Services, provider: CiProvider, repository: Repository, run: CiRun, plan: Plan, last: bool
) -> Results:
    """Downloads and packs what is wanted; what can't be had is told, and the host's own word stands.

    Raises _Incomplete for what could not be had for now, unless this is the `last` try.
    """
    if plan.reading is None:
        return Results(notes=(plan.why,) if plan.why else ())
    where, limits = values.Repository(repository.external_id, repository.path), plan.limits
    limits = replace(limits, file=min(limits.file, services.upload_limit))
    async with services.database.read() as session:
        secrets = await organization_secrets(session, services.vault, run.organization_id)
    folder = await to_thread.run_sync(TemporaryDirectory)
    try:
        fetched = await provider.fetch_run(where, as_told(run), Path(folder.name), plan.reading, limits)
        if not last and any(isinstance(note, PassingNote) for note in fetched.notes):
            raise _Incomplete
        files, refused = await to_thread.run_sync(
            _pack, fetched.files, secrets, services.upload_limit, limiter=services.packing
        )
    except Suspended:
        raise
    except (Forbidden, NotFound, Rejected) as refusal:
        logger.warning("run %s of %s can't be read: %s", run.external_id, repository.path, words_of(refusal))
        return Results(notes=(mask(f"its logs can't be read: {words_of(refusal)}"),))
    finally:
        await to_thread.run_sync(folder.cleanup)
    notes = tuple(mask(note, secrets) for note in (*fetched.notes, *refused))
    return Results(tuple(files), notes, _failed(fetched, secrets))


def _pack(files: Sequence[RunFile], secrets: Sequence[str], limit: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Packs each file by itself, so that one bad file does not cost the others."""
    packed: list[dict[str, Any]] = []
    refused: list[str] = []
    for file in files:
        try:
            # Names are unique among those packed before, so that the same ones of two jobs both stay.
            packed += pack_all([Upload(file.kind, _unique(file, packed), file.path)], secrets, limit, packed)
        except Invalid as error:
            refused.append(str(error))
    return packed, refused


def _unique(file: RunFile, packed: Sequence[dict[str, Any]]) -> str:
    name = file.name if not file.job or file.job in file.name else f"{file.job}/{file.name}"
    taken, number, wanted = {each["name"] for each in packed if each["kind"] == file.kind}, 1, name[:480]
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


def _failed(fetched: Fetched, secrets: Sequence[str]) -> tuple[str, ...]:
    failed = [job.name for job in fetched.jobs if job.outcome is RunOutcome.FAILED]
    return tuple(mask(name, secrets) for name in failed[:_NAMED])

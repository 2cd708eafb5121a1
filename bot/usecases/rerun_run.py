"""Runs of a host's own CI are run again, and stopped, by their host."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.globs import text_glob
from bot.store.jobs import enqueue
from bot.store.models import CiRun, Repository, TestCycle
from bot.usecases.connect import Unconnected, connect
from bot.usecases.errors import Conflict
from bot.usecases.rerun_target import Target, forget_asked, note_asked
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers import runs, values
from providers.errors import ProviderError, RateLimited, Unavailable
from providers.interface import CiProvider
from providers.runs import FetchLimits, Reading, RerunScope, RunState

_NO_FILES = FetchLimits(file=0, total=0, files=0)


async def rerun_by_host(
    session: AsyncSession, services: Services, cycle: TestCycle, target: Target, actor: str
) -> None:
    """Has the host asked to run a run again. Raises Conflict while it still runs."""
    run = await session.get(CiRun, cycle.ci_run_id)
    if run is None:
        raise Conflict("its run is not known any more")
    if run.state != RunState.ENDED:
        raise Conflict("it is still running: wait for its end or cancel it first")
    await note_asked(session, services, cycle, actor)
    assert cycle.asked_at is not None
    scope = RerunScope.FAILED if target.failed else RerunScope.ALL
    await enqueue(
        session,
        "rerun_run",
        {"cycle_id": cycle.id, "scope": scope, "jobs": target.jobs, "asked_at": cycle.asked_at.isoformat()},
        organization_id=cycle.organization_id,
        dedupe_key=f"rerun:{cycle.id}",
        exclusive_key=f"rerun:{cycle.id}",
        on_dead="fail_rerun",
        now=services.clock(),
    )


async def cancel_by_host(session: AsyncSession, services: Services, run: CiRun) -> None:
    """Has the host asked to stop a run."""
    await enqueue(
        session,
        "cancel_run",
        {"run_id": run.id},
        organization_id=run.organization_id,
        dedupe_key=f"cancel:{run.id}",
        exclusive_key=f"cancel:{run.id}",
        now=services.clock(),
    )


async def rerun_run(services: Services, cycle_id: str, scope: str, jobs: str, asked_at: str) -> None:
    """Asks the host to run a cycle's run again; what it says no to is told in the report.

    `jobs` is a pattern of the names of the jobs that are wanted. RateLimited and Unavailable are raised.
    """
    async with services.database.read() as session:
        cycle = await session.get(TestCycle, cycle_id)
        run = await session.get(CiRun, cycle.ci_run_id) if cycle is not None and cycle.ci_run_id else None
        if cycle is None or run is None or cycle.asked_at is None or cycle.asked_at.isoformat() != asked_at:
            return
        repository, provider = await _connect(services, session, run)
    if isinstance(provider, Unconnected):
        await forget_asked(services, cycle_id, asked_at, provider.reason)
        return
    try:
        await _ask(provider, _value(repository), run.external_id, RerunScope(scope), jobs)
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, Conflict) as refusal:
        await forget_asked(services, cycle_id, asked_at, words_of(refusal))


async def fail_rerun(services: Services, cycle_id: str, asked_at: str, reason: str, **_: object) -> None:
    """Tells that a rerun could not be asked for."""
    await forget_asked(services, cycle_id, asked_at, reason.splitlines()[-1] if reason else "it could not be asked for")


async def cancel_run(services: Services, run_id: str) -> None:
    """Asks the host to stop a run; what it says no to stands in the job's error."""
    async with services.database.read() as session:
        run = await session.get(CiRun, run_id)
        if run is None or run.state == RunState.ENDED:
            return
        repository, provider = await _connect(services, session, run)
    if not isinstance(provider, Unconnected):
        where = _value(repository)
        await provider.cancel_run(where, await provider.get_run(where, run.external_id))


async def _connect(
    services: Services, session: AsyncSession, run: CiRun
) -> tuple[Repository, CiProvider | Unconnected]:
    repository = await session.get_one(Repository, run.repository_id)
    return repository, await connect(services, session, run.organization_id, repository.provider, repository)


async def _ask(provider: CiProvider, where: values.Repository, run_id: str, scope: RerunScope, jobs: str) -> None:
    run = await provider.get_run(where, run_id)
    if run.state is not RunState.ENDED:
        # Asked before a crash, or somebody else was faster.
        return
    able = provider.capabilities.reruns
    if not able:
        raise Conflict(f"{provider.name} has no way to run it again: do it there")
    ids = await _jobs(provider, where, run, jobs) if jobs else ()
    await provider.rerun(where, run, scope if scope in able else RerunScope.ALL, ids)


async def _jobs(provider: CiProvider, where: values.Repository, run: runs.CiRun, pattern: str) -> Sequence[str]:
    with tempfile.TemporaryDirectory(prefix="agnox-") as folder:
        fetched = await provider.fetch_run(where, run, Path(folder), Reading.FAILED, _NO_FILES)
    glob = text_glob(pattern)
    ids = [job.id for job in fetched.jobs if glob.matches(job.name)]
    if not ids:
        raise Conflict(f"no job is called {pattern}")
    return ids


def _value(repository: Repository) -> values.Repository:
    return values.Repository(id=repository.external_id, path=repository.path)

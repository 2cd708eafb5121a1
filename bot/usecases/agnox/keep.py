"""The end of a run on an Agnox server is kept as an execution: one we asked for, or one that is new to us."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from anyio import to_thread
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState, step
from bot.domain.known_secrets import KnownSecrets
from bot.domain.masking import mask
from bot.node.agnox import AgnoxClient, RemoteExecution
from bot.store.agnox import find_run, run_of
from bot.store.cycles import add_cycle, add_execution, latest_execution
from bot.store.models import AgnoxRun, AgnoxServer, Execution, Project, TestCycle
from bot.usecases.errors import Invalid
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.publishing import enqueue_locate
from bot.usecases.receive_results import Upload, enqueue_analysis, pack_all, store_files
from bot.usecases.resolve_context import InvalidFields, resolve_context
from bot.usecases.services import Services
from bot.usecases.start_cycle import dump_context
from bot.usecases.suite_request import suite_secrets
from providers.errors import Unavailable
from providers.runs import RunOutcome

ACTOR = "agnox"
OURS = "AGNOX_EXECUTION_ID"
"""The variable by which a run is known to be one that we asked for, even if the server's answer to that was lost."""

_WORDS: Mapping[CycleState | None, RunOutcome] = MappingProxyType(
    {
        CycleState.PASSED: RunOutcome.PASSED,
        CycleState.UNSTABLE: RunOutcome.PASSED,
        CycleState.FAILED: RunOutcome.FAILED,
        CycleState.ERROR: RunOutcome.FAILED,
        CycleState.CANCELLED: RunOutcome.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is stored of a run: packed files, and what people should know; all of it masked."""

    files: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    group: str


async def keep_end(services: Services, server: AgnoxServer, client: AgnoxClient, remote: RemoteExecution) -> str:
    """Keeps an ended run once, and says in a few words what was done. Raises Unavailable where it is too early."""
    async with services.database.read() as session:
        run = await _known(session, server, remote)
        secrets = await organization_secrets(session, services.vault, server.organization_id)
        if run is not None:
            execution = await session.get_one(Execution, run.execution_id)
            cycle = await session.get_one(TestCycle, execution.cycle_id)
            secrets += suite_secrets(services.vault, cycle)
    if run is not None and run.read == remote.key:
        return "its end was known"
    output = remote.output or await client.log(remote.task_id)
    kept = await to_thread.run_sync(_pack, remote, output, secrets, services.upload_limit, limiter=services.packing)
    if run is not None:
        return await _add_to(services, server, remote, kept)
    context, problems = await _context(services, server, client, remote)
    async with services.database.write() as session:
        project = await session.get_one(Project, server.project_id)
        cycle = add_cycle(
            session,
            project,
            suite=f"{project.name} / {kept.group}" if kept.group else project.name,
            state=CycleState.ANALYZING,
            ci_context=dump_context(context),
            request={},
        )
        await session.flush()
        execution = add_execution(session, cycle, 1, CycleState.ANALYZING, ACTOR)
        await session.flush()
        session.add(
            AgnoxRun(
                organization_id=server.organization_id,
                server_id=server.id,
                execution_id=execution.id,
                task_id=remote.task_id,
                remote_cycle=remote.cycle_id,
                read=remote.key,
            )
        )
        await _fill(session, services, execution, remote, kept, problems)
        await enqueue_locate(session, services, cycle)
    return "; ".join(("the run was read", *problems))


async def _known(session: AsyncSession, server: AgnoxServer, remote: RemoteExecution) -> AgnoxRun | None:
    run = await find_run(session, server.id, remote.task_id)
    ours = remote.variables.get(OURS)
    if run is None and isinstance(ours, str):
        run = await run_of(session, ours)
    return run if run is not None and run.server_id == server.id else None


async def _add_to(services: Services, server: AgnoxServer, remote: RemoteExecution, kept: _Kept) -> str:
    async with services.database.write() as session:
        run = await _known(session, server, remote)
        if run is None:
            return "its execution was removed meanwhile"
        execution = await session.get_one(Execution, run.execution_id)
        # The cycle's row is the lock under which its executions change; what was read before it may be stale.
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        await session.refresh(run)
        if run.task_id not in (None, remote.task_id):
            return "its tests were asked for twice: the other run counts"
        if run.read == remote.key:
            return "its end was known"
        if execution.state == CycleState.ANALYZING:
            raise Unavailable("an earlier end of the same run is still being analysed")
        run.task_id, run.read = remote.task_id, remote.key
        if execution.state == CycleState.CANCELLED:
            return "it was cancelled here before"
        if CycleState(execution.state).finished:
            if not CycleState(cycle.state).finished:
                return "a newer attempt is under way"
            last = await latest_execution(session, cycle.id)
            cycle.state, cycle.finished_at = step(CycleState(cycle.state), CycleState.PENDING), None
            execution = add_execution(session, cycle, last.attempt + 1, CycleState.PENDING, ACTOR)
            await session.flush()
            run.execution_id = execution.id
        cycle.state = step(CycleState(cycle.state), CycleState.ANALYZING)
        await _fill(session, services, execution, remote, kept, ())
    return "the run was read"


async def _fill(
    session: AsyncSession,
    services: Services,
    execution: Execution,
    remote: RemoteExecution,
    kept: _Kept,
    problems: tuple[str, ...],
) -> None:
    execution.state = CycleState.ANALYZING
    execution.outcome = _WORDS[remote.state]
    execution.started_at = execution.started_at or services.clock()
    execution.finished_at = services.clock()
    execution.notes = "; ".join((*kept.notes, *problems))
    store_files(session, execution, kept.files)
    await enqueue_analysis(session, services, execution)


async def _context(
    services: Services, server: AgnoxServer, client: AgnoxClient, remote: RemoteExecution
) -> tuple[CiContext | None, tuple[str, ...]]:
    """Reads where a run belongs; what is told and means nothing to us is said."""
    told = remote.context or (await client.context(remote.cycle_id) if remote.cycle_id else None)
    if told is None:
        return None, ("the Agnox server does not say which change it tested",)
    try:
        context = CiContext.model_validate({"runner": ACTOR, **told})
        return (await resolve_context(services, server.organization_id, context)).context, ()
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        return None, (f"the CI context that the Agnox server tells can't be read: {field}",)
    except InvalidFields as error:
        return None, (f"the CI context that the Agnox server tells can't be read: {mask(str(error))}",)


def _pack(remote: RemoteExecution, output: str, secrets: list[str], limit: int) -> _Kept:
    known = KnownSecrets(secrets)
    notes = ["the Agnox server calls it UNSTABLE"] if remote.state is CycleState.UNSTABLE else []
    text = "\n".join(filter(None, (output, "" if remote.error in output else remote.error)))
    files: list[dict[str, Any]] = []
    if text:
        with tempfile.TemporaryDirectory(prefix="agnox-") as folder:
            path = Path(folder) / "log"
            path.write_text(text, encoding="utf-8", errors="replace")
            try:
                files = pack_all([Upload("log", "agnox.log", path)], known, limit)
            except Invalid as error:
                notes.append(str(error))
    return _Kept(tuple(files), tuple(notes), mask(" ".join(remote.group.split()), known))

"""A testing node runs the command of an execution."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.cycle import CycleState, step
from bot.domain.known_secrets import KnownSecrets
from bot.domain.masking import Masker, mask
from bot.domain.selection import select as select_tests
from bot.node.environment import suite_environment
from bot.node.executors import ExecutorNotAllowed
from bot.node.live import LiveOutput
from bot.node.values import Outcome, Task
from bot.store.models import Execution, Project, TestCycle
from bot.store.vault import VaultError
from bot.usecases.choose_executor import choose_executor
from bot.usecases.errors import Invalid
from bot.usecases.live_log import append
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.publishing import request_publication
from bot.usecases.receive_results import Upload, enqueue_analysis, pack_all, store_files
from bot.usecases.services import Services
from bot.usecases.suite_request import open_request, secrets_in

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.25
"""Seconds between looks whether somebody has cancelled."""
TELL_EVERY = 0.5
"""Seconds between two pieces of the live log."""


async def run_execution(services: Services, execution_id: str) -> None:
    """Runs an execution that is still wanted and keeps what it left; a run that a crash cut short starts anew."""
    started = await _start(services, execution_id)
    if started is None:
        return
    try:
        task, secrets, unselected = await _task(services, *started)
        executor = services.executors.named(await _executor(services, started[0], task))
    except (ExecutorNotAllowed, VaultError) as refusal:
        await _finish(services, execution_id, [], None, str(refusal), "")
        return
    live = LiveOutput(Masker(secrets).bytes_line)
    tell = partial(_tell, services, execution_id, live, anyio.Lock())
    task = replace(task, hear=live.hear)
    async with AsyncExitStack() as stack, anyio.create_task_group() as watch:
        watch.start_soon(_watch, services, execution_id, watch.cancel_scope)
        watch.start_soon(_keep_telling, tell)
        outcome = await stack.enter_async_context(executor.run(task, Masker(secrets).bytes_line))
        await tell()
        files, refused = await to_thread.run_sync(
            _pack, outcome, secrets, services.upload_limit, limiter=services.packing
        )
        problem = "; ".join(filter(None, (outcome.problem, *refused)))
        notes = "; ".join(filter(None, (unselected, *outcome.notes)))
        await _finish(services, execution_id, files, outcome.exit_code, mask(problem, secrets), mask(notes, secrets))
        watch.cancel_scope.cancel()


async def _start(services: Services, execution_id: str) -> tuple[TestCycle, Execution] | None:
    async with services.database.write() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None:
            return None
        # The cycle's row is the lock under which its executions change; what was read before it may be stale.
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        if execution.state not in (CycleState.PENDING, CycleState.RUNNING):
            return None
        execution.state = CycleState.RUNNING
        execution.problem = ""
        execution.started_at = services.clock()
        cycle.state = step(CycleState(cycle.state), CycleState.RUNNING)
        await request_publication(session, services, cycle)
    return cycle, execution


async def _task(services: Services, cycle: TestCycle, execution: Execution) -> tuple[Task, KnownSecrets, str]:
    """Gives what a testing node is to run, the secrets that its output may hold, and why it is not only some tests.

    Raises VaultError.
    """
    request = open_request(services.vault, cycle)
    command, unselected = request["command"], ""
    if execution.selection:
        selection = select_tests(command, execution.selection)
        command = selection.command
        unselected = selection.unselected and f"all tests were run: {selection.unselected}"
    environment = suite_environment(
        request,
        cycle.ci_context,
        cycle_id=cycle.id,
        execution_id=execution.id,
        attempt=execution.attempt,
        tests=execution.selection,
    )
    task = Task(
        command=command,
        image=request["image"],
        folder=request["folder"],
        environment=environment,
        time_limit=services.execution_limit.total_seconds(),
        log_limit=services.log_limit,
    )
    async with services.database.read() as session:
        secrets = await organization_secrets(session, services.vault, cycle.organization_id)
    # Many take a moment to be prepared.
    return task, await to_thread.run_sync(KnownSecrets, [*secrets_in(request), *secrets]), unselected


async def _executor(services: Services, cycle: TestCycle, task: Task) -> str:
    async with services.database.read() as session:
        project = await session.get_one(Project, cycle.project_id)
    return choose_executor(project.executor, task.image, services.executors.allowed)


async def _keep_telling(tell: Callable[[], Awaitable[None]]) -> None:
    while True:
        await anyio.sleep(TELL_EVERY)
        await tell()


async def _tell(services: Services, execution_id: str, live: LiveOutput, turn: anyio.Lock) -> None:
    """Writes what the suite has printed since the last time to where others can follow it."""
    # Not cut off in the middle: the piece would be lost.
    async with turn:
        with anyio.CancelScope(shield=True):
            text = await to_thread.run_sync(live.take)
            if not text:
                return
            try:
                await append(services, execution_id, text)
            except SQLAlchemyError:
                logger.warning("a piece of the live log of execution %s could not be written", execution_id)


async def _watch(services: Services, execution_id: str, scope: anyio.CancelScope) -> None:
    """Ends the run soon after somebody cancels the cycle."""
    while True:
        await anyio.sleep(LOOK_EVERY)
        try:
            async with services.database.read() as session:
                state = await session.scalar(select(Execution.state).where(Execution.id == execution_id))
        except SQLAlchemyError:
            logger.warning("could not look whether execution %s was cancelled; looking again", execution_id)
            continue
        if state in (None, CycleState.CANCELLED):
            scope.cancel()
            return


def _pack(outcome: Outcome, secrets: KnownSecrets, limit: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Packs the log, and each report by itself, so that one bad file does not cost the others."""
    log = {
        "kind": "log",
        "name": "output.log",
        "size": outcome.log.size,
        "content": outcome.log.path.read_bytes(),
    }
    files, refused = [log], []
    for report in outcome.reports:
        try:
            files += pack_all([Upload("report", report.name, Path(report.path))], secrets, limit, files)
        except Invalid as error:
            refused.append(str(error))
    return files, refused


async def _finish(
    services: Services,
    execution_id: str,
    files: list[dict[str, Any]],
    exit_code: int | None,
    problem: str,
    notes: str,
) -> None:
    async with services.database.write() as session:
        execution = await session.get_one(Execution, execution_id)
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        if execution.state != CycleState.RUNNING:
            return
        execution.exit_code, execution.problem, execution.notes = exit_code, problem, notes
        execution.finished_at = services.clock()
        execution.state = CycleState.ANALYZING
        cycle.state = step(CycleState(cycle.state), CycleState.ANALYZING)
        store_files(session, execution, files)
        await enqueue_analysis(session, services, execution)

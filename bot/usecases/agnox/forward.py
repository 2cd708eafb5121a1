"""An execution's tests are run by an Agnox server, which is asked until they end or no longer than the time limit."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState, step
from bot.domain.selection import select
from bot.node.agnox import source_for
from bot.node.environment import suite_environment
from bot.store.agnox import find_server, run_of
from bot.store.models import AgnoxRun, AgnoxServer, Execution, TestCycle
from bot.store.vault import VaultError
from bot.usecases.agnox.access import NO_ACCESS, client_of, note_refusal
from bot.usecases.agnox.keep import keep_end
from bot.usecases.agnox.queueing import enqueue_follow
from bot.usecases.analyze_execution import fail_execution
from bot.usecases.publishing import request_publication
from bot.usecases.services import Services
from bot.usecases.suite_request import open_request
from bot.usecases.words_of import words_of
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable

NO_SERVER = (
    "this organization has no Agnox server that runs tests: `agnox integration server add` with --remote-project"
)
_SOONEST = timedelta(seconds=5)
_LATEST = timedelta(minutes=1)


async def forward_execution(services: Services, execution_id: str) -> None:
    """Has the tests of a pending execution run; a refusal ends it. RateLimited and Unavailable are raised."""
    found = await _begin(services, execution_id)
    if found is None:
        return
    server, cycle, execution = found
    if server is None:
        await fail_execution(services, execution_id, NO_SERVER)
        return
    try:
        body, note = _request(services, server, cycle, execution)
        accepted = await client_of(services, server).trigger(body, once=execution_id)
    except NO_ACCESS as refusal:
        await fail_execution(services, execution_id, await note_refusal(services, server, refusal))
        return
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, VaultError) as refusal:
        await fail_execution(services, execution_id, words_of(refusal))
        return
    async with services.database.write() as session:
        run = await run_of(session, execution_id)
        if run is None:
            return
        cycle = await session.get_one(TestCycle, cycle.id, with_for_update=True)
        execution = await session.get_one(Execution, execution_id)
        run.task_id = run.task_id or accepted.task_id
        run.remote_cycle = run.remote_cycle or accepted.cycle_id
        if execution.state == CycleState.PENDING:
            execution.state, execution.started_at = CycleState.RUNNING, services.clock()
            execution.notes = note
            cycle.state = step(CycleState(cycle.state), CycleState.RUNNING)
            await request_publication(session, services, cycle)
        await enqueue_follow(session, services, execution, _SOONEST)


async def follow_execution(services: Services, execution_id: str) -> None:
    """Asks how far a forwarded execution is, and keeps its end; one that was cancelled or is overdue is stopped."""
    async with services.database.read() as session:
        run = await run_of(session, execution_id)
        if run is None or run.task_id is None:
            return
        execution = await session.get_one(Execution, execution_id)
        server = await session.get_one(AgnoxServer, run.server_id)
    if execution.state == CycleState.CANCELLED:
        await _stop(services, server, run)
        return
    if execution.state != CycleState.RUNNING:
        return
    since = services.clock() - (execution.started_at or execution.created_at)
    if since >= services.execution_limit:
        stopped = await _stop(services, server, run)
        left = "" if stopped else "; the Agnox server has no way to stop it"
        limit = services.execution_limit.total_seconds()
        await fail_execution(services, execution_id, f"given up after {limit:.0f} s: the time limit{left}")
        return
    try:
        client = client_of(services, server)
        remote = await client.execution(run.task_id)
        if remote.finished:
            await keep_end(services, server, client, remote)
            return
    except NO_ACCESS as refusal:
        await fail_execution(services, execution_id, await note_refusal(services, server, refusal))
        return
    except NotFound:
        # It may not be there yet; the time limit ends the waiting.
        pass
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, VaultError) as refusal:
        await fail_execution(services, execution_id, words_of(refusal))
        return
    async with services.database.write() as session:
        await enqueue_follow(session, services, execution, min(max(since / 10, _SOONEST), _LATEST))


async def _begin(services: Services, execution_id: str) -> tuple[AgnoxServer | None, TestCycle, Execution] | None:
    """Notes that the server is about to be asked; None where that has been answered or is not wanted any more."""
    async with services.database.write() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None or execution.state != CycleState.PENDING:
            return None
        cycle = await session.get_one(TestCycle, execution.cycle_id)
        server = await find_server(session, execution.organization_id)
        if server is None or not server.remote_project:
            return None, cycle, execution
        if await run_of(session, execution_id) is None:
            session.add(
                AgnoxRun(
                    organization_id=execution.organization_id,
                    server_id=server.id,
                    execution_id=execution_id,
                    task_id=None,
                    remote_cycle="",
                    read="",
                )
            )
    return server, cycle, execution


async def _stop(services: Services, server: AgnoxServer, run: AgnoxRun) -> bool:
    """Asks the server to stop a run; False where it can't or won't. RateLimited and Unavailable are raised."""
    if not run.remote_cycle:
        return False
    try:
        return await client_of(services, server).cancel(run.remote_cycle)
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, VaultError):
        return False


def _request(
    services: Services, server: AgnoxServer, cycle: TestCycle, execution: Execution
) -> tuple[dict[str, Any], str]:
    """Gives the body for `POST /api/ci/trigger`, and why it is not only some tests. Raises VaultError."""
    request = open_request(services.vault, cycle)
    command, note = request["command"], ""
    if execution.selection:
        selection = select(command, execution.selection)
        command = selection.command
        note = selection.unselected and f"all tests were run: {selection.unselected}"
    config = request.get("config") or {}
    variables = suite_environment(
        request,
        cycle.ci_context,
        cycle_id=cycle.id,
        execution_id=execution.id,
        attempt=execution.attempt,
        tests=execution.selection,
    )
    body = {
        "projectId": server.remote_project,
        "image": request["image"],
        "command": command,
        "folder": request["folder"],
        "config": {
            "environment": config.get("environment", "development"),
            **({"baseUrl": config["baseUrl"]} if config.get("baseUrl") else {}),
            "envVars": variables,
        },
        "ciContext": _context(cycle.ci_context),
    }
    return body, note


def _context(told: Mapping[str, Any] | None) -> dict[str, Any]:
    if not told:
        return {"source": source_for("")}
    context = CiContext.model_validate(told)
    known = context.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"scm"})
    return {**known, "source": source_for(context.scm or context.source)}

"""A client asks for tests: a test cycle with its first execution is made and given to a testing node."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.domain.labels import written
from bot.domain.trigger import Trigger
from bot.store.cycles import add_cycle, add_execution, find_project, only_project
from bot.store.jobs import enqueue
from bot.store.models import Execution, Project, TestCycle
from bot.store.policy_tests import POLICY
from bot.usecases.agnox.queueing import enqueue_forward
from bot.usecases.caller import Caller
from bot.usecases.choose_executor import AGNOX, wanted_labels
from bot.usecases.errors import Invalid, Missing
from bot.usecases.publishing import enqueue_locate
from bot.usecases.resolve_context import resolve_context
from bot.usecases.services import Services
from bot.usecases.suite_request import open_part, seal_request
from bot.usecases.wait_in_line import TESTS, run_key, watch_line

HEAD_START = timedelta(minutes=15)
"""How much earlier people who wait are taken to have come: a push that has waited longer than that goes before them."""


@dataclass(frozen=True, slots=True)
class StartedCycle:
    """A cycle that was accepted; `warnings` say what will not happen, such as a report nobody can be sent."""

    cycle_id: str
    execution_id: str
    status: str
    warnings: tuple[str, ...] = ()
    url: str = ""
    """The page of the cycle."""

    @classmethod
    def of(
        cls, services: Services, cycle: TestCycle, execution_id: str, warnings: tuple[str, ...] = ()
    ) -> "StartedCycle":
        return cls(cycle.id, execution_id, cycle.state, warnings, f"{services.public_url}/cycles/{cycle.page_key}")


async def start_cycle(services: Services, caller: Caller, trigger: Trigger) -> StartedCycle:
    """Persists the cycle and its jobs in one transaction. Raises Missing (foreign project) and Invalid."""
    resolved = await resolve_context(services, caller.organization_id, trigger.ci_context)
    async with services.database.write() as session:
        project = await choose_project(session, caller, trigger.project_id)
        suite = project.name if trigger.folder == "all" else f"{project.name} / {trigger.folder}"
        cycle = add_cycle(
            session,
            project,
            suite=suite,
            state=CycleState.PENDING,
            ci_context=dump_context(resolved.context),
            request=open_part(trigger),
        )
        await session.flush()
        seal_request(services.vault, cycle, trigger)
        execution = add_execution(session, cycle, 1, CycleState.PENDING, f"apikey:{caller.key_name}")
        await session.flush()
        await enqueue_run(session, services, execution)
        await enqueue_locate(session, services, cycle)
    return StartedCycle.of(services, cycle, execution.id, resolved.warnings)


async def choose_project(session: AsyncSession, caller: Caller, wanted: str | None) -> Project:
    """Gives the project that a request is for; a key that is bound to one reaches no other. Raises Missing, Invalid."""
    wanted = wanted or caller.project_id
    if wanted is None:
        project = await only_project(session, caller.organization_id)
        if project is None:
            raise Invalid("projectId is missing: this organization does not have exactly one project")
        return project
    project = await find_project(session, caller.organization_id, wanted)
    if project is None or caller.project_id not in (None, project.id):
        raise Missing(f"there is no project {wanted[:64]!r} for this API key")
    return project


def dump_context(context: CiContext | None) -> dict[str, object] | None:
    """Gives the context in its wire form, as it is persisted at the root of the cycle."""
    return context.model_dump(mode="json", by_alias=True, exclude_none=True) if context else None


async def enqueue_run(session: AsyncSession, services: Services, execution: Execution) -> None:
    """Gives an execution to a testing node, where what somebody asked for again goes first in its organization's line.

    A project may have its organization's Agnox server run its tests instead.
    """
    cycle = await session.get_one(TestCycle, execution.cycle_id)
    project = await session.get_one(Project, cycle.project_id)
    if project.executor == AGNOX:
        await enqueue_forward(session, services, execution)
        return
    labels = wanted_labels(project, cycle)
    by_people = execution.attempt > 1 and execution.requested_by != POLICY
    await enqueue(
        session,
        "run_execution",
        {"execution_id": execution.id},
        queue=TESTS,
        organization_id=execution.organization_id,
        dedupe_key=run_key(execution.id),
        exclusive_key=run_key(execution.id),
        on_dead="fail_execution",
        labels=written(labels),
        head_start=HEAD_START if by_people else timedelta(0),
        now=services.clock(),
    )
    if labels:
        await watch_line(session, services, execution)

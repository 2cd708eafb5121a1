"""The use cases behind the doors."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

from starlette.requests import Request

from bot.domain.context import CiContext
from bot.domain.trigger import Trigger
from bot.inbound.envelope import Problem
from bot.inbound.idempotency import Once
from bot.usecases.authenticate import authenticate
from bot.usecases.caller import Caller
from bot.usecases.cancel import cancel_cycle
from bot.usecases.idempotency import once
from bot.usecases.live_log import Look, find_log, find_page_log, look
from bot.usecases.read_cycle import (
    CyclePage,
    CycleView,
    ExecutionStatus,
    ExecutionView,
    list_cycles,
    read_cycle,
    read_execution,
    read_status,
)
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from bot.usecases.services import Services
from bot.usecases.start_cycle import StartedCycle, start_cycle


class ReceiveResults(Protocol):
    async def __call__(
        self,
        caller: Caller,
        context: CiContext | None,
        uploads: Sequence[Upload],
        *,
        project_id: str | None = None,
        suite: str = "",
    ) -> StartedCycle: ...


class ListCycles(Protocol):
    async def __call__(self, caller: Caller, *, limit: int, cursor: str | None) -> CyclePage: ...


@dataclass(frozen=True)
class Calls:
    """Use cases bound to what they work with."""

    authenticate: Callable[[str], Awaitable[Caller | None]]
    start_cycle: Callable[[Caller, Trigger], Awaitable[StartedCycle]]
    receive_results: ReceiveResults
    list_cycles: ListCycles
    read_cycle: Callable[[Caller, str], Awaitable[CycleView]]
    read_execution: Callable[[Caller, str], Awaitable[ExecutionView]]
    read_status: Callable[[Caller, str], Awaitable[ExecutionStatus]]
    rerun_cycle: Callable[[Caller, str], Awaitable[StartedCycle]]
    cancel_cycle: Callable[[Caller, str], Awaitable[StartedCycle]]
    find_log: Callable[[Caller, str], Awaitable[str]]
    find_page_log: Callable[[str, str], Awaitable[str]]
    look_on: Callable[[str, int], Awaitable[Look]]
    once: Once | None = None

    @classmethod
    def of(cls, services: Services) -> Self:
        return cls(
            authenticate=partial(authenticate, services),
            start_cycle=partial(start_cycle, services),
            receive_results=partial(receive_results, services),
            list_cycles=partial(list_cycles, services),
            read_cycle=partial(read_cycle, services),
            read_execution=partial(read_execution, services),
            read_status=partial(read_status, services),
            rerun_cycle=partial(rerun_cycle, services),
            cancel_cycle=partial(cancel_cycle, services),
            find_log=partial(find_log, services),
            find_page_log=partial(find_page_log, services),
            look_on=partial(look, services),
            once=partial(once, services),
        )

    async def caller(self, request: Request) -> Caller:
        """Tells who asks by the header `x-api-key`. Raises Problem (401)."""
        key = request.headers.get("x-api-key", "")
        caller = await self.authenticate(key) if key else None
        if caller is None:
            raise Problem(401, "the header x-api-key must carry an API key that is known and not revoked")
        return caller


def started(cycle: StartedCycle) -> dict[str, object]:
    """Gives an accepted cycle in its wire form."""
    wire: dict[str, object] = {"cycleId": cycle.cycle_id, "taskId": cycle.execution_id, "status": cycle.status}
    wire |= {"url": cycle.url} if cycle.url else {}
    return wire | {"warnings": list(cycle.warnings)} if cycle.warnings else wire

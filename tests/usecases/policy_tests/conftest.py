"""A repository whose policy has us run its tests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from bot.store.models import Execution, PullRequest, TestCycle
from bot.usecases.organization_policy import set_organization_policy
from bot.usecases.read_policy import KnownPolicies
from bot.usecases.run_policy_tests import run_pull_tests
from bot.usecases.suite_request import open_request
from simulators.diff import FileDiff
from simulators.stage import Pull
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.past import commit

FILE = ".agnox.yml"
NO_RUNS = frozenset({"run_execution"})


@dataclass
class Ruled:
    """One desk whose repository has a policy."""

    desk: Desk

    def rule(self, text: str) -> None:
        """Puts a policy on the main branch; nobody has read another before."""
        commit(self.desk, {FILE: text})
        self.desk.services = replace(self.desk.services, policies=KnownPolicies())

    def tests(self, on: str = "[pull_request]", command: str = "", failing: int = 1) -> None:
        lines = (command or suite(failing)).splitlines()
        self.rule("\n".join((f"tests:\n  on: {on}\n  command: |", *(f"    {line}" for line in lines))) + "\n")

    async def organization(self, text: str) -> None:
        name = self.desk.caller.organization_id
        await set_organization_policy(self.desk.database, name, text.encode(), actor="test")

    async def opened(self, *, fork: bool = False, files: Mapping[str, str] | None = None, drain: bool = True) -> Pull:
        changes = [FileDiff(path, f"@@ -0,0 +1 @@\n+{text}") for path, text in (files or {}).items()]
        pull = self.desk.stage.open_pull(fork=fork, files=changes)
        await self.desk.tell(self.desk.stage.opened(pull))
        if drain:
            await self.desk.drain()
        return pull

    async def pushed(self, pull: Pull, *, sha: str | None = None, drain: bool = True) -> None:
        self.desk.stage.push(pull, sha=sha)
        await self.desk.tell(self.desk.stage.pushed(pull))
        if drain:
            await self.desk.drain()

    async def cycles(self) -> list[TestCycle]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(TestCycle).order_by(TestCycle.id)))

    async def executions(self) -> list[Execution]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution).order_by(Execution.id)))

    async def row(self) -> PullRequest:
        async with self.desk.database.read() as session:
            return (await session.scalars(select(PullRequest))).one()

    async def look(self, pull: Pull) -> None:
        """Runs the job for the head once more, as after a crash."""
        await run_pull_tests(self.desk.services, (await self.row()).id, pull.head_sha)

    def commands(self, cycles: list[TestCycle]) -> list[str]:
        return [open_request(self.desk.services.vault, cycle)["command"] for cycle in cycles]


@pytest.fixture
def ruled(desk: Desk) -> Ruled:
    return Ruled(desk)

"""One organization with a repository and an Agnox server."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.routes import routes
from bot.queue.stories import job_functions
from bot.store.inbox import Inbox
from bot.store.models import AgnoxServer, Delivery, Execution, Job, Project, TestCycle
from bot.usecases.agnox.servers import AddedServer, add_server
from bot.usecases.hook_secrets import HookSecrets
from simulators.agnox import Account, AgnoxSimulator
from simulators.agnox import Execution as Remote
from simulators.stage import Pull
from tests.usecases.conftest import Desk

RED = """\
Running 3 tests using 1 worker

  x  1 checkout.spec.ts:12:5 > checkout > pays (30.1s)
  ok 2 checkout.spec.ts:30:5 > checkout > adds an item (1.2s)

  1) checkout.spec.ts:12:5 > checkout > pays

    TimeoutError: locator.click: Timeout 30000ms exceeded.
    waiting for locator('#pay')

        at checkout.spec.ts:14:20

  1 failed
    checkout.spec.ts:12:5 > checkout > pays
  1 passed (33.1s)
"""


@dataclass
class Bench:
    """The desk, the server, and what was added for it."""

    desk: Desk
    remote: AgnoxSimulator
    url: str
    account: Account = field(init=False)
    added: AddedServer = field(init=False)

    async def join(self, **options: Any) -> AddedServer:
        self.account = self.remote.add_account()
        options = {"remote_project": self.account.projects[0]} | options
        self.added = await add_server(
            self.desk.services, self.desk.caller.organization_id, self.url, self.account.key, actor="test", **options
        )
        return self.added

    async def forwards(self) -> None:
        """The project has its tests run there."""
        await self.join()
        async with self.desk.database.write() as session:
            (await session.get_one(Project, self.desk.project.id)).executor = "agnox"

    def run(self, pull: Pull, status: str = "FAILED", output: str = RED, **options: Any) -> Remote:
        """A run for a pull request, which has ended."""
        context = {"source": self.desk.stage.name, "repository": self.desk.stage.path, "prNumber": pull.number}
        run = self.remote.add_execution(
            self.account, context={**context, "commitSha": pull.head_sha}, group=options.pop("group", "smoke")
        )
        self.remote.finish(run, status, output, **options)
        return run

    async def tell(self, run: Remote, secret: str = "", key: str = "") -> httpx2.Response:
        """The server sends its webhook through the door."""
        delivery = self.remote.sign(run, secret or self.added.hook_secret)
        return await self.post(delivery.body, delivery.headers, key or self.added.server.hook_key)

    async def post(self, body: bytes, headers: dict[str, str], key: str) -> httpx2.Response:
        services = self.desk.services
        async with Inbox(services.database, wake=lambda _: None) as inbox:
            app = Starlette(
                routes=routes(
                    registry=services.registry,
                    put=inbox.put,
                    calls=Calls.of(services),
                    upload_limit=1000,
                    checks={},
                    find_secrets=HookSecrets(services).find,
                ),
                exception_handlers=exception_handlers(),
            )
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://bot") as client:
                return await client.post(f"/webhooks/agnox/{key}", content=body, headers=headers)

    async def again(self) -> None:
        """The newest job that spoke to the server runs once more, and what follows from it."""
        async with self.desk.database.read() as session:
            mine = Job.function.in_(("read_agnox_run", "forward_execution", "follow_execution"))
            job = (await session.scalars(select(Job).where(mine).order_by(Job.id.desc()).limit(1))).one()
        services = self.desk.services
        await job_functions(services.execution_limit).get(job.function).call(services, **job.arguments)
        # A run that has not ended is asked after for ever.
        await self.desk.drain(but=frozenset({"follow_execution"}))

    def later(self, by: timedelta) -> None:
        """Time passes."""
        now = self.desk.services.clock()
        self.desk.services = replace(self.desk.services, clock=lambda: now + by)

    async def server(self) -> AgnoxServer:
        async with self.desk.database.read() as session:
            return (await session.scalars(select(AgnoxServer))).one()

    async def delivery(self) -> Delivery:
        """The newest from the server."""
        async with self.desk.database.read() as session:
            query = select(Delivery).where(Delivery.provider == "agnox").order_by(Delivery.id.desc()).limit(1)
            return (await session.scalars(query)).one()

    async def cycles(self) -> list[TestCycle]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(TestCycle).order_by(TestCycle.id)))

    async def executions(self) -> list[Execution]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution).order_by(Execution.id)))


@pytest.fixture
def remote() -> AgnoxSimulator:
    return AgnoxSimulator(cancels=True)


@pytest.fixture
def bench(desk: Desk, remote: AgnoxSimulator) -> Iterator[Bench]:
    with remote.serve() as url:
        yield Bench(desk, remote, url)
    assert not remote.violations

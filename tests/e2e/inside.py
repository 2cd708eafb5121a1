"""The whole bot inside the test's own process, beside a simulated git host."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import select, text

from bot.app import open_app, open_services
from bot.domain.cycle import CycleState
from bot.settings import Settings
from bot.store.database import Database
from bot.store.migrate import revisions
from bot.store.models import Delivery, DeliveryState, Execution, Installation, Job, JobState, TestCycle
from bot.usecases.administer import create_api_key, create_project
from bot.usecases.services import Services
from simulators.github import GithubSimulator, models
from simulators.github.webhooks import Event
from tests.waiting import until

PATH = "octo-org/shop"
_OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass
class Inside:
    """A bot that runs; `http` reaches its doors and pages."""

    services: Services
    simulator: GithubSimulator
    http: httpx2.AsyncClient
    project: str = ""
    key: str = ""

    @property
    def database(self) -> Database:
        return self.services.database

    async def install(self, path: str = PATH) -> models.Installation:
        """Has the app installed on a new repository; the project and key are of the organization that appears."""
        repository = self.simulator.add_repository(path)
        installation = self.simulator.install(path.partition("/")[0], repositories=[repository])
        await self.deliver(self.simulator.events.installation("created", installation))
        async with self.database.read() as session:
            row = (
                await session.scalars(select(Installation).where(Installation.external_id == str(installation.id)))
            ).one()
        self.project = (await create_project(self.database, row.organization_id, "shop", actor="test")).id
        _, self.key = await create_api_key(self.database, row.organization_id, None, "ci", actor="test")
        return installation

    async def open_pull_request(self, **options: Any) -> models.PullRequest:
        """Opens a pull request in the repository and tells the bot."""
        repository = self.simulator.state.repository(PATH)
        assert repository is not None
        pull = self.simulator.add_pull_request(repository, **options)
        await self.deliver(self.simulator.events.pull_request("opened", pull))
        return pull

    async def deliver(self, event: Event) -> Delivery:
        """Posts a webhook as the host does, and gives it when it is handled."""
        signed = self.simulator.sign(event)
        answer = await self.http.post("/webhooks/github", content=signed.body, headers=signed.headers)
        assert answer.status_code == 202, answer.text
        return await self.delivery(answer.json()["data"]["deliveryId"])

    async def delivery(self, delivery_id: str) -> Delivery:
        """Waits until a delivery has been looked at."""
        row = Delivery()

        async def looked_at() -> bool:
            nonlocal row
            async with self.database.read() as session:
                row = await session.get_one(Delivery, delivery_id)
            return row.state != DeliveryState.RECEIVED

        await until(looked_at)
        return row

    async def api(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Calls the public API with the key."""
        return await self.http.request(method, path, headers={"x-api-key": self.key}, **options)

    async def trigger(self, pull: models.PullRequest | None, command: str, **context: Any) -> str:
        """Asks for tests of a pull request's head; gives the cycle's id."""
        answer = await self.api("POST", "/api/ci/trigger", json=self.request(pull, command, **context))
        assert answer.status_code == 201, answer.text
        cycle: str = answer.json()["data"]["cycleId"]
        return cycle

    def request(self, pull: models.PullRequest | None, command: str, **context: Any) -> dict[str, Any]:
        """Gives the body of a trigger; `context` changes its `ciContext`."""
        where = {"prNumber": pull.number, "commitSha": pull.head.sha} if pull else {}
        return {
            "projectId": self.project,
            "command": command,
            "ciContext": {"source": "github", "repository": PATH, **where, **context},
        }

    async def ended(self, cycle: str) -> dict[str, Any]:
        """Waits until a cycle has its verdict and nothing is left to do for anybody; gives its public view."""

        async def over() -> bool:
            async with self.database.read() as session:
                return CycleState((await session.get_one(TestCycle, cycle)).state).finished

        await until(over, 60)
        await self.idle()
        answer = await self.api("GET", f"/api/cycles/{cycle}")
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json()["data"]
        return view

    async def idle(self) -> None:
        """Waits until no job is left; none may have died."""

        async def nothing_left() -> bool:
            async with self.database.read() as session:
                return not (await session.scalars(select(Job.id).where(Job.state.in_(_OPEN)).limit(1))).all()

        await until(nothing_left, 60)
        async with self.database.read() as session:
            dead = (await session.scalars(select(Job).where(Job.state == JobState.DEAD))).all()
        assert [(job.function, job.error) for job in dead] == []

    async def page(self, cycle: str, suffix: str = "") -> str:
        """Opens the page of a cycle as people do from the pull request."""
        async with self.database.read() as session:
            key = (await session.get_one(TestCycle, cycle)).page_key
        answer = await self.http.get(f"/cycles/{key}{suffix}")
        assert answer.status_code == 200, answer.text
        return answer.text

    async def log(self, cycle: str) -> str:
        """Reads the kept log of a cycle over its page's link."""
        async with self.database.read() as session:
            execution = (await session.scalars(select(Execution).where(Execution.cycle_id == cycle))).one()
        page = await self.page(cycle)
        link = page.partition('">output.log</a>')[0].rpartition('href="')[2]
        answer = await self.http.get(link)
        assert answer.status_code == 200, (execution.id, answer.text)
        return answer.text

    def checks(self, pull: models.PullRequest, sha: str = "") -> list[models.CheckRun]:
        """Our check runs on the head of a pull request, oldest first."""
        wanted = sha or pull.head.sha
        return [run for run in self.simulator.state.check_runs.values() if run.suite.head_sha == wanted]

    def comments(self, pull: models.PullRequest) -> list[models.Comment]:
        """Our comments on a pull request."""
        ours = self.simulator.github_app
        return [c for c in self.simulator.state.comments.values() if c.issue is pull and c.app is ours]


Open = Callable[..., Awaitable[Inside]]


@asynccontextmanager
async def inside(simulator: GithubSimulator, settings: Settings) -> AsyncIterator[Inside]:
    """Runs a bot on a database that has its tables already."""
    await _stamp(settings.effective_database_url)
    async with open_services(settings) as services, open_app(settings, services, worker=True) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as http:
            yield Inside(services, simulator, http)


async def _stamp(url: str) -> None:
    """Says that the tables are those of the newest revision, which a test of the migrations proves."""
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await connection.execute(text("DELETE FROM alembic_version"))
        await connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": revisions()[-1]})
    await database.aclose()

"""The whole bot inside the test's own process, beside a simulated git host."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from sqlalchemy import select, text

from bot.app import open_app, open_services
from bot.domain.cycle import CycleState
from bot.settings import Settings
from bot.store.database import Database
from bot.store.migrate import revisions
from bot.store.models import Delivery, DeliveryState, Execution, Installation, Job, JobState, TestCycle
from bot.usecases.administer import create_api_key, create_organization, create_project
from bot.usecases.hooks import add_hook
from bot.usecases.integrations import add_integration
from bot.usecases.services import Services
from simulators.github.stage import GithubStage
from simulators.stage import Judged, Post, Pull, Said, Stage
from tests.waiting import until

_OPEN = (JobState.QUEUED, JobState.RUNNING)
_SOON = timedelta(seconds=30)


@dataclass
class Inside:
    """A bot that runs; `http` reaches its doors and pages."""

    services: Services
    stage: Stage
    http: httpx2.AsyncClient
    project: str = ""
    key: str = ""

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def github(self) -> GithubStage:
        """For tests of what only GitHub has."""
        assert isinstance(self.stage, GithubStage)
        return self.stage

    async def install(self) -> None:
        """Lets the bot in on the repository, and makes a project and a key of the organization that it belongs to."""
        organization = await self.let_in()
        self.project = (await create_project(self.database, organization, "shop", actor="test")).id
        _, self.key = await create_api_key(self.database, organization, None, "ci", actor="test")

    async def let_in(self) -> str:
        """Lets the bot in on the repository and does no more; gives the organization that it belongs to."""
        wanted = self.stage.integration
        if wanted is None:
            await self.deliver(self.stage.installed())
            async with self.database.read() as session:
                return (await session.scalars(select(Installation.organization_id))).one()
        credential, address, place = wanted
        organization = (await create_organization(self.database, "acme", actor="test")).id
        await add_integration(self.services, "acme", self.stage.name, credential, address, actor="test")
        await self.hook(place)
        return organization

    async def hook(self, place: str) -> Installation:
        """Has the host tell us of a place."""
        return (await add_hook(self.services, "acme", self.stage.name, place, actor="test")).installation

    async def open_pull_request(self, **options: Any) -> Pull:
        """Opens a pull request in the repository and tells the bot."""
        pull = self.stage.open_pull(**options)
        await self.deliver(self.stage.opened(pull))
        return pull

    async def push(self, pull: Pull, **options: Any) -> str:
        """Gives the pull request a new head and tells the bot."""
        sha = self.stage.push(pull, **options)
        await self.deliver(self.stage.pushed(pull))
        return sha

    async def deliver(self, posts: Sequence[Post]) -> list[Delivery]:
        """Posts webhooks as the host does, and gives them when they are handled; at least one must have been sent."""
        assert posts, "no hook was told of it"
        return [await self.delivery((await self.post(post))["deliveryId"]) for post in posts]

    async def post(self, post: Post) -> dict[str, Any]:
        """Posts one webhook, which must be taken; gives the answer's data."""
        answer = await self.http.post(post.path, content=post.body, headers=dict(post.headers))
        assert answer.status_code == 202, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

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

    async def trigger(self, pull: Pull | None, command: str, **context: Any) -> str:
        """Asks for tests of a pull request's head; gives the cycle's id."""
        answer = await self.api("POST", "/api/ci/trigger", json=self.request(pull, command, **context))
        assert answer.status_code == 201, answer.text
        cycle: str = answer.json()["data"]["cycleId"]
        return cycle

    def request(self, pull: Pull | None, command: str, **context: Any) -> dict[str, Any]:
        """Gives the body of a trigger; `context` changes its `ciContext`."""
        where = {"prNumber": pull.number, "commitSha": pull.head_sha} if pull else {}
        return {
            "projectId": self.project,
            "command": command,
            "ciContext": {"source": self.stage.name, "repository": self.stage.path, **where, **context},
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
        """Waits until no job is left but for those of much later; none may have died."""

        async def nothing_left() -> bool:
            left = Job.state.in_(_OPEN), Job.run_at <= self.services.clock() + _SOON
            async with self.database.read() as session:
                return not (await session.scalars(select(Job.id).where(*left).limit(1))).all()

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

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        """Our verdicts on the head of a pull request, in the order of their making."""
        return self.stage.verdicts(pull, sha)

    def comments(self, pull: Pull) -> list[Said]:
        """Our comments on a pull request."""
        return self.stage.comments(pull)


Open = Callable[..., Awaitable[Inside]]


@asynccontextmanager
async def inside(stage: Stage, settings: Settings) -> AsyncIterator[Inside]:
    """Runs a bot on a database that has its tables already."""
    await _stamp(settings.effective_database_url)
    async with open_services(settings) as services, open_app(settings, services, worker=True) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as http:
            yield Inside(services, stage, http)


async def _stamp(url: str) -> None:
    """Says that the tables are those of the newest revision, which a test of the migrations proves."""
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await connection.execute(text("DELETE FROM alembic_version"))
        await connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": revisions()[-1]})
    await database.aclose()

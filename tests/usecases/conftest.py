"""The use cases beside a simulated GitHub, their jobs run one after another by the test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.node.executors import executors
from bot.queue.stories import job_functions
from bot.store.database import Database
from bot.store.models import Delivery, Installation, Job, JobState, Project
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.caller import Caller
from bot.usecases.receive_delivery import handle_delivery
from bot.usecases.services import Services
from providers.factory import Registry
from providers.github import GithubHost
from simulators.github import GithubSimulator, models
from simulators.github.webhooks import Event

PATH = "octo-org/shop"


@dataclass
class Desk:
    """One organization with the app installed on one repository."""

    services: Services
    simulator: GithubSimulator
    repository: models.Repository
    installation: models.Installation
    project: Project = field(init=False)
    caller: Caller = field(init=False)

    @property
    def database(self) -> Database:
        return self.services.database

    async def deliver(self, event: Event) -> Delivery:
        """Has an event handled as a delivery."""
        signed = self.simulator.sign(event)
        row = Delivery(
            provider="github",
            dedupe_key=signed.guid,
            event=signed.event,
            headers={"content-type": "application/json"},
            body=signed.body,
        )
        async with self.database.write() as session:
            session.add(row)
        await handle_delivery(self.services, row.id)
        async with self.database.read() as session:
            return await session.get_one(Delivery, row.id)

    async def drain(self, *, but: frozenset[str] = frozenset()) -> list[str]:
        """Runs the jobs that are queued, those that they queue too; gives the names of the functions."""
        ran: list[str] = []
        functions = job_functions(self.services.execution_limit)
        while True:
            async with self.database.write() as session:
                jobs = (await session.scalars(select(Job).where(Job.state == JobState.QUEUED).order_by(Job.id))).all()
                job = next((job for job in jobs if job.function not in but), None)
                if job is None:
                    return ran
                job.state = JobState.DONE
            await functions.get(job.function).call(self.services, **job.arguments)
            ran.append(job.function)

    def open(self, **options: Any) -> models.PullRequest:
        return self.simulator.add_pull_request(self.repository, **options)

    def context(self, pull: models.PullRequest, **more: Any) -> dict[str, Any]:
        wire = {"source": "github", "repository": PATH, "prNumber": pull.number, "commitSha": pull.head.sha}
        return wire | more


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    simulator = GithubSimulator()
    with simulator.serve() as url:
        host = GithubHost(
            {
                "app_id": str(simulator.github_app.id),
                "private_key": simulator.private_key_pem,
                "webhook_secret": simulator.deliveries.secret or "",
                "api_url": url,
            }
        )
        services = Services(
            database=database,
            vault=Vault(Keyring(new_key())),
            registry=Registry([(host, host.aliases)]),
            public_url="https://agnox.example.com",
            executors=executors(frozenset({"process"})),
            execution_limit=timedelta(seconds=20),
        )
        repository = simulator.add_repository(PATH)
        installation = simulator.install("octo-org", repositories=[repository])
        desk = Desk(services, simulator, repository, installation)
        await desk.deliver(simulator.events.installation("created", installation))
        async with database.write() as session:
            row = (await session.scalars(select(Installation))).one()
            project = Project(organization_id=row.organization_id, name="shop")
            session.add(project)
        desk.project, desk.caller = project, Caller(row.organization_id, None, "ci")
        yield desk
        await host.aclose()
        assert not simulator.violations

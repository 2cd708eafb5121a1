"""The use cases beside a simulated git host, their jobs run one after another by the test."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import select

from bot.domain.ids import new_id
from bot.node.executors import executors
from bot.queue.stories import job_functions
from bot.store.database import Database
from bot.store.models import Delivery, Installation, Job, JobState, Project, Repository
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.administer import create_organization, create_project
from bot.usecases.caller import Caller
from bot.usecases.connect import Unconnected, connect
from bot.usecases.hooks import add_hook
from bot.usecases.integrations import add_integration
from bot.usecases.receive_delivery import handle_delivery
from bot.usecases.services import Services
from providers.factory import Registry, host_types
from providers.github import auth
from providers.interface import CiProvider, Host
from simulators.calls import Call
from simulators.github import GithubSimulator, models
from simulators.github.stage import GithubStage
from simulators.github.webhooks import Event
from simulators.stage import Judged, Post, Pull, Stage
from tests.stages import a_stage

SOON = timedelta(minutes=1)
"""What is to be done later than that is not waited for."""


@dataclass
class Desk:
    """One organization that has let us in on one repository."""

    services: Services
    stage: Stage
    project: Project = field(init=False)
    caller: Caller = field(init=False)

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def host(self) -> Host:
        return self.services.registry.get(self.stage.name)

    async def install(self) -> None:
        """Lets us in: by the host's app, or by a credential and a hook of the organization's own."""
        wanted = self.stage.integration
        if wanted is None:
            await self.tell(self.stage.installed())
            async with self.database.read() as session:
                organization = (await session.scalars(select(Installation.organization_id))).one()
        else:
            credential, address, place = wanted
            organization = (await create_organization(self.database, "acme", actor="test")).id
            await add_integration(self.services, "acme", self.stage.name, credential, address, actor="test")
            await add_hook(self.services, "acme", self.stage.name, place, actor="test")
        self.project = await create_project(self.database, organization, "shop", actor="test")
        self.caller = Caller(organization, None, "ci")

    async def tell(self, posts: Sequence[Post]) -> list[Delivery]:
        """Has webhooks handled as the deliveries that they are; at least one must have been sent."""
        assert posts, "no hook was told of it"
        return [await self._handle(post) for post in posts]

    async def _handle(self, post: Post) -> Delivery:
        headers = {name.lower(): value for name, value in post.headers.items()}
        identity = self.host.webhooks.identify(headers, post.body)
        _, _, provider, *key = post.path.split("/")
        row = Delivery(
            provider=provider,
            # What the door would take for a repetition is handled again here.
            dedupe_key=new_id(),
            event=identity.event,
            headers={name: value for name, value in headers.items() if name in self.host.webhooks.kept_headers},
            body=post.body,
            hook_key=key[0] if key else None,
        )
        async with self.database.write() as session:
            session.add(row)
        await handle_delivery(self.services, row.id)
        async with self.database.read() as session:
            return await session.get_one(Delivery, row.id)

    async def drain(self, *, but: frozenset[str] = frozenset(), within: timedelta = SOON) -> list[str]:
        """Runs the jobs that are due within a time, those that they queue too; gives the names of the functions."""
        ran: list[str] = []
        functions = job_functions(self.services.execution_limit)
        while True:
            async with self.database.write() as session:
                due = Job.run_at <= self.services.clock() + within
                query = select(Job).where(Job.state == JobState.QUEUED, due)
                jobs = (await session.scalars(query.order_by(Job.id))).all()
                job = next((job for job in jobs if job.function not in but), None)
                if job is None:
                    return ran
                job.state = JobState.DONE
            await functions.get(job.function).call(self.services, **job.arguments)
            ran.append(job.function)

    async def provider(self) -> CiProvider:
        """The host as the bot speaks to it for the repository."""
        async with self.database.read() as session:
            row = await session.scalar(select(Repository))
            found = await connect(self.services, session, self.caller.organization_id, self.stage.name, row)
        assert not isinstance(found, Unconnected), found.reason
        return found

    def verdict(self, pull: Pull, sha: str = "") -> Judged:
        """Our only verdict, or the newest of several attempts."""
        return self.stage.verdicts(pull, sha)[-1]

    def standing(self, pull: Pull, sha: str = "") -> dict[str, str]:
        """The outcome that counts by the name of the verdict: the newest one's."""
        return {verdict.name: verdict.outcome for verdict in self.stage.verdicts(pull, sha)}

    def calls(self) -> tuple[list[Call], list[Call]]:
        """Reads and writes since this was last asked, without those for tokens."""
        made = self.stage.calls.without_tokens()
        self.stage.calls.clear()
        return [call for call in made if not call.write], [call for call in made if call.write]

    def context(self, pull: Pull | models.PullRequest, **more: Any) -> dict[str, Any]:
        sha = pull.head_sha if isinstance(pull, Pull) else pull.head.sha
        wire = {"source": self.stage.name, "repository": self.stage.path, "prNumber": pull.number, "commitSha": sha}
        return wire | more

    @property
    def github(self) -> GithubStage:
        """For tests of what only GitHub has, as all that follows."""
        assert isinstance(self.stage, GithubStage)
        return self.stage

    @property
    def simulator(self) -> GithubSimulator:
        return self.github.simulator

    @property
    def repository(self) -> models.Repository:
        return self.github.repository

    @property
    def installation(self) -> models.Installation:
        return next(iter(self.simulator.state.installations.values()))

    async def deliver(self, event: Event) -> Delivery:
        (delivery,) = await self.tell(self.github.posts(event))
        return delivery

    def open(self, **options: Any) -> models.PullRequest:
        return self.simulator.add_pull_request(self.repository, **options)


_host_types = cache(host_types)


def registry_of(stage: Stage, options: Mapping[str, str]) -> Registry:
    """Makes the host that a stage simulates, as each process has its own."""
    (kind,) = [kind for kind in _host_types() if kind.name == stage.name]
    defaults = {option.name: option.default for option in kind.options}
    return Registry([(kind({**defaults, **stage.settings(), **options}), kind.aliases)])


@pytest.fixture(scope="package", autouse=True)
def one_app_key() -> Iterator[None]:
    """Checks the key of the simulated app once: it is the same in all tests, and a check costs more than most do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "load_pem_private_key", cache(load_pem_private_key))
        yield


@pytest.fixture
def host(request: pytest.FixtureRequest) -> str:
    """Which host a test runs on: GitHub, unless it is parametrized."""
    name: str = getattr(request, "param", "github")
    return name


@pytest.fixture
def options(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of the host, by the names of its options; none, unless they are parametrized."""
    given: dict[str, str] = getattr(request, "param", {})
    return given


@pytest.fixture
async def desk(host: str, options: dict[str, str], database: Database) -> AsyncIterator[Desk]:
    stage = a_stage(host)
    with stage.serve():
        services = Services(
            database=database,
            vault=Vault(Keyring(new_key())),
            registry=registry_of(stage, options),
            public_url="https://agnox.example.com",
            executors=executors(frozenset({"process"})),
            execution_limit=timedelta(seconds=20),
        )
        desk = Desk(services, stage)
        await desk.install()
        yield desk
        await desk.services.registry.aclose()
    assert not stage.violations

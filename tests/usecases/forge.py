"""A git host in memory whose CI also builds repositories of others, and an organization that has a token for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bot.domain.ids import new_id
from bot.domain.trigger import Trigger
from bot.node.executors import executors
from bot.store.database import Database
from bot.store.hosting import save_pull_request, save_repository
from bot.store.models import Integration, Organization, Project, PullRequest, TestCycle
from bot.store.models import Repository as Row
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.caller import Caller
from bot.usecases.locate_cycle import locate_cycle
from bot.usecases.services import Services
from bot.usecases.start_cycle import start_cycle
from providers import values
from providers.addresses import read_address
from providers.errors import Forbidden, NotFound
from providers.factory import Registry
from providers.github import GithubHost
from providers.interface import CiProvider, Connection
from tests.inbound.conftest import FakeHost


@dataclass
class ForgeProvider:
    """What the forge answers; repositories are known by their present path only, as on hosts that forget old names."""

    name: str = "forge"
    paths: dict[str, str] = field(default_factory=dict)
    commits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pulls: dict[int, values.PullRequest] = field(default_factory=dict)
    readable: bool = True
    calls: list[str] = field(default_factory=list)

    async def get_repository(self, repository: values.Repository) -> values.Repository:
        self.calls.append("get_repository")
        for external_id, path in self.paths.items():
            if repository.id == external_id or (not repository.id and repository.path.lower() == path.lower()):
                return values.Repository(external_id, path)
        raise NotFound("there is none")

    async def repositories(self) -> Sequence[values.Repository]:
        self.calls.append("repositories")
        return [values.Repository(external_id, path) for external_id, path in self.paths.items()]

    async def get_commit(self, repository: values.Repository, sha: str) -> values.Commit:
        self.calls.append("get_commit")
        if not self.readable:
            raise Forbidden("commits are not for you")
        self._check(repository)
        whole = next((each for each in self.commits if each.startswith(sha)), None)
        if whole is None:
            raise NotFound("there is no such commit")
        return values.Commit(whole, self.commits[whole])

    async def get_pull_request(self, repository: values.Repository, number: int) -> values.PullRequest:
        self.calls.append("get_pull_request")
        self._check(repository)
        if number not in self.pulls:
            raise NotFound("there is no such pull request")
        return self.pulls[number]

    async def find_pull_requests(
        self, repository: values.Repository, sha: str, branch: str = ""
    ) -> Sequence[values.PullRequest]:
        self.calls.append("find_pull_requests")
        self._check(repository)
        return [pull for pull in self.pulls.values() if pull.head_sha == sha and not pull.from_fork]

    def _check(self, repository: values.Repository) -> None:
        if repository.path not in self.paths.values():
            raise NotFound("there is no such repository")


class Forge(FakeHost):
    """Knows its addresses, and takes the last word of a path for a name."""

    builds_elsewhere = True

    def __init__(self) -> None:
        super().__init__("forge")
        self.provider = ForgeProvider()

    def knows(self, address: str) -> bool:
        found = read_address(address)
        return found is not None and found.host in ("forge.test", "ssh.forge.test")

    def read_repository(self, named: str, base_url: str = "") -> values.Repository:
        if named.isdecimal():
            return values.Repository(named, "")
        address = read_address(named)
        path = address.path if address else named
        if path.count("/") > 1 or not path.strip("/"):
            raise ValueError(f"{named!r} is no repository of the forge: send PROJECT/REPOSITORY")
        return values.Repository("", path)

    def connect(self, connection: Connection) -> CiProvider:
        assert connection.credential == "a-token"
        return cast("CiProvider", self.provider)


@dataclass
class Here:
    """One organization with a project, and another one; what they have is added by tests."""

    services: Services
    forge: Forge
    ours: str = field(default_factory=new_id)
    theirs: str = field(default_factory=new_id)
    project: str = field(default_factory=new_id)

    async def fill(self) -> None:
        async with self.services.database.write() as session:
            session.add_all([Organization(id=self.ours, name="ours"), Organization(id=self.theirs, name="theirs")])
            await session.flush()
            session.add(Project(id=self.project, organization_id=self.ours, name="shop"))

    async def integrate(self, provider: str = "forge", base_url: str = "", *, enabled: bool = True) -> None:
        """Gives the organization a token for a host."""
        row = Integration(id=new_id(), organization_id=self.ours, provider=provider, base_url=base_url, enabled=enabled)
        INTEGRATION_TOKEN.seal(self.services.vault, row, "a-token")
        async with self.services.database.write() as session:
            session.add(row)

    async def cover(self, path: str, external_id: str, provider: str = "forge", owner: str = "") -> None:
        async with self.services.database.write() as session:
            await save_repository(
                session, owner or self.ours, provider, external_id=external_id, path=path, installation_id=None
            )

    async def hear_of(self, external_id: str, pull: values.PullRequest) -> None:
        """Writes down a pull request as a webhook told it."""
        async with self.services.database.write() as session:
            row = await save_repository(
                session, self.ours, "forge", external_id=external_id, path=pull.repository.path, installation_id=None
            )
            await save_pull_request(
                session,
                row,
                number=pull.number,
                head_sha=pull.head_sha,
                head_ref=pull.head_ref,
                base_ref=pull.base_ref,
                merge_sha=pull.merge_sha,
                from_fork=pull.from_fork,
                is_open=True,
                title="",
                url="",
                at=self.services.clock(),
            )

    async def locate(self, **context: Any) -> tuple[TestCycle, Row | None, PullRequest | None]:
        """Triggers with a context and gives what was found for it."""
        wire = {"projectId": self.project, "command": "true", "ciContext": {"source": "forge"} | context}
        started = await start_cycle(self.services, Caller(self.ours, None, "ci"), Trigger.model_validate(wire))
        await locate_cycle(self.services, started.cycle_id)
        async with self.services.database.read() as session:
            cycle = await session.get_one(TestCycle, started.cycle_id)
            repository = await session.get(Row, cycle.repository_id) if cycle.repository_id else None
            pull = await session.get(PullRequest, cycle.pull_request_id) if cycle.pull_request_id else None
        return cycle, repository, pull


def beside_forge(database: Database) -> Here:
    """Gives a bot that knows the forge and a GitHub."""
    github, forge = GithubHost({}), Forge()
    services = Services(
        database=database,
        vault=Vault(Keyring(new_key())),
        registry=Registry([(github, github.aliases), (forge, {"forge-ci"})]),
        public_url="https://agnox.example.com",
        executors=executors(frozenset({"process"})),
    )
    return Here(services, forge)

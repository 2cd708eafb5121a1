"""Hosts with CI of their own, served with one repository, as the tests of runs need them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from providers.azure import AzureDevOpsHost
from providers.events import Event, InstallationChanged, RunChanged
from providers.gitea import GiteaHost
from providers.github import GithubHost
from providers.gitlab import GitlabHost
from providers.interface import CiProvider, Connection, Host
from providers.runs import CiRun, Fetched, FetchLimits, FileKind, Reading
from providers.values import Repository, Revision
from simulators.stage import Post, Pull, Run, SimJob, Stage
from tests.stages import a_stage

HOSTS: Mapping[str, Callable[[Mapping[str, str]], Host]] = {
    "azure": AzureDevOpsHost,
    "gitea": GiteaHost,
    "github": GithubHost,
    "gitlab": GitlabHost,
}
HOOK, SECRET = "http://127.0.0.1:9/webhooks/host/key", "correct horse"
JUNIT = b"""<?xml version="1.0"?>
<testsuites><testsuite name="shop" tests="2" failures="1" errors="0" skipped="0" time="0.2">
<testcase classname="tests.test_cart" name="test_adds" time="0.1"/>
<testcase classname="tests.test_cart" name="test_pays" time="0.1">
<failure message="assert 0 == 7">E assert 0 == 7</failure></testcase>
</testsuite></testsuites>
"""
RED = SimJob("unit", "failed", "collected 2 items\nE   assert 0 == 7", {"junit.xml": JUNIT})
GREEN = SimJob("lint", "passed", "All checks passed!")


@dataclass
class Ci:
    """A provider that was let in as the bot is, and the stage behind it."""

    stage: Stage
    host: Host
    provider: CiProvider
    repository: Repository
    place: str

    def revision(self, pull: Pull) -> Revision:
        return Revision(self.repository, pull.head_sha, pull.number, pull.branch)

    async def get(self, run: Run) -> CiRun:
        return await self.provider.get_run(self.repository, run.id)

    async def fetch(
        self, run: Run, folder: Path, reading: Reading = Reading.FAILED, limits: FetchLimits | None = None
    ) -> Fetched:
        found = await self.get(run)
        return await self.provider.fetch_run(self.repository, found, folder, reading, limits or FetchLimits())

    def heard(self, posts: Sequence[Post]) -> list[Event]:
        events: list[Event] = []
        for post in posts:
            headers = {name.lower(): value for name, value in post.headers.items()}
            event = self.host.webhooks.identify(headers, post.body).event
            events += self.host.webhooks.parse(event, headers, post.body)
        return events

    def changed(self, run: Run) -> CiRun:
        """What is told of a run as it stands now."""
        (told,) = [each for each in self.heard(self.stage.run_posts(run)) if isinstance(each, RunChanged)]
        assert told.repository.id == self.repository.id
        return told.run


@cache
def has_runs(name: str) -> bool:
    """Whether the host's provider says so; nobody is called."""
    connection = Connection(credential="token", base_url="https://dev.azure.com/acme")
    return HOSTS[name]({}).connect(connection).capabilities.runs


def texts(fetched: Fetched, kind: FileKind) -> dict[str, str]:
    """What was downloaded, by the job (logs) or by the name (reports)."""
    of_kind = [file for file in fetched.files if file.kind is kind]
    return {
        file.job if kind is FileKind.LOG else file.name: file.path.read_text("utf-8", "replace") for file in of_kind
    }


@asynccontextmanager
async def served(name: str) -> AsyncIterator[Ci]:
    """A host whose requests are all held against what it would accept."""
    stage = a_stage(name)
    with stage.serve():
        host = HOSTS[name](stage.settings())
        try:
            yield await _let_in(stage, host)
        finally:
            await host.aclose()
    assert not stage.violations


async def _let_in(stage: Stage, host: Host) -> Ci:
    place = ""
    if stage.integration is None:
        (post,) = stage.installed()
        (event,) = host.webhooks.parse("installation", {}, post.body)
        assert isinstance(event, InstallationChanged)
        provider = host.connect(Connection(installation=event.installation))
    else:
        credential, address, place = stage.integration
        provider = host.connect(Connection(credential=credential, base_url=address))
        await provider.ensure_hooks(place, HOOK, SECRET)
    repository = await provider.get_repository(Repository("", stage.path))
    return Ci(stage, host, provider, repository, place)

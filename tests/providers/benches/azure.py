"""The simulated Azure DevOps as a bench."""

import json
from collections.abc import Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import httpx2
import requests
from requests.adapters import HTTPAdapter
from starlette.types import ASGIApp, Receive, Scope, Send

from providers.azure import AzureDevOpsHost
from providers.interface import CiProvider, Connection
from providers.values import Account, CommentRef, Permission, PullRequest, Repository
from simulators.azure import AzureSimulator, Comment, Identity, azure_contract
from simulators.azure import PullRequest as SimulatedPull
from simulators.azure.views.common import Urls
from simulators.calls import Call
from simulators.contract import Contract
from simulators.serving import serving
from tests.providers.benches.bench import SeenCheck
from tests.providers.benches.simulated import SimulatedBench

CONTRACT = Path(__file__).parents[2] / "data" / "contracts" / "azure.openapi.json"
GROUPS = {
    Permission.READ: "Readers",
    Permission.WRITE: "Contributors",
    Permission.ADMIN: "Project Administrators",
}
SERVICES = "https://dev.azure.com"
IDENTITIES = "https://vssps.dev.azure.com"


class _Organizations:
    """Many simulated organizations and collections behind one address."""

    def __init__(self) -> None:
        self._apps: WeakValueDictionary[str, AzureSimulator] = WeakValueDictionary()
        self._numbers = count(1)
        self._server = serving(self)
        self.address = self._server.__enter__()

    def next_name(self) -> str:
        return f"acme{next(self._numbers)}"

    def add(self, simulator: AzureSimulator) -> None:
        self._apps[simulator.prefix.lower()] = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp | None = None
        if scope["type"] == "http":
            parts = scope["path"].lower().split("/")
            found = self._apps.get("/".join(parts[:2])) or self._apps.get("/".join(parts[:3]))
            app = found.app if found else None
        if app is not None:
            await app(scope, receive, send)


@cache
def organizations() -> _Organizations:
    """One server for all tests: starting one takes a while."""
    return _Organizations()


@cache
def contract() -> Contract:
    return azure_contract(json.loads(CONTRACT.read_bytes()))


class Detour(HTTPAdapter):
    """Leads requests for the hosts of Azure DevOps Services to the simulator, and tells which were asked for."""

    def __init__(self, address: str, asked: list[str]) -> None:
        super().__init__()
        self._address = address
        self._asked = asked

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        meant = urlsplit(request.url or "")
        self._asked.append(f"{meant.scheme}://{meant.netloc}")
        led = request.copy()
        led.url = meant._replace(scheme="http", netloc=urlsplit(self._address).netloc).geturl()
        return super().send(led, *args, **kwargs)


class AzureBench(SimulatedBench[AzureSimulator]):
    """A repository `acme/shop` with pull request 1, seen by a person with a token; `server` makes it a collection."""

    root = "/_apis/git/"

    def __init__(
        self, *, server: bool = False, project: str = "acme", fields: Mapping[str, Any] | None = None, **options: str
    ) -> None:
        super().__init__()
        self.simulator = AzureSimulator(
            organization=organizations().next_name(),
            server=server,
            contract=contract(),
            clock=self._host_time,
            sleep=self.moment.sleep,
            **(fields or {}),
        )
        organizations().add(self.simulator)
        root = organizations().address if server else SERVICES
        self.url = f"{root}{self.simulator.prefix}"
        self.simulator.urls = Urls(self.url)
        self.asked: list[str] = []
        self.host = self.new_host(**options)
        self.project = self.simulator.add_project(project, bot_groups=["Project Administrators"])
        files = {"src/pay.py": "a\n", "docs/ab.md": "words\n"}
        self.place = self.simulator.add_repository(self.project, "shop", files=files)
        self.repository = Repository(f"{self.project.id}/{self.place.id}", f"{project}/shop")
        changed = {"src/pay.py": "b\n", "docs/ab.md": None, "docs/a b.md": "words\n"}
        self.request = self.simulator.add_pull_request(self.place, files=changed)
        self.pull = self._value(self.request)
        assert self.simulator.bot is not None
        self.bot: Identity = self.simulator.bot
        self.token = self.simulator.token_for(self.bot)
        self.connection = Connection(credential=self.token, base_url=self.url, tenant="acme")
        self.provider = self.host.connect(self.connection)

    def new_host(self, **options: str) -> AzureDevOpsHost:
        routes = {start: Detour(organizations().address, self.asked) for start in (SERVICES, IDENTITIES)}
        transport = httpx2.ASGITransport(self.simulator.app)
        return AzureDevOpsHost(options, now=self.moment, routes=routes, transport=transport)

    def _value(self, pull: SimulatedPull) -> PullRequest:
        return PullRequest(
            repository=self.repository,
            number=pull.id,
            head_sha=pull.head,
            head_ref=pull.source_ref.removeprefix("refs/heads/"),
            base_ref=pull.target_ref.removeprefix("refs/heads/"),
            base_sha=pull.iterations[-1].target_sha,
            from_fork=pull.from_fork,
            author=pull.created_by.unique_name,
            title=pull.title,
        )

    def said(self) -> list[Comment]:
        """The comments of the conversation that are left."""
        threads = [thread for thread in self.request.threads.values() if thread.context is None]
        return [comment for thread in threads for comment in thread.comments if not comment.deleted]

    def comments(self) -> list[str]:
        return [comment.content for comment in self.said()]

    def resolved(self) -> list[bool]:
        return [comment.thread.status in ("closed", "fixed") for comment in self.said()]

    def remarks(self) -> list[tuple[str, int, bool]]:
        threads = [thread for thread in self.request.threads.values() if thread.context is not None]
        return [
            (
                thread.context["filePath"].removeprefix("/"),
                thread.context["rightFileStart"]["line"],
                _active(thread.status),
            )
            for thread in threads
            if thread.context is not None and not thread.deleted
        ]

    def statuses(self) -> list[SeenCheck]:
        newest = len(self.request.iterations)
        counting = [status for status in self.request.statuses if status.iteration_id in (None, newest)]
        by_name = {(status.genre, status.name): status for status in counting}
        return [SeenCheck(str(s.id), s.name, s.description or "", s.state) for s in by_name.values()]

    def reactions(self, comment: CommentRef) -> list[str]:
        return [identity.unique_name for identity in self._comment(comment.id).liked]

    def stranger_says(self, body: str) -> CommentRef:
        comment = self.simulator.add_comment(self.request, "mallory", body)
        return CommentRef(self.repository, self.request.id, f"{comment.thread.id}/{comment.id}")

    def edit_comment(self, comment: CommentRef, body: str) -> None:
        self.moment.seconds += 60
        self.simulator.edit_comment(self._comment(comment.id), body)

    def we_said(self, body: str) -> str:
        comment = self.simulator.add_comment(self.request, self.bot, body)
        return f"{comment.thread.id}/{comment.id}"

    def remove_comment(self, comment_id: str) -> None:
        self.simulator.delete_comment(self._comment(comment_id))

    def give(self, login: str, permission: Permission) -> Account:
        person = self.simulator.add_user(login, self.simulator.group(GROUPS[permission], self.project))
        return Account(person.id, person.unique_name)

    def stranger(self, login: str) -> Account:
        if not login:
            return Account("", "")
        person = self.simulator.add_user(login)
        return Account(person.id, person.unique_name)

    def fork_pull(self) -> tuple[PullRequest, str]:
        fork = self.simulator.fork(self.place, "fork")
        pull = self.simulator.add_pull_request(self.place, source="patch-1", fork=fork, user="mallory")
        return self._value(pull), "mallory:patch-1"

    def push(self) -> str:
        return self.simulator.push(self.request)

    def commit(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        return self.simulator.commit(self.place, files, ref=f"refs/heads/{branch}")

    def rename(self, path: str) -> None:
        self.place.name = path.partition("/")[2]

    @property
    def hook_place(self) -> str:
        return self.repository.path

    def hook_secrets(self) -> list[str]:
        return [each.consumer_inputs["basicAuthPassword"] for each in self.simulator.hooks.subscriptions.values()]

    def successor(self) -> CiProvider:
        """A provider with the credential of another person, which takes the place of ours."""
        person = self.simulator.add_user("successor", self.simulator.group("Contributors", self.project), ours=True)
        credential = self.simulator.token_for(person)
        return self.host.connect(Connection(credential=credential, base_url=self.url, tenant="acme"))

    def weak_provider(self) -> CiProvider:
        weak = self.simulator.token_for(self.simulator.add_user("weak", ours=True), scopes=["vso.code"])
        return self.host.connect(Connection(credential=weak, base_url=self.url))

    def revoke(self) -> None:
        self.simulator.credentials.revoke(self.token)

    def counts(self, call: Call) -> bool:
        """Where things are (OPTIONS) is asked once for all."""
        return super().counts(call) and call.method != "OPTIONS"

    def _comment(self, comment_id: str) -> Comment:
        thread, _, number = comment_id.partition("/")
        return self.request.threads[int(thread)].comments[int(number) - 1]


def _active(status: str | None) -> bool:
    return status in (None, "active", "pending")

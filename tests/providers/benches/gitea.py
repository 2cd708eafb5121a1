"""The simulated Gitea as a bench."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import httpx2

from providers.gitea import GiteaHost
from providers.interface import CiProvider, Connection
from providers.values import Account, CommentRef, Permission, PullRequest, Repository
from simulators.contract import Contract
from simulators.gitea import SPANNING, ChangedFile, GiteaSimulator
from simulators.gitea import PullRequest as SimulatedPull
from tests.providers.benches.bench import SeenCheck
from tests.providers.benches.simulated import SimulatedBench

CONTRACT = Path(__file__).parents[2] / "data" / "contracts" / "gitea.openapi.json"
URL = "https://gitea.example"


@cache
def contract() -> Contract:
    return Contract(json.loads(CONTRACT.read_bytes()), spanning=SPANNING)


class GiteaBench(SimulatedBench[GiteaSimulator]):
    """A private repository `acme/shop` with pull request 1, seen by an account that administers it."""

    def __init__(self, **options: str) -> None:
        super().__init__()
        self.simulator = GiteaSimulator(contract=contract(), clock=self._host_time)
        transport = httpx2.ASGITransport(self.simulator.app)
        self.host = GiteaHost(options, transport=transport, now=self.moment)
        self.place = self.simulator.add_repository("acme/shop", private=True)
        self.simulator.set_right(self.place, "agnox", "admin")
        self.repository = Repository(str(self.place.id), "acme/shop")
        files = [
            ChangedFile("src/pay.py", "@@ -1 +1 @@\n-a\n+b"),
            ChangedFile("docs/a b.md", None, "docs/ab.md", status="renamed"),
        ]
        self.request = self.simulator.add_pull_request(self.place, files=files)
        self.pull = self._value(self.request)
        self.token = self.simulator.token("agnox")
        self.connection = Connection(credential=self.token, base_url=URL, tenant="acme")
        self.provider = self.host.connect(self.connection)

    def _value(self, pull: SimulatedPull) -> PullRequest:
        return PullRequest(
            repository=self.repository,
            number=pull.number,
            head_sha=pull.head.sha,
            head_ref=pull.head.branch,
            base_ref=pull.base.branch,
            base_sha=pull.base.sha,
            from_fork=pull.from_fork,
            author=pull.user.login,
            title=pull.title,
        )

    def comments(self) -> list[str]:
        return [comment.body for comment in self.simulator.state.comments_of(self.request)]

    def statuses(self) -> list[SeenCheck]:
        found = self.simulator.state.latest_statuses(self.place, self.request.head.sha)
        return [SeenCheck(str(s.index), s.context, s.description, s.state) for s in found]

    def reactions(self, comment: CommentRef) -> list[str]:
        return [reaction.content for reaction in self.simulator.state.comments[int(comment.id)].reactions]

    def stranger_says(self, body: str) -> CommentRef:
        comment = self.simulator.add_comment(self.request, "mallory", body)
        return CommentRef(self.repository, self.request.number, str(comment.id))

    def edit_comment(self, comment: CommentRef, body: str) -> None:
        self.moment.seconds += 60
        found = self.simulator.state.comments[int(comment.id)]
        found.body, found.updated_at = body, self.simulator.state.now()

    def we_said(self, body: str) -> str:
        return str(self.simulator.add_comment(self.request, "agnox", body).id)

    def remove_comment(self, comment_id: str) -> None:
        del self.simulator.state.comments[int(comment_id)]

    def give(self, login: str, permission: Permission) -> Account:
        account = self.simulator.set_right(self.place, login, permission.name)
        return Account(str(account.id), login)

    def stranger(self, login: str) -> Account:
        return Account(str(self.simulator.add_user(login).id), login) if login else Account("", "")

    def commit(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        return self.simulator.commit(self.place, files, branch=branch)

    def rename(self, path: str) -> None:
        self.simulator.rename(self.place, path)

    @property
    def hook_place(self) -> str:
        return self.place.full_name

    def hook_secrets(self) -> list[str]:
        return [hook.secret for hook in self.simulator.state.hooks_of(self.place)]

    def weak_provider(self) -> CiProvider:
        weak = self.simulator.token("agnox", ("read:user", "read:issue", "read:repository"))
        return self.host.connect(Connection(credential=weak, base_url=URL))

    def revoke(self) -> None:
        self.simulator.tokens.revoke(self.token)

    def fork_pull(self) -> tuple[PullRequest, str]:
        fork = self.simulator.fork(self.place, "mallory")
        pull = self.simulator.add_pull_request(self.place, head="patch-1", fork=fork, user="mallory")
        return self._value(pull), "mallory:patch-1"

    def push(self) -> str:
        return self.simulator.push(self.request)

"""The simulated GitHub as a bench."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import httpx2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.github import GithubHost
from providers.interface import CiProvider, Connection
from providers.values import Account, CommentRef, Permission, PullRequest, Repository
from simulators.diff import ChangedFile
from simulators.github.models import PullRequest as SimulatedPull
from simulators.github.simulator import GithubSimulator
from tests.providers.benches.bench import SeenCheck
from tests.providers.benches.simulated import SimulatedBench

APP_ID = 424_242


@cache
def private_key() -> str:
    """One key for all tests: making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class GithubBench(SimulatedBench[GithubSimulator]):
    """A repository `acme/shop` with pull request 1, seen by the app's installation."""

    def __init__(self, **options: str) -> None:
        super().__init__()
        self.simulator = GithubSimulator(app_id=APP_ID, private_key_pem=private_key(), clock=self._host_time)
        given = {"app_id": str(APP_ID), "private_key": private_key(), "webhook_secret": "new, old", **options}
        self.host = self.new_host(given)
        self.place = self.simulator.add_repository("acme/shop")
        self.repository = Repository(str(self.place.id), "acme/shop")
        files = [
            ChangedFile("src/pay.py", "@@ -1 +1 @@\n-a\n+b"),
            ChangedFile("docs/a b.md", None, "renamed", "docs/ab.md"),
        ]
        self.request = self.simulator.add_pull_request(self.place, files=files)
        self.pull = self._value(self.request)
        self.installation = self.simulator.install("acme")
        self.connection = Connection(installation=str(self.installation.id))
        self.provider = self.host.connect(self.connection)

    def new_host(self, options: dict[str, str]) -> GithubHost:
        transport = httpx2.ASGITransport(self.simulator.app)
        return GithubHost(options, transport=transport, now=self.moment, sleep=self.moment.sleep)

    def _value(self, pull: SimulatedPull) -> PullRequest:
        return PullRequest(
            repository=self.repository,
            number=pull.number,
            head_sha=pull.head.sha,
            head_ref=pull.head.ref,
            base_ref=pull.base.ref,
            base_sha=pull.base.sha,
            from_fork=pull.from_fork,
            author=pull.user.login,
            title=pull.title,
        )

    def comments(self) -> list[str]:
        return [comment.body for comment in self.simulator.state.comments_of(self.request)]

    def checks(self) -> list[SeenCheck]:
        runs = sorted(self.simulator.state.check_runs.values(), key=lambda run: run.id)
        return [
            SeenCheck(
                str(run.id),
                run.name,
                run.title or "",
                run.conclusion or run.status,
                tuple(remark["title"] for remark in run.annotations),
                tuple(action["identifier"] for action in run.actions),
            )
            for run in runs
        ]

    def statuses(self) -> list[SeenCheck]:
        found = self.simulator.state.latest_statuses(self.place, self.request.head.sha)
        return [SeenCheck(str(s.id), s.context, s.description or "", s.state) for s in found]

    def reactions(self, comment: CommentRef) -> list[str]:
        return [reaction.content for reaction in self.simulator.state.comments[int(comment.id)].reactions]

    def stranger_says(self, body: str) -> CommentRef:
        comment = self.simulator.add_comment(self.request, "mallory", body)
        return CommentRef(self.repository, self.request.number, str(comment.id))

    def edit_comment(self, comment: CommentRef, body: str) -> None:
        found = self.simulator.state.comments[int(comment.id)]
        found.body, found.updated_at = body, found.created_at + timedelta(minutes=1)

    def we_said(self, body: str) -> str:
        return str(self.simulator.add_comment(self.request, "", body, self.simulator.github_app).id)

    def remove_comment(self, comment_id: str) -> None:
        del self.simulator.state.comments[int(comment_id)]

    def remove_check(self, check_id: str) -> None:
        del self.simulator.state.check_runs[int(check_id)]

    def give(self, login: str, permission: Permission) -> Account:
        self.simulator.set_role(self.place, login, permission.name.lower())
        return Account("", login)

    def stranger(self, login: str) -> Account:
        return Account("", login)

    def commit(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        return self.simulator.commit(self.place, files, branch=branch)

    def rename(self, path: str) -> None:
        self.simulator.rename(self.place, path)

    @property
    def hook_place(self) -> str:
        return self.place.full_name

    def hook_secrets(self) -> list[str]:
        return []

    def weak_provider(self) -> CiProvider:
        weak = self.simulator.install("weak", permissions={"metadata": "read", "checks": "read"})
        return self.host.connect(Connection(installation=str(weak.id)))

    def revoke(self) -> None:
        self.simulator.suspend(self.installation)

    def fork_pull(self) -> tuple[PullRequest, str]:
        fork = self.simulator.fork(self.place, "mallory")
        pull = self.simulator.add_pull_request(self.place, head="patch-1", fork=fork, user="mallory")
        return self._value(pull), "mallory:patch-1"

    def push(self) -> str:
        return self.simulator.push(self.request)

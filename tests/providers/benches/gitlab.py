"""The simulated GitLab as a bench."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

from providers.gitlab import GitlabHost
from providers.interface import CiProvider, Connection
from providers.values import Account, CommentRef, Permission, PullRequest, Repository
from simulators.contract import Contract
from simulators.gitlab import ChangedFile, GitlabSimulator, Level, gitlab_contract
from simulators.gitlab.requests import MergeRequest, Note
from simulators.gitlab.views.common import Urls
from simulators.serving import serving
from tests.providers.benches.bench import SeenCheck
from tests.providers.benches.simulated import SimulatedBench

CONTRACT = Path(__file__).parents[2] / "data" / "contracts" / "gitlab.openapi.json"
LEVELS = {
    Permission.READ: Level.PLANNER,
    Permission.TRIAGE: Level.REPORTER,
    Permission.WRITE: Level.DEVELOPER,
    Permission.MAINTAIN: Level.MAINTAINER,
    Permission.ADMIN: Level.OWNER,
}


class _Instances:
    """Many simulated instances behind one address, each below a root of its own."""

    def __init__(self) -> None:
        self._apps: WeakValueDictionary[str, GitlabSimulator] = WeakValueDictionary()
        self._numbers = count(1)
        self._server = serving(self)
        self._address = self._server.__enter__()

    def next_root(self) -> str:
        return f"/git{next(self._numbers)}"

    def add(self, simulator: GitlabSimulator) -> str:
        self._apps[simulator.relative_root] = simulator
        simulator.urls = Urls(self._address + simulator.relative_root)
        return simulator.urls.web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp | None = None
        if scope["type"] == "http":
            simulator = self._apps.get("/" + scope["path"].split("/")[1])
            app = simulator.app if simulator else None
        if app is not None:
            await app(scope, receive, send)


@cache
def instances() -> _Instances:
    """One server for all tests: starting one takes a while."""
    return _Instances()


@cache
def contract() -> Contract:
    return gitlab_contract(json.loads(CONTRACT.read_bytes()))


class GitlabBench(SimulatedBench[GitlabSimulator]):
    """A project `acme/shop` with merge request 1 and its pipeline, seen by the bot of a project access token."""

    root = "/projects/"

    def __init__(self, **options: str) -> None:
        super().__init__()
        self.simulator = GitlabSimulator(
            contract=contract(), clock=self._host_time, relative_root=instances().next_root(), sleep=self.moment.sleep
        )
        self.url = instances().add(self.simulator)
        self.host = GitlabHost(options, now=self.moment, sleep=self.moment.sleep)
        self.place = self.simulator.add_project("acme/shop", visibility="private")
        self.repository = Repository(str(self.place.id), "acme/shop")
        files = [
            ChangedFile("src/pay.py", "@@ -1 +1 @@\n-a\n+b"),
            ChangedFile("docs/a b.md", None, "renamed", "docs/ab.md"),
        ]
        self.request = self.simulator.add_merge_request(self.place, files=files)
        self.pipeline = self.simulator.add_merge_request_pipeline(self.request)
        self.pull = self._value(self.request)
        self.token = self.simulator.add_access_token(self.place, Level.MAINTAINER)
        self.connection = Connection(credential=self.token.value, base_url=self.url, tenant="acme")
        self.provider = self.host.connect(self.connection)

    def _value(self, request: MergeRequest) -> PullRequest:
        return PullRequest(
            repository=self.repository,
            number=request.iid,
            head_sha=request.sha,
            head_ref=request.source_branch,
            base_ref=request.target_branch,
            base_sha=request.versions[-1].base_sha,
            from_fork=request.from_fork,
            author=request.author.username,
            title=request.title,
        )

    def notes(self) -> list[Note]:
        return [note for note in self.simulator.state.notes_of(self.request) if not note.system]

    def comments(self) -> list[str]:
        return [note.body for note in self.notes() if note.position is None]

    def resolved(self) -> list[bool]:
        return [note.resolved_by is not None for note in self.notes() if note.position is None]

    def remarks(self) -> list[tuple[str, int, bool]]:
        return [
            (note.position["new_path"], note.position["new_line"], note.resolved_by is None)
            for note in self.notes()
            if note.position is not None
        ]

    def statuses(self) -> list[SeenCheck]:
        jobs = [
            job
            for pipeline in self.simulator.state.pipelines_of(self.place)
            for job in pipeline.latest
            if job.external and pipeline.sha == self.request.sha
        ]
        return [SeenCheck(str(job.id), job.name, job.description or "", job.status) for job in jobs]

    def reactions(self, comment: CommentRef) -> list[str]:
        return [award.name for award in self._note(comment.id).awards]

    def stranger_says(self, body: str) -> CommentRef:
        note = self.simulator.add_note(self.request, "mallory", body)
        assert note is not None
        return CommentRef(self.repository, self.request.iid, str(note.id))

    def edit_comment(self, comment: CommentRef, body: str) -> None:
        self.moment.seconds += 60
        self.simulator.edit_note(self._note(comment.id), body)

    def we_said(self, body: str) -> str:
        note = self.simulator.add_note(self.request, self.token.user.username, body)
        assert note is not None
        return str(note.id)

    def remove_comment(self, comment_id: str) -> None:
        self.simulator.delete_note(self._note(comment_id))

    def give(self, login: str, permission: Permission) -> Account:
        user = self.simulator.add_member(self.place, login, LEVELS[permission])
        return Account(str(user.id), login)

    def stranger(self, login: str) -> Account:
        return Account(str(self.simulator.add_user(login).id), login) if login else Account("", "")

    def commit(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        return self.simulator.commit(self.place, files, branch=branch)

    def rename(self, path: str) -> None:
        self.simulator.rename(self.place, path)

    @property
    def hook_place(self) -> str:
        return self.place.full_path

    def hook_secrets(self) -> list[str]:
        return [hook.signing_token or hook.token or "" for hook in self.simulator.hooks.of(self.place)]

    def weak_provider(self) -> CiProvider:
        weak = self.simulator.add_access_token(self.place, Level.REPORTER, scopes=("read_api",))
        return self.host.connect(Connection(credential=weak.value, base_url=self.url))

    def revoke(self) -> None:
        self.token.revoked = True

    def fork_pull(self) -> tuple[PullRequest, str]:
        request = self.fork_request()
        return self._value(request), "mallory:patch-1"

    def fork_request(self) -> MergeRequest:
        fork = self.simulator.fork(self.place, "mallory")
        return self.simulator.add_merge_request(self.place, source_branch="patch-1", fork=fork, user="mallory")

    def push(self) -> str:
        return self.simulator.push(self.request)

    def problems(self) -> Sequence[object]:
        ours = self.token.user
        return [*self.simulator.violations, *(effect for effect in self.simulator.effects if effect.by is ours)]

    def _note(self, note_id: str) -> Note:
        return next(note for note in self.simulator.state.notes_of(self.request) if note.id == int(note_id))

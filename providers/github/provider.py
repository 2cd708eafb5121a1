"""The verbs of the contract, bound to one connection with GitHub."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from providers.errors import Rejected
from providers.github import access, checks, ci, comments, files, markup, pulls
from providers.github.client import Client
from providers.github.comments import Author, GithubConversation
from providers.github.inspection import Inspect
from providers.github.run_files import fetch_run
from providers.interface import Capabilities
from providers.report import Annotation, Check, Report, Suite
from providers.runs import CiRun, Fetched, FetchLimits, Reading, RerunScope, Resent
from providers.sticky import put_sticky
from providers.values import (
    Access,
    Comment,
    CommentRef,
    Hook,
    Repository,
    Revision,
    Slot,
    Written,
)
from providers.verbs import verb


class GithubProvider:
    """GitHub as an installation of the app sees it, or as a person with a token does (`app_id` is empty then)."""

    name = "github"

    def __init__(self, client: Client, app_id: str, author: Author, inspect: Inspect) -> None:
        self._client = client
        self._app_id = app_id
        self._author = author
        self._inspect = inspect

    @property
    def capabilities(self) -> Capabilities:
        """Only apps may write check runs (GitHub REST, Checks)."""
        app = bool(self._app_id)
        return Capabilities(
            checks=app,
            statuses=True,
            annotations=app,
            actions=app,
            remarks=False,
            hooks=False,
            resolves=False,
            awaits=False,
            comment_limit=markup.DIALECT.comment_limit,
            runs=True,
            reruns=frozenset(RerunScope),
            attempts=True,
        )

    def render_comment(self, report: Report) -> str:
        return markup.render_comment(report)

    def render_check(self, suite: Suite, report: Report) -> Check:
        return markup.render_check(suite, report)

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        conversation = GithubConversation(self._client, self._author, repository, number)
        return await put_sticky(conversation, markup.DIALECT.marker, body, slot)

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        return await checks.put_check(self._client, self._app_id, revision, check, key, slot)

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        return await checks.put_status(self._client, revision, check)

    async def put_remarks(self, revision: Revision, remarks: Sequence[Annotation], slot: Slot) -> Written:
        raise Rejected("on GitHub remarks are annotations of checks")

    react = verb(comments.react)

    async def get_comment(self, comment: CommentRef) -> Comment:
        return await comments.get_comment(self._client, self._author, comment)

    permission = verb(access.permission)
    get_pull_request = verb(pulls.get_pull_request)
    find_pull_requests = verb(pulls.find_pull_requests)
    get_commit = verb(pulls.get_commit)
    changed_files = verb(pulls.changed_files)
    get_file = verb(files.get_file)
    open_pull_requests = verb(pulls.open_pull_requests)
    rerun = verb(ci.rerun)
    cancel_run = verb(ci.cancel_run)
    get_repository = verb(access.get_repository)

    async def get_run(self, repository: Repository, run_id: str) -> CiRun:
        return await ci.get_run(self._client, self._app_id, repository, run_id)

    async def find_runs(self, revision: Revision) -> Sequence[CiRun]:
        return await ci.find_runs(self._client, self._app_id, revision)

    async def fetch_run(
        self, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
    ) -> Fetched:
        return await fetch_run(self._client, repository, run, folder, reading, limits)

    async def resend_missed(self, place: str, url: str, since: datetime) -> Resent:
        """Events come to the app's own webhook (`GithubHost.resend_missed`)."""
        return Resent()

    async def repositories(self) -> Sequence[Repository]:
        return await access.covered(self._client, app=bool(self._app_id))

    async def inspect(self) -> Access:
        return await self._inspect()

    async def ensure_hooks(self, place: str, url: str, secret: str) -> Sequence[Hook]:
        raise Rejected("GitHub sends the events of an app to the app's own webhook")

    async def hooks(self, place: str, url: str) -> Sequence[Hook]:
        return ()

    async def remove_hooks(self, place: str, url: str) -> None:
        """There are none."""

"""The verbs of the contract, bound to one connection with GitHub."""

from collections.abc import Sequence

from providers.github import access, checks, comments, markup, pulls
from providers.github.client import Client
from providers.github.comments import Author
from providers.interface import Capabilities
from providers.report import Check, Report, Suite
from providers.values import (
    ChangedFile,
    CommentRef,
    Commit,
    Permission,
    PullRequest,
    Reaction,
    Repository,
    Revision,
    Slot,
    Written,
)


class GithubProvider:
    """GitHub as an installation of the app sees it, or as a person with a token does (`app_id` is empty then)."""

    name = "github"

    def __init__(self, client: Client, app_id: str, author: Author) -> None:
        self._client = client
        self._app_id = app_id
        self._author = author

    @property
    def capabilities(self) -> Capabilities:
        """Only apps may write check runs (GitHub REST, Checks)."""
        app = bool(self._app_id)
        return Capabilities(
            checks=app, statuses=True, annotations=app, actions=app, comment_limit=markup.DIALECT.comment_limit
        )

    def render_comment(self, report: Report) -> str:
        return markup.render_comment(report)

    def render_check(self, suite: Suite, report: Report) -> Check:
        return markup.render_check(suite, report)

    async def put_comment(self, repository: Repository, number: int, body: str, slot: Slot) -> Written:
        return await comments.put_comment(self._client, self._author, repository, number, body, slot)

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        return await checks.put_check(self._client, self._app_id, revision, check, key, slot)

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        return await checks.put_status(self._client, revision, check)

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        await comments.react(self._client, comment, reaction)

    async def permission(self, repository: Repository, login: str) -> Permission:
        return await access.permission(self._client, repository, login)

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest:
        return await pulls.get_pull_request(self._client, repository, number)

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        return await pulls.find_pull_requests(self._client, repository, sha, branch)

    async def get_commit(self, repository: Repository, sha: str) -> Commit:
        return await pulls.get_commit(self._client, repository, sha)

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]:
        return await pulls.changed_files(self._client, repository, number)

    async def repositories(self) -> Sequence[Repository]:
        return await access.covered(self._client, app=bool(self._app_id))

"""The verbs of the contract, bound to one connection with Azure DevOps."""

from collections.abc import Sequence
from dataclasses import dataclass

from providers.azure import comments, hooks, inspection, markup, pulls, remarks, statuses
from providers.azure.access import AccessControl, Mode
from providers.azure.client import Client
from providers.azure.iterations import Iterations
from providers.errors import Forbidden
from providers.interface import Capabilities
from providers.report import Annotation, Check, Report, Suite
from providers.values import (
    Access,
    Account,
    ChangedFile,
    Comment,
    CommentRef,
    Commit,
    Hook,
    Permission,
    PullRequest,
    Reaction,
    Repository,
    Revision,
    Slot,
    Written,
)

_LEVELS = {
    Mode.MEMBERSHIP: frozenset({Permission.NONE, Permission.READ, Permission.WRITE, Permission.ADMIN}),
    Mode.ACL: frozenset({Permission.NONE, Permission.READ, Permission.WRITE, Permission.ADMIN}),
    Mode.ALLOWLIST: frozenset({Permission.NONE, Permission.WRITE}),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How we behave on this host: the status of a thread that asks for nothing, and how permissions are found."""

    thread_done: str = "closed"
    mode: Mode = Mode.MEMBERSHIP
    personal: bool = True
    """Whether the credential is a personal access token."""


class AzureDevOpsProvider:
    """Azure DevOps Services or Server as the owner of a credential sees it."""

    name = "azure"

    def __init__(self, client: Client, access: AccessControl, manner: Manner = Manner()) -> None:
        self._client = client
        self._access = access
        self._manner = manner
        self._iterations = Iterations(client)
        self._dialect = markup.DIALECT if client.organization.services else markup.FLAT

    @property
    def capabilities(self) -> Capabilities:
        """Likes are the only reaction; a status stays over later pushes unless they get one of their own."""
        return Capabilities(
            checks=False,
            statuses=True,
            annotations=False,
            actions=False,
            remarks=True,
            hooks=True,
            resolves=True,
            awaits=True,
            comment_limit=self._dialect.comment_limit,
            patches=False,
            reactions=frozenset({Reaction.SEEN}),
            permissions=_LEVELS[self._manner.mode],
        )

    def render_comment(self, report: Report) -> str:
        return markup.render_comment(report, self._dialect)

    def render_check(self, suite: Suite, report: Report) -> Check:
        """A status carries no remarks, and one that would look the same should be the same."""
        return markup.render_check(suite, report, self._dialect)

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        status = self._manner.thread_done if resolved else comments.ACTIVE
        return await comments.put_comment(self._client, repository, number, body, slot, status)

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        raise Forbidden("Azure DevOps has no check runs: a status says the verdict")

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        return await statuses.put_status(self._client, self._iterations, revision, check, slot)

    async def put_remarks(self, revision: Revision, remarks_: Sequence[Annotation], slot: Slot) -> Written:
        return await remarks.put_remarks(self._client, self._iterations, self._dialect, revision, remarks_, slot)

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        await comments.react(self._client, comment, reaction)

    async def get_comment(self, comment: CommentRef) -> Comment:
        return await comments.get_comment(self._client, comment)

    async def permission(self, repository: Repository, account: Account) -> Permission:
        return await self._access.permission(repository, account)

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest:
        return await pulls.get_pull_request(self._client, self._iterations, repository, number)

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        return await pulls.find_pull_requests(self._client, repository, sha, branch)

    async def get_commit(self, repository: Repository, sha: str) -> Commit:
        return await pulls.get_commit(self._client, repository, sha)

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]:
        return await pulls.changed_files(self._client, self._iterations, repository, number)

    async def get_repository(self, repository: Repository) -> Repository:
        return await pulls.get_repository(self._client, repository)

    async def repositories(self) -> Sequence[Repository]:
        return await pulls.repositories(self._client)

    async def inspect(self) -> Access:
        return await inspection.inspect(self._client, personal=self._manner.personal)

    async def ensure_hooks(self, place: str, url: str, secret: str) -> Sequence[Hook]:
        return await hooks.ensure_hooks(self._client, place, url, secret)

    async def hooks(self, place: str, url: str) -> Sequence[Hook]:
        return await hooks.hooks(self._client, place, url)

    async def remove_hooks(self, place: str, url: str) -> None:
        await hooks.remove_hooks(self._client, place, url)

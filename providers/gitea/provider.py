"""The verbs of the contract, bound to one connection with Gitea or Forgejo."""

from collections.abc import Sequence

from providers.errors import Rejected
from providers.gitea import access, comments, hooks, identity, markup, pulls, statuses
from providers.gitea.client import Client
from providers.gitea.identity import Me
from providers.interface import Capabilities
from providers.report import Annotation, Check, Report, Suite
from providers.sticky import put_sticky
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


class GiteaProvider:
    """Gitea as the user behind a token sees it."""

    name = "gitea"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._me = Me(client)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            checks=False,
            statuses=True,
            annotations=False,
            actions=False,
            remarks=False,
            hooks=True,
            resolves=False,
            awaits=False,
            comment_limit=markup.DIALECT.comment_limit,
            permissions=frozenset({Permission.NONE, Permission.READ, Permission.WRITE, Permission.ADMIN}),
        )

    def render_comment(self, report: Report) -> str:
        return markup.render_comment(report)

    def render_check(self, suite: Suite, report: Report) -> Check:
        return markup.render_check(suite, report)

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        conversation = comments.GiteaConversation(self._client, self._me, repository, number)
        return await put_sticky(conversation, markup.DIALECT.marker, body, slot)

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        raise Rejected("Gitea has no checks, only statuses")

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        return await statuses.put_status(self._client, revision, check)

    async def put_remarks(self, revision: Revision, remarks: Sequence[Annotation], slot: Slot) -> Written:
        raise Rejected("on Gitea remarks on lines belong to a review, which can't be changed once it is there")

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        await comments.react(self._client, comment, reaction)

    async def get_comment(self, comment: CommentRef) -> Comment:
        return await comments.get_comment(self._client, self._me, comment)

    async def permission(self, repository: Repository, account: Account) -> Permission:
        return await access.permission(self._client, repository, account)

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest:
        return await pulls.get_pull_request(self._client, repository, number)

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        return await pulls.find_pull_requests(self._client, repository, sha)

    async def get_commit(self, repository: Repository, sha: str) -> Commit:
        return await pulls.get_commit(self._client, repository, sha)

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]:
        return await pulls.changed_files(self._client, repository, number)

    async def get_repository(self, repository: Repository) -> Repository:
        return await access.get_repository(self._client, repository)

    async def repositories(self) -> Sequence[Repository]:
        return await access.covered(self._client)

    async def inspect(self) -> Access:
        return await identity.inspect(self._client)

    async def ensure_hooks(self, place: str, url: str, secret: str) -> Sequence[Hook]:
        return await hooks.ensure_hooks(self._client, place, url, secret)

    async def hooks(self, place: str, url: str) -> Sequence[Hook]:
        return await hooks.hooks(self._client, place, url)

    async def remove_hooks(self, place: str, url: str) -> None:
        await hooks.remove_hooks(self._client, place, url)

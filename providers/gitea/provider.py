"""The verbs of the contract, bound to one connection with Gitea or Forgejo."""

from collections.abc import Sequence

from providers.errors import Rejected
from providers.gitea import access, comments, files, identity, markup, pulls, statuses
from providers.gitea import hooks as hooking
from providers.gitea.client import Client
from providers.gitea.identity import Me
from providers.interface import Capabilities
from providers.no_runs import NoRuns
from providers.report import Annotation, Check, Report, Suite
from providers.sticky import put_sticky
from providers.values import (
    Comment,
    CommentRef,
    Permission,
    PullRequest,
    Repository,
    Revision,
    Slot,
    Written,
)
from providers.verbs import verb


class GiteaProvider(NoRuns):
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

    react = verb(comments.react)

    async def get_comment(self, comment: CommentRef) -> Comment:
        return await comments.get_comment(self._client, self._me, comment)

    permission = verb(access.permission)
    get_pull_request = verb(pulls.get_pull_request)

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        return await pulls.find_pull_requests(self._client, repository, sha)

    get_commit = verb(pulls.get_commit)
    changed_files = verb(pulls.changed_files)
    get_file = verb(files.get_file)
    get_repository = verb(access.get_repository)
    repositories = verb(access.covered)
    inspect = verb(identity.inspect)
    ensure_hooks = verb(hooking.ensure_hooks)
    hooks = verb(hooking.hooks)
    remove_hooks = verb(hooking.remove_hooks)

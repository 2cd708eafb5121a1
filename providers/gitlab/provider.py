"""The verbs of the contract, bound to one connection with GitLab."""

from collections.abc import Sequence

from providers.errors import Rejected
from providers.gitlab import access, deliveries, files, identity, markup, pulls, remarks, run_files, runs, statuses
from providers.gitlab import hooks as hooking
from providers.gitlab.client import Client
from providers.gitlab.comments import Comments, Style
from providers.gitlab.identity import Me
from providers.gitlab.statuses import Pause
from providers.interface import Capabilities
from providers.report import Annotation, Check, Report, Suite
from providers.runs import RerunScope
from providers.values import (
    Access,
    Comment,
    CommentRef,
    Reaction,
    Repository,
    Revision,
    Slot,
    Written,
)
from providers.verbs import verb


class GitlabProvider:
    """GitLab as the user behind a token sees it; `access_token` says that the token can be asked about itself."""

    name = "gitlab"

    def __init__(self, client: Client, me: Me, style: Style, pause: Pause, *, access_token: bool) -> None:
        self._client = client
        self._me = me
        self._style = style
        self._pause = pause
        self._access_token = access_token
        self._comments = Comments(client, me, style)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            checks=False,
            statuses=True,
            annotations=False,
            actions=False,
            remarks=True,
            hooks=True,
            resolves=self._style is Style.DISCUSSION,
            awaits=False,
            comment_limit=markup.DIALECT.comment_limit,
            runs=True,
            reruns=frozenset(RerunScope),
            attempts=True,
            forks_apart=True,
        )

    def render_comment(self, report: Report) -> str:
        return markup.render_comment(report)

    def render_check(self, suite: Suite, report: Report) -> Check:
        return markup.render_check(suite, report)

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        return await self._comments.put_comment(repository, number, body, slot, resolved=resolved)

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        raise Rejected("GitLab has no checks, only statuses")

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        return await statuses.put_status(self._client, revision, check, slot, self._pause)

    async def put_remarks(self, revision: Revision, annotations: Sequence[Annotation], slot: Slot) -> Written:
        return await remarks.put_remarks(self._client, self._me, revision, annotations, slot)

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        await self._comments.react(comment, reaction)

    async def get_comment(self, comment: CommentRef) -> Comment:
        return await self._comments.get_comment(comment)

    permission = verb(access.permission)
    get_pull_request = verb(pulls.get_pull_request)
    find_pull_requests = verb(pulls.find_pull_requests)
    get_commit = verb(pulls.get_commit)
    changed_files = verb(pulls.changed_files)
    get_file = verb(files.get_file)
    open_pull_requests = verb(pulls.open_pull_requests)
    get_run = verb(runs.get_run)
    find_runs = verb(runs.find_runs)
    fetch_run = verb(run_files.fetch_run)
    rerun = verb(runs.rerun)
    cancel_run = verb(runs.cancel_run)
    resend_missed = verb(deliveries.resend_missed)
    get_repository = verb(access.get_repository)
    repositories = verb(access.covered)

    async def inspect(self) -> Access:
        return await identity.inspect(self._client, self._me, token=self._access_token)

    ensure_hooks = verb(hooking.ensure_hooks)
    hooks = verb(hooking.hooks)
    remove_hooks = verb(hooking.remove_hooks)

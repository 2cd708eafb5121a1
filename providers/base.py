"""A provider that can nothing yet, to begin one with: a host overrides what it has, all else is refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from providers.dialect import Dialect
from providers.errors import Rejected
from providers.files import LIMIT
from providers.interface import Capabilities
from providers.markdown import comment
from providers.no_runs import NoRuns
from providers.report import Annotation, Check, Report, Suite
from providers.runs import Resent
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
from providers.verdict import status_check

NOTHING = Capabilities(
    checks=False,
    statuses=False,
    annotations=False,
    actions=False,
    remarks=False,
    hooks=False,
    resolves=False,
    awaits=False,
    comment_limit=Dialect.comment_limit,
    patches=False,
    reactions=frozenset(),
)


class BaseHost:
    """What a kind of host has none of, unless it says so."""

    hook_secrets: Sequence[str] | None = None
    install_url = ""

    async def resend_missed(self, since: datetime) -> Resent:
        return Resent()


class BaseProvider(NoRuns):
    """What later versions of the contract ask for besides comes to its heirs as a refusal, not as an error."""

    name = "unnamed"
    capabilities = NOTHING
    dialect = Dialect()

    def render_comment(self, report: Report) -> str:
        return comment(report, self.dialect)

    def render_check(self, suite: Suite, report: Report) -> Check:
        return status_check(suite)

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        self._refuse("comments")

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        self._refuse("checks")

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        self._refuse("statuses")

    async def put_remarks(self, revision: Revision, remarks: Sequence[Annotation], slot: Slot) -> Written:
        self._refuse("remarks on lines")

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        """Reactions that a host does not have do nothing."""

    async def get_comment(self, comment: CommentRef) -> Comment:
        self._refuse("comments to be read")

    async def permission(self, repository: Repository, account: Account) -> Permission:
        return Permission.NONE

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest:
        self._refuse("pull requests to be read")

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        return ()

    async def get_commit(self, repository: Repository, sha: str) -> Commit:
        self._refuse("commits to be read")

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]:
        self._refuse("changed files to be read")

    async def get_file(self, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
        self._refuse("files to be read")

    async def get_repository(self, repository: Repository) -> Repository:
        self._refuse("repositories to be read")

    async def repositories(self) -> Sequence[Repository]:
        self._refuse("list of repositories")

    async def inspect(self) -> Access:
        self._refuse("credentials to be inspected")

    async def ensure_hooks(self, place: str, url: str, secret: str) -> Sequence[Hook]:
        self._refuse("webhooks to be made")

    async def hooks(self, place: str, url: str) -> Sequence[Hook]:
        return ()

    async def remove_hooks(self, place: str, url: str) -> None:
        """There are none."""

    def _refuse(self, what: str) -> NoReturn:
        raise Rejected(f"{self.name} has no {what}")

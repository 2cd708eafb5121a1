"""The verbs of the contract, bound to one connection with Azure DevOps."""

from collections.abc import Sequence
from dataclasses import dataclass

from providers.azure import comments, deliveries, files, inspection, markup, pulls, remarks, run_files, runs, statuses
from providers.azure import hooks as hooking
from providers.azure.access import AccessControl, Mode
from providers.azure.client import Client
from providers.azure.iterations import Iterations
from providers.errors import Forbidden
from providers.interface import Capabilities
from providers.report import Annotation, Check, Report, Suite
from providers.runs import RerunScope
from providers.values import (
    Access,
    Account,
    ChangedFile,
    Permission,
    PullRequest,
    Reaction,
    Repository,
    Revision,
    Slot,
    Written,
)
from providers.verbs import verb

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
            runs=True,
            reruns=frozenset(RerunScope),
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

    react = verb(comments.react)
    get_comment = verb(comments.get_comment)

    async def permission(self, repository: Repository, account: Account) -> Permission:
        return await self._access.permission(repository, account)

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest:
        return await pulls.get_pull_request(self._client, self._iterations, repository, number)

    find_pull_requests = verb(pulls.find_pull_requests)
    get_commit = verb(pulls.get_commit)

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]:
        return await pulls.changed_files(self._client, self._iterations, repository, number)

    get_file = verb(files.get_file)
    open_pull_requests = verb(pulls.open_pull_requests)
    get_run = verb(runs.get_run)
    find_runs = verb(runs.find_runs)
    fetch_run = verb(run_files.fetch_run)
    rerun = verb(runs.rerun)
    cancel_run = verb(runs.cancel_run)
    resend_missed = verb(deliveries.resend_missed)
    get_repository = verb(pulls.get_repository)
    repositories = verb(pulls.repositories)

    async def inspect(self) -> Access:
        return await inspection.inspect(self._client, personal=self._manner.personal)

    ensure_hooks = verb(hooking.ensure_hooks)
    hooks = verb(hooking.hooks)
    remove_hooks = verb(hooking.remove_hooks)

"""The contract of a git host: what the bot asks of it and what it answers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from providers.events import Event
from providers.files import LIMIT
from providers.report import Annotation, Check, Report, Suite
from providers.runs import CiRun, Fetched, FetchLimits, Reading, RerunScope, Resent
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

Exchange = Callable[[str], Awaitable[str]]
"""Has the host replace a credential; takes the stale one and gives the new one."""


class Keeper(Protocol):
    """Where a credential is kept that is replaced from time to time."""

    async def renew(self, stale: str, exchange: Exchange) -> str:
        """Gives what is kept by now, if that is not `stale` any more; else has it replaced and keeps the new one.

        Only one caller at a time replaces a credential, since hosts take a second use of the old one for theft.
        """
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """Which part of a host to speak to and with what right.

    `installation` is the host's id of the grant (a GitHub App installation); `credential` is a token, or the JSON text
    of a credential with several parts (`providers.credentials`). One of them is set. `base_url` is the address of the
    instance, empty for the host's public one. `tenant` is whose connection it is: nothing of one tenant is ever used
    for another, be their credentials the same. Without a `keeper` a replaced credential lasts as long as the process.
    """

    installation: str = ""
    credential: str = ""
    base_url: str = ""
    tenant: str = ""
    keeper: Keeper | None = None

    def __repr__(self) -> str:
        shown = "***" if self.credential else ""
        return f"Connection(installation={self.installation!r}, credential={shown}, {self.base_url!r}, {self.tenant!r})"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a host can do; the bot asks here, never for the host's name."""

    checks: bool
    """Rich verdicts (`put_check`) with summary and annotations."""
    statuses: bool
    """Plain verdicts (`put_status`)."""
    annotations: bool
    """Checks carry remarks on lines."""
    actions: bool
    """Buttons in a check whose press comes back as an event."""
    remarks: bool
    """Remarks of their own on lines of the diff (`put_remarks`)."""
    hooks: bool
    """Webhooks can be made by us (`ensure_hooks`); if not, the host's app brings its own."""
    resolves: bool
    """Our comment asks for attention until it is resolved."""
    awaits: bool
    """A new head should be told that its verdict is still to come, lest the old one be taken for it."""
    comment_limit: int
    """Characters."""
    runs: bool = False
    """The host's own CI: its runs can be found, read and cancelled, and their changes come as events."""
    reruns: frozenset[RerunScope] = frozenset()
    """What of a run can be run again; empty where none can."""
    attempts: bool = False
    """What an attempt left can still be fetched when the run has begun anew: by `CiRun.attempt`, or by its time."""
    forks_apart: bool = False
    """Runs on a fork's pull request may be in the fork, of which nobody tells us: they have to be looked for."""
    patches: bool = True
    """Changed files come with their diff."""
    reactions: frozenset[Reaction] = frozenset(Reaction)
    """Those that can be told from each other; others do nothing."""
    permissions: frozenset[Permission] = frozenset(Permission)
    """The levels that the host tells apart."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a delivery says of itself before it is parsed; nobody needs to keep one that is a `test`."""

    event: str
    dedupe_key: str
    test: bool = False


class Webhooks(Protocol):
    """The inbound half of a host; pure."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Proves a delivery in constant time; any one of `secrets` will do. Header names are lower case.

        Raises InvalidSignature; also when `secrets` is empty.
        """
        ...

    def identify(self, headers: Mapping[str, str], body: bytes) -> Identity:
        """Names the event and the key under which a repeated delivery is recognised. Raises MalformedPayload."""
        ...

    def parse(self, event: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        """Reads what happened; nothing when the event is of no use to us. Raises MalformedPayload.

        Only the headers named by `kept_headers` are there.
        """
        ...

    @property
    def kept_headers(self) -> frozenset[str]:
        """Headers that are needed to read a stored delivery; never secrets or signatures."""
        ...


class CiProvider(Protocol):
    """One git host as seen through one connection. Every verb may raise any ProviderError."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def render_comment(self, report: Report) -> str:
        """Writes the report in the host's markup, escaped and within the host's limit. Pure."""
        ...

    def render_check(self, suite: Suite, report: Report) -> Check:
        """Writes the verdict on one suite in the host's markup, within the host's limits. Pure."""
        ...

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool = False
    ) -> Written:
        """Makes our one comment of the pull request say `body`: found by the slot, else by its marker, else made.

        `resolved` says that it asks for nothing any more; hosts that can't show that pass over it.
        """
        ...

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        """Makes our check with the external id `key` say `check`. Raises Forbidden when checks aren't granted."""
        ...

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        """Says only the verdict and title of `check`, where checks can't be had; saying it twice is harmless."""
        ...

    async def put_remarks(self, revision: Revision, remarks: Sequence[Annotation], slot: Slot) -> Written:
        """Makes our remarks on the pull request's diff these and no others; those outside the diff are left out.

        Raises Forbidden or Rejected when the host can't have any.
        """
        ...

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        """Acknowledges a comment; doing it twice is harmless."""
        ...

    async def get_comment(self, comment: CommentRef) -> Comment:
        """Reads a comment as it is now. Raises NotFound when it is deleted."""
        ...

    async def permission(self, repository: Repository, account: Account) -> Permission:
        """Tells what an account may do; NONE for strangers, bots that are gone and deleted users."""
        ...

    async def get_pull_request(self, repository: Repository, number: int) -> PullRequest: ...

    async def find_pull_requests(self, repository: Repository, sha: str, branch: str = "") -> Sequence[PullRequest]:
        """Finds the open pull requests whose head is `sha`; forks may be missing unless `branch` is `owner:name`."""
        ...

    async def get_commit(self, repository: Repository, sha: str) -> Commit:
        """Reads a commit; `sha` may be shortened as far as the host understands it."""
        ...

    async def changed_files(self, repository: Repository, number: int) -> Sequence[ChangedFile]: ...

    async def get_file(self, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
        """Reads a file as it is at `ref`, a branch or the whole name of a commit; None where that has no such file.

        A folder, a submodule and a symbolic link that the host does not follow within the repository are no files.
        Raises NotFound when the repository or `ref` is not there, TooLarge for more than `limit` bytes, and Rejected
        for what can't be a path or a ref.
        """
        ...

    async def open_pull_requests(self, repository: Repository) -> Sequence[PullRequest]:
        """Lists the open pull requests, those changed last first, of which there may be thousands: at most 300."""
        ...

    async def get_run(self, repository: Repository, run_id: str) -> CiRun:
        """Reads a CI run as it is now. Raises NotFound."""
        ...

    async def find_runs(self, revision: Revision) -> Sequence[CiRun]:
        """Lists the CI runs on a head, or on its merge into the base, as they are now; none of our own making."""
        ...

    async def fetch_run(
        self, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
    ) -> Fetched:
        """Downloads the logs and reports of a run into `folder`; what is over a limit is left out or cut, with a note.

        Reports are whatever the host keeps of test results, also in its own JSON; archives are unpacked. Our token
        goes to no other host than the connection's. Raises NotFound when the run is gone; a part that can't be had is
        a note.
        """
        ...

    async def rerun(self, repository: Repository, run: CiRun, scope: RerunScope, jobs: Sequence[str] = ()) -> None:
        """Has a run that ended run again: what failed, all, or the jobs with these ids.

        Raises Rejected with the reason when the host won't, as for a run that is too old.
        """
        ...

    async def cancel_run(self, repository: Repository, run: CiRun) -> None:
        """Has a run stopped; one that has ended is no error."""
        ...

    async def resend_missed(self, place: str, url: str, since: datetime) -> Resent:
        """Has the host send again what it could not deliver to the hooks on `place` that lead to `url`.

        A hook that the host has switched off is switched on again, where that is possible.
        """
        ...

    async def get_repository(self, repository: Repository) -> Repository:
        """Completes a repository of which only the id or the path is known, or whose path may be an old one."""
        ...

    async def repositories(self) -> Sequence[Repository]:
        """Lists what the connection covers."""
        ...

    async def inspect(self) -> Access:
        """Asks whose credential this is, until when, and what it lacks. Raises Unauthenticated when it is refused."""
        ...

    async def ensure_hooks(self, place: str, url: str, secret: str) -> Sequence[Hook]:
        """Has the host send us its events on `place` at `url`, proven by `secret`; doing it twice makes nothing twice.

        `place` is what the host can put a hook on: a repository's path, a group, a project. Raises Rejected when it
        is none of them.
        """
        ...

    async def hooks(self, place: str, url: str) -> Sequence[Hook]:
        """Lists the hooks on `place` that lead to `url`."""
        ...

    async def remove_hooks(self, place: str, url: str) -> None:
        """Takes those away; none left is no error."""
        ...


class Host(Protocol):
    """A kind of git host: the factory of its providers. Lives as long as the process and holds its caches."""

    @property
    def name(self) -> str: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def hook_secrets(self) -> Sequence[str] | None:
        """Secrets of the host-wide webhook (a GitHub App's); None where each hook has its own."""
        ...

    @property
    def install_url(self) -> str:
        """Where a person grants us access, for error messages; empty when unknown."""
        ...

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        """Reads the forms in which CIs name a repository: id, path, clone URL (https, ssh). Pure.

        Id or path of the result may be empty. Raises ValueError that says what would be accepted.
        """
        ...

    async def resend_missed(self, since: datetime) -> Resent:
        """Has the host send again what it could not deliver to the host-wide webhook; nothing where there is none."""
        ...

    def connect(self, connection: Connection) -> CiProvider:
        """Binds a provider to a connection. No I/O. Raises ValueError when the connection lacks something."""
        ...

    async def aclose(self) -> None: ...

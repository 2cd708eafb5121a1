"""The contract of a git host: what the bot asks of it and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from providers.events import Event
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


@dataclass(frozen=True, slots=True)
class Connection:
    """Which part of a host to speak to and with what right.

    `installation` is the host's id of the grant (a GitHub App installation); `token` is a personal, project or group
    token. One of them is set. `base_url` is the API's root, empty for the host's public one.
    """

    installation: str = ""
    token: str = ""
    base_url: str = ""

    def __repr__(self) -> str:
        return f"Connection(installation={self.installation!r}, token={'***' if self.token else ''}, {self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a host can do; the bot asks here, never for the host's name."""

    checks: bool
    """Rich verdicts (`put_check`) with summary and annotations."""
    statuses: bool
    """Plain verdicts (`put_status`)."""
    annotations: bool
    actions: bool
    """Buttons in a check whose press comes back as an event."""
    comment_limit: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What a delivery says of itself before it is parsed."""

    event: str
    dedupe_key: str


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
        """Reads what happened; nothing when the event is of no use to us. Raises MalformedPayload."""
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

    async def put_comment(self, repository: Repository, number: int, body: str, slot: Slot) -> Written:
        """Makes our one comment of the pull request say `body`: found by the slot, else by its marker, else made."""
        ...

    async def put_check(self, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
        """Makes our check with the external id `key` say `check`. Raises Forbidden when checks aren't granted."""
        ...

    async def put_status(self, revision: Revision, check: Check, slot: Slot) -> Written:
        """Says only the verdict and title of `check`, where checks can't be had."""
        ...

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        """Acknowledges a comment; doing it twice is harmless."""
        ...

    async def permission(self, repository: Repository, login: str) -> Permission:
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

    async def repositories(self) -> Sequence[Repository]:
        """Lists what the connection covers."""
        ...


class Host(Protocol):
    """A kind of git host: the factory of its providers. Lives as long as the process and holds its caches."""

    @property
    def name(self) -> str: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def hook_secrets(self) -> Sequence[str]:
        """Secrets of the host-wide webhook (a GitHub App's); empty where each hook has its own."""
        ...

    @property
    def install_url(self) -> str:
        """Where a person grants us access, for error messages; empty when unknown."""
        ...

    def connect(self, connection: Connection) -> CiProvider:
        """Binds a provider to a connection. No I/O. Raises ValueError when the host's own settings are missing."""
        ...

    async def aclose(self) -> None: ...

"""What Gitea knows, as far as the bot can see it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, TypeAlias

from simulators import git
from simulators.diff import FileDiff
from simulators.git import GitRepository
from simulators.webhooks import Delivery

Json = dict[str, Any]

# Gitea's default [repository.pull-request] WORK_IN_PROGRESS_PREFIXES.
DRAFT_PREFIXES = ("WIP:", "[WIP]")


class Right(IntEnum):
    """What an account may do in a repository, each including those before."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        """As the API writes it."""
        return self.name.lower()


@dataclass(eq=False)
class Account:
    """A person, a bot (Gitea knows no difference) or an organization; `admin` is a site administrator."""

    id: int
    login: str
    created_at: datetime
    organization: bool = False
    admin: bool = False


Commit: TypeAlias = git.Commit[Account]


@dataclass(eq=False)
class Repository(GitRepository[Account]):
    """A repository, known by its numeric id: names change."""

    id: int
    owner: Account
    name: str
    private: bool
    created_at: datetime
    parent: "Repository | None" = None
    archived: bool = False
    deleted: bool = False
    rights: dict[str, Right] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name` as of now."""
        return f"{self.owner.login}/{self.name}"

    def right_of(self, account: Account | None) -> Right:
        """The right of an account; on a public repository everybody may read, None included."""
        everybody = Right.NONE if self.private else Right.READ
        if account is None:
            return everybody
        if account is self.owner or account.admin:
            return Right.OWNER
        return self.rights.get(account.login.lower(), everybody)


@dataclass(frozen=True, slots=True)
class ChangedFile(FileDiff):
    """One file of a pull request; `status` in the words of `GET .../pulls/{index}/files`, where modified is changed."""

    status: Literal["added", "changed", "deleted", "renamed"] = "changed"


@dataclass
class Side:
    """Head or base of a pull request; the repository is None when the fork was deleted."""

    repository: Repository | None
    branch: str
    sha: str


@dataclass(eq=False)
class Issue:
    """A number in a repository with a conversation; every pull request is one."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str
    user: Account
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    locked: bool = False


@dataclass(eq=False, kw_only=True)
class PullRequest(Issue):
    """A pull request with its files."""

    head: Side
    base: Side
    merge_base: str
    files: list[ChangedFile] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit: str | None = None

    @property
    def draft(self) -> bool:
        """The title decides, not a flag."""
        return self.title.upper().startswith(DRAFT_PREFIXES)

    @property
    def from_fork(self) -> bool:
        """Whether the head lives in another repository than the base."""
        return self.head.repository is not self.base.repository


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a comment; it has no id of its own."""

    content: str
    user: Account
    created_at: datetime


@dataclass(eq=False)
class Comment:
    """A comment in the conversation of an issue or pull request."""

    id: int
    issue: Issue
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class Status:
    """A commit status; `index` counts the statuses of its commit from 1 and is what the API calls its id."""

    index: int
    repository: Repository
    sha: str
    state: str
    context: str
    description: str
    target_url: str
    creator: Account
    created_at: datetime


@dataclass(eq=False)
class Hook:
    """A repository's webhook; `events` are Gitea's own event types, not the words of `X-Gitea-Event`."""

    id: int
    repository: Repository
    url: str
    content_type: str
    secret: str
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    active: bool = True
    branch_filter: str = ""
    authorization: str = ""


@dataclass(eq=False, kw_only=True)
class HookDelivery(Delivery):
    """One attempt to bring an event to one hook; a hook's list of deliveries is a page, not in the API."""

    hook: Hook

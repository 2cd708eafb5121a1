"""What GitHub knows, as far as the bot can see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from simulators import git
from simulators.diff import ChangedFile
from simulators.git import GitRepository

Json = dict[str, Any]


@dataclass(eq=False)
class Account:
    """A person, an organization or the user that acts for an app."""

    id: int
    login: str
    type: Literal["User", "Organization", "Bot"] = "User"


@dataclass(frozen=True)
class Role:
    """A collaborator's right: `permission` folds maintain into write and triage into read, `role_name` does not."""

    permission: Literal["admin", "write", "read", "none"]
    role_name: str


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
    deleted: bool = False
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name` as of now."""
        return f"{self.owner.login}/{self.name}"

    def role_of(self, account: Account) -> Role:
        """The right of an account; on a public repository everybody may read."""
        if account is self.owner:
            return Role("admin", "admin")
        if (role := self.roles.get(account.login.lower())) is not None:
            return role
        return Role("none", "none") if self.private else Role("read", "read")


@dataclass
class Side:
    """Head or base of a pull request; the repository is None when the fork was deleted."""

    repository: Repository | None
    ref: str
    sha: str
    owner: Account


@dataclass(eq=False)
class Issue:
    """A number in a repository with a conversation; every pull request is one."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str | None
    user: Account
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None


@dataclass(eq=False, kw_only=True)
class PullRequest(Issue):
    """A pull request with its files."""

    head: Side
    base: Side
    files: list[ChangedFile] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    draft: bool = False
    merged_at: datetime | None = None

    @property
    def from_fork(self) -> bool:
        """Whether the head lives in another repository than the base."""
        return self.head.repository is not self.base.repository


@dataclass(eq=False)
class App:
    """A GitHub App and the user that acts in its name."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: Account
    bot: Account
    created_at: datetime
    permissions: dict[str, str]
    events: list[str]


@dataclass(eq=False)
class Installation:
    """What one account granted to the app."""

    id: int
    account: Account
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    repository_ids: set[int] | None = None
    suspended_at: datetime | None = None
    deleted: bool = False

    @property
    def selection(self) -> Literal["all", "selected"]:
        """All repositories of the account, or chosen ones."""
        return "all" if self.repository_ids is None else "selected"

    def covers(self, repository: Repository) -> bool:
        """Whether the installation reaches a repository."""
        if repository.owner is not self.account or repository.deleted:
            return False
        return self.repository_ids is None or repository.id in self.repository_ids


@dataclass(eq=False)
class Reaction:
    """An emoji under a comment."""

    id: int
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
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class CheckSuite:
    """All check runs of one app on one commit."""

    id: int
    repository: Repository
    app: App
    head_sha: str
    created_at: datetime


@dataclass(eq=False)
class CheckRun:
    """One attempt of one check; `annotations` only ever grow."""

    id: int
    suite: CheckSuite
    name: str
    started_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)


@dataclass(eq=False)
class Status:
    """A commit status."""

    id: int
    repository: Repository
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: Account
    created_at: datetime

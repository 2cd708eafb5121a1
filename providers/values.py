"""The values that events carry and that the contract takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on a host; `id` survives renames."""

    id: str
    login: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on its host: `id` survives renames, `path` is what people read (`owner/name`).

    One of them may be empty where only the other is known.
    """

    id: str
    path: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the host shows it now."""

    repository: Repository
    number: int
    head_sha: str
    head_ref: str
    base_ref: str
    base_sha: str = ""
    merge_sha: str = ""
    """The commit that CI of this host tests instead of the head, when the host tells it."""
    from_fork: bool = False
    open: bool = True
    draft: bool = False
    author: str = ""
    title: str = ""
    url: str = ""
    updated_at: str = ""
    """The host's own time of this state (ISO 8601), to tell which of two is newer."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; the second parent of a merge is what was merged in."""

    sha: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of a pull request; `patch` is a unified diff without header, empty when the host left it out."""

    path: str
    status: str
    patch: str = ""
    previous_path: str = ""


class Permission(IntEnum):
    """What an account may do on a repository, rising; custom roles count as the built-in one they extend."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


class Reaction(StrEnum):
    """How we acknowledge a comment."""

    SEEN = "seen"
    DONE = "done"
    CONFUSED = "confused"


class CommentKind(StrEnum):
    """Where a comment stands: in the conversation or on a line of the diff."""

    CONVERSATION = "conversation"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class CommentRef:
    """A comment of somebody on a pull request."""

    repository: Repository
    number: int
    id: str
    kind: CommentKind = CommentKind.CONVERSATION


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it stands on the host now; `own` says that we wrote it, `edited` that it was changed since."""

    ref: CommentRef
    author: Account
    body: str
    edited: bool = False
    own: bool = False
    created_at: datetime | None = None
    """When it was written by the host's clock; None where the host does not tell."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit to be judged; `number` is its pull request where there is one, `branch` what it is the head of."""

    repository: Repository
    sha: str
    number: int | None = None
    branch: str = ""
    from_fork: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """What we know of one thing of ours on the host.

    `unsure` says that an earlier write may have been applied, wholly or in part, without our hearing of it, as after
    any error: look before writing again.
    `state` is what the provider gave back with the last write (`Written.state`).
    """

    id: str = ""
    state: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The receipt of a write; `state` comes back to the provider in the next `Slot`."""

    id: str
    url: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """What a credential is and may do, as the host tells us.

    `missing` names, in the host's own words, the scopes or rights that we need and it lacks; `notes` are other things
    that its owner should know.
    """

    account: Account
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook on the host that brings us its events; `problem` says why it is not active."""

    id: str
    url: str
    events: tuple[str, ...] = ()
    active: bool = True
    problem: str = ""

"""What a git host can tell us, as values that are the same for all hosts.

`installation` is empty where the delivery does not name one: then the hook that brought it stands for it.
"""

from dataclasses import dataclass
from enum import StrEnum

from providers.runs import CiRun
from providers.values import Account, CommentRef, PullRequest, Repository


class InstallationAction(StrEnum):
    CREATED = "created"
    DELETED = "deleted"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    PERMISSIONS_ACCEPTED = "permissions_accepted"


@dataclass(frozen=True, slots=True)
class InstallationChanged:
    """Access was granted, taken away or paused; `repositories` is None when the host does not list them."""

    action: InstallationAction
    installation: str
    account: Account
    account_type: str = ""
    permissions: tuple[tuple[str, str], ...] = ()
    repositories: tuple[Repository, ...] | None = None


@dataclass(frozen=True, slots=True)
class RepositoriesChanged:
    """An installation covers other repositories now."""

    installation: str
    account: Account
    added: tuple[Repository, ...] = ()
    removed: tuple[Repository, ...] = ()


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """A pull request was opened, got a new head, was edited, closed or opened again."""

    installation: str
    pull_request: PullRequest
    action: str
    sender: Account


@dataclass(frozen=True, slots=True)
class RerunRequested:
    """Somebody pressed a re-run button of ours; hosts show those to people with write access only.

    `key` is the external id that we gave the check, empty for all checks of the head; `action` the identifier of our
    own button or empty for the host's.
    """

    installation: str
    repository: Repository
    head_sha: str
    key: str
    sender: Account
    action: str = ""


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """Somebody, perhaps a bot or we ourselves, commented on a pull request.

    Comments that the host shows to be edited, deleted, internal or its own (system notes) are none. Hosts may be wrong
    about that: read the comment again (`get_comment`) before acting on it.
    """

    installation: str
    comment: CommentRef
    author: Account
    body: str
    open: bool = True
    """Whether the pull request was open."""


@dataclass(frozen=True, slots=True)
class PipelineStarted:
    """The host's own CI began on a pull request: a verdict that stands beside it may have to move into it.

    `sha` is what is built: the head, or its merge into the base.
    """

    installation: str
    repository: Repository
    number: int
    sha: str


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A CI run of the host was queued, began or ended; never one that only our own verdict made."""

    installation: str
    repository: Repository
    run: CiRun


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job of a CI run ended, perhaps the last one: of runs whose own end nobody may tell (`CiRun.unheard`)."""

    installation: str
    repository: Repository
    run_id: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A branch got a new head; `files` are the paths that the host names, perhaps not all.

    `default` is None where the host does not say whether it is the default branch.
    """

    installation: str
    repository: Repository
    branch: str
    sha: str
    default: bool | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeGroupRequested:
    """A merge queue wants verdicts on a group of pull requests, merged for a try into `base_ref` at `sha`."""

    installation: str
    repository: Repository
    sha: str
    base_ref: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryMoved:
    """A repository has another path now: renamed or transferred within what the installation covers."""

    installation: str
    repository: Repository


Event = (
    InstallationChanged
    | RepositoriesChanged
    | RepositoryMoved
    | PullRequestChanged
    | RerunRequested
    | CommentAdded
    | PipelineStarted
    | RunChanged
    | JobEnded
    | Pushed
    | MergeGroupRequested
)

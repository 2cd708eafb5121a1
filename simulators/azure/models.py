"""What Azure DevOps knows, as far as the bot can see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from simulators import git

Json = dict[str, Any]

ChangeType = Literal["add", "edit", "delete", "rename"]


@dataclass(eq=False)
class Identity:
    """A person, a group or a service principal; `id` is the GUID that mentions and payloads carry.

    `descriptor` is the one of access control lists, `subject` the one of the Graph API. `ours` marks the identities
    that the bot writes as.
    """

    id: str
    display_name: str
    unique_name: str
    kind: Literal["user", "group", "service principal"]
    descriptor: str
    subject: str
    mail: str = ""
    ours: bool = False
    active: bool = True
    project: "Project | None" = None
    members: list["Identity"] = field(default_factory=list)


@dataclass(eq=False)
class Project:
    """A team project."""

    id: str
    name: str
    visibility: Literal["private", "public"]
    updated_at: datetime
    deleted: bool = False


Commit: TypeAlias = git.Commit[Identity]


@dataclass(eq=False)
class Repository:
    """A repository; `refs` are full names (`refs/heads/main`) with their commits."""

    id: str
    project: Project
    name: str
    default_branch: str
    parent: "Repository | None" = None
    deleted: bool = False
    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`project/repository` as of now."""
        return f"{self.project.name}/{self.name}"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed path between two trees; paths have no leading slash here."""

    path: str
    kind: ChangeType
    original_path: str | None = None


@dataclass(frozen=True, slots=True)
class Iteration:
    """One push to a pull request, counted from 1."""

    id: int
    source_sha: str
    target_sha: str
    common_sha: str
    created_at: datetime
    author: Identity
    reason: Literal["create", "push", "forcePush"]
    push_id: int


@dataclass(eq=False)
class Comment:
    """A comment, numbered from 1 in its thread; a deleted one stays without its content."""

    id: int
    thread: "Thread" = field(repr=False)
    author: Identity
    content: str
    published: datetime
    updated: datetime
    content_updated: datetime
    parent_id: int = 0
    kind: Literal["text", "codeChange", "system"] = "text"
    deleted: bool = False
    liked: list[Identity] = field(default_factory=list)


@dataclass(eq=False)
class Thread:
    """A conversation on a pull request, perhaps at a place of a file."""

    id: int
    pull: "PullRequest" = field(repr=False)
    published: datetime
    updated: datetime
    status: str | None = None
    comments: list[Comment] = field(default_factory=list)
    properties: Json = field(default_factory=dict)
    context: Json | None = None
    pull_request_context: Json | None = None

    @property
    def deleted(self) -> bool:
        """A thread is deleted when all of its comments are (Pull Request Threads, `isDeleted`)."""
        return bool(self.comments) and all(comment.deleted for comment in self.comments)


@dataclass(eq=False)
class Status:
    """A status of a commit or of a pull request, there perhaps bound to one iteration."""

    id: int
    state: str
    genre: str | None
    name: str
    description: str | None
    target_url: str | None
    creator: Identity
    created: datetime
    iteration_id: int | None = None
    properties: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who is asked to look at a pull request; votes are 10, 5, 0, -5 or -10."""

    identity: Identity
    vote: int = 0
    required: bool = False


@dataclass(eq=False)
class PullRequest:
    """A pull request; its number is unique in the whole organization."""

    id: int
    repository: Repository
    source_repository: Repository
    source_ref: str
    target_ref: str
    title: str
    description: str | None
    created_by: Identity
    created_at: datetime
    merge_sha: str
    status: Literal["active", "abandoned", "completed"] = "active"
    merge_status: Literal["queued", "conflicts", "succeeded", "rejectedByPolicy", "failure"] = "succeeded"
    draft: bool = False
    closed_at: datetime | None = None
    closed_by: Identity | None = None
    iterations: list[Iteration] = field(default_factory=list)
    threads: dict[int, Thread] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    reviewers: list[Reviewer] = field(default_factory=list)
    tracking: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The newest commit of the source branch."""
        return self.iterations[-1].source_sha

    @property
    def from_fork(self) -> bool:
        """Whether the source branch lives in another repository."""
        return self.source_repository is not self.repository


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    """A branch policy that demands a pull request status; with `reset` each push asks for it anew."""

    id: int
    repository: Repository
    genre: str | None
    name: str
    reset: bool


@dataclass(eq=False)
class BuildJob:
    """A job of a build, which is a stage of its own here, as it ended at its newest attempt; `log_id` is of its step.

    `stage` is what the pipeline calls the stage. A job that was skipped has no log.
    """

    id: str
    name: str
    stage: str
    result: Literal["succeeded", "succeededWithIssues", "failed", "canceled", "skipped", "abandoned"]
    attempt: int
    started_at: datetime
    finished_at: datetime
    log_id: int | None = None


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One result of a test run in the host's words; milliseconds."""

    __test__ = False  # not a test class, whatever its name says to pytest

    name: str
    storage: str
    outcome: str
    duration: float
    message: str = ""
    trace: str = ""


@dataclass(eq=False)
class TestRun:
    """What one step published of the tests that it ran."""

    __test__ = False

    id: int
    build: "Build" = field(repr=False)
    name: str
    job: str
    stage: str
    attempt: int
    started_at: datetime
    results: list[TestOutcome] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BuildArtifact:
    """Files that a build kept, as one zip; `kind` is where they lie: `Container`, `PipelineArtifact`, `FilePath`."""

    id: int
    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(eq=False)
class Build:
    """One run of a pipeline; `head` is what a pull request's merge commit merges in.

    `asked` is what was asked to run again of it, of which `all` makes a `successor`.
    """

    id: int
    number: str
    definition_id: int
    definition_name: str
    repository: Repository
    source_branch: str
    source_version: str
    requested_for: Identity
    queued_at: datetime
    status: Literal["notStarted", "inProgress", "completed", "cancelling"] = "notStarted"
    result: Literal["succeeded", "partiallySucceeded", "failed", "canceled"] | None = None
    reason: Literal["manual", "individualCI", "pullRequest"] = "manual"
    pull: PullRequest | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 1
    head: str = ""
    changed_at: datetime | None = None
    jobs: list[BuildJob] = field(default_factory=list)
    logs: dict[int, list[str]] = field(default_factory=dict)
    artifacts: list[BuildArtifact] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    cancelled: bool = False
    successor: "Build | None" = None

"""Merge requests and what is said about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from simulators.diff import ChangedFile
from simulators.gitlab.models import Commit, Json, Project, User


@dataclass(frozen=True)
class Version:
    """The three commits that a diff is made of, one a push (GitLab REST, Merge request diff versions)."""

    id: int
    head_sha: str
    base_sha: str
    start_sha: str
    created_at: datetime


@dataclass(eq=False)
class MergeRequest:
    """A merge request; `source` is None when the fork was deleted."""

    id: int
    iid: int
    project: Project = field(repr=False)
    source: Project | None = field(repr=False)
    source_branch: str
    target_branch: str
    title: str
    description: str | None
    author: User
    created_at: datetime
    updated_at: datetime
    state: Literal["opened", "closed", "merged", "locked"] = "opened"
    draft: bool = False
    files: list[ChangedFile] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list, repr=False)
    versions: list[Version] = field(default_factory=list)
    approvals: list[User] = field(default_factory=list)
    closed_at: datetime | None = None
    merged_at: datetime | None = None

    @property
    def sha(self) -> str:
        """The head."""
        return self.versions[-1].head_sha

    @property
    def from_fork(self) -> bool:
        """Whether the source is another project than the target."""
        return self.source is not self.project

    @property
    def ref(self) -> str:
        """The ref that merge request pipelines run on."""
        return f"refs/merge-requests/{self.iid}/head"


@dataclass(eq=False)
class Award:
    """An emoji under a note."""

    id: int
    name: str
    user: User
    created_at: datetime


@dataclass(eq=False)
class Note:
    """A comment, or what GitLab itself writes into the activity (`system`)."""

    id: int
    discussion: "Discussion" = field(repr=False)
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    type: Literal["DiffNote", "DiscussionNote"] | None = None
    system: bool = False
    internal: bool = False
    position: Json | None = None
    resolved_by: User | None = None
    awards: list[Award] = field(default_factory=list)

    @property
    def merge_request(self) -> MergeRequest:
        """Where it stands."""
        return self.discussion.merge_request

    @property
    def resolvable(self) -> bool:
        """Whether it is part of a thread."""
        return self.type is not None and not self.system


@dataclass(eq=False)
class Discussion:
    """A thread, or the wrapping of a single note (`individual`)."""

    id: str
    merge_request: MergeRequest = field(repr=False)
    individual: bool
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Effect:
    """What a note set off besides being shown: a quick action that ran, or people that were notified.

    `text` is what stood in the note, `by` who wrote it.
    """

    kind: Literal["quick_action", "mention"]
    text: str
    by: User = field(repr=False)
    merge_request: MergeRequest = field(repr=False)

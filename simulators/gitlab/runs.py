"""Pipelines, their jobs, and the statuses that other systems set (GitLab REST, Pipelines and Commit statuses)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators.gitlab.models import Project, User
from simulators.gitlab.requests import MergeRequest

FINAL = frozenset({"success", "failed", "canceled", "skipped"})


@dataclass(eq=False)
class Job:
    """A job of GitLab's own runners, or with `external` a commit status; `retried` when a newer one took its place."""

    id: int
    pipeline: "Pipeline" = field(repr=False)
    name: str
    stage: str
    user: User
    created_at: datetime
    status: str = "created"
    external: bool = False
    ref: str = ""
    description: str | None = None
    target_url: str | None = None
    coverage: float | None = None
    allow_failure: bool = False
    retried: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(eq=False)
class Pipeline:
    """One run; `source` is `external` when only commit statuses of other systems made it.

    `source_sha` is the head that a merge request pipeline tests; with merged results `sha` is not that head.
    """

    id: int
    iid: int
    project: Project = field(repr=False)
    sha: str
    ref: str
    source: str
    user: User
    created_at: datetime
    updated_at: datetime
    merge_request: MergeRequest | None = None
    source_sha: str = ""
    jobs: list[Job] = field(default_factory=list)

    @property
    def latest(self) -> list[Job]:
        """The jobs that count."""
        return [job for job in self.jobs if not job.retried]

    @property
    def status(self) -> str:
        """What the jobs amount to (GitLab's composite status)."""
        states = {"success" if job.allow_failure and job.status == "failed" else job.status for job in self.latest}
        if not states:
            return "created"
        if len(states) == 1:
            return next(iter(states))
        if states & {"running", "pending", "created"}:
            return "running"
        return next((state for state in ("failed", "canceled") if state in states), "success")

    @property
    def finished_at(self) -> datetime | None:
        """When the last job ended."""
        ends = [job.finished_at for job in self.latest if job.finished_at]
        return max(ends) if ends and self.status in FINAL else None

    @property
    def duration(self) -> int | None:
        """Seconds from the first start to the last end."""
        starts = [job.started_at for job in self.latest if job.started_at]
        if self.finished_at is None or not starts:
            return None
        return int(max(self.finished_at - min(starts), timedelta(0)).total_seconds())

"""Pipelines, their jobs, and the statuses that other systems set (GitLab REST, Pipelines and Commit statuses)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators.gitlab.models import Project, User
from simulators.gitlab.requests import MergeRequest

FINAL = frozenset({"success", "failed", "canceled", "skipped"})
_SECOND = timedelta(seconds=1)


@dataclass(eq=False)
class Job:
    """A job of GitLab's own runners, or with `external` a commit status; `retried` when a newer one took its place.

    With `child` it is a bridge, which is a job that starts another pipeline. `log` is what it printed; None when it was
    erased. `reports` are the files that it kept, by name.
    """

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
    log: str | None = ""
    reports: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    child: "Pipeline | None" = field(default=None, repr=False)

    @property
    def forgiven(self) -> bool:
        """Whether it may end so without its pipeline doing so."""
        return self.allow_failure and self.status in ("failed", "canceled", "manual")

    @property
    def times(self) -> list[datetime]:
        """All that happened to it."""
        return [moment for moment in (self.created_at, self.started_at, self.finished_at) if moment is not None]


@dataclass(eq=False)
class Pipeline:
    """One run; `source` is `external` when only commit statuses of other systems made it.

    `source_sha` is the head that a merge request pipeline tests; with merged results `sha` is not that head. `name` is
    what `workflow:name` says. `bare` is its status while it has no jobs. `asked` is what was asked to run again by the
    API, also of the pipelines that took its place, of which `again` is the next.
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
    name: str | None = None
    tag: bool = False
    bare: str = "created"
    asked: list[str] = field(default_factory=list)
    again: "Pipeline | None" = field(default=None, repr=False)
    cancelled: bool = False

    @property
    def latest(self) -> list[Job]:
        """The jobs that count."""
        return [job for job in self.jobs if not job.retried]

    @property
    def status(self) -> str:
        """What the jobs amount to (GitLab's composite status)."""
        states = {"success" if job.forgiven else job.status for job in self.latest}
        if not states:
            return self.bare
        if len(states) == 1:
            return next(iter(states))
        if states & {"running", "pending", "created"}:
            return "running"
        return next((state for state in ("failed", "canceled", "manual") if state in states), "success")

    def own(self) -> list[Job]:
        """The jobs that count and are GitLab's, bridges left out."""
        return [job for job in self.latest if not job.external and job.child is None]

    @property
    def held(self) -> bool:
        """Whether its own jobs have ended and it has not: a status of others is under way, and no hook tells of it."""
        own = self.own()
        return bool(own) and self.status not in FINAL and all(job.status in FINAL for job in own)

    def tick(self, now: datetime) -> datetime:
        """The time of what happens next: nothing here happens within a second of what was before."""
        before = [self.created_at, *(moment for job in self.jobs if not job.external for moment in job.times)]
        return max(now, max(before) + _SECOND)

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

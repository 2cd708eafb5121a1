"""What GitHub Actions keeps: workflow runs, their jobs with logs, and artifacts."""

from dataclasses import dataclass, field
from datetime import datetime

from simulators.github.models import Account, CheckRun, CheckSuite, PullRequest, Repository


@dataclass(eq=False)
class Job:
    """One try of a job; `log` is None once GitHub has deleted it."""

    id: int
    name: str
    attempt: int
    check: CheckRun
    started_at: datetime
    log: bytes | None = b""
    status: str = "completed"
    conclusion: str | None = None
    completed_at: datetime | None = None


@dataclass(eq=False)
class Artifact:
    """A zip that a run kept."""

    id: int
    name: str
    archive: bytes = field(repr=False)
    created_at: datetime
    expired: bool = False


@dataclass(eq=False)
class WorkflowRun:
    """A run of a workflow with the jobs of all its attempts; `asked` is what we had run again,
    `stopped` that we had it cancelled.

    `pull` is set when a pull request started it, `source` is where its branch is.
    """

    id: int
    repository: Repository
    source: Repository | None
    suite: CheckSuite
    name: str
    path: str
    number: int
    event: str
    branch: str
    actor: Account
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    pull: PullRequest | None = None
    status: str = "queued"
    conclusion: str | None = None
    attempt: int = 1
    whole: bool = True
    cancelled: bool = False
    stopped: bool = False
    filled: bool = False
    jobs: list[Job] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def sha(self) -> str:
        """The commit that it is shown on."""
        return self.suite.head_sha

    @property
    def ended(self) -> bool:
        """Whether this attempt is over."""
        return self.status == "completed"

    def latest(self) -> list[Job]:
        """The newest try of each job (GitHub REST, Workflow jobs, `filter=latest`).

        Where all of it was run again, jobs of earlier attempts don't count.
        """
        found = {job.name: job for job in self.jobs if not self.whole or job.attempt == self.attempt}
        return list(found.values())

"""CI runs of a host's own CI, as values that are the same for all hosts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from providers.values import Repository


class RunState(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"


class RunOutcome(StrEnum):
    """How a run or job ended; `UNKNOWN` until then."""

    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    WAITING = "waiting"
    """Somebody has to approve it before it goes on."""
    UNKNOWN = "unknown"


class RunCause(StrEnum):
    """What a run was started by."""

    PULL_REQUEST = "pull_request"
    PUSH = "push"
    MERGE_QUEUE = "merge_queue"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CiRun:
    """One run of a workflow or pipeline; run again, it keeps its `id` and gets another `attempt`."""

    id: str
    name: str
    """Of the workflow or pipeline: the same for every run of it."""
    sha: str
    """What was built: a head or its merge into the base."""
    state: RunState
    outcome: RunOutcome = RunOutcome.UNKNOWN
    attempt: int = 1
    """From 1; where the host does not count, it is 0 and `updated_at` tells attempts apart."""
    cause: RunCause = RunCause.OTHER
    branch: str = ""
    """That was built: of a pull request its source branch."""
    source: Repository | None = None
    """Where the branch is, when that is not the run's own repository: a fork."""
    numbers: tuple[int, ...] = ()
    """The pull requests of this repository that the host names; none named means nothing."""
    default_branch: bool | None = None
    """Whether `branch` is the repository's default one; None when the host does not say."""
    url: str = ""
    started_at: datetime | None = None
    updated_at: datetime | None = None
    """The host's own time of this state."""
    unheard: bool = False
    """Its end may be told by nobody: verdicts of ours are among what it waits for, or it runs where no hook is."""

    @property
    def from_fork(self) -> bool:
        return self.source is not None


class Reading(StrEnum):
    """Of which jobs a run's files are wanted."""

    FAILED = "failed"
    ALL = "all"


class RerunScope(StrEnum):
    """What of a run is run again."""

    FAILED = "failed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bytes, unpacked: of one file and of all; and how many files."""

    file: int = 50_000_000
    total: int = 200_000_000
    files: int = 500


class FileKind(StrEnum):
    """What a file of a run is; the analysis reads both by their content."""

    LOG = "log"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class RunFile:
    """A log or report of a run, downloaded to `path`; `job` is empty for what belongs to the whole run."""

    kind: FileKind
    name: str
    path: Path
    job: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a run."""

    id: str
    name: str
    outcome: RunOutcome
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What could be had of a run: its jobs, files, and in `notes` what could not, for people."""

    jobs: tuple[Job, ...] = ()
    files: tuple[RunFile, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Resent:
    """How many lost deliveries the host was asked to send again, and why some could not be."""

    count: int = 0
    problem: str = ""

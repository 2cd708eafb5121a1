"""What we can tell a git host, in words that belong to none of them."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How the tests of a head ended, or that they did not yet."""

    PENDING = "pending"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    UNSTABLE = "unstable"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self not in (Verdict.PENDING, Verdict.RUNNING)


class Novelty(StrEnum):
    """Whether a failure came with this change."""

    NEW = "new"
    KNOWN = "known"
    FLAKY = "flaky"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counts:
    """Test cases by outcome; a case that passed on retry is in both `passed` and `flaky`."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    errored: int = 0
    skipped: int = 0
    flaky: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.total + other.total,
            self.passed + other.passed,
            self.failed + other.failed,
            self.errored + other.errored,
            self.skipped + other.skipped,
            self.flaky + other.flaky,
        )

    @property
    def red(self) -> int:
        return self.failed + self.errored


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file in the repository; `line` from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line that stands word for word in a log or report; `line` from 1, None when the input has no lines."""

    source: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one cause. All text is untrusted: it comes from logs, tests and models."""

    title: str
    tests: tuple[str, ...] = ()
    cause: str = ""
    fix: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    suspects: tuple[str, ...] = ()
    location: Location | None = None
    category: str = "unknown"
    novelty: Novelty = Novelty.UNKNOWN
    history: str = ""
    changed: tuple[str, ...] = ()
    """Suspects that the pull request changes."""
    owners: tuple[str, ...] = ()
    """Who owns the code; they are named, never notified."""
    step: str = ""
    """The step of the run that all of the evidence stands in, by name or command."""
    excuse: str = ""
    """Why it fails no check, in a few words: flaky, quarantined by somebody, ignored here. Empty: it does fail it."""
    parts: tuple[str, ...] = ()
    """What the repository calls the parts of it that this is in."""
    fingerprint: str = ""
    """What it is known by in other runs; not shown. Empty: it can't be known again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of several runs of the same tests on a head."""

    number: int
    verdict: Verdict
    counts: Counts = Counts()
    seconds: float | None = None
    url: str = ""
    requested_by: str = ""
    """Who asked for it, as people read it; empty for the first."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One line of tests of a head: the newest execution of a test cycle."""

    name: str
    verdict: Verdict
    counts: Counts = Counts()
    findings: tuple[Finding, ...] = ()
    attempt: int = 1
    seconds: float | None = None
    details_url: str = ""
    run_url: str = ""
    runner: str = ""
    engine: str = "embedded"
    problem: str = ""
    """Why there is no (whole) result: the suite did not start, timed out, its report was unreadable ..."""
    notes: tuple[str, ...] = ()
    """What people should know although the result is whole: a log that was cut, more tests run than were asked for."""
    rerunnable: bool = False
    """Whoever ran it can be asked to run it again."""
    rerunnable_failed: bool = False
    """The same of what failed in it."""
    quarantinable: bool = False
    """Tests are known that failed and could be put into quarantine."""
    history: str = ""
    """What is not known to tell new causes from others."""
    check_name: str = "Agnox"
    """What its verdict is called on the host; stays the same from head to head, as branch protection wants it."""
    attempts: tuple[Attempt, ...] = ()
    """All of them, oldest first, where there are several."""
    healed: tuple[str, ...] = ()
    """Tests that failed in an earlier attempt on this head and passed in a later one."""

    @property
    def actions(self) -> tuple["Action", ...]:
        """The buttons that would do something now, at most three."""
        offered = (
            (RERUN_FAILED, self.rerunnable_failed),
            (RERUN_ALL, self.rerunnable),
            (QUARANTINE, self.quarantinable),
        )
        return tuple(action for action, works in offered if works and self.verdict.finished)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command of somebody; `outcome` is plain text, `findings` are told in full, folded."""

    command: str
    account: str
    outcome: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything to be said on a pull request head."""

    head_sha: str
    suites: tuple[Suite, ...]
    notes: tuple[str, ...] = ()
    """Our own words to the reader, trusted: a degraded integration, a mistake in the policy."""
    running: tuple[str, ...] = ()
    """CI runs of the head that have not ended, by name."""
    answers: tuple[Answer, ...] = ()
    """The newest commands given on the pull request, oldest first."""

    @property
    def verdict(self) -> Verdict:
        """The worst finished verdict of the suites; red is never hidden by a later green."""
        order = (
            Verdict.ERROR,
            Verdict.FAILED,
            Verdict.UNSTABLE,
            Verdict.CANCELLED,
            Verdict.RUNNING,
            Verdict.PENDING,
            Verdict.PASSED,
        )
        found = {suite.verdict for suite in self.suites}
        if Verdict.FAILED in found:
            return Verdict.FAILED
        return next((verdict for verdict in order if verdict in found), Verdict.PENDING)

    @property
    def counts(self) -> Counts:
        return sum((suite.counts for suite in self.suites), Counts())

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for suite in self.suites for finding in suite.findings)


class Level(StrEnum):
    """How loud an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file, as plain text; lines from 1."""

    path: str
    start_line: int
    end_line: int
    level: Level
    title: str
    message: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button; `identifier` comes back in the event when somebody presses it."""

    identifier: str
    label: str
    description: str


RERUN_ALL = Action("rerun_all", "Re-run all", "Run all tests of this suite again")
RERUN_FAILED = Action("rerun_failed", "Re-run failed", "Run only what failed again")
QUARANTINE = Action("quarantine", "Quarantine", "These failures fail no check for 14 days")


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on one revision, rendered for one host: markup escaped and cut to its limits."""

    name: str
    verdict: Verdict
    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    actions: tuple[Action, ...] = ()
    details_url: str = ""
    started_at: str = ""
    completed_at: str = ""

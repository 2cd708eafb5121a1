"""What every report reader takes and gives."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.analysis.limits import Limits
from bot.analysis.model import Counts

Status = Literal["passed", "failed", "errored", "skipped"]


@dataclass(frozen=True, slots=True)
class TestResult:
    """One failing or flaky test case with its details.

    `line` is where the test stands in `file`; `report_line` is where its failure starts in the report.
    `details` and `stdout` (its end) are cut to the limits; `duration` is in seconds.
    """

    __test__ = False  # not a test class, whatever its name says to pytest

    id: str
    name: str
    classname: str
    suite: str
    status: Status
    file: str | None = None
    line: int | None = None
    flaky: bool = False
    duration: float | None = None
    message: str = ""
    type: str = ""
    details: str = ""
    stdout: str = ""
    report_line: int | None = None
    consequence: bool = False
    """It failed only because another test did: no cause of its own."""


class ResultSink(Protocol):
    """Takes test cases while they are read, so that none has to be kept."""

    def case(self, test_id: str, status: Status, seconds: float | None, flaky: bool) -> None:
        """One test case, in file order; called for at most `Limits.kept_cases` cases."""

    def failure(self, result: TestResult) -> None:
        """The details of a failed, errored or flaky case; called for at most `Limits.kept_failures`."""


class Budget:
    """How many cases and details may still be kept, over all reports of one analysis."""

    def __init__(self, limits: Limits) -> None:
        self.cases = limits.kept_cases
        self.failures = limits.kept_failures


@dataclass(slots=True)
class Report:
    """What one report says. `reason` is set when it, or the rest of it, could not be read."""

    counts: Counts = field(default_factory=Counts)
    failures: list[TestResult] = field(default_factory=list)
    suite_errors: list[TestResult] = field(default_factory=list)
    """What broke outside any test case: these are not in `counts`."""
    reason: str | None = None
    is_report: bool = True
    """False when nothing of it could be understood as a report."""

    @property
    def problems(self) -> list[TestResult]:
        """What stands for a cause: all that broke by itself and did not pass on a retry."""
        return [*self.suite_errors, *(item for item in self.failures if not (item.flaky or item.consequence))]


class Reader(Protocol):
    """Reads one family of report formats."""

    @property
    def name(self) -> str:
        """What people call the family."""

    def sniff(self, head: bytes) -> bool:
        """Whether the first 64 KiB look like a report of this family."""

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Read it all; malformed content is told in `Report.reason`, never raised."""

"""Counts test cases while they are read, and keeps what is worth keeping of them."""

from dataclasses import dataclass, replace

from bot.analysis.limits import Limits
from bot.analysis.model import Counts
from bot.analysis.reports.base import Budget, Report, ResultSink, Status, TestResult
from bot.analysis.reports.ids import test_id
from bot.analysis.reports.values import clean

HELD = 30_000
"""Cases of one report that can wait for another try or another row of theirs."""
_SPARE_CHARS = 200
_WORSE = ("skipped", "passed", "failed", "errored")


class StopReading(Exception):
    """The rest is not read, by our own choice; the message says why."""


@dataclass(slots=True)
class Case:
    """One test case as its report tells it. `id` is set where the tool has one of its own.

    `consequence` marks what failed only because another test did.
    """

    name: str
    status: Status
    classname: str = ""
    suite: str = ""
    file: str | None = None
    line: int | None = None
    seconds: float | None = None
    flaky: bool = False
    message: str = ""
    type: str = ""
    details: str = ""
    stdout: str = ""
    report_line: int | None = None
    id: str = ""
    consequence: bool = False

    @property
    def broken(self) -> bool:
        """Whether it failed or ended in an error."""
        return self.status in ("failed", "errored")


def told(report: Report, *, stopped: bool) -> Report:
    """The report with a reason that says how much was read in spite of it."""
    if report.reason:
        total = report.counts.total
        report.is_report = total > 0 or bool(report.suite_errors)
        if report.is_report:
            words = "read before it" if stopped else "read all the same"
            report.reason += f"; {words}: {total} test case{'s' * (total != 1)}"
    return report


class Collector:
    """Takes cases one by one; `finish` gives the report of them all."""

    def __init__(self, limits: Limits, budget: Budget, sink: ResultSink | None) -> None:
        self.limits = limits
        self.budget = budget
        self.sink = sink
        self.report = Report()
        self.by_status: dict[Status, int] = dict.fromkeys(("passed", "failed", "errored", "skipped"), 0)
        self.total = self.flaky = 0
        self.notes: list[str] = []
        self._held: dict[str, Case] = {}
        self._details = limits.kept_failures

    @property
    def broken(self) -> int:
        """How many cases have failed or ended in an error so far, without those held."""
        return self.by_status["failed"] + self.by_status["errored"]

    def add(self, case: Case) -> None:
        """Count a case that is final. Raises `StopReading` at the limit of cases."""
        self.total += 1
        self.by_status[case.status] += 1
        if case.seconds is not None and not 0 <= case.seconds < 1e9:
            case.seconds = None
        flaky = case.flaky and case.status == "passed"
        self.flaky += flaky
        keep = (case.broken or flaky) and self.budget.failures > 0
        if keep or (self.sink is not None and self.budget.cases > 0):
            name = self._id(case)
            if self.sink is not None and self.budget.cases > 0:
                self.budget.cases -= 1
                self.sink.case(name, case.status, case.seconds, flaky)
            if keep:
                self.budget.failures -= 1
                result = self._result(case, name, flaky)
                self.report.failures.append(result)
                if self.sink is not None:
                    self.sink.failure(result)
        if self.total >= self.limits.cases:
            raise StopReading(f"more than {self.limits.cases} test cases")

    def uncounted(self, *, passed: int = 0, skipped: int = 0) -> None:
        """Cases of which a report tells only how many there were."""
        self.total += passed + skipped
        self.by_status["passed"] += passed
        self.by_status["skipped"] += skipped

    def attempt(self, key: str, case: Case) -> None:
        """A case that may be tried again under the same key: passing after a failure makes it flaky."""
        earlier = self._held.get(key)
        if earlier is None:
            self._hold(key, case)
        elif earlier.broken and case.status == "passed":
            self._held[key] = replace(earlier, status="passed", flaky=True, seconds=case.seconds)
        elif earlier.broken and not case.broken:
            return
        else:
            flaky = earlier.flaky and not case.broken
            self._held[key] = self.spared(case) if case.broken else replace(earlier, flaky=flaky, status=case.status)

    def row(self, key: str, case: Case) -> None:
        """A run of a test with some of its data; the worst run under one key is the test's result."""
        earlier = self._held.get(key)
        if earlier is None:
            self._hold(key, case)
        elif _WORSE.index(case.status) > _WORSE.index(earlier.status):
            self._held[key] = self.spared(case)

    def spared(self, case: Case) -> Case:
        """The case as it may wait: only so many keep all they tell."""
        if case.message or case.details or case.stdout:
            self._details -= 1
            if self._details < 0:
                case.message, case.details, case.stdout = case.message[:_SPARE_CHARS], "", ""
        return case

    def suite_error(self, case: Case) -> None:
        """Something broke outside any test case: it is told, but it is no test."""
        if self.budget.failures > 0:
            self.budget.failures -= 1
            case.status = "errored"
            self.report.suite_errors.append(self._result(case, self._id(case), flaky=False))

    def note(self, words: str) -> None:
        """Something of the report could not be read, but the rest could."""
        self.notes.append(words)

    def finish(self, reason: str | None) -> Report:
        """The report; `reason` says why reading stopped, if it did before the end."""
        try:
            for key in list(self._held):
                self.add(self._held.pop(key))
        except StopReading as stop:
            reason = reason or str(stop)
        report, count = self.report, self.by_status
        report.counts = Counts(
            self.total, count["passed"], count["failed"], count["errored"], count["skipped"], self.flaky
        )
        report.reason = reason or (self.notes[0] if self.notes else None)
        return told(report, stopped=reason is not None)

    def _hold(self, key: str, case: Case) -> None:
        if len(self._held) >= HELD:
            self.add(case)
            return
        self._held[key] = self.spared(case)

    def _id(self, case: Case) -> str:
        cap = self.limits.name_chars
        file = clean(case.file, cap) if case.file else None
        name, classname, suite = (clean(part, cap) for part in (case.name, case.classname, case.suite))
        return clean(case.id, cap) or test_id(name, classname, file, suite)

    def _result(self, case: Case, name: str, flaky: bool) -> TestResult:
        cap, limits = self.limits.name_chars, self.limits
        return TestResult(
            id=name,
            name=clean(case.name, cap),
            classname=clean(case.classname, cap),
            suite=clean(case.suite, cap),
            status=case.status,
            file=clean(case.file, cap) if case.file else None,
            line=case.line,
            flaky=flaky,
            duration=case.seconds,
            message=clean(case.message.replace("\r\n", "\n"), limits.message_chars),
            type=clean(case.type, cap),
            details=clean(case.details.replace("\r\n", "\n"), limits.detail_chars),
            stdout=clean(case.stdout[-limits.output_chars :], limits.output_chars),
            report_line=case.report_line,
            consequence=case.consequence,
        )

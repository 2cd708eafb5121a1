"""Pytest's reports become the events of a streamed session."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import click
import pytest

from agnox import __version__
from agnox.commands.options import Told, about_a_run, read_options
from agnox.reporting.stream import Stream
from agnox.reporting.witness import FIELD
from agnox.running.child import UNDER_RUN
from agnox.sending.server import Patience, Refused, Server

_PATIENCE = Patience(connect=3, read=10, retries=1)
_LAST_WORDS = 10.0
_CHUNK = 8_192
_ERROR = 8_192
_MESSAGE = 2_000
_OUTPUT = 65_536
_CRASH = "???"


@dataclass(slots=True)
class _Going:
    """An attempt that runs; the first phase that failed or was skipped decides."""

    status: str = "passed"
    seconds: float = 0.0
    error: str = ""
    output: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


class Reporter:
    """A plugin that sends; without a server it only says so at the end."""

    def __init__(self, told: Told, stream: Stream | None, problem: str = "") -> None:
        self._told = told
        self._stream = stream
        self._problem = problem
        self._going: dict[str, _Going] = {}
        self._counts = {"total": 0, "passed": 0, "failed": 0, "skipped": 0}
        self._begun = time.monotonic()

    @classmethod
    def of(cls, config: pytest.Config, environment: Mapping[str, str]) -> Self:
        """Reads the settings from the environment, as the commands do."""
        told = _told()
        if environment.get(UNDER_RUN):
            return cls(told, None, "`agnox run` sends these tests already")
        try:
            return cls(told, Stream(Server.at(told.server.text, told.key.text, _PATIENCE)))
        except Refused as error:
            return cls(told, None, str(error))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Begins the session once it is known how many tests there are."""
        if self._stream is None:
            return
        setup = {
            "projectId": self._told.project.text,
            "runName": self._told.suite,
            "framework": "pytest",
            "reporterVersion": __version__,
            # The process that leads workers collects none itself.
            "totalTests": session.testscollected or "",
            "ciContext": self._told.context.wire(),
        }
        self._stream.start({name: value for name, value in setup.items() if value != ""})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tells of a file that can't even be read, as of a test of its name."""
        if report.failed:
            name = report.nodeid or "collection"
            self._begin(name)
            self._going[name] = _Going("failed", 0.0, _error_of(report))
            self._end(name)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._begin(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Puts the phases of an attempt together; one that is to be tried again ends there (pytest-rerunfailures)."""
        if report.nodeid not in self._going:
            self._begin(report.nodeid)
        _take(self._going[report.nodeid], report)
        if _again(report):
            self._end(report.nodeid)
            self._begin(report.nodeid)
        elif report.when in ("teardown", _CRASH):
            self._end(report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Ends the session; tests that were interrupted stay without an end, and the server says so."""
        if self._stream is not None:
            status = "PASSED" if exitstatus == 0 else "FAILED"
            summary = self._counts | {"duration": round((time.monotonic() - self._begun) * 1000)}
            self._stream.finish(status, summary, patience=_LAST_WORDS)
            self._problem = self._stream.problem

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says in one line what came of it."""
        if self._problem or self._stream is None:
            words = f"agnox: not everything was sent: {self._problem}"
            terminalreporter.write_line(words if self._counts["total"] else f"agnox: nothing sent: {self._problem}")
            return
        lost = f", {self._stream.lost} events lost" if self._stream.lost else ""
        where = f" to {self._told.server.text.rstrip('/')}; cycle {self._stream.cycle}"
        terminalreporter.write_line(f"agnox: {self._counts['total']} attempts of tests sent{where}{lost}")

    def _begin(self, nodeid: str) -> None:
        self._going[nodeid] = _Going()
        file, title = _title(nodeid)
        self._tell("test-begin", testId=nodeid, title=title, file=file)

    def _end(self, nodeid: str) -> None:
        ended = self._going.pop(nodeid)
        for at in range(0, len(ended.output), _CHUNK):
            self._tell("log", testId=nodeid, chunk=ended.output[at : at + _CHUNK])
        self._counts["total"] += 1
        self._counts[ended.status] += 1
        fields: dict[str, Any] = {"status": ended.status, "duration": round(ended.seconds * 1000)}
        fields |= {"error": ended.error} if ended.error else {}
        fields |= {"runtimeContext": ended.context} if ended.context else {}
        self._tell("test-end", testId=nodeid, **fields)

    def _tell(self, kind: str, **fields: Any) -> None:
        if self._stream is not None:
            self._stream.tell(kind, **{name: self._masked(value) for name, value in fields.items()})

    def _masked(self, value: Any) -> Any:
        match value:
            case str():
                return self._told.masker.text(value)
            case dict():
                return {name: self._masked(each) for name, each in value.items()}
            case list():
                return [self._masked(each) for each in value]
        return value


def _told() -> Told:
    @click.command()
    @about_a_run
    def settings(**_: Any) -> None: ...

    with settings.make_context("pytest --agnox", []) as ctx:
        return read_options(ctx, ctx.params)


def _take(going: _Going, report: pytest.TestReport) -> None:
    """Adds what a phase tells; the output of all phases comes with each, so the last is enough."""
    going.seconds += report.duration
    if (report.failed or _again(report)) and going.status != "failed":
        going.status, going.error = "failed", _error_of(report)
        going.context = getattr(report, FIELD, {})
    elif report.skipped and going.status == "passed":
        going.status = "skipped"
    if going.status == "failed":
        going.output = "".join(_sections(report))[-_OUTPUT:]


def _again(report: pytest.TestReport) -> bool:
    outcome: str = report.outcome  # pytest-rerunfailures has a value of its own
    return outcome == "rerun"


def _sections(report: pytest.TestReport) -> Iterator[str]:
    for name, content in report.sections:
        yield f"--- {name} ---\n{content.rstrip()}\n"


def _error_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Gives the message first, as readers of a list see one line of it, and then how it came to be."""
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    message = str(getattr(crash, "message", "") or "")[:_MESSAGE]
    return f"{message}\n\n{text[-(_ERROR - len(message) - 2) :]}" if message else text[-_ERROR:]


def _title(nodeid: str) -> tuple[str, str]:
    """Gives the file, and the title in Playwright's form: file, groups, name. A parameter may contain `::`."""
    path, bracket, parameter = nodeid.partition("[")
    file, *groups = path.split("::")
    return file, " › ".join([file, *groups]) + bracket + parameter

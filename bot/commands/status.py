"""`/agnox status`: what stands, what runs, and what is waited for."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.commands.definition import Definition, Outcome, Request
from bot.commands.head import read_head
from bot.domain.cycle import CycleState
from bot.domain.policy import WaitFor
from bot.store.ci_runs import runs_on
from bot.store.models import CiRun
from bot.store.reruns import newest_cycles_on
from providers.report import Report, Suite, Verdict
from providers.runs import RunOutcome, RunState
from providers.text import plural

_WORDS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PENDING: "waits to start",
        Verdict.RUNNING: "runs",
        Verdict.PASSED: "passed",
        Verdict.FAILED: "failed",
        Verdict.UNSTABLE: "unstable: only failures that fail no check",
        Verdict.ERROR: "ended without a whole result",
        Verdict.CANCELLED: "was cancelled",
    }
)


async def _status(request: Request) -> Outcome:
    if request.command.arguments:
        raise request.wrong
    session, repository, pull = request.session, request.repository, request.pull
    report = await read_head(request)
    runs = await runs_on(session, repository.id, pull.head_sha)
    cycles = await newest_cycles_on(session, repository, pull.number, pull.head_sha)
    again = {cycle.suite for cycle in cycles if not CycleState(cycle.state).finished} | set(report.running)
    lines = [_suite(suite, again=suite.name in again) for suite in report.suites]
    lines += [*_runs(runs, report), *_waiting(request, runs)]
    sha = pull.head_sha[:7]
    return Outcome("\n".join((f"{sha}:", *lines)) if lines else f"nothing is known of tests of {sha} yet")


def _suite(suite: Suite, *, again: bool) -> str:
    counts = suite.counts
    facts = [_WORDS[suite.verdict]]
    if counts.red:
        facts.append(f"{counts.red:,} of {plural(counts.total, 'test')} failed")
    elif counts.total:
        facts.append(plural(counts.total, "test"))
    if suite.findings:
        facts.append(plural(len(suite.findings), "cause"))
    if suite.attempt > 1:
        facts.append(f"attempt {suite.attempt}")
    if again and suite.verdict.finished:
        facts.append("runs again")
    return f"{suite.name}: {', '.join(facts)}"


def _runs(runs: Sequence[CiRun], report: Report) -> Iterator[str]:
    """Tells of the CI's runs that have no suite of their own in the report."""
    told = {suite.name for suite in report.suites}
    for run in runs:
        if run.state != RunState.ENDED:
            waits = "waits to start" if run.state == RunState.QUEUED else "runs"
            again = f", attempt {run.attempt}" if run.attempt > 1 else ""
            yield f"{run.name}: {waits}{again}"
        elif run.outcome == RunOutcome.WAITING:
            yield f"{run.name}: waits until somebody approves it on the host"
        elif run.name not in told:
            why = f", not read: {run.unread}" if run.unread else ""
            yield f"{run.name}: {run.outcome}{why}"


def _waiting(request: Request, runs: Sequence[CiRun]) -> Iterator[str]:
    names = list(dict.fromkeys(run.name for run in runs if run.state != RunState.ENDED))
    if names and request.policy.runs.wait_for is WaitFor.ALL:
        yield f"The report waits for {', '.join(names)}, as `runs.wait_for: all` asks for"
    if request.pull.from_fork and request.pull.allowed_sha != request.pull.head_sha:
        yield "It comes from a fork: tests of our own wait for `/agnox allow` by a maintainer"


STATUS = Definition(
    name="status",
    usage="status",
    about="Says what the tests of the current head came to, what still runs, and what is waited for.",
    do=_status,
)

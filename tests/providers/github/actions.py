"""GitHub Actions on the simulated GitHub, as the tests of its runs use them."""

from collections.abc import Mapping
from pathlib import Path

from providers.runs import CiRun, Fetched, FetchLimits, Reading
from simulators.github import workflows
from simulators.github.actions import WorkflowRun
from tests.providers.benches.github import GithubBench


def begin(bench: GithubBench, name: str = "CI") -> WorkflowRun:
    """A run of the bench's pull request."""
    pull, state = bench.request, bench.simulator.state
    return workflows.begin(
        state,
        bench.place,
        pull.head.sha,
        name,
        event="pull_request",
        branch=pull.head.ref,
        actor=pull.user,
        source=pull.head.repository,
        pull=pull,
    )


def end(bench: GithubBench, run: WorkflowRun, **jobs: str) -> WorkflowRun:
    """It ends with these jobs and their outcomes."""
    told: list[tuple[str, str, str, Mapping[str, bytes]]]
    told = [(name, outcome, f"{name} {outcome}", {}) for name, outcome in jobs.items()]
    workflows.end(bench.simulator.state, run, told)
    return run


def ended(bench: GithubBench, **jobs: str) -> WorkflowRun:
    return end(bench, begin(bench), **(jobs or {"unit": "failed"}))


async def read(bench: GithubBench, run: WorkflowRun) -> CiRun:
    return await bench.provider.get_run(bench.repository, str(run.id))


async def fetch(
    bench: GithubBench,
    run: WorkflowRun,
    folder: Path,
    reading: Reading = Reading.FAILED,
    limits: FetchLimits | None = None,
) -> Fetched:
    found = await read(bench, run)
    return await bench.provider.fetch_run(bench.repository, found, folder, reading, limits or FetchLimits())

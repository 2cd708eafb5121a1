"""Logs, test results and artifacts of a build, downloaded (Azure DevOps REST, Timeline; Build Logs; Test Results)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from providers.azure.artifacts import fetch_artifacts
from providers.azure.builds import read_build
from providers.azure.client import Client
from providers.azure.results import write_results
from providers.azure.runs import build_of, complete, timeline_of
from providers.azure.timeline import DOUBTFUL, FAILED, Record, Timeline, job_of
from providers.errors import Forbidden, ProviderError, Unauthenticated
from providers.fetching.basket import Basket
from providers.fetching.cut import CutFile
from providers.payloads import Json, items, word
from providers.runs import CiRun, Fetched, FetchLimits, FileKind, Reading, RunOutcome
from providers.values import Repository

RESULTS = "azure-test-results.json"
SECONDS = 600.0
"""For one log, which may be of many megabytes."""
_PIPELINE = "pipeline"


async def fetch_run(
    client: Client, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
) -> Fetched:
    """Reads the steps that failed, all steps for Reading.ALL; where nobody wrote a log, what the host says of it."""
    where = await complete(client, repository)
    build = await build_of(client, where, run.id)
    basket = Basket(folder, limits)
    timeline = Timeline(())
    async with basket.noting("timeline of the build"):
        timeline = await timeline_of(client, where, run.id)
    published = False
    async with basket.noting("test results of the build"):
        published = await _add_results(client, where, run, basket, reading)
    wanted = _wanted(run, build, reading)
    for job in timeline.jobs:
        if reading is Reading.ALL or job.result in wanted:
            await _add_job(client, where, run, basket, job, _steps(timeline, job, wanted, reading))
    if not published:
        await fetch_artifacts(client, where, build, basket)
    _add_rest(basket, [*timeline.elsewhere()], items(build.get("validationResults")))
    jobs = tuple(job_of(each, run.url) for each in timeline.jobs)
    return Fetched(jobs, tuple(basket.files), tuple(basket.notes))


def _wanted(run: CiRun, build: Json, reading: Reading) -> frozenset[str]:
    """A build that succeeded in part failed in steps after which it was told to go on."""
    now = read_build(build)
    outcomes = {run.outcome, now.outcome if now is not None else RunOutcome.UNKNOWN}
    cut_off = frozenset({"canceled"}) if RunOutcome.CANCELLED in outcomes else frozenset[str]()
    return FAILED | cut_off | (DOUBTFUL if RunOutcome.UNKNOWN in outcomes else frozenset())


def _steps(timeline: Timeline, job: Record, wanted: frozenset[str], reading: Reading) -> list[Record]:
    """Gives what of a job to read: its steps, or the job itself where no step of it has a log."""
    steps = [each for each in timeline.steps(job) if reading is Reading.ALL or each.result in wanted]
    return [each for each in steps if each.log] or [job]


async def _add_job(
    client: Client, where: Repository, run: CiRun, basket: Basket, job: Record, steps: Sequence[Record]
) -> None:
    """Adds a file for each step; a job that never got as far has its errors only."""
    taken = False
    for step in steps:
        if step.log:
            title = job.name if step is job else f"{job.name}, {step.name}"
            taken |= await _add_log(client, where, run, basket, step.log, title, job.name)
    words = [issue for each in (job, *(step for step in steps if step is not job)) for issue in each.issues]
    if not taken and words:
        basket.write(FileKind.LOG, f"{job.name}.log", _text(words), job.name)


async def _add_log(
    client: Client, where: Repository, run: CiRun, basket: Basket, log: int, title: str, job: str
) -> bool:
    project, build = where.id.partition("/")[0], int(run.id)

    async def fetch(path: Path, limit: int) -> int:
        with CutFile(path, limit) as out:
            await client(lambda sdk: sdk.pour_log(project, build, log, out.write), seconds=SECONDS)
            return out.finish()

    return await basket.text(f"{title}.log", fetch, what=f"log of {title}", job=job)


async def _add_results(client: Client, where: Repository, run: CiRun, basket: Basket, reading: Reading) -> bool:
    """Tells whether the build published any; where it did not, its artifacts may hold the reports."""
    if basket.full:
        basket.note("The test results are left out: the files of this run are over the limit")
        return True
    path = basket.place(".json")
    try:
        tests, cut = await write_results(client, where, int(run.id), path, reading, basket.room.file)
    except ProviderError as error:
        path.unlink(missing_ok=True)
        if isinstance(error, Unauthenticated):
            # A token without the scope is refused as if it were none; with this one the build was read.
            raise Forbidden(str(error)) from error
        raise
    if not tests:
        path.unlink()
        return False
    basket.add(FileKind.REPORT, RESULTS, path, path.stat().st_size)
    if cut:
        basket.note("The test results are over the limit: some of them are left out")
    return True


def _add_rest(basket: Basket, records: Iterable[Record], refusals: Iterable[Json]) -> None:
    """Adds what went wrong before or between the jobs, of which nobody wrote a log."""
    words = [issue for each in records for issue in each.issues]
    words += [f"##[{word(each, 'result') or 'error'}]{word(each, 'message')}" for each in refusals]
    if words:
        basket.write(FileKind.LOG, f"{_PIPELINE}.log", _text(words))


def _text(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode(errors="replace")

"""What a CI run left behind: logs of its jobs, its artifacts, and other apps' words (GitHub REST, Actions; Checks)."""

from pathlib import Path

from providers.errors import NotFound
from providers.fetching.basket import Basket
from providers.github.artifacts import fetch_artifacts
from providers.github.client import Client, names
from providers.github.judgements import check_text, fetch_suite
from providers.github.runs import outcome_of
from providers.github.suites import suite_id
from providers.payloads import Json, child, number, word
from providers.runs import CiRun, Fetched, FetchLimits, FileKind, Job, Reading, RunOutcome
from providers.values import Repository

_JOBS = "/repos/{owner}/{repo}/actions/runs/{id}/jobs{?filter,per_page}"
_LOG = "/repos/{owner}/{repo}/actions/jobs/{id}/logs"
_CHECK = "/repos/{owner}/{repo}/check-runs/{id}"
_JOB_PAGES = 20


async def fetch_run(
    client: Client, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
) -> Fetched:
    """Logs go first, those of failed jobs before all others: they are what a limit must not take away."""
    basket = Basket(folder, limits)
    if suite := suite_id(run.id):
        jobs = await fetch_suite(client, repository, suite, reading, basket)
        return Fetched(tuple(jobs), tuple(basket.files), tuple(basket.notes))
    found, went_on = await _jobs(client, repository, run)
    wanted = [job for job in found if _wanted(job, reading)]
    for job in sorted(wanted, key=lambda job: job.outcome is not RunOutcome.FAILED):
        await _log(client, repository, job, basket)
    if run.outcome is RunOutcome.FAILED and not found:
        basket.note(f"{run.name} failed before any job began; its workflow file may be broken")
    await fetch_artifacts(client, repository, run, basket, went_on=went_on)
    return Fetched(tuple(found), tuple(basket.files), tuple(basket.notes))


async def _jobs(client: Client, repository: Repository, run: CiRun) -> tuple[list[Job], bool]:
    """Lists the newest try of each job up to the run's attempt; tells whether there are later attempts."""
    found = await _listed(client, repository, run, "latest")
    went_on = any(number(data, "run_attempt") > run.attempt for data in found) if run.attempt else False
    if went_on or (run.attempt and not found):
        tries = await _listed(client, repository, run, "all")
        went_on = any(number(data, "run_attempt") > run.attempt for data in tries)
        mine = [data for data in tries if number(data, "run_attempt") <= run.attempt]
        found = list({word(data, "name"): data for data in sorted(mine, key=_attempt)}.values())
    return [_job(data) for data in found], went_on


async def _listed(client: Client, repository: Repository, run: CiRun, which: str) -> list[Json]:
    where = names(repository) | {"id": run.id, "filter": which, "per_page": "100"}
    return [child(data) async for data in client.pages(_JOBS, where, "jobs", _JOB_PAGES) if word(child(data), "id")]


def _attempt(data: Json) -> int:
    return number(data, "run_attempt")


def _job(data: Json) -> Job:
    return Job(word(data, "id"), word(data, "name"), outcome_of(data), word(data, "html_url"))


def _wanted(job: Job, reading: Reading) -> bool:
    if reading is Reading.FAILED:
        return job.outcome is RunOutcome.FAILED
    return job.outcome in (RunOutcome.FAILED, RunOutcome.PASSED, RunOutcome.CANCELLED)


async def _log(client: Client, repository: Repository, job: Job, basket: Basket) -> None:
    """A log that is gone may have left annotations: a job is a check run with the same id."""
    where = names(repository) | {"id": job.id}
    taken = await basket.text(
        f"{job.name}.log",
        lambda path, limit: _download(client, where, path, limit),
        what=f"log of {job.name}",
        job=job.name,
    )
    if taken or basket.full:
        return
    async with basket.noting(f"annotations of {job.name}"):
        said = await check_text(client, repository, child(await client.get(_CHECK, where)))
        if said:
            basket.write(FileKind.LOG, f"{job.name} (annotations)", said.encode(), job.name)


async def _download(client: Client, where: dict[str, str], path: Path, limit: int) -> int:
    address = await client.location(_LOG, where)
    if not address:
        raise NotFound("GitHub has no log")
    return await client.downloads.cut(address, path, limit)

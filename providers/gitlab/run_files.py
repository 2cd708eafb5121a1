"""What a pipeline left behind: logs of its jobs, test report, artifacts (GitLab REST, Jobs; Pipelines; Job artifacts).

A pipeline that failed through another one of the same project, which it started, is read together with that.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from providers.errors import Forbidden, NotFound
from providers.fetching.archives import unpack
from providers.fetching.basket import Basket
from providers.gitlab.ci import downstream, outcome_of
from providers.gitlab.client import Client, project
from providers.gitlab.runs import bridges_of, jobs_by, place_of
from providers.payloads import Json, child, items, number, word
from providers.runs import CiRun, Fetched, FetchLimits, FileKind, Job, Reading, RunOutcome
from providers.values import Repository

REPORT = "gitlab-test-report.json"

_CHILDREN = 20
_DEPTH = 2
"""How deep child pipelines may start others (GitLab Docs, Downstream pipelines)."""
_LOGS = frozenset({".log", ".txt"})
_TOTAL = re.compile(rb'"total_count"\s*:\s*(\d{1,12})')
_SUITE = re.compile(rb'"test_suites"\s*:\s*\[\s*\{')
_RAN = frozenset({RunOutcome.FAILED, RunOutcome.PASSED, RunOutcome.CANCELLED})


@dataclass(slots=True)
class _Part:
    """A pipeline of the run with its jobs; `name` is the bridge that started it, empty for the run's own.

    It `went_on` when jobs of it ran again since the attempt that is read: its test report is not of that one.
    """

    where: Repository
    pipeline: str
    name: str = ""
    jobs: list[Json] = field(default_factory=list)
    went_on: bool = False


async def fetch_run(
    client: Client, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
) -> Fetched:
    """Logs go first, those of failed jobs before all others: they are what a limit must not take away."""
    basket = Basket(folder, limits)
    where, pipeline = place_of(repository, run.id)
    try:
        parts = await _parts(client, _Part(where, pipeline), basket, run.updated_at)
    except (Forbidden, NotFound):
        if run.source is None:
            raise
        basket.note("The pipeline is in a fork that does not let us read it")
        return Fetched(notes=tuple(basket.notes))
    wanted = [(part, job) for part in parts for job in part.jobs if _wanted(job, reading)]
    for part, job in sorted(wanted, key=lambda each: outcome_of(each[1]) is not RunOutcome.FAILED):
        await _log(client, part, job, basket)
    for part in parts:
        if part.went_on or not await _report(client, part, basket):
            for job in part.jobs:
                if _wanted(job, reading):
                    await _artifacts(client, part, job, basket)
    if run.outcome is RunOutcome.FAILED and not any(part.jobs for part in parts):
        basket.note(f"{run.name} failed before any job began; its configuration may be broken")
    jobs = tuple(_job(part, job) for part in parts for job in part.jobs)
    return Fetched(jobs, tuple(basket.files), tuple(basket.notes))


async def _parts(client: Client, first: _Part, basket: Basket, end: datetime | None, depth: int = 0) -> list[_Part]:
    """Reads the jobs of a pipeline and, where it failed through a bridge, of the pipelines beneath it."""
    first.jobs, first.went_on = await jobs_by(client, first.where, first.pipeline, end)
    found = [first]
    try:
        bridges = await bridges_of(client, first.where, first.pipeline)
    except (NotFound, Forbidden):
        return found
    for bridge in bridges:
        if outcome_of(bridge) is not RunOutcome.FAILED:
            continue
        started, name = downstream(bridge), _joined(first.name, word(bridge, "name"))
        first.jobs.append({**bridge, "_bridge": True})
        if not word(started, "id"):
            basket.note(f"{name} failed without starting a pipeline")
        elif word(started, "project_id") != word(child(bridge, "pipeline"), "project_id"):
            basket.note(f"{name} failed in another project: {word(started, 'web_url')}")
        elif depth >= _DEPTH or len(found) > _CHILDREN:
            basket.note(f"The pipeline of {name} is not read: there are too many")
        else:
            part = _Part(first.where, word(started, "id"), name)
            async with basket.noting(f"pipeline of {name}"):
                found += await _parts(client, part, basket, end if first.went_on else None, depth + 1)
    return found


def _job(part: _Part, job: Json) -> Job:
    return Job(word(job, "id"), _name(part, job), outcome_of(job), word(job, "web_url"))


def _name(part: _Part, job: Json) -> str:
    return _joined(part.name, word(job, "name"))


def _joined(before: str, name: str) -> str:
    return f"{before} / {name}" if before else name


def _wanted(job: Json, reading: Reading) -> bool:
    if job.get("_bridge"):
        return False
    outcome = outcome_of(job)
    return (
        outcome is RunOutcome.FAILED if reading is Reading.FAILED else outcome in _RAN and bool(job.get("started_at"))
    )


async def _log(client: Client, part: _Part, job: Json, basket: Basket) -> None:
    path, name = project(part.where, "jobs", word(job, "id"), "trace"), _name(part, job)
    if not word(job, "started_at"):
        reason = word(job, "failure_reason")
        basket.note(f"{name} has no log, since it never began{f' ({reason})' if reason else ''}")
        return

    async def fetch(file: Path, limit: int) -> int:
        missing = await client.downloads.cut(path, file, limit)
        if not file.stat().st_size:
            # GitLab answers with nothing for a log that was erased.
            raise NotFound("GitLab has none, or has erased it")
        return missing

    await basket.text(f"{name}.log", fetch, what=f"log of {name}", job=name)


async def _report(client: Client, part: _Part, basket: Basket) -> bool:
    """Adds what GitLab has read of the jobs' JUnit files itself; tells whether there was a test in it."""
    if basket.full:
        return False
    file, taken, tests = basket.place(".json"), False, 0
    async with basket.noting("test report"):
        path = project(part.where, "pipelines", part.pipeline, "test_report")
        size = await client.downloads.whole(path, file, basket.room.file)
        suites, tests = await asyncio.to_thread(_contents, file)
        if suites:
            name = f"{part.name} / {REPORT}" if part.name else REPORT
            basket.add(FileKind.REPORT, name, file, size)
            taken = True
    if not taken:
        file.unlink(missing_ok=True)
    return tests > 0


def _contents(file: Path) -> tuple[bool, int]:
    """Whether a report has a suite, be it one that could not be read, and how many tests: its beginning tells both."""
    with file.open("rb") as report:
        head = report.read(4_096)
    total = _TOTAL.search(head)
    return _SUITE.search(head) is not None, int(total[1]) if total else 0


async def _artifacts(client: Client, part: _Part, job: Json, basket: Basket) -> None:
    """Adds the reports in a job's archive; only whole archives can be had, not the files that GitLab reads itself."""
    size = max((number(each, "size") for each in items(job.get("artifacts")) if _is_archive(each)), default=0)
    size = size or number(child(job, "artifacts_file"), "size")
    if not size:
        return
    name, room = _name(part, job), basket.room
    if basket.full or size > room.total:
        basket.note(f"The artifacts of {name} are left out: their {size:,} bytes are over the limit")
        return
    archive = basket.place(".zip")
    try:
        async with basket.noting(f"artifacts of {name}"):
            await client.downloads.whole(project(part.where, "jobs", word(job, "id"), "artifacts"), archive, room.total)
            unpacked, problems = await asyncio.to_thread(unpack, archive, basket.place, room)
            for each in unpacked:
                kind = FileKind.LOG if PurePosixPath(each.name).suffix.lower() in _LOGS else FileKind.REPORT
                basket.add(kind, each.name, each.path, each.size, name)
            _note_all(basket, name, problems)
    finally:
        archive.unlink(missing_ok=True)


def _note_all(basket: Basket, name: str, problems: Sequence[str]) -> None:
    for problem in problems:
        basket.note(f"In the artifacts of {name}: {problem}")


def _is_archive(artifact: Json) -> bool:
    return word(artifact, "file_type") == "archive"

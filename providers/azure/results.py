"""Test results that a build published, as one report (Azure DevOps REST, Test: Runs, Results)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

import orjson

from providers.azure.client import Client
from providers.payloads import Json, child, items, number, word
from providers.runs import Reading
from providers.values import Repository

RUNS_AT_ONCE = 100
RUN_PAGES = 10
AT_ONCE = 1000
PAGES = 50
BROKEN = ("Failed", "Error", "Timeout", "Aborted")
"""Outcomes that are asked for where only what failed is wanted; counts tell of the others (Test Outcome)."""

_TOTALS = ("totalTests", "passedTests", "notApplicableTests", "incompleteTests")
_KEPT = (
    "automatedTestName",
    "automatedTestStorage",
    "testCaseTitle",
    "outcome",
    "durationInMs",
    "errorMessage",
    "stackTrace",
    "resultGroupType",
)


async def write_results(
    client: Client, where: Repository, build: int, path: Path, reading: Reading, limit: int
) -> tuple[int, bool]:
    """Writes `{"source", "build", "runs": [{"name", totals, "results": [...]}]}` as it comes.

    Gives how many tests they tell of, and whether some of it is left out for being over `limit` bytes.
    """
    runs = _newest([each async for each in _runs(client, where, build)])
    whole, tests = True, 0
    with path.open("wb") as file:
        file.write(b'{"source": "azure-devops-test-results", "build": %d, "runs": [' % build)
        for at, run in enumerate(runs):
            written, all_of_it = await _write_run(client, where, run, file, reading, limit, first=at == 0)
            tests, whole = tests + max(written, number(run, "totalTests")), whole and all_of_it
        file.write(b"\n]}\n")
    return tests, not whole


async def _write_run(
    client: Client, where: Repository, run: Json, file: BinaryIO, reading: Reading, limit: int, *, first: bool
) -> tuple[int, bool]:
    """Gives how many results were written, and whether that is all of them."""
    told = {"id": number(run, "id"), "name": word(run, "name"), "job": word(_job(run), "jobName")}
    told |= {name: number(run, name) for name in _TOTALS}
    head = orjson.dumps(told).removesuffix(b"}")
    file.write((b"\n" if first else b",\n") + head + b', "results": [')
    separator, count, whole = b"\n", 0, True
    async for result in _results(client, where, number(run, "id"), reading):
        line = orjson.dumps({name: result[name] for name in _KEPT if name in result})
        if file.tell() + len(line) > limit:
            whole = False
            break
        file.write(separator + line)
        separator, count = b",\n", count + 1
    file.write(b"]}")
    return count, whole


async def _runs(client: Client, where: Repository, build: int) -> AsyncIterator[Json]:
    project, uri = where.id.partition("/")[0], f"vstfs:///Build/Build/{build}"

    async def page(skip: int) -> object:
        return await client(
            lambda sdk: sdk.test.get_test_runs(
                project, build_uri=uri, include_run_details=True, skip=skip, top=RUNS_AT_ONCE
            )
        )

    async for each in _pages(page, RUN_PAGES, RUNS_AT_ONCE):
        yield each


async def _results(client: Client, where: Repository, run: int, reading: Reading) -> AsyncIterator[Json]:
    project = where.id.partition("/")[0]
    outcomes = BROKEN if reading is Reading.FAILED else None

    async def page(skip: int) -> object:
        return await client(
            lambda sdk: sdk.test.get_test_results(project, run, skip=skip, top=AT_ONCE, outcomes=outcomes)
        )

    async for each in _pages(page, PAGES, AT_ONCE):
        yield each


async def _pages(page: Callable[[int], Awaitable[object]], most: int, size: int) -> AsyncIterator[Json]:
    for number_ in range(most):
        answer = items(await page(number_ * size))
        for each in answer:
            yield each
        if len(answer) < size:
            return


def _newest(runs: list[Json]) -> list[Json]:
    """Leaves out what an earlier attempt of the same job published; who tells no attempt is kept."""
    newest: dict[tuple[str, ...], tuple[int, ...]] = {}
    for run in runs:
        place, attempt = _place(run), _attempt(run)
        newest[place] = max(newest.get(place, attempt), attempt)
    return [run for run in runs if _attempt(run) == newest[_place(run)]]


def _place(run: Json) -> tuple[str, ...]:
    pipeline = child(run, "pipelineReference")
    parts = (("stageReference", "stageName"), ("phaseReference", "phaseName"), ("jobReference", "jobName"))
    return tuple(word(child(pipeline, part), name) for part, name in parts)


def _attempt(run: Json) -> tuple[int, ...]:
    pipeline = child(run, "pipelineReference")
    return tuple(
        number(child(pipeline, part), "attempt") for part in ("stageReference", "phaseReference", "jobReference")
    )


def _job(run: Json) -> Json:
    return child(run, "pipelineReference", "jobReference")

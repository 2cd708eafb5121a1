"""Runs of Azure Pipelines: found, run again and stopped (Azure DevOps REST, Builds; Stages)."""

from collections.abc import Iterable, Sequence
from typing import Any

from providers.azure.builds import head_of, read_build, repository_of
from providers.azure.client import Client
from providers.azure.naming import place
from providers.azure.pulls import get_commit, get_repository
from providers.azure.timeline import Timeline, read_timeline
from providers.errors import NotFound, Rejected
from providers.payloads import Json, child, items, number, word
from providers.runs import CiRun, RerunScope, RunState
from providers.values import Repository, Revision

AT_ONCE = 100
LOOKED_UP = 10
"""Merge commits that are asked whose head they merge, where their builds do not tell."""
_NUMBER = 9


async def get_run(client: Client, repository: Repository, run_id: str) -> CiRun:
    found = read_build(await build_of(client, repository, run_id), client.organization.base_url)
    if found is None:
        raise NotFound(f"build {run_id} is of no repository of Azure Repos")
    return found


async def find_runs(client: Client, revision: Revision) -> Sequence[CiRun]:
    """Asks for the builds of the pull request, then for those of its branch, which know it by their commit only."""
    where = await complete(client, revision.repository)
    refs: list[str | None] = [f"refs/pull/{revision.number}/merge"] if revision.number is not None else []
    if revision.branch and not revision.from_fork:
        refs.append(f"refs/heads/{revision.branch.removeprefix('refs/heads/')}")
    found: dict[str, Json] = {}
    for ref in refs or [None]:
        found |= {word(each, "id"): each for each in await _listed(client, where, ref)}
    matching = [each for each in found.values() if revision.sha in (word(each, "sourceVersion"), head_of(each))]
    matching += await _merging(client, where, revision, (each for each in found.values() if not head_of(each)))
    runs = (read_build(each, client.organization.base_url) for each in matching)
    return list({run.id: run for run in runs if run is not None}.values())


async def rerun(
    client: Client, repository: Repository, run: CiRun, scope: RerunScope, jobs: Sequence[str] = ()
) -> None:
    """Runs the stages of named jobs again, since no job runs by itself; all of a build is queued as another one."""
    where, number_ = await complete(client, repository), _number(run.id)
    if jobs:
        await _retry_stages(client, where, number_, set(jobs))
    elif scope is RerunScope.ALL:
        await _queue(client, where, await build_of(client, where, run.id))
    else:
        project, nothing = _project(where), dict[str, Any]()
        await client(lambda sdk: sdk.build.update_build(nothing, project, number_, retry=True))


async def cancel_run(client: Client, repository: Repository, run: CiRun) -> None:
    where, number_ = await complete(client, repository), _number(run.id)
    if await _ended(client, where, run.id):
        return
    project, wanted = _project(where), {"status": "cancelling"}
    try:
        await client(lambda sdk: sdk.build.update_build(wanted, project, number_))
    except Rejected:
        if not await _ended(client, where, run.id):
            raise


async def build_of(client: Client, repository: Repository, run_id: str) -> Json:
    """Reads a build of this repository and no other. Raises NotFound."""
    where, number_ = await complete(client, repository), _number(run_id)
    project = _project(where)
    data: Json = await client(lambda sdk: sdk.build.get_build(project, number_))
    if repository_of(data).id.rpartition("/")[2] != where.id.rpartition("/")[2]:
        raise NotFound(f"build {run_id} is of another repository than {repository.path or repository.id}")
    return data


async def timeline_of(client: Client, where: Repository, run_id: str) -> Timeline:
    """A build that no agent has taken has none, which reads as an empty one."""
    project, number_ = _project(where), _number(run_id)
    return read_timeline(await client(lambda sdk: sdk.build.get_build_timeline(project, number_)))


async def complete(client: Client, repository: Repository) -> Repository:
    """Finds the ids, since a pipeline is addressed by its project."""
    where = place(repository)
    known = where.project is not None and repository.id.count("/") == 1
    return repository if known else await get_repository(client, repository)


async def _listed(client: Client, where: Repository, ref: str | None) -> list[Json]:
    project, _, id_ = where.id.partition("/")
    answer = await client(
        lambda sdk: sdk.build.get_builds(
            project,
            branch_name=ref,
            repository_id=id_,
            repository_type="TfsGit",
            query_order="queueTimeDescending",
            top=AT_ONCE,
        )
    )
    return items(answer)


async def _merging(client: Client, where: Repository, revision: Revision, builds: Iterable[Json]) -> list[Json]:
    """Finds those that somebody queued by hand: of them only the commit tells which head it merges."""
    of_pulls = [each for each in builds if word(each, "sourceBranch").startswith("refs/pull/")]
    heads: dict[str, str] = {}
    for each in of_pulls:
        sha = word(each, "sourceVersion")
        if sha and sha not in heads and len(heads) < LOOKED_UP:
            heads[sha] = await _merged(client, where, sha)
    return [each for each in of_pulls if heads.get(word(each, "sourceVersion")) == revision.sha]


async def _merged(client: Client, where: Repository, sha: str) -> str:
    try:
        commit = await get_commit(client, where, sha)
    except NotFound:
        return ""
    return commit.parents[1] if len(commit.parents) == 2 else ""


async def _retry_stages(client: Client, where: Repository, number_: int, wanted: set[str]) -> None:
    timeline = await timeline_of(client, where, str(number_))
    named = [each for each in timeline.jobs if each.id in wanted]
    if wanted - {each.id for each in named}:
        raise Rejected("the run has no such job any more")
    failed = {timeline.stage_of(each): False for each in named}
    # A stage of which nothing failed is run again only if that is asked for in so many words.
    failed |= {timeline.stage_of(each): True for each in named if each.result not in ("succeeded", "skipped")}
    project = _project(where)
    for stage, some in failed.items():
        if not stage:
            raise Rejected("the pipeline has no stages, so that only all of it can be run again")
        await _retry_stage(client, project, number_, stage, every=not some)


async def _retry_stage(client: Client, project: str, number_: int, stage: str, *, every: bool) -> None:
    body = {"state": "retry", "forceRetryAllJobs": every}
    await client(lambda sdk: sdk.build.update_stage(body, number_, stage, project))


async def _queue(client: Client, where: Repository, data: Json) -> None:
    """Queues the same pipeline on the same branch; of a pull request the host merges the newest head."""
    ref = word(data, "sourceBranch")
    body: dict[str, Any] = {"definition": {"id": number(child(data, "definition"), "id")}, "sourceBranch": ref}
    if not ref.startswith("refs/pull/"):
        body["sourceVersion"] = word(data, "sourceVersion")
    project = _project(where)
    await client(lambda sdk: sdk.build.queue_build(body, project))


async def _ended(client: Client, where: Repository, run_id: str) -> bool:
    found = read_build(await build_of(client, where, run_id))
    return found is None or found.state is RunState.ENDED


def _project(where: Repository) -> str:
    return where.id.partition("/")[0]


def _number(run_id: str) -> int:
    """Reads a build's id. Raises NotFound for what can't be one."""
    if not run_id.isascii() or not run_id.isdecimal() or len(run_id) > _NUMBER:
        raise NotFound(f"{run_id[:50]!r} is no build of Azure Pipelines")
    return int(run_id)

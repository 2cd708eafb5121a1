"""CI runs: pipelines found, run again and stopped (GitLab REST, Pipelines; Jobs; Merge requests)."""

from collections.abc import Sequence
from datetime import datetime

from providers.errors import Forbidden, NotFound, Rejected
from providers.gitlab.ci import FOR_REQUEST, NOT_READ, began_by, ci_run, explained, request_number
from providers.gitlab.client import Client, Query, project
from providers.payloads import Json, child, number, word
from providers.runs import CiRun, RerunScope
from providers.values import Repository, Revision

JOB_PAGES = 10
_MOST = 20
"""Pipelines of one head that are read."""
_MERGES = 10
"""Merges of a head into its target that are looked up."""


def place_of(repository: Repository, run_id: str) -> tuple[Repository, str]:
    """Gives the project that a run is in, a fork perhaps, and the pipeline's id. Raises NotFound."""
    owner, _, pipeline = run_id.rpartition("/")
    if not (pipeline.isascii() and pipeline.isdecimal() and (not owner or (owner.isascii() and owner.isdecimal()))):
        raise NotFound(f"{run_id[:100]!r} is not a pipeline of GitLab")
    return (Repository(owner, "") if owner else repository), pipeline


async def get_run(client: Client, repository: Repository, run_id: str) -> CiRun:
    where, pipeline_id = place_of(repository, run_id)
    pipeline = child(await client.get(project(where, "pipelines", pipeline_id)))
    if not repository.id:
        repository = Repository(word(pipeline, "project_id"), repository.path)
    request = await _request(client, repository, request_number(pipeline))
    return await _read(client, repository, pipeline, request)


async def find_runs(client: Client, revision: Revision) -> Sequence[CiRun]:
    """Asks for the merge request's pipelines, which may be in its fork, and for all on the commit; newest first.

    Of a pipeline that we may not read only what the list says is told.
    """
    where = revision.repository
    found = {word(each, "id"): each for each in await _on_commit(client, revision)}
    request: Json = {}
    if revision.number is not None:
        path = project(where, "merge_requests", revision.number, "pipelines")
        listed = [each for each in await client.pages(path, most=1) if word(each, "source") not in NOT_READ]
        found |= {word(each, "id"): each for each in await _of_head(client, revision, listed)}
        if any(word(each, "source") == FOR_REQUEST or _elsewhere(each, where) for each in found.values()):
            request = await _request(client, where, revision.number)
    newest = sorted(found.values(), key=lambda each: number(each, "id"), reverse=True)[:_MOST]
    return [await _told(client, where, each, request) for each in newest]


async def rerun(
    client: Client, repository: Repository, run: CiRun, scope: RerunScope, jobs: Sequence[str] = ()
) -> None:
    """GitLab runs a whole pipeline again only as a new one, which for a branch is on its newest commit."""
    where, pipeline_id = place_of(repository, run.id)
    if not all(job.isascii() and job.isdecimal() for job in jobs):
        raise Rejected(f"{', '.join(jobs)[:200]!r} are not jobs of GitLab")
    for job in jobs:
        await client.post(project(where, "jobs", job, "retry"), {})
    if not jobs and scope is RerunScope.FAILED:
        await client.post(project(where, "pipelines", pipeline_id, "retry"), {})
    elif not jobs:
        await _anew(client, repository, where, child(await client.get(project(where, "pipelines", pipeline_id))))


async def cancel_run(client: Client, repository: Repository, run: CiRun) -> None:
    where, pipeline_id = place_of(repository, run.id)
    await client.post(project(where, "pipelines", pipeline_id, "cancel"), {})


async def jobs_of(client: Client, where: Repository, pipeline_id: str) -> list[Json]:
    """Lists the newest try of each job."""
    query: Query = {"include_retried": "false"}
    return await client.pages(project(where, "pipelines", pipeline_id, "jobs"), query, most=JOB_PAGES)


async def jobs_by(client: Client, where: Repository, pipeline_id: str, end: datetime | None) -> tuple[list[Json], bool]:
    """Lists the newest try of each job as it was at a time, to the second; tells whether others came since."""
    jobs = await jobs_of(client, where, pipeline_id)
    if end is None or all(began_by(job, end) for job in jobs):
        return jobs, False
    tries = await client.pages(
        project(where, "pipelines", pipeline_id, "jobs"), {"include_retried": "true"}, most=JOB_PAGES
    )
    newest: dict[str, Json] = {}
    for each in sorted(tries, key=lambda job: number(job, "id")):
        if began_by(each, end):
            newest[word(each, "name")] = each
    return list(newest.values()), True


async def bridges_of(client: Client, where: Repository, pipeline_id: str) -> list[Json]:
    """Lists the jobs that started other pipelines; a bridge that ran again is listed with its newest try only."""
    found = await client.pages(project(where, "pipelines", pipeline_id, "bridges"), most=JOB_PAGES)
    newest: dict[str, Json] = {}
    for each in sorted(found, key=lambda bridge: number(bridge, "id")):
        newest[word(each, "name")] = each
    return list(newest.values())


async def _on_commit(client: Client, revision: Revision) -> list[Json]:
    path = project(revision.repository, "pipelines")
    found = await client.pages(path, {"sha": revision.sha}, most=1)
    return [each for each in found if word(each, "source") not in NOT_READ and word(each, "sha") == revision.sha]


async def _of_head(client: Client, revision: Revision, listed: Sequence[Json]) -> list[Json]:
    """Keeps those on the head and on merges of it: the second parent of a merge is its head."""
    merges = [each for each in listed if request_number(each) and not word(each, "ref").endswith("/head")]
    found = [each for each in listed if word(each, "sha") == revision.sha]
    merged = False
    for each in sorted(merges, key=lambda pipeline: number(pipeline, "id"), reverse=True)[:_MERGES]:
        before, merged = merged, await _merges(client, revision, each)
        if merged:
            found.append(each)
        elif before:
            # Those of one head follow each other.
            break
    return found


async def _merges(client: Client, revision: Revision, pipeline: Json) -> bool:
    where = Repository(word(pipeline, "project_id") or revision.repository.id, revision.repository.path)
    try:
        commit = child(await client.get(project(where, "repository", "commits", word(pipeline, "sha"))))
    except (NotFound, Forbidden, Rejected):
        return False
    parents = commit.get("parent_ids")
    return isinstance(parents, list) and revision.sha in parents[1:]


async def _told(client: Client, where: Repository, listed: Json, request: Json) -> CiRun:
    own = request if request_number(listed) or _elsewhere(listed, where) else {}
    try:
        home = _built_in(client, where, listed)
        pipeline = child(await client.get(project(home, "pipelines", word(listed, "id"))))
        return await _read(client, where, pipeline, own)
    except (NotFound, Forbidden):
        built_in = _built_in(client, where, listed)
        return _known(ci_run(listed, (), None, where, own, built_in=built_in), word(listed, "id"))


async def _read(client: Client, repository: Repository, pipeline: Json, request: Json) -> CiRun:
    """Reads bridges only where the pipeline's own jobs do not explain its state."""
    home = _built_in(client, repository, pipeline)
    pipeline_id = word(pipeline, "id")
    builds = await jobs_of(client, home, pipeline_id)
    bridges = () if explained(pipeline, builds) else await bridges_of(client, home, pipeline_id)
    return _known(ci_run(pipeline, builds, bridges, repository, request, built_in=home), pipeline_id)


def _known(run: CiRun | None, pipeline_id: str) -> CiRun:
    if run is None:
        raise NotFound(f"GitLab's pipeline {pipeline_id} has no commit")
    return run


async def _request(client: Client, repository: Repository, iid: int) -> Json:
    """Reads the merge request that pipelines were made for; without it they are told of less."""
    if not iid:
        return {}
    try:
        return child(await client.get(project(repository, "merge_requests", iid)))
    except (NotFound, Forbidden):
        return {}


async def _anew(client: Client, repository: Repository, where: Repository, pipeline: Json) -> None:
    if iid := request_number(pipeline):
        await client.post(project(repository, "merge_requests", iid, "pipelines"), {})
        return
    ref = word(pipeline, "ref")
    head = child(await client.get(project(where, "repository", "commits", ref)))
    if word(head, "id") != word(pipeline, "sha"):
        raise Rejected(f"{ref} has moved on, and GitLab makes new pipelines of its newest commit only")
    await client.post(project(where, "pipeline"), {"ref": ref})


def _built_in(client: Client, where: Repository, pipeline: Json) -> Repository:
    """Tells a fork by its page: its path says that it is one even where its id is not kept."""
    if not _elsewhere(pipeline, where):
        return where
    owner = word(pipeline, "project_id")
    path, found, _ = word(pipeline, "web_url").removeprefix(f"{client.web_url}/").partition("/-/")
    return Repository(owner, path if found and "://" not in path else owner)


def _elsewhere(pipeline: Json, where: Repository) -> bool:
    return bool(where.id) and word(pipeline, "project_id") not in ("", where.id)

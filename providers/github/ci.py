"""CI runs: found, read, run again and stopped (GitHub REST, Workflow runs; Check suites)."""

from collections.abc import Awaitable, Callable, Sequence

from providers.errors import Forbidden, NotFound, Rejected, Suspended
from providers.github.client import Client, names
from providers.github.runs import workflow_run
from providers.github.suites import suite_id, suite_run
from providers.payloads import child, word
from providers.runs import CiRun, RerunScope, RunState
from providers.values import Repository, Revision

_RUN = "/repos/{owner}/{repo}/actions/runs/{id}"
_RUNS = "/repos/{owner}/{repo}/actions/runs{?head_sha,per_page}"
_SUITE = "/repos/{owner}/{repo}/check-suites/{id}"
_SUITES = "/repos/{owner}/{repo}/commits/{sha}/check-suites{?per_page}"
_AGAIN = {RerunScope.ALL: f"{_RUN}/rerun", RerunScope.FAILED: f"{_RUN}/rerun-failed-jobs"}
_AGAIN_JOB = "/repos/{owner}/{repo}/actions/jobs/{id}/rerun"
_CANCEL = f"{_RUN}/cancel"
_PAGES = 5

# A missing right and a run that can't be run again are both 403 (GitHub REST, Troubleshooting).
_RIGHTS = ("not accessible", "must have", "must authenticate", "sso", "permission")


async def get_run(client: Client, own_app: str, repository: Repository, run_id: str) -> CiRun:
    of_suite = suite_id(run_id)
    if not (of_suite or run_id).isdecimal():
        raise NotFound(f"{run_id!r} is not a run of GitHub")
    where = names(repository) | {"id": of_suite or run_id}
    if of_suite:
        answer = child(await client.get(_SUITE, where))
        found = suite_run(answer, repository, own_app, _page(answer))
    else:
        found = workflow_run(child(await client.get(_RUN, where)), repository)
    if found is None:
        raise NotFound(f"{run_id} is not a run that we read")
    return found


async def find_runs(client: Client, own_app: str, revision: Revision) -> Sequence[CiRun]:
    """Runs of pull requests stand on the head, not on its merge; other apps' suites only where checks may be read."""
    where, sha = revision.repository, revision.sha
    query = names(where) | {"per_page": "100"}
    found = [
        run
        async for item in client.pages(_RUNS, query | {"head_sha": sha}, "workflow_runs", _PAGES)
        if (run := workflow_run(child(item), where)) is not None and run.sha == sha
    ]
    try:
        async for item in client.pages(_SUITES, query | {"sha": sha}, "check_suites", _PAGES):
            data = child(item)
            suite = suite_run(data, where, own_app, _page(data))
            if suite is not None:
                found.append(suite)
    except Suspended:
        raise
    except (Forbidden, NotFound, Rejected):
        # Without the right to checks, or a commit that only a fork has: Actions' own runs are told all the same.
        pass
    return found


async def rerun(
    client: Client, repository: Repository, run: CiRun, scope: RerunScope, jobs: Sequence[str] = ()
) -> None:
    """Jobs go one by one, and the first begins the run again, which refuses the others: then what failed runs again."""
    if suite_id(run.id):
        raise Rejected(f"{run.name} can only be run again on its own pages")
    if len(jobs) == 1:
        await _asked(lambda: client.write("POST", _AGAIN_JOB, names(repository) | {"id": jobs[0]}, {}))
        return
    wanted = RerunScope.FAILED if jobs else scope
    await _asked(lambda: client.write("POST", _AGAIN[wanted], names(repository) | {"id": run.id}, {}))


async def cancel_run(client: Client, repository: Repository, run: CiRun) -> None:
    if suite_id(run.id):
        raise Rejected(f"{run.name} can only be cancelled on its own pages")
    try:
        await _asked(lambda: client.write("POST", _CANCEL, names(repository) | {"id": run.id}, {}))
    except Rejected:
        # 409 for what is over (GitHub REST, Cancel a workflow run), and perhaps for what can't be stopped.
        now = await client.get(_RUN, names(repository) | {"id": run.id})
        if (found := workflow_run(child(now), repository)) is None or found.state is not RunState.ENDED:
            raise


async def _asked(ask: Callable[[], Awaitable[object]]) -> None:
    try:
        await ask()
    except Suspended:
        raise
    except Forbidden as error:
        told = str(error).lower()
        if any(words in told for words in _RIGHTS):
            raise
        raise Rejected(str(error)) from error


def _page(data: object) -> str:
    """The address of the suite's repository, where the suite has it."""
    return word(child(child(data), "repository"), "html_url")

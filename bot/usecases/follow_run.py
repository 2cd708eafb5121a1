"""A host tells of its own CI: runs that begin and end, and pushes to the default branch."""

from datetime import timedelta

from bot.domain.policy import FILE
from bot.store.ci_runs import find_run, verdict_is_open
from bot.store.models import PullRequest
from bot.usecases.covered import covered
from bot.usecases.note_run import enqueue_asking, note_run
from bot.usecases.policy_tests import enqueue_push_tests
from bot.usecases.router import Router
from bot.usecases.say_verdict import subject_of
from bot.usecases.services import Services
from providers.events import JobEnded, Pushed, RunChanged
from providers.runs import RunState

router = Router()

AFTER_JOBS = timedelta(seconds=15)
"""How long after a job the host is asked whether its run has ended: jobs often end together."""


@router.on(RunChanged)
async def follow_run(services: Services, provider: str, event: RunChanged) -> str:
    """Notes how far a run is; a repeated or overtaken delivery changes nothing."""
    run = event.run
    where = f"{run.name} {run.id} of {event.repository.path}"
    if not event.installation:
        return f"{where} comes from no installation"
    async with services.database.write() as session:
        repository = await covered(session, provider, event.installation, event.repository)
        if repository is None:
            return f"installation {event.installation} is not active"
        if not await note_run(session, services, repository, run):
            return f"{where}: nothing new"
    return f"{where} is {run.state}, {run.outcome}"


@router.on(JobEnded)
async def follow_job(services: Services, provider: str, event: JobEnded) -> str:
    """Has the host asked soon after a run that a verdict of ours keeps from its end; else it tells that itself."""
    where = f"a job of run {event.run_id} of {event.repository.path} ended"
    if not event.installation:
        return f"{where}, and comes from no installation"
    async with services.database.write() as session:
        repository = await covered(session, provider, event.installation, event.repository)
        if repository is None:
            return f"installation {event.installation} is not active"
        run = await find_run(session, repository.id, event.run_id)
        if run is None or run.state == RunState.ENDED or run.pull_request_id is None:
            return where
        pull = await session.get_one(PullRequest, run.pull_request_id)
        if not await verdict_is_open(session, pull, subject_of(pull, pull.head_sha)):
            return where
        await enqueue_asking(session, services, repository, run.sha, AFTER_JOBS)
    return f"{where}; its run is asked after"


@router.on(Pushed)
async def follow_push(services: Services, provider: str, event: Pushed) -> str:
    """Remembers the default branch, and that a policy has to be read again."""
    where = f"{event.branch} of {event.repository.path}"
    if not event.installation:
        return f"{where} comes from no installation"
    async with services.database.write() as session:
        repository = await covered(session, provider, event.installation, event.repository)
        if repository is None:
            return f"installation {event.installation} is not active"
        if event.default:
            repository.default_branch = event.branch
        if event.default is not False and event.branch == repository.default_branch:
            await enqueue_push_tests(session, services, repository, event.branch, event.sha)
    # Some hosts name no files at all.
    if FILE in event.files or not event.files:
        services.policies.forget(repository, event.branch)
    return f"{where} is at {event.sha[:7]}"

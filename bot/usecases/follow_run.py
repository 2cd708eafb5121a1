"""A host tells of its own CI: runs that begin and end, and pushes to the default branch."""

from bot.domain.policy import FILE
from bot.usecases.covered import covered
from bot.usecases.note_run import note_run
from bot.usecases.policy_tests import enqueue_push_tests
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers.events import Pushed, RunChanged

router = Router()


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

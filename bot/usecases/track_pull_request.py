"""A pull request gets a new head: results must find it, also when it comes from a fork."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.ci_runs import adopt_runs, runs_on
from bot.store.hosting import ensure_installation, find_pull_request, save_pull_request, save_repository
from bot.store.models import PullRequest, Repository
from bot.usecases.expect_verdict import enqueue_expecting
from bot.usecases.follow_fork import enqueue_fork
from bot.usecases.note_run import enqueue_read
from bot.usecases.policy_tests import enqueue_pull_tests
from bot.usecases.publishing import request_report
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers import values
from providers.events import PullRequestChanged

router = Router()


@router.on(PullRequestChanged)
async def track_pull_request(services: Services, provider: str, event: PullRequestChanged) -> str:
    """Notes the pull request as the host tells it."""
    told = event.pull_request
    if not event.installation:
        # Sent by a hook that somebody set up on the repository itself.
        return f"{told.repository.path}#{told.number} comes from no installation"
    owner = told.repository.path.partition("/")[0]
    async with services.database.write() as session:
        installation = await ensure_installation(session, provider, event.installation, owner)
        if not installation.active:
            return f"installation {event.installation} is not active"
        repository = await save_repository(
            session,
            installation.organization_id,
            provider,
            external_id=told.repository.id,
            path=told.repository.path,
            installation_id=installation.id,
        )
        row = await note_pull_request(session, services, repository, told)
        if row.open:
            # Its row may have been made before by what the host's CI told of its head.
            await enqueue_pull_tests(session, services, row)
    return f"{told.repository.path}#{told.number} is at {told.head_sha[:7]}"


async def note_pull_request(
    session: AsyncSession, services: Services, repository: Repository, told: values.PullRequest
) -> PullRequest:
    """Keeps what a host says of a pull request and sets going what follows; said again it changes nothing."""
    known = await find_pull_request(session, repository.id, number=told.number)
    before = known.head_sha if known is not None else ""
    row = await remember(session, repository, told, services.clock())
    runs = await adopt_runs(session, row) if row.open else ()
    for run in runs:
        await enqueue_read(session, services, run)
    fresh = row.open and before != row.head_sha
    if before not in ("", row.head_sha) or (fresh and await runs_on(session, repository.id, row.head_sha)):
        # Some hosts would show the old head's verdict for the new one.
        await request_report(session, services, row.organization_id, row.id)
    if fresh:
        await enqueue_expecting(session, services, row, services.clock())
        await enqueue_pull_tests(session, services, row)
        if row.from_fork:
            await enqueue_fork(session, services, row)
    return row


async def remember(
    session: AsyncSession, repository: Repository, told: values.PullRequest, at: datetime
) -> PullRequest:
    """Writes what a host says of a pull request into our own table; `at` is when it said so."""
    return await save_pull_request(
        session,
        repository,
        number=told.number,
        head_sha=told.head_sha,
        head_ref=told.head_ref,
        base_ref=told.base_ref,
        merge_sha=told.merge_sha,
        from_fork=told.from_fork,
        is_open=told.open,
        title=told.title,
        url=told.url,
        at=at,
        updated_at=told.updated_at,
    )

"""An installation comes, changes, pauses or goes: mapping it to an organization."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.hosting import audit, ensure_installation, remove_repositories, rename_owner, save_repositories
from bot.store.jobs import enqueue
from bot.store.models import Installation
from bot.usecases.covered import covered
from bot.usecases.forget_repositories import stop_work
from bot.usecases.router import Router
from bot.usecases.services import Services
from bot.usecases.take_up import take_up_again
from providers import values
from providers.events import InstallationAction, InstallationChanged, RepositoriesChanged, RepositoryMoved

router = Router()


@router.on(InstallationChanged)
async def change_installation(services: Services, provider: str, event: InstallationChanged) -> str:
    """Follows an installation's life; a deleted one takes its repositories along."""
    at = services.clock()
    async with services.database.write() as session:
        row = await ensure_installation(session, provider, event.installation, event.account.login, event.account.id)
        row.account, row.account_id = event.account.login, event.account.id
        if event.permissions:
            row.permissions = dict(event.permissions)
        match event.action:
            case InstallationAction.CREATED:
                row.deleted_at = row.suspended_at = None
                row.broken = ""
            case InstallationAction.UNSUSPENDED:
                row.suspended_at, row.broken = None, ""
            case InstallationAction.PERMISSIONS_ACCEPTED:
                row.broken = ""
            case InstallationAction.SUSPENDED:
                row.suspended_at = row.suspended_at or at
            case InstallationAction.DELETED:
                row.deleted_at = row.deleted_at or at
                await remove_repositories(session, row.id, None, at)
                await stop_work(session, services, row)
        await _cover(session, row, event.repositories or ())
        if row.active:
            await take_up_again(session, services, row.organization_id)
            await _enqueue_inspection(session, services, row)
        audit(
            session,
            row.organization_id,
            f"{provider}:{event.account.login}",
            f"installation.{event.action}",
            event.installation,
        )
    return f"installation {event.installation} of {event.account.login}: {event.action}"


@router.on(RepositoriesChanged)
async def change_repositories(services: Services, provider: str, event: RepositoriesChanged) -> str:
    """Adds and removes what an installation covers, and follows its account to a new name."""
    async with services.database.write() as session:
        row = await ensure_installation(session, provider, event.installation, event.account.login, event.account.id)
        await _follow(session, row, event.account)
        await _cover(session, row, event.added)
        if event.added and row.active:
            await take_up_again(session, services, row.organization_id)
        if event.removed:
            await remove_repositories(session, row.id, [told.id for told in event.removed], services.clock())
            await stop_work(session, services, row)
    return f"{len(event.added)} repositories added, {len(event.removed)} removed"


@router.on(RepositoryMoved)
async def move_repository(services: Services, provider: str, event: RepositoryMoved) -> str:
    """Follows a repository to its new path; it is known by the host's id."""
    told = event.repository
    async with services.database.write() as session:
        row = await covered(session, provider, event.installation, told) if event.installation else None
    return f"repository {told.id} is {told.path}" if row is not None else f"{told.path} comes from no installation"


async def _enqueue_inspection(session: AsyncSession, services: Services, row: Installation) -> None:
    await enqueue(
        session,
        "inspect_installation",
        {"installation_id": row.id},
        organization_id=row.organization_id,
        dedupe_key=f"inspect:{row.id}",
        exclusive_key=f"inspect:{row.id}",
        now=services.clock(),
    )


async def _follow(session: AsyncSession, row: Installation, told: values.Account) -> None:
    """Takes another name for a new one only of the same account, by the host's id; where it tells none, nothing."""
    if not told.login or not told.id or told.id != (row.account_id or told.id):
        return
    row.account_id = told.id
    if row.account != told.login:
        audit(session, row.organization_id, f"{row.provider}:{told.login}", "installation.renamed", row.external_id)
        await rename_owner(session, row, told.login)


async def _cover(session: AsyncSession, row: Installation, told: tuple[values.Repository, ...]) -> None:
    if row.active:
        await save_repositories(session, row, {repository.id: repository.path for repository in told})

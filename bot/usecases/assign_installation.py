"""An installation is given to another organization, together with the repositories that it covers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import (
    CiRun,
    IgnoredFinding,
    Installation,
    MergeGroup,
    Organization,
    Publication,
    PullRequest,
    Quarantined,
    Repository,
    TestCycle,
)
from bot.store.sealed import HOOK_SECRET
from bot.store.vault import Vault
from bot.usecases.administer import find_organization
from bot.usecases.errors import Conflict, Missing


@dataclass(frozen=True, slots=True)
class Listed:
    """An installation with its organization and the number of repositories that it covers now."""

    installation: Installation
    organization: Organization
    repositories: int


async def list_installations(database: Database, organization: str | None) -> Sequence[Listed]:
    """Lists the installations of one organization or of all, the removed ones too. Raises Missing."""
    covered = (
        select(func.count())
        .where(Repository.installation_id == Installation.id, Repository.removed_at.is_(None))
        .scalar_subquery()
    )
    query = select(Installation, Organization, covered).join(Organization)
    async with database.read() as session:
        if organization is not None:
            query = query.where(Installation.organization_id == (await find_organization(session, organization)).id)
        rows = await session.execute(query.order_by(Organization.name, Installation.id))
        return [Listed(installation, owner, count) for installation, owner, count in rows]


async def assign_installation(
    database: Database,
    open_vault: Callable[[], Vault],
    installation_id: str,
    organization: str,
    *,
    actor: str,
    at: datetime,
) -> Listed:
    """Moves an installation. Its former organization keeps its test cycles, but nothing more is told of them.

    Raises Missing, Conflict when it is the hook of an integration, and VaultError when it has a secret that can't be
    sealed anew.
    """
    async with database.write() as session:
        query = select(Installation).where(Installation.id == installation_id).with_for_update()
        installation = await session.scalar(query)
        if installation is None:
            raise Missing(
                f"there is no installation with the id {installation_id!r}: `agnox installation list` shows the ids"
            )
        if installation.integration_id is not None:
            raise Conflict(
                "it speaks with the credential of its organization's integration: remove it, and add it to the other"
            )
        owner = await find_organization(session, organization)
        former = await session.get_one(Organization, installation.organization_id)
        if former.id != owner.id:
            await _move(session, installation, owner, open_vault, at)
            subject = f"{installation.provider} {installation.external_id} from {former.name} to {owner.name}"
            for witness in (former, owner):
                audit(session, witness.id, actor, "installation.assigned", subject)
        covered = select(func.count()).where(
            Repository.installation_id == installation.id, Repository.removed_at.is_(None)
        )
        return Listed(installation, owner, await session.scalar(covered) or 0)


async def _move(
    session: AsyncSession,
    installation: Installation,
    owner: Organization,
    open_vault: Callable[[], Vault],
    at: datetime,
) -> None:
    former_id = installation.organization_id
    secret = HOOK_SECRET.open(open_vault(), installation) if installation.hook_secret is not None else None
    installation.organization_id = owner.id
    if secret is not None:
        HOOK_SECRET.seal(open_vault(), installation, secret)
    await _move_repositories(session, installation, owner, at)
    await session.flush()

    mine = select(Repository.id).where(
        Repository.installation_id == installation.id, Repository.organization_id == owner.id
    )
    pulls = select(PullRequest.id).where(PullRequest.repository_id.in_(mine))
    for statement in (
        update(Publication).where(Publication.subject.in_(pulls)).values(organization_id=owner.id),
        update(PullRequest).where(PullRequest.repository_id.in_(mine)).values(organization_id=owner.id),
        update(Quarantined).where(Quarantined.repository_id.in_(mine)).values(organization_id=owner.id),
        update(IgnoredFinding).where(IgnoredFinding.pull_request_id.in_(pulls)).values(organization_id=owner.id),
        # The former organization's results must not be told to the new one.
        update(TestCycle)
        .where(TestCycle.repository_id.in_(mine), TestCycle.organization_id == former_id)
        .values(repository_id=None, pull_request_id=None, problem="its repository was given to another organization"),
        # The host tells them again; what was read of them stays with the former organization's cycles.
        delete(CiRun).where(CiRun.repository_id.in_(mine)),
        delete(MergeGroup).where(MergeGroup.repository_id.in_(mine)),
    ):
        await session.execute(statement, execution_options={"synchronize_session": False})


async def _move_repositories(
    session: AsyncSession, installation: Installation, owner: Organization, at: datetime
) -> None:
    """Gives the repositories to the new owner; where it has the same one already, by a token, that one stays."""
    theirs = {
        row.external_id: row
        for row in await session.scalars(
            select(Repository).where(
                Repository.organization_id == owner.id, Repository.provider == installation.provider
            )
        )
    }
    covered = select(Repository).where(Repository.installation_id == installation.id)
    for row in await session.scalars(covered):
        kept = theirs.get(row.external_id)
        if kept is None:
            row.organization_id = owner.id
        else:
            kept.path, kept.path_key, kept.removed_at = row.path, row.path_key, row.removed_at
            kept.installation_id = installation.id
            row.installation_id, row.removed_at = None, row.removed_at or at

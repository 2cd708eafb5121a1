"""Queries on what git hosts told us: installations, repositories, pull requests."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AuditEntry, Installation, Integration, Organization, PullRequest, Repository


async def ensure_installation(
    session: AsyncSession, provider: str, external_id: str, account: str, account_id: str = ""
) -> Installation:
    """Finds an installation, or makes it with an organization of its own named after the account.

    An organization that only happens to have the account's name is never joined: a name proves nothing.
    """
    row = await session.scalar(
        select(Installation).where(Installation.provider == provider, Installation.external_id == external_id)
    )
    if row is not None:
        return row
    organization_id = await _organization_of(session, provider, account_id) if account_id else None
    if organization_id is None:
        organization_id = await _make_organization(session, provider, external_id, account)
    row = Installation(
        organization_id=organization_id,
        provider=provider,
        external_id=external_id,
        account=account,
        account_id=account_id,
        permissions={},
    )
    session.add(row)
    await session.flush()
    audit(session, row.organization_id, f"{provider}:{account}", "installation.linked", external_id)
    return row


async def _organization_of(session: AsyncSession, provider: str, account_id: str) -> str | None:
    """Finds where the same account was installed before; the host proves its id, unlike a name."""
    return await session.scalar(
        select(Installation.organization_id)
        .where(Installation.provider == provider, Installation.account_id == account_id)
        .order_by(Installation.created_at.desc())
        .limit(1)
    )


async def _make_organization(session: AsyncSession, provider: str, external_id: str, account: str) -> str:
    name = account or f"{provider} {external_id}"
    if await session.scalar(select(Organization.id).where(Organization.name == name)):
        name = f"{name} ({provider} installation {external_id})"
    organization = Organization(name=name)
    session.add(organization)
    await session.flush()
    return organization.id


async def find_installation(session: AsyncSession, provider: str, external_id: str) -> Installation | None:
    return await session.scalar(
        select(Installation).where(Installation.provider == provider, Installation.external_id == external_id)
    )


async def find_integration(session: AsyncSession, organization_id: str, provider: str) -> Integration | None:
    """Finds an organization's own access to a host, if it is enabled."""
    return await session.scalar(
        select(Integration).where(
            Integration.organization_id == organization_id, Integration.provider == provider, Integration.enabled
        )
    )


async def unchecked_integrations(session: AsyncSession, *, before: datetime) -> Sequence[Integration]:
    """Gives the enabled integrations that nobody has looked at since."""
    return (
        await session.scalars(
            select(Integration).where(
                Integration.enabled, or_(Integration.checked_at.is_(None), Integration.checked_at < before)
            )
        )
    ).all()


async def save_repository(
    session: AsyncSession,
    organization_id: str,
    provider: str,
    *,
    external_id: str,
    path: str,
    installation_id: str | None,
) -> Repository:
    """Adds a repository or follows its rename; one that was removed is there again."""
    row = await session.scalar(
        select(Repository).where(
            Repository.organization_id == organization_id,
            Repository.provider == provider,
            Repository.external_id == external_id,
        )
    )
    if row is None:
        row = Repository(organization_id=organization_id, provider=provider, external_id=external_id)
        session.add(row)
    # Some events only name the id.
    row.path = path or row.path or ""
    row.path_key = row.path.lower()
    row.installation_id = installation_id or row.installation_id
    row.removed_at = None
    await session.flush()
    return row


async def save_repositories(session: AsyncSession, installation: Installation, paths: Mapping[str, str]) -> None:
    """Adds or updates what an installation covers; `paths` by the host's id, any number of them."""
    known = {
        row.external_id: row
        for row in await session.scalars(
            select(Repository).where(
                Repository.organization_id == installation.organization_id,
                Repository.provider == installation.provider,
            )
        )
    }
    for external_id, path in paths.items():
        row = known.get(external_id)
        if row is None:
            row = Repository(
                organization_id=installation.organization_id, provider=installation.provider, external_id=external_id
            )
            session.add(row)
        row.path, row.path_key = path, path.lower()
        row.installation_id, row.removed_at = installation.id, None
    await session.flush()


async def rename_owner(session: AsyncSession, installation: Installation, account: str) -> None:
    """Follows the account of an installation to its new name, and with it the paths of all its repositories.

    At once and not with their next deliveries: under the old name there may be somebody else by then.
    """
    before = f"{installation.account}/"
    installation.account = account
    query = select(Repository).where(
        Repository.installation_id == installation.id,
        Repository.path_key.startswith(before.lower(), autoescape=True),
    )
    for row in await session.scalars(query):
        row.path = f"{account}/{row.path[len(before) :]}"
        row.path_key = row.path.lower()
    await session.flush()


async def remove_repositories(
    session: AsyncSession, installation_id: str, external_ids: list[str] | None, at: datetime
) -> None:
    """Marks repositories as no longer covered; None means all of the installation."""
    query = update(Repository).where(Repository.installation_id == installation_id, Repository.removed_at.is_(None))
    if external_ids is not None:
        query = query.where(Repository.external_id.in_(external_ids))
    await session.execute(query.values(removed_at=at))


async def find_repository(
    session: AsyncSession, organization_id: str, provider: str, path: str, external_id: str = ""
) -> Repository | None:
    """Finds an organization's repository by the host's id, or by its path, without case; a covered one comes first.

    Of an id with several parts (`project/repository`) the last one will do.
    """
    last = Repository.external_id.endswith(f"/{external_id}", autoescape=True)
    named = or_(Repository.external_id == external_id, last) if external_id else Repository.path_key == path.lower()
    return await session.scalar(
        select(Repository)
        .where(Repository.organization_id == organization_id, Repository.provider == provider, named)
        .order_by(Repository.removed_at.is_not(None), Repository.created_at.desc())
        .limit(1)
    )


async def shelve_repositories(session: AsyncSession, integration: Integration, at: datetime) -> None:
    """Sets aside what was reached by an integration that goes: another instance counts its repositories anew."""
    mark = _shelf(integration)
    by_app = select(Installation.id).where(Installation.integration_id.is_(None))
    query = _reached_by(integration).where(
        or_(Repository.installation_id.is_(None), Repository.installation_id.not_in(by_app))
    )
    for row in await session.scalars(query):
        row.external_id, row.path_key = f"{row.external_id[:200]}{mark}", f"{row.path_key[:400]}{mark}"
        row.removed_at = row.removed_at or at
    await session.flush()


async def unshelve_repositories(session: AsyncSession, integration: Integration) -> None:
    """Takes up again what was set aside when the same instance was left."""
    mark = _shelf(integration)
    for row in await session.scalars(_reached_by(integration).where(Repository.external_id.endswith(mark))):
        row.external_id, row.path_key = row.external_id.removesuffix(mark), row.path_key.removesuffix(mark)
        row.removed_at = None
    await session.flush()


def _reached_by(integration: Integration) -> Select[Repository]:
    return select(Repository).where(
        Repository.organization_id == integration.organization_id, Repository.provider == integration.provider
    )


def _shelf(integration: Integration) -> str:
    return f"@{hashlib.sha256(integration.base_url.lower().encode()).hexdigest()[:16]}"


async def find_pull_request(
    session: AsyncSession,
    repository_id: str,
    *,
    number: int | None = None,
    sha: str | None = None,
    lock: bool = False,
) -> PullRequest | None:
    """Finds a pull request by its number, or the newest open one by its head."""
    query = select(PullRequest).where(PullRequest.repository_id == repository_id)
    if number is not None:
        query = query.where(PullRequest.number == number)
    else:
        query = query.where(PullRequest.head_sha == sha, PullRequest.open).order_by(PullRequest.number.desc())
    return await session.scalar(query.limit(1).with_for_update() if lock else query.limit(1))


async def save_pull_request(
    session: AsyncSession,
    repository: Repository,
    *,
    number: int,
    head_sha: str,
    head_ref: str,
    base_ref: str,
    merge_sha: str,
    from_fork: bool,
    is_open: bool,
    title: str,
    url: str,
    at: datetime,
    updated_at: str = "",
) -> PullRequest:
    """Adds or updates a pull request; news older than what we have are passed over.

    `updated_at` is the host's own ISO 8601 time of the news, empty when the host tells none; `at` is when we got them.
    """
    row = await find_pull_request(session, repository.id, number=number, lock=True)
    if row is None:
        row = PullRequest(
            organization_id=repository.organization_id,
            repository_id=repository.id,
            number=number,
            head_sha="",
            pushes=0,
            host_updated_at="",
        )
        session.add(row)
    elif updated_at and row.host_updated_at > updated_at:
        return row
    if row.head_sha and row.head_sha != head_sha:
        row.pushes += 1
    if row.head_sha != head_sha:
        row.head_at = max(at, _time(updated_at) or at)
    row.head_sha, row.head_ref, row.base_ref, row.merge_sha = head_sha, head_ref[:255], base_ref[:255], merge_sha
    row.from_fork, row.open, row.title, row.url = from_fork, is_open, title, url
    row.host_updated_at = updated_at or row.host_updated_at
    await session.flush()
    return row


def _time(text: str) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if told.tzinfo else None


async def find_access(session: AsyncSession, repository: Repository) -> Installation | Integration | None:
    """Finds what a repository is reached by: the installation of an app, else its organization's credential."""
    if repository.installation_id is not None:
        installation = await session.get(Installation, repository.installation_id)
        if installation is not None and installation.integration_id is None:
            return installation
    return await find_integration(session, repository.organization_id, repository.provider)


async def mark_broken(session: AsyncSession, repository: Repository, problem: str) -> None:
    """Leaves on the access that a repository is reached by why the host refuses us; empty when it works again."""
    access = await find_access(session, repository)
    if access is not None and access.broken != problem:
        access.broken = problem


def audit(session: AsyncSession, organization_id: str | None, actor: str, action: str, subject: str = "") -> None:
    """Notes who changed what, in the transaction of the change."""
    session.add(
        AuditEntry(organization_id=organization_id, actor=actor[:255], action=action, subject=subject[:512], details={})
    )

"""Organizations, their projects and API keys: made, listed and revoked by whoever runs the bot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import is_id, new_id
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.keys import make_key
from bot.store.models import ApiKey, Base, Organization, Project
from bot.usecases.errors import Conflict, Invalid, Missing


async def create_organization(database: Database, name: str, *, actor: str) -> Organization:
    """Raises Invalid, and Conflict when the name is taken."""
    row = Organization(id=new_id(), name=clean_name("organization", name))
    async with database.write() as session:
        await insert(session, row, f"there is already an organization {row.name!r}")
        audit(session, row.id, actor, "organization.created", row.name)
    return row


async def list_organizations(database: Database) -> Sequence[Organization]:
    async with database.read() as session:
        return (await session.scalars(select(Organization).order_by(Organization.name))).all()


async def create_project(database: Database, organization: str, name: str, *, actor: str) -> Project:
    """Makes a project of the organization with that name or id. Raises Invalid, Missing and Conflict."""
    name = clean_name("project", name)
    async with database.write() as session:
        owner = await find_organization(session, organization)
        row = Project(id=new_id(), organization_id=owner.id, name=name)
        await insert(session, row, f"{owner.name} already has a project {name!r}")
        audit(session, owner.id, actor, "project.created", name)
    return row


async def list_projects(database: Database, organization: str | None) -> Sequence[tuple[Project, Organization]]:
    """Lists the projects of one organization or of all."""
    query = select(Project, Organization).join(Organization, Organization.id == Project.organization_id)
    async with database.read() as session:
        if organization is not None:
            query = query.where(Project.organization_id == (await find_organization(session, organization)).id)
        rows = await session.execute(query.order_by(Organization.name, Project.name))
        return [(project, owner) for project, owner in rows]


async def create_api_key(
    database: Database, organization: str, project: str | None, name: str, *, actor: str
) -> tuple[ApiKey, str]:
    """Makes a key for an organization or for one project of it; gives the row and the key, which is not kept.

    Raises Invalid and Missing.
    """
    key = make_key()
    async with database.write() as session:
        owner = await find_organization(session, organization)
        target = await _find_project(session, owner, project) if project is not None else None
        row = ApiKey(
            id=new_id(),
            organization_id=owner.id,
            project_id=target.id if target else None,
            name=clean_name("API key", name) if name else "",
            prefix=key.prefix,
            digest=key.digest,
        )
        session.add(row)
        audit(session, owner.id, actor, "api_key.created", f"{row.prefix} {row.name}".strip())
    return row, key.text


async def list_api_keys(
    database: Database, organization: str | None
) -> Sequence[tuple[ApiKey, Organization, Project | None]]:
    """Lists the keys of one organization or of all, the revoked ones too."""
    query = (
        select(ApiKey, Organization, Project)
        .join(Organization, Organization.id == ApiKey.organization_id)
        .outerjoin(Project, Project.id == ApiKey.project_id)
    )
    async with database.read() as session:
        if organization is not None:
            query = query.where(ApiKey.organization_id == (await find_organization(session, organization)).id)
        rows = await session.execute(query.order_by(Organization.name, ApiKey.id))
        return [(key, owner, project) for key, owner, project in rows]


async def revoke_api_key(database: Database, key_id: str, *, actor: str, at: datetime) -> ApiKey:
    """Ends a key for good; one that is revoked already stays as it is. Raises Missing."""
    async with database.write() as session:
        row = await session.get(ApiKey, key_id)
        if row is None:
            raise Missing(f"there is no API key with the id {key_id!r}: `agnox apikey list` shows the ids")
        if row.revoked_at is None:
            row.revoked_at = at
            audit(session, row.organization_id, actor, "api_key.revoked", f"{row.prefix} {row.name}".strip())
    return row


async def insert(session: AsyncSession, row: Base, taken: str) -> None:
    """Adds a row at once. Raises Conflict that says `taken` when there is such a one already."""
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(taken) from None


async def find_organization(session: AsyncSession, name: str) -> Organization:
    """Finds an organization by its id or name. Raises Missing."""
    # An account of a git host may be named like somebody else's id: the id wins.
    query = select(Organization).where(or_(Organization.name == name, Organization.id == name))
    found = await session.scalar(query.order_by(Organization.id != name).limit(1))
    if found is None:
        raise Missing(f"there is no organization {name!r}: create it with `agnox org create`")
    return found


async def _find_project(session: AsyncSession, owner: Organization, name: str) -> Project:
    query = select(Project).where(Project.organization_id == owner.id, or_(Project.name == name, Project.id == name))
    found = await session.scalar(query)
    if found is None:
        raise Missing(f"{owner.name} has no project {name!r}: create it with `agnox project create`")
    return found


def clean_name(kind: str, name: str) -> str:
    """Trims a name. Raises Invalid when it is empty, too long, unprintable, or could be taken for an id."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 255 or not name.isprintable() or is_id(name):
        raise Invalid(f"the name of the {kind} must have 1 to 255 printable characters and not look like an id")
    return name

"""What holds for all repositories of an organization where their own `.agnox.yml` says nothing."""

from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import Policy, PolicyErrors, parse
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import Organization
from bot.usecases.administer import find_organization


async def organization_policy(session: AsyncSession, organization_id: str) -> Policy:
    """Gives an organization's defaults; our own where it has none, or has what this version can't read."""
    text = await session.scalar(select(Organization.policy).where(Organization.id == organization_id))
    return _parsed(text) if text else Policy()


async def read_organization_policy(database: Database, organization: str) -> str:
    """Gives the text, empty when there is none. Raises Missing."""
    async with database.read() as session:
        return (await find_organization(session, organization)).policy


async def set_organization_policy(database: Database, organization: str, data: bytes, *, actor: str) -> Organization:
    """Replaces the defaults of an organization; no data takes them away. Raises Missing, and PolicyErrors."""
    parse(data)
    async with database.write() as session:
        row = await find_organization(session, organization)
        row.policy = data.decode("utf-8-sig")
        audit(session, row.id, actor, "organization.policy", f"{len(data)} bytes" if data else "removed")
    return row


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> Policy:
    try:
        return parse(text.encode())
    except PolicyErrors:
        # It was whole when it was set; an older version of the bot may not know all of it.
        return Policy()

"""What is and was in quarantine in a repository, for whoever runs the bot."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.models import Quarantined, Repository
from bot.store.places import covered_repositories
from bot.store.quarantine import decisions
from bot.usecases.administer import find_organization
from bot.usecases.errors import Invalid, Missing

_MOST = 1_000


async def find_repository(session: AsyncSession, organization: str, name: str) -> Repository:
    """Finds a repository by its path, after its host and a colon where several hosts have that path.

    Raises Missing, and Invalid where it is not clear which one is meant.
    """
    owner = await find_organization(session, organization)
    host, _, path = name.rpartition(":")
    rows = await covered_repositories(session, owner.id, path.strip("/"), host.lower() or None)
    if not rows:
        raise Missing(f"{owner.name} has no repository {name!r}")
    if len(rows) > 1:
        raise Invalid(f"say which one: {', '.join(sorted(f'{row.provider}:{row.path}' for row in rows))}")
    return rows[0]


async def list_quarantine(database: Database, organization: str, repository: str) -> Sequence[Quarantined]:
    """Gives the newest first, also what has ended. Raises Missing and Invalid."""
    async with database.read() as session:
        row = await find_repository(session, organization, repository)
        return await decisions(session, row.id, limit=_MOST)

"""Where a project's runner is told to run tests again: set and taken away by whoever runs the bot."""

import secrets

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import Project
from bot.store.sealed import RERUN_SECRET
from bot.store.vault import Vault
from bot.usecases.administer import find_organization
from bot.usecases.errors import Invalid, Missing
from bot.usecases.runner_hook import check_runner_url

_SHORTEST = 16
_LONGEST = 4096


async def set_runner_hook(
    database: Database,
    vault: Vault,
    organization: str,
    name: str,
    url: str,
    secret: str = "",
    *,
    plain: bool = False,
    actor: str,
) -> tuple[Project, str]:
    """Keeps address and secret, in the place of earlier ones; makes a secret if none is given, and gives it then.

    `plain` lets the way to it be unencrypted. Raises Invalid, Missing and VaultError.
    """
    try:
        url = check_runner_url(url, plain=plain)
    except ValueError as error:
        raise Invalid(str(error)) from None
    if secret and not (_SHORTEST <= len(secret) <= _LONGEST and secret.isprintable()):
        raise Invalid(f"the secret must have {_SHORTEST} to {_LONGEST} printable characters")
    made = "" if secret else secrets.token_urlsafe(32)
    async with database.write() as session:
        project = await _find(session, organization, name)
        project.rerun_url = url
        RERUN_SECRET.seal(vault, project, secret or made)
        audit(session, project.organization_id, actor, "project.rerun_hook_set", f"{project.name} {url}")
    return project, made


async def remove_runner_hook(database: Database, organization: str, name: str, *, actor: str) -> Project:
    """Forgets address and secret; none there is no error. Raises Missing."""
    async with database.write() as session:
        project = await _find(session, organization, name)
        project.rerun_url, project.rerun_secret = "", None
        audit(session, project.organization_id, actor, "project.rerun_hook_removed", project.name)
    return project


async def _find(session: AsyncSession, organization: str, name: str) -> Project:
    owner = await find_organization(session, organization)
    query = select(Project).where(Project.organization_id == owner.id, or_(Project.name == name, Project.id == name))
    project = await session.scalar(query.limit(1))
    if project is None:
        raise Missing(f"{owner.name} has no project {name!r}: `agnox project list` shows them")
    return project

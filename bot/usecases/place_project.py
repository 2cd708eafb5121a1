"""Where testing nodes run a project's tests: said by whoever runs the bot."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from bot.domain.labels import read_labels, written
from bot.node.executors import KINDS
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import Project
from bot.usecases.administer import find_organization
from bot.usecases.choose_executor import AGNOX
from bot.usecases.errors import Invalid, Missing

AUTO = "auto"
_CHOICES = (AUTO, *sorted((AGNOX, *KINDS)))


async def place_project(
    database: Database,
    organization: str,
    name: str,
    executor: str | None,
    labels: Sequence[str] | None,
    *,
    actor: str,
) -> Project:
    """Sets executor and labels; None leaves what is there, `auto` is no executor of its own.

    Raises Invalid and Missing.
    """
    if executor is not None and executor not in _CHOICES:
        raise Invalid(f"there is no executor {executor[:40]!r}; there are {', '.join(_CHOICES)}")
    try:
        wanted = None if labels is None else written(read_labels(labels))
    except ValueError as error:
        raise Invalid(str(error)) from None
    async with database.write() as session:
        owner = await find_organization(session, organization)
        query = select(Project).where(
            Project.organization_id == owner.id, or_(Project.name == name, Project.id == name)
        )
        project = await session.scalar(query.limit(1))
        if project is None:
            raise Missing(f"{owner.name} has no project {name!r}: `agnox project list` shows them")
        if executor is not None:
            project.executor = "" if executor == AUTO else executor
        if wanted is not None:
            project.labels = wanted
        told = f"{project.name} executor={project.executor or AUTO} labels={project.labels}"
        audit(session, owner.id, actor, "project.placed", told)
    return project

"""What a client's CI context means here: which provider, and which repository on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ci_values import shown
from bot.domain.context import RUNNERS, CiContext, runner_of
from bot.store.hosting import find_repository
from bot.store.models import Repository
from bot.store.places import covered_repositories, instances
from bot.usecases.errors import Invalid
from bot.usecases.publishing import provider_of
from bot.usecases.services import Services
from providers import values
from providers.factory import Registry

_SHOWN = 64


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field of a request, by the path that the client wrote, and what is wrong with it."""

    field: str
    message: str


class InvalidFields(Invalid):
    """Fields of a request are wrong; each has a problem of its own."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(f"{problems[0].field} {problems[0].message}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Resolved:
    """A context in the one form that is stored; `warnings` say why no report can appear on a pull request."""

    context: CiContext | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as a CI named it, and our own row of it."""

    told: values.Repository
    row: Repository | None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.row.path if self.row else self.told.path or self.told.id


async def resolve_context(
    services: Services, organization_id: str, context: CiContext | None, field: str = "ciContext"
) -> Resolved:
    """Finds the provider and repository of a context without asking a host; `field` is what the client calls it.

    Raises InvalidFields.
    """
    if context is None:
        return Resolved(None, ("no ciContext: the result is kept here and reported nowhere else",))
    registry = services.registry
    async with services.database.read() as session:
        addresses = await instances(session, organization_id)
        known = registry.knowing(context.repository, addresses.items()) if context.repository else None
        provider = provider_of(context, registry, known)
        problems = _unknown_names(registry, context, provider)
        place = None
        if provider is not None and context.repository:
            try:
                place = await find_place(session, registry, organization_id, provider, context.repository)
                alone = place.row is None and not context.scm and not known
                if alone and registry.builds_elsewhere(provider):
                    provider, place = await _elsewhere(session, organization_id, provider, place)
            except ValueError as error:
                problems.append(FieldProblem("repository", _cut(str(error), context.repository)))
    if problems:
        raise InvalidFields(*(FieldProblem(f"{field}.{each.field}", each.message) for each in problems))
    context = _normalised(registry, context, provider, place)
    return Resolved(context, _warnings(context, provider, place, addresses))


async def find_place(
    session: AsyncSession, registry: Registry, organization_id: str, provider: str, named: str
) -> Place:
    """Reads what a CI calls a repository and looks it up in our own table. Raises ValueError."""
    base_url = (await instances(session, organization_id)).get(provider, "")
    try:
        told = registry.get(provider).read_repository(named, base_url)
    except ValueError:
        # Some CIs tell no more than the last word of its path.
        rows = [] if "/" in named else await covered_repositories(session, organization_id, named, provider)
        if len(rows) != 1:
            raise
        return _at(rows[0])
    if not (told.path + told.id).isprintable():
        raise ValueError(f"{shown(named)} holds characters that no repository's name has")
    if not told.id and "/" not in told.path:
        rows = await covered_repositories(session, organization_id, told.path, provider)
        return _at(rows[0]) if len(rows) == 1 else Place(told, None)
    return Place(told, await find_repository(session, organization_id, provider, told.path, told.id))


async def _elsewhere(session: AsyncSession, organization_id: str, provider: str, place: Place) -> tuple[str, Place]:
    """Looks for a repository that only our own table tells to be on another host than the one whose CI built it."""
    if place.told.id or "/" not in place.told.path:
        return provider, place
    rows = await covered_repositories(session, organization_id, place.told.path)
    return (rows[0].provider, _at(rows[0])) if len(rows) == 1 else (provider, place)


def _at(row: Repository) -> Place:
    return Place(values.Repository(row.external_id, row.path), row)


def _cut(message: str, named: str) -> str:
    return message.replace(named, f"{named[:_SHOWN]}…") if len(named) > _SHOWN else message


def _unknown_names(registry: Registry, context: CiContext, provider: str | None) -> list[FieldProblem]:
    names = ", ".join(registry.names)
    if context.scm is not None and provider is None:
        return [FieldProblem("scm", f"{shown(context.scm)} is not a provider; known are {names}")]
    if provider is not None or runner_of(context.source):
        return []
    wanted = (
        f"send a provider ({names}), a runner ({', '.join(sorted(RUNNERS))}), "
        "or any name together with scm naming the provider"
    )
    return [FieldProblem("source", f"{shown(context.source)} is not known; {wanted}")]


def _normalised(registry: Registry, context: CiContext, provider: str | None, place: Place | None) -> CiContext:
    source = registry.canonical(context.source) or runner_of(context.source) or context.source
    told = {"source": source, "scm": provider if context.scm or provider != source else None}
    if place is not None:
        told["repository"] = (place.row.path if place.row else place.told.path) or place.told.id
    return context.model_copy(update=told)


def _warnings(
    context: CiContext, provider: str | None, place: Place | None, addresses: Mapping[str, str]
) -> tuple[str, ...]:
    """Says at once why no report can appear on a pull request."""
    if provider is None:
        where = f" and {context.repository} is on none that is known here" if context.repository else ""
        what = "scm" if context.repository else "scm and repository"
        return (f"{context.source} is no git host{where}: send {what} to get a report on a pull request",)
    if place is None:
        return ("ciContext.repository is missing: the result is kept here and reported nowhere else",)
    if context.pr_number is None and context.commit_sha is None:
        return ("ciContext has neither prNumber nor commitSha: there is nothing to report on",)
    if place.row is None and provider not in addresses:
        return (f"no {provider} installation of this organization covers {place.name} yet",)
    return ()

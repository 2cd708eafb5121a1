"""What we believe of pull requests is held against their host, which catches what was never sent."""

import logging
from datetime import datetime, timedelta

from bot.store.jobs import enqueue
from bot.store.models import PullRequest, Repository
from bot.store.quarantine import open_pull_requests
from bot.store.rounds import stale_repositories
from bot.usecases.connect import Unconnected, connect
from bot.usecases.note_run import enqueue_asking
from bot.usecases.rounds import EVERY, come_again
from bot.usecases.services import Services
from bot.usecases.track_pull_request import note_pull_request
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable
from providers.interface import CiProvider

logger = logging.getLogger(__name__)

ACTIVE = timedelta(days=30)
"""Repositories in which nothing happened for so long are left alone."""
FRESH = timedelta(days=3)
"""The CI of pull requests that are new to us is only asked after if something happened on them since."""
_AT_ONCE = 500
"""Repositories of one round."""
_SPREAD = timedelta(minutes=30)
"""Over which the repositories of a round are spread."""
_VANISHED = 20
"""Pull requests that are not among the open ones any more and are read one by one."""
_LISTED = 300
"""So many open ones are listed at most: then what is missing may be open as well."""


async def reconcile(services: Services) -> None:
    """Has each repository that is in use looked at once in a while."""
    at = services.clock()
    async with services.database.write() as session:
        rows = await stale_repositories(session, looked_before=at - EVERY, active_since=at - ACTIVE, limit=_AT_ONCE)
        for place, row in enumerate(rows):
            await enqueue(
                session,
                "reconcile_repository",
                {"repository_id": row.id},
                organization_id=row.organization_id,
                dedupe_key=f"reconcile:{row.id}",
                exclusive_key=f"reconcile:{row.id}",
                delay=_SPREAD * place / len(rows),
                now=at,
            )
        await come_again(session, services, "reconcile")


async def reconcile_repository(services: Services, repository_id: str) -> None:
    """Follows the open pull requests of a repository with one call, and one more for each that is open no more.

    Comments that were never sent are not looked for: a command is of the moment. Raises RateLimited and Unavailable.
    """
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
        if repository is None or repository.removed_at is not None:
            return
        known = {row.number: row for row in await open_pull_requests(session, repository_id)}
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        return
    where = values.Repository(repository.external_id, repository.path)
    try:
        told = list(await provider.open_pull_requests(where)) if provider.capabilities.runs else []
        if provider.capabilities.runs and len(told) < _LISTED:
            told += await _vanished(provider, where, known, {pull.number for pull in told})
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        logger.warning("%s can't be held against %s: %s", repository.path, provider.name, words_of(refusal))
        told = []
    async with services.database.write() as session:
        repository = await session.get_one(Repository, repository_id)
        for pull in told:
            before = known.get(pull.number)
            row = await note_pull_request(session, services, repository, pull)
            missed = before.head_sha != row.head_sha if before is not None else _is_fresh(pull, services.clock())
            if row.open and missed:
                await enqueue_asking(session, services, repository, row.head_sha, timedelta(0), "reconcile")
        # At the end: those who hold a run wait for its repository, and never the other way round.
        repository.reconciled_at = services.clock()


def _is_fresh(pull: values.PullRequest, at: datetime) -> bool:
    """Tells whether something happened on one that is new to us: what stood still before we came wants no report."""
    try:
        told = datetime.fromisoformat(pull.updated_at)
    except ValueError:
        return True
    return told.tzinfo is None or at - told < FRESH


async def _vanished(
    provider: CiProvider, where: values.Repository, known: dict[int, PullRequest], listed: set[int]
) -> list[values.PullRequest]:
    gone = [row for number, row in known.items() if number not in listed]
    found: list[values.PullRequest] = []
    for row in gone[:_VANISHED]:
        try:
            found.append(await provider.get_pull_request(where, row.number))
        except NotFound:
            logger.info("%s#%d is gone from %s", where.path, row.number, provider.name)
    return found

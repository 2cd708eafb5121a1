"""Runs whose end nobody told us are asked after, so that nothing waits for ever."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.store.ci_runs import pulls_at, runs_of
from bot.store.models import CiRun, PullRequest, Repository
from bot.usecases.connect import Unconnected, connect
from bot.usecases.note_run import ENDS, PATIENCE, enqueue_asking, enqueue_read, heard_at, note_run, patience
from bot.usecases.publishing import request_head
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers import runs, values
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable
from providers.interface import CiProvider
from providers.runs import RunState

logger = logging.getLogger(__name__)

GIVEN_UP = timedelta(hours=24)
"""After so long nobody waits for the end of a run any more."""


async def ask_after_runs(services: Services, repository_id: str, sha: str, reason: str = "") -> None:
    """Asks the host how far the open runs on a commit are, and for those that it never told of; then goes on waiting.

    Soon after the last news only the open runs are asked for, one by one; where none is, the rest has time.
    RateLimited and Unavailable are raised.
    """
    now = services.clock()
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
        if repository is None:
            return
        known = await runs_of(session, repository_id, sha)
        heads = dict.fromkeys((sha, *(run.head_sha for run in known if run.head_sha)))
        pulls = [pull for head in heads for pull in await pulls_at(session, repository_id, head)]
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    waiting = [run for run in known if run.state != RunState.ENDED and not run.unread]
    news = [heard_at(run, now) for run in waiting or known]
    rest = (min(news) if waiting else max(news)) + PATIENCE - now if reason == ENDS and news else timedelta(0)
    if rest > timedelta(0) and not waiting:
        async with services.database.write() as session:
            await enqueue_asking(session, services, repository, sha, rest)
        return
    found: list[runs.CiRun] = []
    gone: dict[str, str] = {}
    if isinstance(provider, Unconnected):
        gone = {run.id: provider.reason for run in waiting}
    elif waiting or pulls:
        listed = pulls[0] if pulls and rest <= timedelta(0) else None
        found, gone = await _ask(provider, repository, waiting, listed)
    async with services.database.write() as session:
        repository = await session.get_one(Repository, repository_id)
        for each in found:
            await note_run(session, services, repository, each)
        still: list[datetime] = []
        for run in await runs_of(session, repository_id, sha):
            if run.state == RunState.ENDED:
                await enqueue_read(session, services, run)
            elif not run.unread:
                run.unread = gone.get(run.id, "")
                if heard_at(run, now) < now - GIVEN_UP:
                    run.unread = "its end was never told"
                if not run.unread:
                    still.append(heard_at(run, now))
        if still:
            delay = patience(now - max(still), unheard=any(each.unheard for each in found))
            await enqueue_asking(session, services, repository, sha, delay)
        for head in heads:
            await request_head(session, services, repository.organization_id, repository_id, head)


async def _ask(
    provider: CiProvider, repository: Repository, waiting: Sequence[CiRun], pull: PullRequest | None
) -> tuple[list[runs.CiRun], dict[str, str]]:
    """Gives the runs as they are now, and by our id why one can't be had any more."""
    where = values.Repository(repository.external_id, repository.path)
    found: dict[str, runs.CiRun] = {}
    if pull is not None:
        revision = values.Revision(where, pull.head_sha, pull.number, pull.head_ref, pull.from_fork)
        try:
            found = {run.id: run for run in await provider.find_runs(revision)}
        except (RateLimited, Unavailable):
            raise
        except ProviderError as refusal:
            logger.info("%s does not list the runs of %s: %s", provider.name, repository.path, words_of(refusal))
    gone: dict[str, str] = {}
    for run in waiting:
        if run.external_id in found:
            continue
        try:
            told = await provider.get_run(where, run.external_id)
            found[told.id] = told
        except (RateLimited, Unavailable):
            raise
        except NotFound:
            gone[run.id] = "it is gone from its host"
        except ProviderError as refusal:
            gone[run.id] = f"{provider.name} refuses us: {words_of(refusal)}"
    return list(found.values()), gone

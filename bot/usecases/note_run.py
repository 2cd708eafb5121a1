"""What a host says of a CI run is written down, and what follows from it is set going."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ci_values import number_of_ref
from bot.domain.run_news import RunNews, is_newer
from bot.store.ci_runs import find_run, pulls_at
from bot.store.hosting import find_pull_request
from bot.store.jobs import enqueue
from bot.store.models import CiRun, Repository
from bot.store.publications import find_publication
from bot.usecases.earlier_attempts import is_unread, keep_attempt
from bot.usecases.publishing import request_head
from bot.usecases.services import Services
from providers import runs, values
from providers.runs import RunCause, RunOutcome, RunState

PATIENCE = timedelta(hours=1)
"""How long the end of a run is waited for before the host is asked."""
QUICK = tuple(timedelta(minutes=minutes) for minutes in (2, 4, 8, 15, 30))
"""How long after the last news of a run the host is asked where it may tell nobody of the end; then as all others."""
ENDS = "runs"
"""Why the host is asked in these two cases."""
SKEW = timedelta(minutes=5)
"""How far a host's clock may be ahead of ours."""

ELSEWHERE = "?"
"""Stands for a fork of which the host tells neither path nor id; `#` and an id for one without a path."""


async def note_run(session: AsyncSession, services: Services, repository: Repository, told: runs.CiRun) -> bool:
    """Keeps the newer of what is known and what is told; False when that changes nothing."""
    row = await find_run(session, repository.id, told.id, lock=True)
    if row is not None and not is_newer(news_of(told), known_of(row)):
        return False
    if row is None:
        row = CiRun(
            organization_id=repository.organization_id,
            repository_id=repository.id,
            external_id=told.id[:255],
            head_sha="",
        )
        session.add(row)
    else:
        row.unread = ""
        if is_unread(row) and known_of(row).key != news_of(told).key:
            await keep_attempt(session, services, row)
    row.name, row.sha, row.branch = told.name or told.id, told.sha, told.branch or row.branch or ""
    row.source = _source(told.source, row.source or "")
    row.cause, row.state, row.outcome, row.attempt = told.cause, told.state, told.outcome, told.attempt
    row.url = told.url or row.url or ""
    row.started_at = told.started_at or row.started_at
    row.host_updated_at = told.updated_at or row.host_updated_at
    if told.default_branch and not row.source and told.cause is not RunCause.PULL_REQUEST and told.branch:
        repository.default_branch = told.branch
    row.default_branch = not row.source and _is_default(repository, told)
    await session.flush()
    await _place(session, repository, row, told)
    await _go_on(session, services, repository, row, told)
    return True


def news_of(told: runs.CiRun) -> RunNews:
    return RunNews(told.attempt, told.state, told.outcome, told.updated_at)


def known_of(row: CiRun) -> RunNews:
    return RunNews(row.attempt, row.state, row.outcome, row.host_updated_at)


def as_told(row: CiRun) -> runs.CiRun:
    """Gives a run as its host knows it."""
    return runs.CiRun(
        id=row.external_id,
        name=row.name,
        sha=row.sha,
        state=RunState(row.state),
        outcome=RunOutcome(row.outcome),
        attempt=row.attempt,
        cause=RunCause(row.cause),
        branch=row.branch,
        source=source_of(row),
        default_branch=row.default_branch,
        url=row.url,
        started_at=row.started_at,
        updated_at=row.host_updated_at,
    )


def source_of(row: CiRun) -> values.Repository | None:
    """Gives the fork that a run's branch is in, of which perhaps neither id nor path is known."""
    if not row.source:
        return None
    if row.source.startswith("#"):
        return values.Repository(row.source[1:], "")
    return values.Repository("", "" if row.source == ELSEWHERE else row.source)


def heard_at(row: CiRun, now: datetime) -> datetime:
    """Gives when the last news of a run was: by its host's clock, unless that is far ahead of ours."""
    told = row.host_updated_at
    return min(told, now) if told is not None and row.created_at < told <= now + SKEW else row.created_at


def patience(since: timedelta, *, unheard: bool) -> timedelta:
    """Gives how long the end of a run is waited for from now on; `since` is how long ago the last news of it was."""
    age = max(since, timedelta(0))
    return next((at - age for at in QUICK if unheard and at > age), PATIENCE)


async def enqueue_read(session: AsyncSession, services: Services, row: CiRun, delay: timedelta = timedelta(0)) -> None:
    """Has a run that ended read, once for each of its attempts."""
    if not is_unread(row):
        return
    await enqueue(
        session,
        "read_run",
        {"run_id": row.id},
        organization_id=row.organization_id,
        dedupe_key=f"read:{row.id}",
        exclusive_key=f"read:{row.id}",
        on_dead="give_up_run",
        delay=delay,
        now=services.clock(),
    )


async def enqueue_asking(
    session: AsyncSession,
    services: Services,
    repository: Repository,
    sha: str,
    delay: timedelta = PATIENCE,
    reason: str = ENDS,
) -> None:
    """Has the host asked after the runs on a commit, if they have not ended by then."""
    await enqueue(
        session,
        "ask_after_runs",
        {"repository_id": repository.id, "sha": sha, "reason": reason},
        organization_id=repository.organization_id,
        dedupe_key=f"{reason}:{repository.id}:{sha}",
        exclusive_key=f"runs:{repository.id}:{sha}",
        delay=delay,
        sooner=True,
        now=services.clock(),
    )


def _source(told: values.Repository | None, known: str) -> str:
    if told is None:
        return known
    return told.path or (f"#{told.id}" if told.id else known or ELSEWHERE)


def _is_default(repository: Repository, told: runs.CiRun) -> bool:
    """Tells whether it built the default branch itself, and no change to it."""
    if told.cause in (RunCause.PULL_REQUEST, RunCause.MERGE_QUEUE):
        return False
    if told.default_branch is not None:
        return told.default_branch
    return bool(told.branch) and told.branch == repository.default_branch


async def _place(session: AsyncSession, repository: Repository, row: CiRun, told: runs.CiRun) -> None:
    """Finds where it belongs by our own table; what that does not tell is asked of the host when it has ended."""
    if row.head_sha:
        return
    if told.cause is RunCause.MERGE_QUEUE or row.default_branch:
        row.head_sha = row.sha
        return
    at_head = await pulls_at(session, repository.id, row.sha)
    if at_head:
        named = next((pull for pull in at_head if pull.number in told.numbers), at_head[0])
        row.head_sha, row.pull_request_id = row.sha, named.id
        return
    number = number_of_ref(row.branch)
    for each in (*told.numbers, *((number,) if number else ())):
        pull = await find_pull_request(session, repository.id, number=each)
        if pull is not None:
            row.pull_request_id = pull.id
            # Head and merge were told together; another merge of it has to be looked at.
            row.head_sha = pull.head_sha if pull.merge_sha and pull.merge_sha == row.sha else ""
            return


async def _go_on(
    session: AsyncSession, services: Services, repository: Repository, row: CiRun, told: runs.CiRun
) -> None:
    if row.state != RunState.ENDED:
        now = services.clock()
        delay = patience(now - heard_at(row, now), unheard=told.unheard)
        await enqueue_asking(session, services, repository, row.sha, delay)
    await enqueue_read(session, services, row)
    pull = row.pull_request_id
    # What stands is kept true: that a run has begun, or has ended without anything to read.
    stands = pull is not None and await find_publication(session, pull, "comment") is not None
    if stands or row.cause == RunCause.MERGE_QUEUE:
        await request_head(session, services, row.organization_id, row.repository_id, row.head_sha or row.sha)

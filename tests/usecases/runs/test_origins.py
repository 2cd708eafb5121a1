"""Which fork a run's branch is in is kept by what its host tells of it: path, id, or only that it is elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.store.models import Repository as Row
from bot.usecases.note_run import as_told, note_run
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.values import Repository
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import Ci

pytestmark = pytest.mark.anyio
SHA = "c" * 40
ELSEWHERE = (Repository("77", "mallory/shop"), Repository("77", ""), Repository("", ""))


def ended(source: Repository | None, attempt: int = 1) -> CiRun:
    at = datetime(2027, 1, 2, 3, attempt, tzinfo=UTC)
    run = CiRun("9", "CI", SHA, RunState.ENDED, RunOutcome.FAILED, attempt, RunCause.PUSH, "main")
    return replace(run, source=source, updated_at=at)


async def note(ci: Ci, run: CiRun) -> None:
    async with ci.desk.database.write() as session:
        repository = (await session.scalars(select(Row))).one()
        repository.default_branch = "main"
        await note_run(session, ci.desk.services, repository, run)


@once_on({"github"})
@pytest.mark.parametrize("source", ELSEWHERE)
async def test_a_forks_run_is_never_taken_for_one_of_the_repository(ci: Ci, source: Repository) -> None:
    await ci.learn()
    await note(ci, ended(source))
    (row,) = await ci.rows()
    assert not row.default_branch
    told = as_told(row)
    assert told.from_fork
    assert told.source in (Repository("", source.path), Repository(source.id, ""))
    await ci.desk.drain()
    assert await ci.executions() == []


@once_on({"github"})
async def test_what_is_known_is_not_lost_to_a_delivery_that_tells_less(ci: Ci) -> None:
    await ci.learn()
    await note(ci, ended(ELSEWHERE[0]))
    await note(ci, ended(ELSEWHERE[2], attempt=2))
    await note(ci, ended(None, attempt=3))
    (row,) = await ci.rows()
    assert (row.attempt, row.source, row.default_branch) == (3, "mallory/shop", False)


@once_on({"github"})
async def test_the_repositorys_own_is_its_own(ci: Ci) -> None:
    await ci.learn()
    await note(ci, ended(None))
    (row,) = await ci.rows()
    assert (row.source, row.default_branch, as_told(row).source) == ("", True, None)

"""What a host never sent is caught by asking, and what it could not send is sent again."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.models import CiRun, Installation, PullRequest, Repository, TestCycle
from bot.usecases.mend_deliveries import mend_deliveries, resend_all
from bot.usecases.reconcile import ACTIVE, reconcile, reconcile_repository
from simulators.github.webhooks import Event
from simulators.stage import SimJob
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on

pytestmark = pytest.mark.anyio

RUNS = ("azure", "github", "gitlab")
RED = SimJob(
    "test", "failed", "tests/test_pay.py:3: AssertionError: refund is 0\nFAILED tests/test_pay.py::test_refund\n"
)


async def _repository(desk: Desk) -> Repository:
    async with desk.database.read() as session:
        return (await session.scalars(select(Repository))).one()


async def _pulls(desk: Desk) -> dict[int, tuple[str, bool]]:
    async with desk.database.read() as session:
        return {row.number: (row.head_sha, row.open) for row in await session.scalars(select(PullRequest))}


@once_on(RUNS)
async def test_pull_requests_and_runs_that_were_never_sent_are_found(desk: Desk) -> None:
    first = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(first))
    desk.stage.push(first)
    second = desk.stage.open_pull(branch="second")
    run = desk.stage.begin_run("ci", second)
    desk.stage.end_run(run, RED)
    repository = await _repository(desk)
    await reconcile_repository(desk.services, repository.id)
    assert await _pulls(desk) == {first.number: (first.head_sha, True), second.number: (second.head_sha, True)}
    await desk.drain()
    assert "test_refund" in desk.stage.comments(second)[0].body

    desk.stage.close(first)
    await reconcile_repository(desk.services, repository.id)
    assert (await _pulls(desk))[first.number] == (first.head_sha, False)


@once_on(RUNS)
async def test_asking_again_does_nothing_twice(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    run = desk.stage.begin_run("ci", pull)
    desk.stage.end_run(run, RED)
    await desk.tell(desk.stage.run_posts(run))
    await desk.drain()
    repository, body = await _repository(desk), desk.stage.comments(pull)
    desk.calls()
    await reconcile_repository(desk.services, repository.id)
    await desk.drain()
    reads, writes = desk.calls()
    assert not writes and len(reads) <= 2, "one list of pull requests"
    assert desk.stage.comments(pull) == body
    async with desk.database.read() as session:
        assert len((await session.scalars(select(TestCycle))).all()) == 1
        assert len((await session.scalars(select(CiRun))).all()) == 1


@once_on({"github"})
async def test_only_repositories_in_use_are_gone_through_and_not_too_often(desk: Desk) -> None:
    await desk.drain()
    assert await _rounds(desk) == [], "nothing has happened in it"
    await desk.tell(desk.stage.opened(desk.stage.open_pull()))
    await desk.drain()
    assert await _rounds(desk) == ["reconcile_repository"]
    assert await _rounds(desk) == [], "it was looked at just now"
    now = desk.services.clock()
    object.__setattr__(desk.services, "clock", lambda: now + timedelta(hours=2))
    assert await _rounds(desk) == ["reconcile_repository"]
    object.__setattr__(desk.services, "clock", lambda: now + ACTIVE + timedelta(days=1))
    assert await _rounds(desk) == []


async def _rounds(desk: Desk) -> list[str]:
    await reconcile(desk.services)
    return [function for function in await desk.drain() if function == "reconcile_repository"]


@once_on({"github", "gitlab"})
async def test_what_was_lost_is_sent_again_once(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    lost = desk.stage.opened(pull)
    desk.stage.missed(lost)
    await mend_deliveries(desk.services)
    await desk.drain()
    again = desk.stage.resent()
    assert len(again) == len(lost)
    await desk.tell(again)
    assert pull.number in await _pulls(desk)
    await resend_all(desk.services)
    assert not desk.stage.resent()


@once_on({"azure"})
async def test_a_host_that_sends_nothing_again_says_so_on_the_installation(desk: Desk) -> None:
    desk.stage.missed(desk.stage.opened(desk.stage.open_pull()))
    found = await resend_all(desk.services)
    async with desk.database.read() as session:
        (row,) = await session.scalars(select(Installation))
    assert row.broken == next(iter(found.values())).problem != ""


@once_on({"github"})
async def test_a_moved_repository_is_followed_by_its_id(desk: Desk) -> None:
    before = await _repository(desk)
    desk.repository.name = "store"
    pushed = desk.stage.opened(desk.stage.open_pull())[0]
    told = {
        key: value for key, value in json.loads(pushed.body).items() if key in ("repository", "installation", "sender")
    }
    await desk.deliver(Event("repository", told | {"action": "renamed"}))
    after = await _repository(desk)
    assert after.id == before.id and after.path == "octo-org/store"

"""Commands in comments when the host is away, and when it has shut us out."""

import pytest
from sqlalchemy import select, update

from bot.store.models import (
    Job,
    JobState,
    Organization,
    Repository,
    TestCycle,
)
from providers.errors import RateLimited, Unavailable
from simulators.faults import Fault, answer_lost, html_page
from simulators.github.faults import secondary_limit
from tests.usecases.comments.conftest import CONFUSED, DONE, NO_RUNS, REACT, SEEN, Talk
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on

pytestmark = pytest.mark.anyio


@on()
async def test_whenever_the_host_is_away_the_command_is_obeyed_once_when_it_is_back(talk: Talk) -> None:
    for skip in range(4):
        # Every time one call later.
        talk.desk.stage.faults.add(html_page(path=".", skip=skip))
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    failures = 0
    while not (await talk.outcomes())[0]:
        assert await talk.attempts() == [1]
        try:
            await talk.again("obey_comment")
        except Unavailable:
            failures += 1
    assert failures
    talk.desk.stage.faults.clear()
    await talk.desk.drain(but=NO_RUNS)
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


@pytest.mark.parametrize("path", [r"/issues/comments/\d+$", REACT, r"/permission$", r"/pulls/\d+$"])
async def test_a_question_without_an_answer_is_asked_again(talk: Talk, path: str) -> None:
    talk.desk.stage.faults.add(html_page(path=path))
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    with pytest.raises(Unavailable):
        await talk.desk.drain()
    assert (await talk.outcomes(), await talk.attempts()) == ([""], [1])
    await talk.again("obey_comment")
    await talk.desk.drain(but=NO_RUNS)
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


async def test_a_limit_of_the_host_is_waited_for(talk: Talk) -> None:
    talk.desk.stage.faults.add(secondary_limit(60, path=REACT))
    await talk.tell(talk.says("grace", "/agnox rerun"))
    with pytest.raises(RateLimited):
        await talk.desk.drain()
    assert (await talk.outcomes(), await talk.attempts()) == ([""], [1])


async def test_the_last_sign_that_is_lost_makes_no_second_rerun(talk: Talk) -> None:
    talk.desk.stage.faults.add(answer_lost(path=REACT, skip=1))
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    with pytest.raises(Unavailable):
        await talk.desk.drain(but=NO_RUNS | {"publish_report"})
    await talk.again("obey_comment")
    await talk.again("answer_comment")
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


async def test_a_rerun_and_its_outcome_stand_or_fall_together(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the power went")

    await talk.tell(talk.says("grace", "/agnox rerun"))
    with monkeypatch.context() as patch:
        patch.setattr("bot.commands.obey.audit", crash)
        with pytest.raises(RuntimeError, match="the power went"):
            await talk.desk.drain()
    assert (await talk.outcomes(), await talk.attempts()) == ([""], [1])
    async with talk.desk.database.read() as session:
        assert not list(await session.scalars(select(Job.function).where(Job.state == JobState.QUEUED)))


async def test_without_the_right_to_react_commands_are_obeyed_all_the_same(talk: Talk) -> None:
    talk.desk.stage.faults.add(Fault(path=REACT, status=403, times=None))
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment)
    assert await talk.attempts() == [1, 2]


async def test_where_the_app_was_removed_nothing_is_done(talk: Talk) -> None:
    comment, installation = talk.says("grace", "/agnox rerun"), talk.desk.installation
    await talk.tell(comment)
    talk.desk.simulator.uninstall(installation)
    await talk.desk.deliver(talk.desk.simulator.events.installation("deleted", installation))
    await talk.desk.drain()
    assert talk.shows(comment)
    assert await talk.attempts() == [1]
    assert "was removed: install the app again" in (await talk.outcomes())[0]


async def test_where_the_app_is_suspended_nobody_is_heard(talk: Talk) -> None:
    await talk.desk.deliver(talk.desk.simulator.events.installation("suspend", talk.desk.installation))
    note = await talk.tell(talk.says("grace", "/agnox rerun"))
    assert note.endswith("comes from no active installation")
    assert await talk.outcomes() == []


async def test_another_organization_that_was_given_the_repository_is_not_spoken_for(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    await give_away(talk.desk, Repository)
    await talk.desk.drain()
    assert talk.shows(comment)
    assert await talk.outcomes() == ["its repository was given to another organization"]
    assert await talk.attempts() == [1]


async def test_another_organizations_cycles_on_the_same_pull_request_stay_as_they_are(talk: Talk) -> None:
    await give_away(talk.desk, TestCycle)
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]


async def give_away(desk: Desk, table: type[Repository] | type[TestCycle]) -> None:
    async with desk.database.write() as session:
        other = Organization(name="other")
        session.add(other)
        await session.flush()
        await session.execute(update(table).values(organization_id=other.id))

"""Which comments are commands: told apart on every host, as its webhooks bring them and its API shows them."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.store.models import CommentCommand, Execution
from simulators.stage import Pull
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.test_loop import trigger
from tests.usecases.test_publishing import NOT_RUN

pytestmark = pytest.mark.anyio


@dataclass
class Talk:
    """A pull request with one finished suite that we ran; `grace` may write to its repository."""

    desk: Desk
    pull: Pull

    async def tell(self, comment_id: str) -> str:
        """Brings the host's news of a comment; gives what was noted."""
        (delivery,) = await self.desk.tell(self.desk.stage.commented(self.pull, comment_id))
        return delivery.note

    async def ask(self, login: str, body: str) -> str:
        """Somebody comments, and all that follows from it is done but the tests themselves; gives the comment's id."""
        comment_id = self.desk.stage.comment(self.pull, login, body)
        await self.tell(comment_id)
        await self.desk.drain(but=NOT_RUN)
        return comment_id

    async def attempts(self) -> list[tuple[int, str]]:
        async with self.desk.database.read() as session:
            rows = await session.execute(select(Execution.attempt, Execution.requested_by).order_by(Execution.id))
            return [(attempt, by.partition(":")[0]) for attempt, by in rows]

    async def outcomes(self) -> list[str]:
        async with self.desk.database.read() as session:
            return list((await session.scalars(select(CommentCommand.outcome).order_by(CommentCommand.id))).all())

    def reactions(self, comment_id: str) -> int:
        return len(self.desk.stage.reactions(self.pull, comment_id))


FIRST = (1, "apikey")


@pytest.fixture
async def talk(desk: Desk) -> Talk:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    desk.stage.allow("grace")
    await trigger(desk, pull, suite(1))
    await desk.drain()
    return Talk(desk, pull)


@on()
async def test_a_writer_has_the_tests_run_again_in_the_same_comment(talk: Talk) -> None:
    (before,) = talk.desk.stage.comments(talk.pull)
    comment_id = await talk.ask("grace", "Flaky, I think.\r\n\r\n/agnox rerun\r\n")
    assert await talk.attempts() == [FIRST, (2, talk.desk.stage.name)]
    assert talk.reactions(comment_id) >= 1
    await talk.desk.drain()
    (after,) = talk.desk.stage.comments(talk.pull)
    assert after.id == before.id
    assert talk.desk.standing(talk.pull) == {"Agnox / shop": "failed"}


SHOWN = (
    "> /agnox rerun",
    "```\n/agnox rerun\n```",
    "    /agnox rerun",
    "Use `/agnox rerun`",
    "<!--\n/agnox rerun\n-->",
)


@once_on()
async def test_what_is_only_shown_is_no_command(talk: Talk) -> None:
    for body in SHOWN:
        comment_id = await talk.ask("grace", body)
        assert talk.reactions(comment_id) == 0, body
    assert await talk.attempts() == [FIRST]
    assert await talk.outcomes() == []


@once_on()
async def test_a_stranger_makes_nothing_run(talk: Talk) -> None:
    comment_id = await talk.ask("mallory", "/agnox rerun")
    assert await talk.attempts() == [FIRST]
    (outcome,) = await talk.outcomes()
    assert "has no write access to" in outcome
    assert talk.reactions(comment_id) >= 1


@once_on()
async def test_our_own_words_are_no_command(talk: Talk) -> None:
    (ours,) = talk.desk.stage.comments(talk.pull)
    talk.desk.stage.edit_comment(talk.pull, ours.id, "/agnox rerun")
    await talk.desk.tell(talk.desk.stage.commented(talk.pull, ours.id))
    await talk.desk.drain(but=NOT_RUN)
    assert await talk.attempts() == [FIRST]
    assert talk.reactions(ours.id) == 0


@once_on()
async def test_what_is_asked_and_then_changed_is_not_done(talk: Talk) -> None:
    comment_id = talk.desk.stage.comment(talk.pull, "grace", "/agnox rerun")
    await talk.tell(comment_id)
    talk.desk.stage.edit_comment(talk.pull, comment_id, "never mind")
    await talk.desk.drain(but=NOT_RUN)
    assert await talk.attempts() == [FIRST]
    (outcome,) = await talk.outcomes()
    assert "edited since" in outcome


@once_on()
async def test_a_comment_that_is_told_twice_is_obeyed_once(talk: Talk) -> None:
    comment_id = await talk.ask("grace", "/agnox rerun")
    await talk.desk.drain()
    assert "was heard before" in await talk.tell(comment_id)
    await talk.desk.drain()
    assert await talk.attempts() == [FIRST, (2, talk.desk.stage.name)]


@once_on()
async def test_on_a_closed_pull_request_nothing_is_done(talk: Talk) -> None:
    comment_id = talk.desk.stage.comment(talk.pull, "grace", "/agnox rerun")
    await talk.tell(comment_id)
    talk.desk.stage.close(talk.pull)
    await talk.desk.drain(but=NOT_RUN)
    assert await talk.attempts() == [FIRST]
    assert await talk.outcomes() == ["the pull request is closed"]

"""Commands in comments: who is obeyed, and what is heard at all."""

import pytest
from sqlalchemy import select

from bot.store.models import (
    AuditEntry,
    CommentCommand,
    Execution,
)
from simulators.faults import Fault
from tests.usecases.comments.conftest import CONFUSED, DONE, NO_RUNS, SEEN, Talk
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on

pytestmark = pytest.mark.anyio


@on()
async def test_a_writer_has_the_tests_run_again(talk: Talk) -> None:
    comment = await talk.ask("grace", "Flaky, I think.\r\n\r\n/agnox rerun\r\n")
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]
    assert await talk.outcomes() == ["/agnox rerun: shop: runs again"]
    async with talk.desk.database.read() as session:
        (entry,) = await session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.answered"))
        (by,) = await session.scalars(select(Execution.requested_by).where(Execution.attempt == 2))
    assert entry.actor == by
    assert by.startswith(f"{talk.desk.stage.name}:")
    assert by.endswith("grace")
    assert entry.subject.endswith(f"#{talk.pull.number} {comment}: /agnox rerun: shop: runs again")
    await talk.desk.drain()
    assert len(talk.desk.stage.comments(talk.pull)) == 1


async def test_our_first_sign_comes_before_the_slower_questions(talk: Talk) -> None:
    comment = await talk.ask("grace", "@agnox rerun")
    asked = [call.path.rpartition("/")[2] for call in talk.desk.stage.calls.without_tokens()]
    assert asked[:4] == [comment, "reactions", "permission", str(talk.pull.number)]


@pytest.mark.parametrize(
    "body",
    ["> /agnox rerun", "```\n/agnox rerun\n```", "Use `/agnox rerun`", "<!--\n/agnox rerun\n-->", "what do you think?"],
)
async def test_what_is_only_shown_is_no_command(talk: Talk, body: str) -> None:
    assert (await talk.tell(talk.says("grace", body))).endswith("asks nothing of us")
    assert await talk.outcomes() == []


async def test_bots_are_not_heard(talk: Talk) -> None:
    dependabot = talk.desk.simulator.add_app("dependabot")
    comment = talk.desk.simulator.add_comment(talk.pull.native, "", "/agnox rerun", dependabot)
    assert (await talk.tell(str(comment.id))).endswith("is a bot's")
    assert await talk.outcomes() == []


@on()
async def test_our_own_words_are_no_command_even_if_the_host_takes_us_for_a_person(talk: Talk) -> None:
    (ours,) = talk.desk.stage.comments(talk.pull)
    before = list(talk.desk.stage.reactions(talk.pull, ours.id))
    talk.desk.stage.edit_comment(talk.pull, ours.id, "/agnox rerun")
    if talk.desk.stage.name == "github":
        talk.desk.simulator.github_app.bot.type = "User"
    await talk.tell(talk.says("grace", "/agnox rerun"))
    async with talk.desk.database.write() as session:
        (await session.scalars(select(CommentCommand))).one().comment_id = ours.id
    await talk.desk.drain()
    assert await talk.outcomes() == ["ignored: a bot wrote it"]
    assert list(talk.desk.stage.reactions(talk.pull, ours.id)) == before
    assert await talk.attempts() == [1]


@on()
async def test_a_stranger_can_not_make_code_run(talk: Talk) -> None:
    comment = await talk.ask("mallory", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    (outcome,) = await talk.outcomes()
    assert outcome.endswith(f"mallory has no write access to {talk.desk.stage.path}")


@pytest.mark.parametrize("role", ["read", "triage"])
async def test_a_right_that_is_too_small_is_none(talk: Talk, role: str) -> None:
    talk.desk.simulator.set_role(talk.desk.repository, "mallory", role)
    comment = await talk.ask("mallory", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]


@once_on()
async def test_who_owns_a_fork_is_a_stranger_to_its_target(desk: Desk) -> None:
    talk = await Talk.open(desk, fork=True)
    comment = await talk.ask("mallory", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


async def test_a_right_that_was_lost_since_the_comment_is_no_right(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    talk.desk.simulator.set_role(talk.desk.repository, "grace", "read")
    await talk.desk.drain()
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]


async def test_when_the_right_can_not_be_asked_for_nothing_is_done(talk: Talk) -> None:
    talk.desk.stage.faults.add(Fault(path=r"/permission$", status=403, times=None))
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    assert (await talk.outcomes())[0].startswith("github refuses us: ")


@on()
async def test_a_closed_pull_request_is_left_alone(talk: Talk) -> None:
    talk.desk.stage.close(talk.pull)
    assert (await talk.tell(talk.says("grace", "/agnox rerun"))).endswith("came after it was closed")
    assert await talk.outcomes() == []


@on()
async def test_a_pull_request_that_was_closed_since_is_left_alone(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    talk.desk.stage.close(talk.pull)
    await talk.desk.drain()
    assert talk.shows(comment, SEEN, CONFUSED)
    assert (await talk.outcomes(), await talk.attempts()) == (["the pull request is closed"], [1])


@on()
async def test_a_comment_that_asks_something_else_by_now_is_not_obeyed(talk: Talk) -> None:
    changed, emptied = talk.says("grace", "/agnox rerun"), talk.says("grace", "/agnox rerun")
    await talk.tell(changed)
    await talk.tell(emptied)
    talk.desk.stage.edit_comment(talk.pull, changed, "/agnox rerun\n/agnox rerun everything")
    talk.desk.stage.edit_comment(talk.pull, emptied, "Never mind.")
    await talk.desk.drain()
    assert talk.shows(changed, CONFUSED)
    assert talk.shows(emptied)
    assert await talk.outcomes() == ["edited since: write a new comment"] * 2
    assert await talk.attempts() == [1]


@once_on()
async def test_an_edit_beside_the_command_changes_nothing(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    talk.desk.stage.edit_comment(talk.pull, comment, "Flaky, I think.\n\n/agnox rerun")
    await talk.desk.drain(but=NO_RUNS)
    assert await talk.attempts() == [1, 2]


async def test_a_command_that_was_edited_in_is_no_command(talk: Talk) -> None:
    comment = talk.says("grace", "hello")
    await talk.tell(comment)
    talk.desk.stage.edit_comment(talk.pull, comment, "/agnox rerun")
    edited = talk.desk.simulator.state.comments[int(comment)]
    await talk.desk.deliver(talk.desk.simulator.events.issue_comment("edited", edited))
    assert await talk.outcomes() == []


async def test_a_deleted_comment_is_not_obeyed(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    del talk.desk.simulator.state.comments[int(comment)]
    await talk.desk.drain()
    assert (await talk.outcomes(), await talk.attempts()) == (["deleted"], [1])

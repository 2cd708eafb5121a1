"""What came of commands is told in our one comment, and what can't be done is told with a way out."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.commands import obey
from bot.domain.commands import MOST
from bot.domain.excuses import Rules
from bot.store.models import CommentCommand, PullRequest, Repository
from bot.store.publications import executions_of
from bot.usecases.compose_answers import compose_answers
from bot.usecases.compose_report import compose_report
from bot.usecases.read_policy import KnownPolicies
from providers.report import Answer, Report
from tests.e2e.suites import suite
from tests.usecases.comments.conftest import CONFUSED, DONE, NO_RUNS, SEEN, Talk
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.past import commit
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


HINTS = (
    ("/agnox", "what may I do? `/agnox help` lists the commands"),
    ("/agnox xyzzy", "there is no such command: `/agnox help` lists them"),
    ("/agnox quar test_a", "did you mean `quarantine`?"),
    ("/agnox help rerum", "there is no command `rerum`, did you mean `rerun`?"),
    ("/agnox explain pays with card", 'stands in quotation marks: `/agnox explain "pays with card"`'),
    ("/agnox status now", "that is not how it is used: `/agnox status`"),
    ("/agnox quarantine", "`/agnox quarantine TEST [for 14d|until DATE] [because ...]`"),
    ("/agnox quarantine test_a for ages", "`for ages` is no time: `for 14d`"),
    ("/agnox quarantine pays with card", "after the name of the test, which has quotation marks"),
    ("/agnox unquarantine", "`/agnox unquarantine TEST`"),
    ("/agnox ignore", "`/agnox ignore NUMBER|TITLE|TEST`"),
    ("/agnox ignore 9", "there is no cause 9: the report has 1"),
    ("/agnox ignore test_ab", "did you mean"),
    ("/agnox unignore 1", "nothing is ignored on this pull request"),
    ("/agnox cancel", "nothing runs on"),
    ("/agnox allow xyz", "`xyz` is no commit"),
)
"""What is asked, and a part of the answer."""


async def answers(talk: Talk) -> tuple[Answer, ...]:
    """What the report on the head tells of commands."""
    async with talk.desk.database.read() as session:
        pull = (await session.scalars(select(PullRequest))).one()
        told = await executions_of(
            session, pull_request_id=pull.id, repository_id=pull.repository_id, head_sha=pull.head_sha
        )
        report = compose_report(pull.head_sha, told, "", Rules())
        rows = await session.scalars(
            select(CommentCommand).where(CommentCommand.head_sha == pull.head_sha).order_by(CommentCommand.id)
        )
        return compose_answers(rows.all(), report)


@on()
async def test_an_answer_stands_in_the_comment_and_in_no_other(talk: Talk) -> None:
    (before,) = talk.desk.stage.comments(talk.pull)
    comment = await talk.ask("grace", "/agnox rernu")
    assert talk.shows(comment, SEEN, CONFUSED)
    (after,) = talk.desk.stage.comments(talk.pull)
    assert after.id == before.id
    (answer,) = await answers(talk)
    assert answer.command == "/agnox rernu"
    assert answer.account.endswith("grace")
    assert answer.outcome == "there is no such command: did you mean `rerun`? `/agnox help` lists them"


@once_on()
async def test_where_nothing_failed_the_comment_is_made_for_the_answer(desk: Desk) -> None:
    desk.stage.allow("grace")
    talk = Talk(desk, desk.stage.open_pull())
    await trigger(desk, talk.pull, suite(0))
    await desk.drain()
    assert desk.stage.comments(talk.pull) == []
    await talk.ask("grace", "/agnox help")
    assert len(desk.stage.comments(talk.pull)) == 1


@once_on()
async def test_a_pull_request_that_we_never_heard_of_is_answered_too(desk: Desk) -> None:
    desk.stage.allow("grace")
    talk = Talk(desk, desk.stage.open_pull())
    comment = await talk.ask("grace", "/agnox status")
    assert talk.shows(comment, SEEN, DONE)
    assert len(desk.stage.comments(talk.pull)) == 1
    assert (await answers(talk))[0].outcome == f"nothing is known of tests of {talk.pull.head_sha[:7]} yet"


@once_on({"github"})
async def test_where_no_comment_is_wanted_none_is_made_for_an_answer(desk: Desk) -> None:
    desk.stage.allow("grace")
    talk = Talk(desk, desk.stage.open_pull())
    commit(desk, {".agnox.yml": "comment: off"})
    desk.services = replace(desk.services, policies=KnownPolicies())
    comment = await talk.ask("grace", "/agnox help")
    assert talk.shows(comment, SEEN, DONE)
    assert desk.stage.comments(talk.pull) == []


@once_on({"github"})
async def test_what_can_not_be_done_is_told_with_what_could(talk: Talk) -> None:
    talk.desk.simulator.set_role(talk.desk.repository, "grace", "admin")
    for start in range(0, len(HINTS), MOST):
        hints = HINTS[start : start + MOST]
        comment = await talk.ask("grace", "\n".join(asked for asked, _ in hints))
        assert talk.shows(comment, SEEN, CONFUSED)
        for answer, (asked, told) in zip((await answers(talk))[-len(hints) :], hints, strict=True):
            assert answer.command == asked
            assert told in answer.outcome
    assert await talk.attempts() == [1]


@once_on({"github"})
async def test_each_line_has_its_own_answer(talk: Talk) -> None:
    await talk.ask("grace", "/agnox rerun\n/agnox rnu\n/agnox status")
    told = await answers(talk)
    assert [answer.command for answer in told] == ["/agnox rerun", "/agnox rnu", "/agnox status"]
    assert "1 cause, runs again" in told[2].outcome


@once_on({"github"})
async def test_the_newest_answers_are_told_and_strangers_push_none_of_them_out(talk: Talk) -> None:
    await talk.ask("grace", "\n".join(f"/agnox help x{number}" for number in range(4)))
    await talk.ask("grace", "/agnox status\n/agnox config")
    for number in range(3):
        await talk.ask("mallory", f"/agnox rerun {number}\n/agnox rerun all")
    told = await answers(talk)
    assert [answer.command for answer in told] == [
        "/agnox help x2",
        "/agnox help x3",
        "/agnox status",
        "/agnox config",
        "/agnox rerun 2",
    ]
    assert told[-1].outcome.endswith(f"mallory has no write access to {talk.desk.stage.path}")


@once_on({"github"})
async def test_answers_belong_to_a_head(talk: Talk) -> None:
    await talk.ask("grace", "/agnox help")
    talk.desk.stage.push(talk.pull)
    await talk.desk.tell(talk.desk.stage.pushed(talk.pull))
    assert await answers(talk) == ()


@once_on({"github"})
async def test_what_is_asked_of_a_closed_pull_request_is_not_answered(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox help")
    await talk.tell(comment)
    talk.desk.stage.close(talk.pull)
    await talk.desk.drain(but=NO_RUNS)
    assert await answers(talk) == ()


@once_on({"github"})
async def test_secrets_and_great_lengths_are_not_repeated(talk: Talk) -> None:
    token = "ghp_" + "a1B2" * 9
    await talk.ask("grace", f"/agnox explain {token} because\n/agnox explain {'x' * 900}")
    for answer in await answers(talk):
        assert token not in answer.command + answer.outcome
        assert len(answer.command) <= obey.LONGEST_COMMAND
        assert len(answer.outcome) <= obey.LONGEST
    assert token not in (await talk.outcomes())[0]


@once_on({"github"})
async def test_answers_stay_with_their_organization(talk: Talk) -> None:
    await talk.ask("grace", "/agnox help")
    async with talk.desk.database.read() as session:
        (row,) = await session.scalars(select(CommentCommand))
        (repository,) = await session.scalars(select(Repository))
    assert (row.organization_id, row.repository_id) == (talk.desk.caller.organization_id, repository.id)


def test_without_causes_of_this_head_an_answer_tells_none() -> None:
    row = CommentCommand(account="grace", answers=[{"command": "c", "outcome": "o", "findings": ["gone"]}])
    assert compose_answers([row], Report("a1b2c3d", ())) == (Answer("c", "grace", "o"),)

"""Commands in comments: who is obeyed, how often, and what is shown."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.context import CiContext
from bot.queue.stories import job_functions
from bot.store.models import (
    AuditEntry,
    CommentCommand,
    Delivery,
    Execution,
    Job,
    JobState,
    Organization,
    Repository,
    TestCycle,
)
from bot.usecases.receive_delivery import handle_delivery
from bot.usecases.receive_results import Upload, receive_results
from providers.errors import RateLimited, Unavailable
from providers.values import Reaction
from simulators.faults import Fault, answer_lost, html_page
from simulators.github.faults import secondary_limit
from simulators.stage import Pull
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio

SEEN, DONE, CONFUSED = Reaction.SEEN, Reaction.DONE, Reaction.CONFUSED
SIGNS: Mapping[str, Mapping[Reaction, str]] = {
    "azure": {SEEN: "like"},
    "gitea": {SEEN: "eyes", DONE: "+1", CONFUSED: "confused"},
    "github": {SEEN: "eyes", DONE: "+1", CONFUSED: "confused"},
    "gitlab": {SEEN: "eyes", DONE: "thumbsup", CONFUSED: "confused"},
}
"""How the hosts show our signs; one that is missing can't be shown."""

NO_RUNS = frozenset({"run_execution"})
REACT = r"/reactions$"


@dataclass
class Talk:
    """A pull request with one finished suite that we ran; `grace` may write to its repository."""

    desk: Desk
    pull: Pull

    @classmethod
    async def open(cls, desk: Desk, *, fork: bool = False) -> "Talk":
        desk.stage.allow("grace")
        talk = cls(desk, desk.stage.open_pull(fork=fork))
        await trigger(desk, talk.pull, suite(1))
        await desk.drain()
        desk.stage.calls.clear()
        return talk

    def says(self, login: str, body: str) -> str:
        return self.desk.stage.comment(self.pull, login, body)

    async def tell(self, comment: str) -> str:
        """Brings the host's news of a comment; its job waits. Gives the delivery's note."""
        (delivery,) = await self.desk.tell(self.desk.stage.commented(self.pull, comment))
        return delivery.note

    async def tell_again(self) -> str:
        """Brings the last news once more under another key, as a second hook does; gives the delivery's note."""
        async with self.desk.database.write() as session:
            last = (await session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))).one()
            kept = {name: getattr(last, name) for name in ("provider", "event", "hook_key", "headers", "body")}
            row = Delivery(dedupe_key=f"{last.dedupe_key} again", **kept)
            session.add(row)
        await handle_delivery(self.desk.services, row.id)
        async with self.desk.database.read() as session:
            return (await session.get_one(Delivery, row.id)).note

    async def ask(self, login: str, body: str) -> str:
        """Somebody comments, and all that follows from it is done, but for the tests themselves."""
        comment = self.says(login, body)
        await self.tell(comment)
        await self.desk.drain(but=NO_RUNS)
        return comment

    def shows(self, comment: str, *signs: Reaction) -> bool:
        """Whether these are our signs, so far as the host can show them."""
        words = SIGNS[self.desk.stage.name]
        return list(self.desk.stage.reactions(self.pull, comment)) == [words[sign] for sign in signs if sign in words]

    async def again(self, name: str) -> None:
        """Runs the job of that name once more, as after a crash or a failure."""
        async with self.desk.database.read() as session:
            job = (await session.scalars(select(Job).where(Job.function == name))).one()
        await job_functions(timedelta(1)).get(name).call(self.desk.services, **job.arguments)

    async def outcomes(self) -> list[str]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(CommentCommand.outcome).order_by(CommentCommand.id)))

    async def attempts(self) -> list[int]:
        """The attempts of all cycles in the order of their making."""
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution.attempt).order_by(Execution.id)))


@pytest.fixture
async def talk(desk: Desk) -> Talk:
    return await Talk.open(desk)


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


@on()
async def test_a_comment_that_is_told_twice_is_obeyed_once(talk: Talk) -> None:
    comment = await talk.ask("grace", "/agnox rerun")
    await talk.desk.drain()
    assert (await talk.tell_again()).endswith("was heard before")
    await talk.desk.drain()
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


async def test_a_comment_that_two_hooks_tell_at_once_is_heard_once(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    notes = await asyncio.gather(*(talk.tell(comment) for _ in range(4)))
    assert sum("asks for" in note for note in notes) == 1
    assert sum("was heard before" in note for note in notes) == 3
    await talk.desk.drain(but=NO_RUNS)
    assert await talk.attempts() == [1, 2]


async def test_two_workers_at_once_obey_once(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    await asyncio.gather(*(talk.again("obey_comment") for _ in range(3)))
    assert (await talk.outcomes(), await talk.attempts()) == (["/agnox rerun: shop: runs again"], [1, 2])
    await talk.again("answer_comment")
    assert talk.shows(comment, SEEN, DONE)


@on()
async def test_tests_that_still_run_are_not_started_again(talk: Talk) -> None:
    await talk.ask("grace", "/agnox rerun")
    second = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(second, SEEN, CONFUSED)
    assert await talk.attempts() == [1, 2]
    assert "the cycle is PENDING: wait for its end" in (await talk.outcomes())[1]


@on()
async def test_only_the_current_head_is_run_again(talk: Talk) -> None:
    talk.desk.stage.push(talk.pull)
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    assert await talk.outcomes() == [f"/agnox rerun: there are no tests of {talk.pull.head_sha[:7]} yet"]
    await trigger(talk.desk, talk.pull, suite(1))
    await talk.desk.drain()
    await talk.ask("grace", "/agnox rerun")
    assert await talk.attempts() == [1, 1, 2]


async def test_of_a_suite_the_newest_cycle_runs_again(talk: Talk) -> None:
    newer = await trigger(talk.desk, talk.pull, suite(2))
    await talk.desk.drain()
    await talk.ask("grace", "/agnox rerun")
    async with talk.desk.database.read() as session:
        assert list(await session.scalars(select(Execution.cycle_id).where(Execution.attempt == 2))) == [newer]


async def test_a_pull_request_of_the_same_head_keeps_its_own_tests(talk: Talk) -> None:
    other = talk.desk.stage.open_pull("copy", sha=talk.pull.head_sha)
    comment = await Talk(talk.desk, other).ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]


async def test_what_a_ci_ran_is_told_and_the_rest_runs(talk: Talk, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(junit(2))
    context = CiContext.model_validate(talk.desk.context(talk.pull, source="jenkins", scm=talk.desk.stage.name))
    upload = [Upload("report", "junit.xml", report)]
    await receive_results(talk.desk.services, talk.desk.caller, context, upload, suite="unit")
    await talk.desk.drain()
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, DONE)
    assert "shop: runs again, shop / unit: the tests were run by your CI" in (await talk.outcomes())[0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("/agnox rernu", "/agnox rernu: there is no such command, did you mean `rerun`? (usage: `/agnox rerun`)"),
        ("/agnox", "/agnox: there is no such command (usage: `/agnox rerun`)"),
        ("/agnox rerun failed", "/agnox rerun failed: nothing can stand after `rerun` (usage: `/agnox rerun`)"),
    ],
)
async def test_who_is_not_understood_is_told_so(talk: Talk, body: str, told: str) -> None:
    comment = await talk.ask("grace", body)
    assert talk.shows(comment, SEEN, CONFUSED)
    assert (await talk.outcomes(), await talk.attempts()) == ([told], [1])


async def test_several_commands_are_done_only_if_all_are(talk: Talk) -> None:
    comment = await talk.ask("grace", "/agnox rerun\n/agnox dance")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1, 2]
    assert await talk.outcomes() == [
        "/agnox rerun: shop: runs again; /agnox dance: there is no such command (usage: `/agnox rerun`)"
    ]


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
        patch.setattr("bot.usecases.obey_comment.audit", crash)
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

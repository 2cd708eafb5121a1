"""Installing is all: the host's own CI goes red and is answered, and who may has it run again with a comment."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.store.models import ApiKey, CommentCommand
from bot.usecases import publishing
from simulators.names import STAGES
from simulators.stage import Judged, Pull, Run, Said, SimJob
from tests.e2e.inside import Inside
from tests.e2e.suites import junit
from tests.e2e.unheard import BY_A_BOT, EDITED
from tests.providers.contract.ci import has_runs
from tests.usecases.hosts import WHERE, on

pytestmark = pytest.mark.anyio

HOSTS = [name for name in STAGES if has_runs(name)]
COMMAND = "/agnox rerun failed"
TEST = "tests/test_shop.py::test_aa"
LINT = SimJob("lint", log="all is well\n")
BROKEN = SimJob(
    "test",
    "failed",
    "$ pytest\n1 failed, 2 passed in 0.10s\nError: Process completed with exit code 1.\n",
    {"junit.xml": junit(1).encode()},
)
SHOWN_ONLY = [f"> {COMMAND}", f"```\n{COMMAND}\n```", f"Say `{COMMAND}` and wait", f"<!--\n{COMMAND}\n-->"]


def healed() -> SimJob:
    """The broken job, whose three tests all pass."""
    report = re.sub(r"(?s)<failure.*?</failure>", "", junit(1)).replace('failures="1"', 'failures="0"')
    return SimJob("test", "passed", "$ pytest\n3 passed in 0.10s\n", {"junit.xml": report.encode()})


@on(HOSTS)
async def test_installing_is_all(bot: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    # A moment is enough between two edits where nothing more is on its way.
    monkeypatch.setattr(publishing, "PAUSE", timedelta(milliseconds=50))
    await bot.let_in()
    pull, foreign = await bot.open_pull_request(), await bot.open_pull_request(branch="patch-1", fork=True)
    run, elsewhere = await failed_run(bot, pull), await failed_run(bot, foreign)
    reported = report(bot, pull)
    for said in (reported, report(bot, foreign)):
        assert "1 of 3 tests failed" in said.body
        assert TEST in said.body and "shop/cart.py" in said.body
    assert verdict(bot, pull).outcome == "failed"
    async with bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(ApiKey)) == 0

    bot.stage.allow("grace")
    await nobody_else_has_it_run_again(bot, pull, run)
    bot.stage.close(foreign)
    await bot.deliver(bot.stage.closed(foreign))
    await say(bot, foreign, "grace", COMMAND)
    assert not bot.stage.reruns(elsewhere)

    comment = await say(bot, pull, "grace", f"Flaky, I think.\r\n\r\n{COMMAND}\r\n")
    assert bot.stage.reactions(pull, comment)
    assert len(bot.stage.reruns(run)) == 1
    await tell(bot, run)
    await end(bot, run, healed())
    again = report(bot, pull)
    assert again.id == reported.id
    assert "3 tests passed, 1 only after a retry" in again.body
    before, _, after = again.body.partition("attempt 2")
    assert "attempt 1" in before and "1 failed" in before and "grace" in after and TEST in after
    # Unstable is neither green nor red where the host has a word for that.
    assert verdict(bot, pull).outcome == ("other" if bot.stage.name in WHERE["checks"] else "passed")
    assert len(bot.stage.reruns(run)) == 1


async def nobody_else_has_it_run_again(bot: Inside, pull: Pull, run: Run) -> None:
    """Strangers, bots, edits and what is only shown; our comment may say why, and no more."""
    await say(bot, pull, "mallory", COMMAND)
    said = report(bot, pull).body
    assert f"mallory has no write access to {bot.stage.path}" in said
    for body in SHOWN_ONLY:
        await say(bot, pull, "grace", body)
    for tells in (EDITED, BY_A_BOT):
        await bot.deliver(tells[bot.stage.name](bot.stage, pull, COMMAND))
        await bot.idle()
    assert not bot.stage.reruns(run)
    assert report(bot, pull).body == said
    async with bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(CommentCommand)) == 1


async def failed_run(bot: Inside, pull: Pull) -> Run:
    """The host's own CI runs on the head and fails."""
    run = bot.stage.begin_run("CI", pull)
    await tell(bot, run)
    await end(bot, run, LINT, BROKEN)
    return run


async def end(bot: Inside, run: Run, *jobs: SimJob) -> None:
    bot.stage.end_run(run, *jobs)
    await tell(bot, run)


async def tell(bot: Inside, run: Run) -> None:
    await bot.deliver(bot.stage.run_posts(run))
    await bot.idle()


async def say(bot: Inside, pull: Pull, login: str, body: str) -> str:
    """Somebody comments, and all that follows is done; gives the comment's id."""
    comment = bot.stage.comment(pull, login, body)
    await bot.deliver(bot.stage.commented(pull, comment))
    await bot.idle()
    return comment


def report(bot: Inside, pull: Pull) -> Said:
    """Our only comment."""
    (comment,) = bot.comments(pull)
    return comment


def verdict(bot: Inside, pull: Pull) -> Judged:
    """The newest verdict of our only suite."""
    found = bot.verdicts(pull)
    assert {each.name for each in found} == {"Agnox / CI"}
    return found[-1]

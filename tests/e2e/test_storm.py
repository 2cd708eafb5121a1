"""Many runs of one head that end at once: the comment is edited a few times, and little is read."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.store.models import CiRun, Delivery, Execution
from bot.usecases import publishing
from simulators.stage import Post, Run, SimJob
from tests.e2e.inside import Inside
from tests.e2e.suites import junit

pytestmark = pytest.mark.anyio

DELIVERIES = 200
WORKFLOWS = 6


def _job(number: int) -> SimJob:
    return SimJob("test", "failed", "pytest\nError: Process completed with exit code 1.\n", {"junit.xml": _red(number)})


def _red(number: int) -> bytes:
    return junit(1, name=f"part {number}").encode()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_storm_of_deliveries_edits_the_comment_three_times_at_most(
    bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As with COALESCE a moment is enough where nothing more is on its way; while there is, the real time counts.
    monkeypatch.setattr(publishing, "PAUSE", timedelta(seconds=1))
    await bot.install()
    pull = await bot.open_pull_request()
    runs: list[Run] = [bot.stage.begin_run(f"part {number}", pull) for number in range(WORKFLOWS)]
    posts: list[Post] = [post for run in runs for post in bot.stage.run_posts(run)]
    ends: list[Post] = []
    for number, run in enumerate(runs):
        bot.stage.end_run(run, _job(number))
        ends += bot.stage.run_posts(run)
    told = [*posts, *ends]
    told += [ends[place % len(ends)] for place in range(DELIVERIES - len(told))]
    bot.stage.calls.clear()
    await asyncio.gather(*(_post(bot, post, number) for number, post in enumerate(told)))
    await bot.idle()
    async with bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(CiRun)) == WORKFLOWS
        assert await session.scalar(select(func.count()).select_from(Execution)) == WORKFLOWS
        assert (await session.scalar(select(func.count()).select_from(Delivery)) or 0) >= DELIVERIES
    (comment,) = bot.comments(pull)
    assert f"{WORKFLOWS} of {3 * WORKFLOWS} tests failed" in comment.body
    calls = bot.stage.calls.without_tokens()
    said = [call for call in calls if call.write and "comments" in call.path]
    assert 1 <= len(said) <= 3
    # Jobs, log, artifacts and one of them for each run; and what is asked once.
    assert len([call for call in calls if not call.write]) <= 6 * WORKFLOWS + 10


async def _post(bot: Inside, post: Post, number: int) -> None:
    """Posts it as a delivery of its own: the host sends many that say the same."""
    headers = {**post.headers, "X-GitHub-Delivery": f"00000000-0000-0000-0000-{number:012d}"}
    await bot.post(Post(post.path, headers, post.body))

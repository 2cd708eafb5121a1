"""A run whose end the host tells nobody, since a verdict of ours keeps it open, is asked after soon."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.base import now
from bot.store.models import Job, JobState
from bot.usecases.follow_run import AFTER_JOBS
from bot.usecases.note_run import PATIENCE, QUICK, patience
from simulators.gitlab.reruns import retry_failed
from simulators.gitlab.stage import GitlabStage
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import GREEN, Ci, job
from tests.usecases.runs.test_required import required
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def asking(ci: Ci) -> list[Job]:
    async with ci.desk.database.read() as session:
        query = select(Job).where(Job.function == "ask_after_runs", Job.state == JobState.QUEUED)
        return list(await session.scalars(query))


def stage(ci: Ci) -> GitlabStage:
    assert isinstance(ci.stage, GitlabStage)
    return ci.stage


def test_the_looks_come_one_after_another_and_then_each_hour() -> None:
    ages, age = [], timedelta(0)
    for _ in range(8):
        age += patience(age, unheard=True)
        ages.append(age)
    assert [at // MINUTE for at in ages] == [2, 4, 8, 15, 30, 90, 150, 210]
    assert patience(timedelta(0), unheard=False) == PATIENCE
    assert patience(-MINUTE, unheard=True) == QUICK[0], "its host's clock is ahead of ours"


@once_on({"gitlab"})
async def test_the_hook_is_silent_while_our_verdict_waits(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {"Gate": "pending"}
    ci.stage.end_run(run, job(1))
    assert ci.stage.run_posts(run) == []
    later(ci, QUICK[0])
    await ci.desk.drain()
    assert ci.desk.standing(pull)["Gate"] == "failed"
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on({"gitlab"})
async def test_looks_are_cheap_and_go_on_until_it_has_ended(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.desk.drain()
    for at in QUICK:
        ci.reads()
        later(ci, at + timedelta(seconds=5))
        await ci.desk.drain(within=timedelta(0))
        asked = [path for path in ci.reads() if "/pipelines" in path]
        assert [path for path in asked if "/pipelines/" in path] == asked, "no list of pipelines"
        assert len(asked) == 2
    ci.stage.end_run(run, job(0))
    later(ci, QUICK[-1] + PATIENCE + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull)["Gate"] == "passed"


@once_on({"gitlab"})
async def test_nobody_is_asked_while_all_have_ended(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    ci.reads()
    later(ci, QUICK[0] + MINUTE)
    await ci.desk.drain()
    assert ci.reads() == []
    (left,) = await asking(ci)
    assert left.run_at > ci.desk.services.clock() + timedelta(minutes=50)


@once_on({"github"})
async def test_elsewhere_the_host_is_waited_for(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.begin(pull)
    (left,) = await asking(ci)
    assert left.run_at > ci.desk.services.clock() + timedelta(minutes=50)


@once_on({"gitlab"})
async def test_a_rerun_on_a_later_day_is_not_given_up_at_once(ci: Ci, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, job(1))
    days, state = timedelta(days=2), stage(ci).simulator.state
    monkeypatch.setattr(state, "now", lambda: now() + days)
    retry_failed(state, run.native, stage(ci).token.user)
    later(ci, days + timedelta(seconds=10))
    await ci.desk.tell(ci.stage.run_posts(run))
    for at in (QUICK[0], QUICK[1], QUICK[-1]):
        later(ci, days + at + MINUTE)
        assert "ask_after_runs" in await ci.desk.drain(within=timedelta(0))
        (row,) = await ci.rows()
        assert (row.state, row.unread) == ("running", "")
    later(ci, 2 * days)
    await ci.desk.drain()
    (row,) = await ci.rows()
    assert row.unread == "its end was never told"


@once_on({"gitlab"})
async def test_hooks_that_tell_of_jobs_make_it_prompt(ci: Ci) -> None:
    required(ci)
    for hook in stage(ci).simulator.hooks.all.values():
        assert not hook.flags["job_events"]
        hook.flags["job_events"] = True
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.desk.drain()
    ci.stage.end_run(run, GREEN, job(1))
    ci.reads()
    await ci.desk.tell(ci.stage.run_posts(run))
    assert ci.reads() == []
    assert len(await asking(ci)) == 1
    await ci.desk.drain(within=AFTER_JOBS)
    assert ci.desk.standing(pull)["Gate"] == "failed"


@once_on({"gitlab"})
async def test_jobs_of_runs_that_tell_their_end_ask_nothing(ci: Ci) -> None:
    for hook in stage(ci).simulator.hooks.all.values():
        hook.flags["job_events"] = True
    pull = await ci.opened()
    run = await ci.begin(pull)
    ci.stage.end_run(run, GREEN, job(1))
    jobs = [post for post in ci.stage.run_posts(run) if post.headers["X-Gitlab-Event"] == "Job Hook"]
    told = await ci.desk.tell(jobs)
    assert len(told) == 2 and not any("asked after" in each.note for each in told)
    await ci.desk.drain(within=AFTER_JOBS)
    assert [row.state for row in await ci.rows()] == ["running"]

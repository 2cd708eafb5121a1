"""Runs of GitHub Actions and suites of other apps: found, run again, stopped, and what GitHub refuses."""

from datetime import timedelta
from typing import Any

import pytest

from providers.errors import Forbidden, NotFound, RateLimited, Rejected, Suspended
from providers.interface import Connection
from providers.runs import RerunScope, RunOutcome, RunState
from providers.values import Revision
from simulators.faults import Fault
from simulators.github.faults import secondary_limit
from simulators.github.models import CheckRun
from tests.providers.benches.github import GithubBench
from tests.providers.github.actions import begin, end, ended, read

pytestmark = pytest.mark.anyio

MONTH = 31 * 86_400


def revision(bench: GithubBench) -> Revision:
    return Revision(bench.repository, bench.request.head.sha, bench.request.number)


def other_check(bench: GithubBench, name: str = "build", **fields: Any) -> CheckRun:
    """A check run of another app on the head."""
    app = next((a for a in bench.simulator.state.apps.values() if a.slug == "circle"), None)
    made = app or bench.simulator.add_app("circle")
    return bench.simulator.add_check_run(bench.place, bench.request.head.sha, name, made, **fields)


def completed(bench: GithubBench, conclusion: str = "failure") -> dict[str, Any]:
    return {"status": "completed", "conclusion": conclusion, "completed_at": bench.simulator.state.now()}


async def test_suites_of_other_apps_are_runs(github: GithubBench) -> None:
    run = ended(github)
    check = other_check(github)
    other_check(github, "lint", **completed(github, "success"))
    running = await github.provider.find_runs(revision(github))
    assert [each.id for each in running] == [str(run.id), f"suite:{check.suite.id}"]
    assert (running[1].name, running[1].state) == ("Circle", RunState.RUNNING)
    other_check(github, **completed(github))
    suite = await github.provider.get_run(github.repository, running[1].id)
    assert (suite.state, suite.outcome, suite.numbers) == (RunState.ENDED, RunOutcome.FAILED, (1,))
    assert suite.url.endswith(f"/commit/{github.request.head.sha}/checks?check_suite_id={check.suite.id}")


async def test_a_suite_that_never_gets_a_check_is_not_awaited(github: GithubBench) -> None:
    github.simulator.state.suite_for(github.place, github.simulator.add_app("idle"), github.request.head.sha)
    assert list(await github.provider.find_runs(revision(github))) == []


async def test_runs_are_found_without_the_right_to_checks(github: GithubBench) -> None:
    run = ended(github)
    other_check(github)
    github.installation.permissions.pop("checks")
    assert [each.id for each in await github.provider.find_runs(revision(github))] == [str(run.id)]


async def test_a_suspension_is_told_by_whatever_is_asked_last(github: GithubBench) -> None:
    body = b'{"message": "This installation has been suspended"}'
    github.fault(Fault(path="check-suites", status=403, headers={"content-type": "application/json"}, body=body))
    with pytest.raises(Suspended):
        await github.provider.find_runs(revision(github))


async def test_many_runs_come_in_pages(github: GithubBench) -> None:
    runs = {str(begin(github, f"CI {at}").id) for at in range(130)}
    assert {each.id for each in await github.provider.find_runs(revision(github))} == runs


async def test_our_own_suite_is_no_run(github: GithubBench) -> None:
    own = github.simulator.add_check_run(
        github.place, github.request.head.sha, "Agnox", github.simulator.github_app, **completed(github)
    )
    with pytest.raises(NotFound):
        await github.provider.get_run(github.repository, f"suite:{own.suite.id}")


async def test_rerun_of_what_runs_is_refused_with_the_reason(github: GithubBench) -> None:
    found = await read(github, begin(github))
    for scope in RerunScope:
        with pytest.raises(Rejected, match="already running"):
            await github.provider.rerun(github.repository, found, scope)


async def test_rerun_of_an_old_run_is_refused_with_the_reason(github: GithubBench) -> None:
    run = ended(github)
    run.created_at -= timedelta(seconds=MONTH)
    with pytest.raises(Rejected, match="over a month ago"):
        await github.provider.rerun(github.repository, await read(github, run), RerunScope.ALL)


async def test_rerun_of_failed_jobs_where_none_failed_is_refused(github: GithubBench) -> None:
    run = ended(github, unit="passed")
    with pytest.raises(Rejected, match="cannot be retried"):
        await github.provider.rerun(github.repository, await read(github, run), RerunScope.FAILED)
    await github.provider.rerun(github.repository, await read(github, run), RerunScope.ALL)
    assert run.asked == ["all"]


async def test_a_missing_right_is_no_refusal_of_the_run(github: GithubBench) -> None:
    github.installation.permissions["actions"] = "read"
    found = await read(github, ended(github))
    with pytest.raises(Forbidden, match="not accessible"):
        await github.provider.rerun(github.repository, found, RerunScope.ALL)
    with pytest.raises(Forbidden, match="not accessible"):
        await github.provider.cancel_run(github.repository, found)


async def test_a_limit_is_no_refusal_of_the_run(github: GithubBench) -> None:
    found = await read(github, ended(github))
    github.fault(secondary_limit(path="/rerun$"))
    with pytest.raises(RateLimited):
        await github.provider.rerun(github.repository, found, RerunScope.ALL)


async def test_several_jobs_are_run_again_with_all_that_failed(github: GithubBench) -> None:
    run = ended(github, unit="failed", e2e="failed", lint="passed")
    ids = [str(job.id) for job in run.jobs if job.name != "lint"]
    await github.provider.rerun(github.repository, await read(github, run), RerunScope.ALL, ids)
    assert run.asked == ["failed"]


async def test_a_suite_is_not_ours_to_run_again_or_to_stop(github: GithubBench) -> None:
    check = other_check(github, **completed(github))
    suite = await github.provider.get_run(github.repository, f"suite:{check.suite.id}")
    with pytest.raises(Rejected, match="Circle can only be run again"):
        await github.provider.rerun(github.repository, suite, RerunScope.ALL)
    with pytest.raises(Rejected, match="Circle can only be cancelled"):
        await github.provider.cancel_run(github.repository, suite)


async def test_a_cancelled_run_is_over(github: GithubBench) -> None:
    run = begin(github)
    found = await read(github, run)
    await github.provider.cancel_run(github.repository, found)
    now = await read(github, run)
    assert (now.state, now.outcome) == (RunState.ENDED, RunOutcome.CANCELLED)
    end(github, run, unit="cancelled")
    assert (await read(github, run)).attempt == 1


async def test_cancel_is_refused_with_the_reason_while_it_runs_on(github: GithubBench) -> None:
    found = await read(github, begin(github))
    body = b'{"message": "Cannot cancel a workflow run right now"}'
    github.fault(Fault(path="/cancel$", status=409, headers={"content-type": "application/json"}, body=body))
    with pytest.raises(Rejected, match="right now"):
        await github.provider.cancel_run(github.repository, found)


async def test_a_person_may_read_runs_and_a_writer_run_them_again(github: GithubBench) -> None:
    run = ended(github)
    for role, allowed in (("read", False), ("write", True)):
        account = github.simulator.set_role(github.place, f"a-{role}r", role)
        provider = github.host.connect(Connection(credential=github.simulator.token_for(account)))
        found = await provider.get_run(github.repository, str(run.id))
        if allowed:
            await provider.rerun(github.repository, found, RerunScope.FAILED)
        else:
            with pytest.raises(Forbidden):
                await provider.rerun(github.repository, found, RerunScope.FAILED)


async def test_open_pull_requests_are_the_latest_three_hundred(github: GithubBench) -> None:
    for at in range(305):
        github.moment.seconds += 1
        github.simulator.add_pull_request(github.place, head=f"topic-{at}")
    github.moment.seconds += 60
    github.simulator.push(github.request)
    found = [pull.number for pull in await github.provider.open_pull_requests(github.repository)]
    assert found == [1, *range(306, 7, -1)]

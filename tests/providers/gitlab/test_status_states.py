"""The verdict as a commit status: how it goes from state to state, and who takes it."""

from dataclasses import replace

import pytest

from providers.errors import Forbidden, ProviderError, Rejected, Unavailable
from providers.interface import Connection
from providers.report import Verdict
from providers.values import Revision, Slot
from simulators.faults import Fault, answer_lost
from simulators.gitlab import Level
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.gitlab.verdicts import STATUSES, check, external, ours, revision, say
from tests.providers.samples import report, suite

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("before", [Verdict.PENDING, Verdict.RUNNING])
async def test_what_is_under_way_is_not_said_again(gitlab: GitlabBench, before: Verdict) -> None:
    written = await say(gitlab, before)
    gitlab.calls()
    assert await say(gitlab, Verdict.PENDING, written, title="still waiting") == written
    assert gitlab.calls() == (0, 0)
    await say(gitlab, Verdict.FAILED, written)
    assert gitlab.calls() == (0, 1)


@pytest.mark.parametrize("after", [Verdict.PASSED, Verdict.FAILED, Verdict.CANCELLED])
@pytest.mark.parametrize(("strict", "calls"), [(False, (0, 1)), (True, (1, 3))])
async def test_an_end_follows_another(
    gitlab: GitlabBench, after: Verdict, strict: bool, calls: tuple[int, int]
) -> None:
    gitlab.simulator.state.final_is_final = strict
    written = await say(gitlab, Verdict.FAILED)
    gitlab.calls()
    await say(gitlab, after, written, title="another word")
    assert gitlab.calls() == calls
    [job] = ours(gitlab.pipeline)
    assert job.description == "another word"


@pytest.mark.parametrize("first", list(Verdict))
@pytest.mark.parametrize("second", list(Verdict))
async def test_any_verdict_may_follow_any_other(gitlab: GitlabBench, first: Verdict, second: Verdict) -> None:
    words = {Verdict.PENDING: "pending", Verdict.RUNNING: "running", Verdict.CANCELLED: "canceled"}
    words |= {Verdict.PASSED: "success", Verdict.UNSTABLE: "success", Verdict.FAILED: "failed", Verdict.ERROR: "failed"}
    for final in (True, False):
        gitlab.simulator.state.final_is_final = final
        await say(gitlab, second, await say(gitlab, first))
        await say(gitlab, second)
        [job] = ours(gitlab.pipeline)
        goes_back = (first, second) == (Verdict.RUNNING, Verdict.PENDING)
        assert job.status == ("running" if goes_back else words[second])


async def test_half_of_two_writes_is_told(gitlab: GitlabBench) -> None:
    gitlab.simulator.state.final_is_final = True
    written = await say(gitlab, Verdict.FAILED)
    gitlab.fault(Fault(method="POST", path=STATUSES, skip=2, status=502))
    with pytest.raises(Unavailable) as failed:
        await say(gitlab, Verdict.PASSED, written)
    half = failed.value.written
    assert half is not None
    slot = Slot(half.id, half.state, unsure=True)
    await gitlab.provider.put_status(revision(gitlab), check(Verdict.PASSED), slot)
    assert [job.status for job in ours(gitlab.pipeline)] == ["success"]


async def test_an_unsure_status_that_arrived_is_left_alone(gitlab: GitlabBench) -> None:
    gitlab.fault(answer_lost(method="POST", path=STATUSES))
    with pytest.raises(ProviderError):
        await gitlab.provider.put_status(revision(gitlab), check(Verdict.FAILED), Slot())
    gitlab.calls()
    written = await gitlab.provider.put_status(revision(gitlab), check(Verdict.FAILED), Slot(unsure=True))
    assert gitlab.calls()[1] == 0
    assert [written.id] == [str(job.id) for job in ours(gitlab.pipeline)]


@pytest.mark.parametrize("status", [409, 422])
async def test_a_race_is_run_once_more(gitlab: GitlabBench, status: int) -> None:
    before = gitlab.moment.seconds
    gitlab.fault(Fault(method="POST", path=STATUSES, status=status))
    await say(gitlab, Verdict.RUNNING)
    assert gitlab.moment.seconds > before
    gitlab.fault(Fault(method="POST", path=STATUSES, status=status, times=2))
    with pytest.raises(Rejected):
        await say(gitlab, Verdict.FAILED)


async def test_a_role_that_sets_no_status_is_forbidden(gitlab: GitlabBench) -> None:
    weak = gitlab.simulator.add_access_token(gitlab.place, Level.REPORTER)
    provider = gitlab.host.connect(Connection(credential=weak.value, base_url=gitlab.url))
    with pytest.raises(Forbidden, match="GitLab answered 403"):
        await provider.put_status(revision(gitlab), check(Verdict.FAILED), Slot())


async def test_a_fork_takes_no_status_of_ours(gitlab: GitlabBench) -> None:
    request = gitlab.fork_request()
    fork = Revision(gitlab.repository, request.sha, request.iid, request.source_branch, from_fork=True)
    with pytest.raises(Forbidden):
        await gitlab.provider.put_status(fork, check(Verdict.FAILED), Slot())
    assert request.source is not None
    gitlab.simulator.delete_project(request.source)
    with pytest.raises(Forbidden, match="fork is gone"):
        await gitlab.provider.put_status(fork, check(Verdict.FAILED), Slot())


async def test_a_fork_that_lets_us_in_takes_it(gitlab: GitlabBench) -> None:
    request = gitlab.fork_request()
    assert request.source is not None
    gitlab.simulator.add_member(request.source, gitlab.token.user.username, Level.DEVELOPER)
    fork = Revision(gitlab.repository, request.sha, request.iid, from_fork=True)
    await gitlab.provider.put_status(fork, check(Verdict.FAILED), Slot())
    [made] = external(gitlab)
    assert (made.project, made.ref) == (request.source, "patch-1")


async def test_a_forks_pipeline_in_our_project_takes_it(gitlab: GitlabBench) -> None:
    request = gitlab.fork_request()
    pipeline = gitlab.simulator.add_merge_request_pipeline(request)
    fork = Revision(gitlab.repository, request.sha, request.iid, from_fork=True)
    await gitlab.provider.put_status(fork, check(Verdict.PASSED), Slot())
    assert [job.status for job in ours(pipeline)] == ["success"]


@pytest.mark.parametrize("branch", ["feature", "f" * 240])
async def test_state_is_short_and_of_its_head_only(gitlab: GitlabBench, branch: str) -> None:
    request = gitlab.simulator.add_merge_request(gitlab.place, source_branch=branch)
    head = Revision(gitlab.repository, request.sha, request.iid, branch)
    written = await gitlab.provider.put_status(head, check(Verdict.FAILED), Slot())
    assert len(written.state) <= 400
    newer = replace(head, sha=gitlab.simulator.push(request))
    await gitlab.provider.put_status(newer, check(Verdict.RUNNING), Slot(written.id, written.state))
    assert {pipeline.sha for pipeline in external(gitlab)} == {head.sha, newer.sha}


async def test_a_state_that_is_none_of_ours_does_no_harm(gitlab: GitlabBench) -> None:
    for state in ("x", "[]", "{}", "null", "7", '["a"]'):
        await gitlab.provider.put_status(revision(gitlab), check(Verdict.FAILED), Slot("1", state))
    assert len(ours(gitlab.pipeline)) == 1


async def test_put_check_is_refused(gitlab: GitlabBench) -> None:
    each = report(suite(Verdict.FAILED))
    rendered = gitlab.provider.render_check(each.suites[0], each)
    with pytest.raises(Rejected):
        await gitlab.provider.put_check(revision(gitlab), rendered, "run-1", Slot())

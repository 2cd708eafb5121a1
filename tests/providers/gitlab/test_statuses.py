"""The verdict as a commit status: in which pipeline it lands, and how it goes from state to state."""

from dataclasses import replace

import pytest

from providers.errors import Forbidden, NotFound, ProviderError, Rejected, Unavailable
from providers.gitlab.pipelines import choose
from providers.interface import Connection
from providers.report import Check, Verdict
from providers.values import Revision, Slot, Written
from simulators.faults import Fault, answer_lost
from simulators.gitlab import Job, Level, Pipeline
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.samples import report, suite

pytestmark = pytest.mark.anyio

STATUSES = r"/statuses/"


def check(verdict: Verdict, title: str = "3 tests failed") -> Check:
    return Check("Agnox", verdict, title, "", details_url="https://agnox.example/cycles/7")


def revision(bench: GitlabBench) -> Revision:
    return Revision(bench.repository, bench.request.sha, bench.request.iid, bench.request.source_branch)


def ours(pipeline: Pipeline) -> list[Job]:
    return [job for job in pipeline.latest if job.external]


def external(bench: GitlabBench) -> list[Pipeline]:
    return [pipeline for pipeline in bench.simulator.state.pipelines.values() if pipeline.source == "external"]


async def say(bench: GitlabBench, verdict: Verdict, before: Written | None = None, title: str = "3 failed") -> Written:
    slot = Slot(before.id, before.state) if before else Slot()
    return await bench.provider.put_status(revision(bench), check(verdict, title), slot)


@pytest.mark.parametrize(
    ("pipelines", "chosen"),
    [
        ([], None),
        ([{"id": 1, "sha": "b", "source": "push"}], None),
        ([{"id": 1, "sha": "a", "source": "push"}, {"id": 2, "sha": "a", "source": "web"}], 2),
        ([{"id": 1, "sha": "a", "source": "merge_request_event"}, {"id": 2, "sha": "a", "source": "push"}], 1),
        ([{"sha": "a", "source": "push"}, {"id": "x", "sha": "a"}], "x"),
    ],
)
def test_the_pipeline_that_a_merge_request_waits_for(pipelines: list[dict[str, object]], chosen: object) -> None:
    found = choose(pipelines, "a")
    assert (found["id"] if found else None) == chosen


async def test_it_lands_in_the_pipeline_of_the_merge_request(gitlab: GitlabBench) -> None:
    gitlab.simulator.add_pipeline(gitlab.place, gitlab.request.sha, gitlab.request.source_branch)
    await say(gitlab, Verdict.FAILED, title="x" * 300)
    [job] = ours(gitlab.pipeline)
    assert (job.name, job.status, job.target_url) == ("Agnox", "failed", "https://agnox.example/cycles/7")
    assert job.description == "x" * 254 + "…"
    assert external(gitlab) == []


@pytest.mark.parametrize("url", ["https://agnox.example/" + "x" * 255, "javascript:alert(1)", ""])
async def test_an_address_that_gitlab_would_not_take_is_left_out(gitlab: GitlabBench, url: str) -> None:
    await gitlab.provider.put_status(revision(gitlab), replace(check(Verdict.FAILED), details_url=url), Slot())
    assert ours(gitlab.pipeline)[0].target_url is None


async def test_it_lands_on_the_merge_of_head_and_target(gitlab: GitlabBench) -> None:
    gitlab.push()
    merged = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    written = await say(gitlab, Verdict.RUNNING)
    assert merged.sha != gitlab.request.sha
    assert [job.status for job in ours(merged)] == ["running"]
    gitlab.calls()
    await say(gitlab, Verdict.PASSED, written)
    assert gitlab.calls() == (0, 1)
    assert [job.status for job in ours(merged)] == ["success"]


async def test_the_merge_of_our_head_comes_before_a_branchs_pipeline(gitlab: GitlabBench) -> None:
    sha = gitlab.push()
    merged = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    gitlab.simulator.add_pipeline(gitlab.place, sha, gitlab.request.source_branch)
    assert gitlab.simulator.state.head_pipeline(gitlab.request) is merged
    await say(gitlab, Verdict.FAILED)
    assert gitlab.calls() == (2, 1)
    assert [job.status for job in ours(merged)] == ["failed"]


async def test_of_a_merge_requests_own_pipelines_the_newest_counts_and_no_read_is_wasted(gitlab: GitlabBench) -> None:
    sha = gitlab.push()
    gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    detached = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    await say(gitlab, Verdict.FAILED)
    assert gitlab.calls() == (1, 1)
    merged = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    await say(gitlab, Verdict.PASSED)
    assert (detached.sha, [job.status for job in ours(detached)]) == (sha, ["failed"])
    assert [job.status for job in ours(merged)] == ["success"]


async def test_the_merge_of_an_older_head_is_passed_over(gitlab: GitlabBench) -> None:
    older = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    gitlab.push()
    await say(gitlab, Verdict.FAILED)
    assert ours(older) == []
    assert [pipeline.sha for pipeline in external(gitlab)] == [gitlab.request.sha]


async def test_without_a_pipeline_it_makes_one_and_moves_once_the_true_one_is_there(gitlab: GitlabBench) -> None:
    gitlab.push()
    written = await say(gitlab, Verdict.RUNNING)
    [made] = external(gitlab)
    assert made.ref == gitlab.request.source_branch
    late = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    written = await say(gitlab, Verdict.FAILED, written)
    assert [job.status for job in ours(late)] == ["failed"]
    assert [job.status for job in ours(made)] == ["canceled"]
    gitlab.calls()
    await say(gitlab, Verdict.RUNNING, written)
    assert gitlab.calls() == (0, 1)


@pytest.mark.parametrize("branch", [False, True])
async def test_an_end_moves_when_the_merge_requests_own_pipeline_comes(gitlab: GitlabBench, branch: bool) -> None:
    sha = gitlab.push()
    if branch:
        gitlab.simulator.add_pipeline(gitlab.place, sha, gitlab.request.source_branch)
    written = await say(gitlab, Verdict.FAILED)
    late = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    gitlab.calls()
    written = await say(gitlab, Verdict.FAILED, written)
    assert gitlab.calls() == (1, 1)
    assert [job.status for job in ours(late)] == ["failed"]
    await say(gitlab, Verdict.PASSED, written)
    assert gitlab.calls() == (0, 1)


async def test_a_branchs_pipeline_keeps_its_status_while_there_is_no_other(gitlab: GitlabBench) -> None:
    sha = gitlab.push()
    standing = gitlab.simulator.add_pipeline(gitlab.place, sha, gitlab.request.source_branch)
    written = await say(gitlab, Verdict.RUNNING)
    gitlab.calls()
    await say(gitlab, Verdict.FAILED, written)
    assert gitlab.calls() == (1, 1)
    assert [job.status for job in ours(standing)] == ["failed"]


async def test_what_is_unsure_is_looked_for_in_the_newest_pipeline(gitlab: GitlabBench) -> None:
    written = await say(gitlab, Verdict.FAILED)
    slot = Slot(written.id, written.state, unsure=True)
    gitlab.calls()
    same = check(Verdict.FAILED, "3 failed")
    assert await gitlab.provider.put_status(revision(gitlab), same, slot) == written
    assert gitlab.calls() == (2, 0)
    newer = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    await gitlab.provider.put_status(revision(gitlab), same, slot)
    assert [job.status for job in ours(newer)] == ["failed"]


async def test_what_was_said_somewhere_is_not_said_again_where_it_stands(gitlab: GitlabBench) -> None:
    written = await say(gitlab, Verdict.FAILED)
    gitlab.calls()
    assert await say(gitlab, Verdict.FAILED, replace(written, state="")) == written
    assert gitlab.calls() == (2, 0)
    newer = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    await say(gitlab, Verdict.FAILED, replace(written, state=""))
    assert [job.status for job in ours(newer)] == ["failed"]


async def test_a_pipeline_of_statuses_alone_is_never_taken_for_the_true_one(gitlab: GitlabBench) -> None:
    gitlab.push()
    await say(gitlab, Verdict.PENDING)
    forgotten = await say(gitlab, Verdict.RUNNING)
    late = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    await say(gitlab, Verdict.FAILED, forgotten)
    assert [job.status for job in ours(late)] == ["failed"]


async def test_a_child_pipeline_is_passed_over(gitlab: GitlabBench) -> None:
    head, branch = gitlab.push(), gitlab.request.source_branch
    parent = gitlab.simulator.add_pipeline(gitlab.place, head, branch)
    gitlab.simulator.add_pipeline(gitlab.place, head, branch, source="parent_pipeline")
    await say(gitlab, Verdict.FAILED)
    assert [job.status for job in ours(parent)] == ["failed"]


async def test_without_a_pipeline_it_stays_where_it_is(gitlab: GitlabBench) -> None:
    gitlab.push()
    written = await say(gitlab, Verdict.RUNNING)
    gitlab.calls()
    await say(gitlab, Verdict.FAILED, written)
    assert gitlab.calls() == (1, 1)
    assert [job.status for pipeline in external(gitlab) for job in ours(pipeline)] == ["failed"]


async def test_another_place_is_looked_for_when_the_pipeline_is_gone(gitlab: GitlabBench) -> None:
    written = await say(gitlab, Verdict.RUNNING)
    del gitlab.simulator.state.pipelines[gitlab.pipeline.id]
    newer = gitlab.simulator.add_merge_request_pipeline(gitlab.request)
    await say(gitlab, Verdict.PASSED, written)
    assert [job.status for job in ours(newer)] == ["success"]


async def test_a_commit_that_is_not_there_is_not_found(gitlab: GitlabBench) -> None:
    lost = Revision(gitlab.repository, "0" * 40, gitlab.request.iid, gitlab.request.source_branch)
    with pytest.raises(NotFound):
        await gitlab.provider.put_status(lost, check(Verdict.FAILED), Slot())


async def test_a_branch_without_a_merge_request_takes_one_without_a_read(gitlab: GitlabBench) -> None:
    sha = gitlab.simulator.commit(gitlab.place, {"a": "b"})
    pipeline = gitlab.simulator.add_pipeline(gitlab.place, sha, "main")
    written = await gitlab.provider.put_status(
        Revision(gitlab.repository, sha, branch="main"), check(Verdict.RUNNING), Slot()
    )
    assert gitlab.calls() == (0, 1)
    assert [job.status for job in ours(pipeline)] == ["running"]
    slot = Slot(written.id, written.state)
    await gitlab.provider.put_status(Revision(gitlab.repository, sha, branch="main"), check(Verdict.FAILED), slot)
    assert gitlab.calls() == (0, 1)


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

"""Pipelines as runs, as far as only GitLab has them so."""

from dataclasses import replace

import pytest

from providers.errors import Forbidden, NotFound, Rejected
from providers.report import Check, Verdict
from providers.runs import RerunScope, RunCause, RunOutcome, RunState
from providers.values import Repository, Revision, Slot
from simulators.faults import Fault
from simulators.gitlab import Pipeline
from simulators.gitlab.stage_runs import Pipelines
from simulators.stage import SimJob
from tests.providers.benches.gitlab import GitlabBench

pytestmark = pytest.mark.anyio

RED, GREEN = SimJob("unit", "failed", "E   assert 0 == 7"), SimJob("lint")
CHECK = Check("Agnox", Verdict.FAILED, "1 failed", "in short", details_url="https://bot.example.com/7")


def head(bench: GitlabBench) -> Revision:
    return Revision(bench.repository, bench.request.sha, bench.request.iid, bench.request.source_branch)


def end(bench: GitlabBench, pipeline: Pipeline, *jobs: SimJob) -> None:
    Pipelines(bench.simulator).end(pipeline, jobs)


async def test_a_run_is_read_in_three_calls(gitlab: GitlabBench) -> None:
    end(gitlab, gitlab.pipeline, RED)
    gitlab.calls()
    found = await gitlab.provider.get_run(gitlab.repository, str(gitlab.pipeline.id))
    assert gitlab.calls() == (3, 0)
    assert (found.name, found.cause, found.numbers) == ("Merge request pipeline", RunCause.PULL_REQUEST, (1,))
    assert await gitlab.provider.get_run(Repository("", "acme/shop"), found.id) == found


async def test_pipelines_on_a_merge_are_found_by_the_head(gitlab: GitlabBench) -> None:
    simulator, old = gitlab.simulator, gitlab.request.sha
    first = simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    gitlab.push()
    merges = [simulator.add_merge_request_pipeline(gitlab.request, merged_results=True) for _ in range(2)]
    found = await gitlab.provider.find_runs(head(gitlab))
    assert [run.id for run in found] == [str(each.id) for each in reversed(merges)]
    assert {run.sha for run in found} == {each.sha for each in merges}
    earlier = await gitlab.provider.find_runs(replace(head(gitlab), sha=old))
    assert {run.id for run in earlier} == {str(first.id), str(gitlab.pipeline.id)}


async def test_pipelines_of_branches_are_found_too(gitlab: GitlabBench) -> None:
    simulator, sha = gitlab.simulator, gitlab.request.sha
    pushed = simulator.add_pipeline(gitlab.place, sha, "feature", status="success")
    for source in ("external", "parent_pipeline"):
        simulator.add_pipeline(gitlab.place, sha, "feature", source=source)
    found = {run.id: run for run in await gitlab.provider.find_runs(head(gitlab))}
    assert found.keys() == {str(gitlab.pipeline.id), str(pushed.id)}
    run = found[str(pushed.id)]
    assert (run.cause, run.branch, run.numbers, run.name) == (RunCause.PUSH, "feature", (), "Pipeline")
    alone = await gitlab.provider.find_runs(Revision(gitlab.repository, sha))
    assert {run.id for run in alone} == found.keys()


async def test_our_verdict_changes_no_run(gitlab: GitlabBench) -> None:
    end(gitlab, gitlab.pipeline, GREEN)
    run_id = str(gitlab.pipeline.id)
    before = await gitlab.provider.get_run(gitlab.repository, run_id)
    assert before.outcome is RunOutcome.PASSED
    for verdict in (Verdict.RUNNING, Verdict.FAILED):
        gitlab.moment.seconds += 60
        await gitlab.provider.put_status(head(gitlab), replace(CHECK, verdict=verdict), Slot())
        assert await gitlab.provider.get_run(gitlab.repository, run_id) == before
    assert gitlab.pipeline.status == "failed"


async def test_a_child_pipeline_belongs_to_its_parent(gitlab: GitlabBench) -> None:
    simulator, pipeline = gitlab.simulator, gitlab.pipeline
    child = simulator.add_pipeline(gitlab.place, pipeline.sha, pipeline.ref, source="parent_pipeline")
    end(gitlab, pipeline, GREEN)
    bridge = simulator.add_bridge(pipeline, "services", child)
    running = await gitlab.provider.get_run(gitlab.repository, str(pipeline.id))
    assert (running.state, running.outcome) == (RunState.RUNNING, RunOutcome.UNKNOWN)
    end(gitlab, child, RED)
    bridge.status, bridge.finished_at = "failed", pipeline.tick(simulator.state.now())
    ended = await gitlab.provider.get_run(gitlab.repository, str(pipeline.id))
    assert (ended.state, ended.outcome) == (RunState.ENDED, RunOutcome.FAILED)
    assert [run.id for run in await gitlab.provider.find_runs(head(gitlab))] == [str(pipeline.id)]


@pytest.mark.parametrize("visible", [True, False])
async def test_a_forks_pipeline_is_found_as_far_as_we_are_let(gitlab: GitlabBench, visible: bool) -> None:
    request = gitlab.fork_request()
    fork = request.source
    assert fork is not None
    fork.visibility = "public" if visible else "private"
    pipeline = gitlab.simulator.add_merge_request_pipeline(request, project=fork)
    end(gitlab, pipeline, RED)
    [found] = await gitlab.provider.find_runs(Revision(gitlab.repository, request.sha, request.iid, "patch-1", True))
    assert (found.id, found.source, found.branch) == (
        f"{fork.id}/{pipeline.id}",
        Repository(str(fork.id), "mallory/shop"),
        "patch-1",
    )
    assert (found.outcome, found.numbers) == (RunOutcome.FAILED, (request.iid,))
    if visible:
        assert await gitlab.provider.get_run(gitlab.repository, found.id) == found
    else:
        with pytest.raises((NotFound, Forbidden)):
            await gitlab.provider.get_run(gitlab.repository, found.id)


async def test_all_of_a_branch_runs_again_only_on_its_newest_commit(gitlab: GitlabBench) -> None:
    simulator = gitlab.simulator
    pipeline = simulator.add_pipeline(gitlab.place, gitlab.commit({"a": b"1"}), "main", status="failed")
    run = await gitlab.provider.get_run(gitlab.repository, str(pipeline.id))
    await gitlab.provider.rerun(gitlab.repository, run, RerunScope.ALL)
    assert pipeline.again is not None
    assert (pipeline.again.sha, pipeline.again.source) == (pipeline.sha, "api")
    again = await gitlab.provider.get_run(gitlab.repository, str(pipeline.again.id))
    assert again.name == run.name
    gitlab.commit({"a": b"2"})
    with pytest.raises(Rejected, match="main has moved on"):
        await gitlab.provider.rerun(gitlab.repository, run, RerunScope.ALL)


async def test_what_gitlab_will_not_run_again_is_rejected_with_its_words(gitlab: GitlabBench) -> None:
    run = await gitlab.provider.get_run(gitlab.repository, str(gitlab.pipeline.id))
    for jobs in (["7/../8"], ["-1"], [""], ["é"]):
        gitlab.calls()
        with pytest.raises(Rejected, match="are not jobs"):
            await gitlab.provider.rerun(gitlab.repository, run, RerunScope.FAILED, jobs)
        assert gitlab.calls() == (0, 0)
    told = b'{"message": {"base": ["No stages / jobs for this pipeline."]}}'
    json = {"content-type": "application/json"}
    gitlab.fault(Fault(method="POST", path="/pipelines$", status=400, headers=json, body=told))
    with pytest.raises(Rejected, match="No stages / jobs"):
        await gitlab.provider.rerun(gitlab.repository, run, RerunScope.ALL)
    gitlab.fault(Fault(method="POST", path="/retry$", status=403, headers=json, body=b'{"message": "403 Forbidden"}'))
    with pytest.raises(Forbidden):
        await gitlab.provider.rerun(gitlab.repository, run, RerunScope.FAILED)


async def test_open_merge_requests_come_changed_last_first(gitlab: GitlabBench) -> None:
    gitlab.moment.seconds += 60
    gitlab.fork_request()
    gitlab.moment.seconds += 60
    gitlab.push()
    found = await gitlab.provider.open_pull_requests(gitlab.repository)
    assert [(pull.number, pull.from_fork) for pull in found] == [(1, False), (2, True)]

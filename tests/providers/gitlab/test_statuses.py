"""The verdict as a commit status: in which pipeline it lands, and how it goes from state to state."""

from dataclasses import replace

import pytest

from providers.errors import NotFound
from providers.gitlab.pipelines import choose
from providers.report import Verdict
from providers.values import Revision, Slot
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.gitlab.verdicts import check, external, ours, revision, say

pytestmark = pytest.mark.anyio


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

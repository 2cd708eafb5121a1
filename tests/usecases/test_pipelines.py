"""A verdict follows the pipeline that the host's merge button waits for."""

import pytest

from simulators.gitlab.stage import GitlabStage
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


@once_on({"gitlab"})
@pytest.mark.parametrize("merged", [False, True], ids=["detached", "merged results"])
@pytest.mark.parametrize("branch", [False, True], ids=["alone", "beside a branch's"])
async def test_a_verdict_moves_into_a_pipeline_that_begins_later(desk: Desk, merged: bool, branch: bool) -> None:
    assert isinstance(desk.stage, GitlabStage)
    simulator, pull = desk.stage.simulator, desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    if branch:
        simulator.add_pipeline(desk.stage.project, pull.head_sha, pull.native.source_branch)
    await trigger(desk, pull, suite(1))
    await desk.drain()
    pipeline = simulator.add_merge_request_pipeline(pull.native, merged_results=merged)
    await desk.tell(desk.stage.posts(simulator.events.pipeline(pipeline)))
    await desk.drain()
    assert [job.status for job in pipeline.jobs if job.name.startswith("Agnox")] == ["failed"]
    desk.calls()
    await desk.tell(desk.stage.posts(simulator.events.pipeline(pipeline)))
    await desk.drain()
    assert desk.calls()[1] == []

"""A build of Azure Pipelines that published no test results, but kept its reports as an artifact."""

import pytest

from simulators.stage import SimJob
from tests.e2e.suites import junit
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import Ci

pytestmark = pytest.mark.anyio


@once_on({"azure"})
@pytest.mark.parametrize("kind", ["Container", "PipelineArtifact"])
async def test_it_is_answered_from_the_artifact(ci: Ci, kind: str) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    files = {"junit.xml": junit(2).encode()}
    ci.stage.simulator.keep_artifact(run.native, "TestResults", files, kind=kind)  # type: ignore[attr-defined]
    await ci.end(run, SimJob("test", "failed", "exit code 1"))
    assert "2 of 4 tests failed" in ci.comment(pull).body
    assert ci.desk.standing(pull) == {"Agnox / CI": "failed"}

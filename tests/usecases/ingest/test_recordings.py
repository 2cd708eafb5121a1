"""What the Playwright reporter was recorded to send ends in the right counts and a report."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.ingest.conftest import Reporter

pytestmark = pytest.mark.anyio

RECORDINGS = Path(__file__).parents[2] / "data" / "agnox"


async def replay(reporter: Reporter, name: str, **context: Any) -> dict[str, Any]:
    """Sends a recording's requests with our own ids, has the jobs run and gives the execution."""
    session: dict[str, Any] = {}
    for request in json.loads((RECORDINGS / f"{name}.json").read_text())["requests"]:
        body = request["body"]
        if request["path"].endswith("/setup"):
            told = (body.get("ciContext") or {}) | context
            session = await reporter.setup(**body | {"projectId": reporter.desk.project.id, "ciContext": told})
        else:
            await reporter.post(request["path"].rpartition("/")[2], body | {"sessionId": session["sessionId"]})
    await reporter.desk.drain()
    return await reporter.read(f"executions/{session['taskId']}")


async def test_attempts_are_attempts_and_tests_are_tests(reporter: Reporter) -> None:
    pull = reporter.desk.stage.open_pull()
    execution = await replay(reporter, "github.pull_request", **reporter.desk.context(pull))
    assert execution["status"] == "FAILED"
    counts = execution["counts"]
    assert (counts["total"], counts["passed"], counts["failed"], counts["skipped"]) == (6, 3, 2, 1)
    assert counts["flaky"] == 1
    (comment,), (verdict,) = reporter.desk.stage.comments(pull), reporter.desk.stage.verdicts(pull)
    assert "2 of 6 tests failed" in comment.body and verdict.outcome == "failed"
    assert "\x1b" not in comment.body and "[31m" not in comment.body
    failing = json.dumps(execution["findings"])
    assert "tests/checkout.spec.ts::checkout::applies the voucher" in failing and "/home/runner" not in failing


async def test_what_is_green_after_a_retry_is_unstable(reporter: Reporter) -> None:
    pull = reporter.desk.stage.open_pull()
    execution = await replay(reporter, "github.flaky-only", **reporter.desk.context(pull))
    assert execution["status"] == "UNSTABLE"
    assert (execution["counts"]["total"], execution["counts"]["failed"], execution["counts"]["flaky"]) == (2, 0, 1)


async def test_a_repeated_batch_counts_once(reporter: Reporter) -> None:
    execution = await replay(reporter, "github.slow-event")
    assert (execution["status"], execution["counts"]["total"], execution["counts"]["failed"]) == ("FAILED", 2, 1)


async def test_where_failures_never_arrived_the_reporters_word_counts(reporter: Reporter) -> None:
    execution = await replay(reporter, "github.slow-setup")
    assert execution["status"] == "FAILED"
    assert "did not arrive" in json.dumps(execution)


async def test_jenkins_tells_a_git_address(reporter: Reporter) -> None:
    execution = await replay(reporter, "jenkins.multibranch-pr", scm="github")
    assert execution["status"] == "FAILED" and execution["counts"]["total"] == 6
    assert execution["ciContext"]["repository"] == "acme/shop" and execution["ciContext"]["prNumber"] == 42

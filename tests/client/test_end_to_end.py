"""The client, a real bot and a simulated git host: a red run of make ends in a report on the pull request."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.demo.story import Story
from tests.stages import a_stage

MAKEFILE = f"""\
test:
\t'{sys.executable}' -m pytest -q -p no:cacheprovider --junitxml=build/junit.xml
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A bot that runs and is let in, and a pull request with a bug."""
    stage = a_stage("github")
    with stage.serve() as address:
        story = Story.begin(stage, address, tmp_path_factory.mktemp("story"), {"AGNOX_JOB_LEASE": "1"})
        with story.bot.serving():
            story.install()
            story.open_pull_request()
            yield story
    assert not stage.violations


def agnox(story: Story, tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the client as a job of GitHub Actions does, in the repository."""
    payload = tmp_path / "event.json"
    head = {"sha": story.pull.head_sha, "ref": story.pull.branch}
    payload.write_text(json.dumps({"pull_request": {"number": story.pull.number, "head": head}}))
    variables = {
        "AGNOX_URL": story.bot.url,
        "AGNOX_API_KEY": story.key,
        "AGNOX_PROJECT": story.project,
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": story.stage.path,
        "GITHUB_SHA": "0" * 39 + "1",
        "GITHUB_REF": f"refs/pull/{story.pull.number}/merge",
        "GITHUB_EVENT_PATH": str(payload),
        "GITHUB_JOB": "test",
    }
    return subprocess.run(
        [sys.executable, "-m", "agnox", *arguments],
        cwd=story.code.path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_a_failing_make_and_then_a_green_report(story: Story, tmp_path: Path) -> None:
    (story.code.path / "Makefile").write_text(MAKEFILE)
    red = agnox(story, tmp_path, "run", "--no-live", "--report", "build/*.xml", "--", "make", "test")
    assert red.returncode == 2
    assert "3 failed" in red.stdout
    assert "agnox: 1 report and 1 log sent to" in red.stderr
    cycle = red.stderr.partition("; cycle ")[2][:32]
    verdict = story.finished_verdict()
    assert verdict.outcome == "failed"
    assert "test_voucher_of_ten_percent" in story.comment_saying("3 of 13 tests failed").body
    view = story.bot.call("GET", f"/api/cycles/{cycle}", story.key)
    assert (view["status"], view["ciContext"]["commitSha"]) == ("FAILED", story.pull.head_sha)
    assert view["suite"].endswith(" / test")

    story.push_fix()
    assert agnox(story, tmp_path, "run", "--no-live", "--", "make", "test").returncode == 0
    assert story.finished_verdict().outcome == "passed"

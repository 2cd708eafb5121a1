"""Builds that run: their timeline, logs, published results, and how they are run again or stopped."""

import pytest

from simulators.azure.models import Build
from simulators.stage import SimJob
from tests.simulators.azure.conftest import Scene

JUNIT = b"""<testsuites><testsuite name="s"><testcase classname="a.B" name="ok" time="1.5"/>
<testcase name="no"><failure message="0 is not 7">at B.java:3</failure></testcase>
<testcase name="off"><skipped/></testcase></testsuite></testsuites>"""
RED, GREEN = SimJob("unit tests", "failed", "one\ntwo", {"junit.xml": JUNIT}), SimJob("lint", "passed", "fine")
BUILDS = "/Shop/_apis/build/builds"


def run(scene: Scene, *jobs: SimJob) -> Build:
    build = scene.sim.add_build(scene.pull)
    scene.sim.start_build(build)
    scene.sim.run_jobs(build, jobs or (RED, GREEN))
    return build


def test_timeline_and_logs(scene: Scene) -> None:
    build = run(scene)
    records = scene.call("GET", f"{BUILDS}/{build.id}/timeline").json()["records"]
    by_id = {each["id"]: each for each in records}
    assert [each["type"] for each in records] == ["Stage", "Phase", "Job", "Task"] * 2
    step = records[3]
    assert [by_id[step["parentId"]]["name"], step["result"], step["attempt"]] == ["unit tests", "failed", 1]
    assert records[0]["identifier"] == "unit_tests"
    plain = {"Accept": "text/plain;api-version=7.1"}
    lines = scene.call("GET", f"{BUILDS}/{build.id}/logs/{step['log']['id']}", headers=plain).text.split("\r\n")
    assert lines[0].endswith("Z ##[section]Starting: Run tests")
    assert [line.partition(" ")[2] for line in lines[-4:-1]] == ["one", "two", "##[error]Bash exited with code '1'."]
    assert scene.call("GET", f"{BUILDS}/{build.id}/logs/999").status_code == 404
    assert (build.status, build.result) == ("completed", "failed")


def test_a_build_that_waits_has_no_timeline(scene: Scene) -> None:
    build = scene.sim.add_build(scene.pull)
    assert scene.call("GET", f"{BUILDS}/{build.id}/timeline").status_code == 204


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        (["passed", "skipped"], "succeeded"),
        (["passed", "failed", "cancelled"], "failed"),
        (["passed", "cancelled"], "canceled"),
    ],
)
def test_how_a_build_ends(scene: Scene, outcomes: list[str], result: str) -> None:
    build = run(scene, *(SimJob(f"job {at}", outcome) for at, outcome in enumerate(outcomes)))
    assert build.result == result


def test_published_results(scene: Scene) -> None:
    build = run(scene)
    below = "/Shop/_apis/test/Runs"
    asked = f"{below}?buildUri=vstfs:///Build/Build/{build.id}&includeRunDetails=true"
    [told] = scene.call("GET", asked).json()["value"]
    assert (told["totalTests"], told["passedTests"]) == (3, 1)
    assert told["pipelineReference"]["jobReference"] == {"jobName": "unit tests", "attempt": 1}
    found = scene.call("GET", f"{below}/{told['id']}/results").json()["value"]
    assert [(each["outcome"], each["automatedTestStorage"]) for each in found] == [
        ("Passed", "a.B"),
        ("Failed", "s"),
        ("NotExecuted", "s"),
    ]
    assert (found[0]["durationInMs"], found[1]["errorMessage"], found[1]["stackTrace"]) == (
        1500,
        "0 is not 7",
        "at B.java:3",
    )
    [failed] = scene.call("GET", f"{below}/{told['id']}/results?outcomes=Failed,Error&$top=5").json()["value"]
    assert failed == found[1]
    assert scene.call("GET", f"{below}/{told['id']}/results?$skip=2").json()["count"] == 1
    assert scene.call("GET", f"{below}/999/results").status_code == 404
    assert scene.call("GET", f"{below}?buildUri=vstfs:///Build/Build/1").json()["count"] == 0


def test_a_retry_keeps_what_passed(scene: Scene) -> None:
    build = run(scene)
    assert scene.call("PATCH", f"{BUILDS}/{build.id}?retry=true", json={}).json()["status"] == "inProgress"
    scene.sim.run_jobs(build, [SimJob("unit tests")])
    assert (build.result, build.asked) == ("succeeded", ["failed"])
    assert {job.name: job.attempt for job in build.jobs} == {"lint": 1, "unit tests": 2}
    assert scene.call("PATCH", f"{BUILDS}/{build.id}?retry=true", json={}).status_code == 400


def test_a_stage_is_run_again(scene: Scene) -> None:
    build = run(scene)
    stages = f"{BUILDS}/{build.id}/stages"
    assert scene.call("PATCH", f"{stages}/lint", json={"state": "retry"}).status_code == 400
    assert scene.call("PATCH", f"{stages}/nothing", json={"state": "retry"}).status_code == 404
    assert scene.call("PATCH", f"{stages}/unit_tests", json={"state": "retry"}).status_code == 204
    assert (build.status, build.asked) == ("inProgress", ["unit tests"])
    assert scene.call("PATCH", f"{stages}/unit_tests", json={"state": "retry"}).status_code == 400


def test_a_build_is_stopped(scene: Scene) -> None:
    build = scene.sim.add_build(scene.pull)
    assert scene.call("PATCH", f"{BUILDS}/{build.id}", json={"status": "cancelling"}).json()["result"] == "canceled"
    assert build.cancelled
    assert scene.call("PATCH", f"{BUILDS}/{build.id}", json={"status": "cancelling"}).status_code == 400


def test_who_may_not_read_the_code_sees_no_builds(scene: Scene) -> None:
    secret = scene.sim.add_repository(scene.sim.add_project("Secret", bot_groups=[]))
    build = scene.sim.add_build(secret)
    assert scene.call("GET", "/Secret/_apis/build/builds").json()["count"] == 0
    assert scene.call("GET", f"/Secret/_apis/build/builds/{build.id}").status_code == 404


def test_a_build_keeps_the_head_that_it_was_of(scene: Scene) -> None:
    build, head = run(scene), scene.pull.head
    scene.sim.push(scene.pull)
    told = scene.call("GET", f"{BUILDS}/{build.id}").json()
    assert told["triggerInfo"]["pr.sourceSha"] == head != scene.pull.head

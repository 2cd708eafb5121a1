"""Commit statuses: the state machine and the pipeline that takes them."""

from typing import Any

import pytest
from httpx2 import Response

from simulators.gitlab import Level
from tests.simulators.gitlab.conftest import Scene


def _post(scene: Scene, state: str, **more: Any) -> Response:
    return scene.bot("POST", f"/statuses/{scene.request.sha}", json={"state": state, "name": "Agnox", **more})


@pytest.mark.parametrize("final", ["success", "failed", "canceled"])
def test_the_way_to_an_end(scene: Scene, final: str) -> None:
    answers = [_post(scene, state) for state in ("pending", "running", final)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["pipeline_id"] for answer in answers}) == 1
    (status,) = scene.bot("GET", f"/repository/commits/{scene.request.sha}/statuses?name=Agnox").json()
    assert (status["status"], status["author"]["id"]) == (final, scene.token.user.id)


@pytest.mark.parametrize(
    ("before", "state", "told"),
    [
        (["pending"], "pending", ":enqueue from :pending"),
        (["running"], "running", ":run from :running"),
        (["running"], "pending", ":enqueue from :running"),
        (["running"], "skipped", ":skip from :running"),
        (["success"], "success", ":success from :success"),
        (["success"], "failed", ":drop from :success"),
        (["failed"], "canceled", ":cancel from :failed"),
    ],
)
def test_a_state_is_not_repeated_or_taken_back(scene: Scene, before: list[str], state: str, told: str) -> None:
    scene.sim.state.final_is_final = True
    for earlier in before:
        assert _post(scene, earlier).status_code == 201
    answer = _post(scene, state)
    assert answer.status_code == 400
    assert f"Cannot transition status via {told}" in answer.json()["message"]


def test_after_the_end_a_new_entry_begins(scene: Scene) -> None:
    first = _post(scene, "failed").json()
    assert _post(scene, "running").status_code == 201
    second = _post(scene, "success").json()
    assert second["id"] != first["id"]
    assert second["pipeline_id"] == first["pipeline_id"]
    path = f"/repository/commits/{scene.request.sha}/statuses"
    assert [status["status"] for status in scene.bot("GET", path).json()] == ["success"]
    assert [status["status"] for status in scene.bot("GET", f"{path}?all=true").json()] == ["failed", "success"]
    assert _post(scene, "failed").status_code == 201
    scene.sim.state.final_is_final = True
    assert _post(scene, "success").status_code == 400
    assert len(scene.bot("GET", f"{path}?all=true").json()) == 3


def test_without_a_pipeline_an_external_one_is_made(scene: Scene) -> None:
    answer = _post(scene, "running", ref="feature").json()
    (pipeline,) = scene.on_request("GET", "/pipelines").json()
    assert (pipeline["id"], pipeline["source"], pipeline["ref"]) == (answer["pipeline_id"], "external", "feature")
    assert scene.on_request("GET").json()["head_pipeline"]["source"] == "external"


def test_the_newest_pipeline_takes_it(scene: Scene) -> None:
    sha = scene.request.sha
    branch = scene.sim.add_pipeline(scene.project, sha, "feature")
    request = scene.sim.add_merge_request_pipeline(scene.request)
    assert _post(scene, "running").json()["pipeline_id"] == request.id
    named = _post(scene, "running", ref="feature").json()
    assert (named["pipeline_id"], named["ref"]) == (branch.id, "feature")
    chosen = _post(scene, "success", pipeline_id=request.id).json()
    assert (chosen["pipeline_id"], chosen["ref"]) == (request.id, f"refs/merge-requests/{scene.request.iid}/head")
    assert [job.name for job in request.latest] == ["test", "Agnox"]
    # Jobs of GitLab's own runners stand in the list, too.
    names = {status["name"] for status in scene.bot("GET", f"/repository/commits/{sha}/statuses").json()}
    assert names == {"test", "Agnox"}


def test_a_pipeline_that_does_not_match(scene: Scene) -> None:
    pipeline = scene.sim.add_merge_request_pipeline(scene.request)
    assert _post(scene, "running", pipeline_id=pipeline.id, ref="feature").status_code == 404
    assert _post(scene, "running", pipeline_id=1).status_code == 404
    scene.sim.push(scene.request)
    assert _post(scene, "running", pipeline_id=pipeline.id).status_code == 404
    assert len(scene.sim.state.pipelines) == 1


def test_merged_results_run_on_another_commit(scene: Scene) -> None:
    pipeline = scene.sim.add_merge_request_pipeline(scene.request, merged_results=True)
    assert pipeline.sha != scene.request.sha
    (shown,) = scene.on_request("GET", "/pipelines").json()
    assert (shown["sha"], shown["ref"]) == (pipeline.sha, "refs/merge-requests/1/merge")
    assert scene.on_request("GET").json()["head_pipeline"]["id"] == pipeline.id
    assert _post(scene, "running", pipeline_id=pipeline.id).status_code == 404
    body = {"state": "running", "pipeline_id": pipeline.id}
    landed = scene.bot("POST", f"/statuses/{pipeline.sha}", json=body)
    assert (landed.status_code, landed.json()["name"]) == (201, "default")


def test_a_fork_keeps_its_commits_to_itself(scene: Scene) -> None:
    fork = scene.sim.fork(scene.project, "mallory")
    request = scene.sim.add_merge_request(scene.project, fork=fork, user="mallory", source_branch="evil")
    body = {"state": "failed", "ref": "evil"}
    # The target knows the commit only by the ref of the merge request.
    assert scene.bot("GET", f"/repository/commits/{request.sha}").status_code == 200
    assert scene.bot("POST", f"/statuses/{request.sha}", json=body).status_code == 404
    source = f"/projects/{fork.id}/statuses/{request.sha}"
    assert scene.call("POST", source, scene.token, json=body).status_code == 404
    fork.visibility = "public"
    assert scene.call("POST", source, scene.token, json=body).status_code == 403
    pipeline = scene.sim.add_merge_request_pipeline(request)
    landed = scene.bot("POST", f"/statuses/{request.sha}", json={"state": "failed", "pipeline_id": pipeline.id})
    assert landed.status_code == 201


def test_a_developer_sets_statuses(scene: Scene) -> None:
    scene.sim.add_member(scene.project, scene.token.user.username, Level.REPORTER)
    assert _post(scene, "running").status_code == 403
    scene.sim.add_member(scene.project, scene.token.user.username, Level.DEVELOPER)
    assert _post(scene, "running").status_code == 201


@pytest.mark.parametrize(
    "more",
    [
        {"state": "failure"},
        {"description": "x" * 256},
        {"target_url": "https://example.com/" + "x" * 255},
        {"target_url": "javascript:alert(1)"},
        {"conclusion": "success"},
    ],
)
def test_what_a_status_may_not_say(scene: Scene, more: dict[str, Any]) -> None:
    assert _post(scene, **{"state": "running", **more}).status_code == 400
    assert scene.problem()


def test_unknown_commits(scene: Scene) -> None:
    assert scene.bot("POST", f"/statuses/{'0' * 40}", json={"state": "running"}).status_code == 404
    assert scene.bot("GET", f"/repository/commits/{scene.request.sha[:8]}").json()["id"] == scene.request.sha


def test_another_user_has_an_entry_of_their_own(scene: Scene) -> None:
    _post(scene, "running")
    other = scene.sim.add_access_token(scene.project)
    path = f"/projects/{scene.project.id}/statuses/{scene.request.sha}"
    answer = scene.call("POST", path, other, json={"state": "running", "name": "Agnox"})
    assert answer.status_code == 201
    assert answer.json()["author"]["id"] == other.user.id


def test_a_form_is_as_good_as_json(scene: Scene) -> None:
    form = {"state": "success", "name": "Agnox"}
    assert scene.bot("POST", f"/statuses/{scene.request.sha}", data=form).status_code == 201

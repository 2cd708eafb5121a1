"""python-gitlab works with the simulator, and sends nothing that the contract refuses."""

from collections.abc import Iterator

import gitlab
import pytest
from gitlab.exceptions import GitlabAuthenticationError, GitlabCreateError, GitlabHttpError
from gitlab.v4.objects import Project, ProjectMergeRequest

from tests.simulators.gitlab.conftest import Scene


@pytest.fixture
def sdk(scene: Scene) -> Iterator[gitlab.Gitlab]:
    with scene.sim.serve() as base_url, gitlab.Gitlab(base_url, private_token=scene.token.value) as client:
        yield client


@pytest.fixture
def project(sdk: gitlab.Gitlab) -> Project:
    return sdk.projects.get("acme/tools/shop")


@pytest.fixture
def request_(project: Project) -> ProjectMergeRequest:
    return project.mergerequests.get(1)


def test_lists_are_read_to_the_end(scene: Scene, request_: ProjectMergeRequest) -> None:
    for number in range(45):
        scene.sim.add_note(scene.request, "mona", f"note {number}")
    notes = request_.notes.list(get_all=True, sort="asc", order_by="created_at", activity_filter="only_comments")
    assert [note.body for note in notes] == [f"note {number}" for number in range(45)]
    lazy = request_.notes.list(iterator=True, per_page=10)
    assert (lazy.total, lazy.total_pages, len(list(lazy))) == (45, 5, 45)


def test_notes_threads_and_emoji(request_: ProjectMergeRequest) -> None:
    note = request_.notes.create({"body": "red"})
    note.body = "green"
    note.save()
    note.awardemojis.create({"name": "eyes"})
    with pytest.raises(GitlabCreateError, match="already been taken"):
        note.awardemojis.create({"name": "eyes"})
    position = {"position_type": "text", "new_path": "src/pay.py", "old_path": "src/pay.py", "new_line": 2}
    thread = request_.discussions.create({"body": "here", "position": {**request_.diff_refs, **position}})
    thread.notes.create({"body": "more"})
    thread.resolved = True
    thread.save()
    shown = request_.discussions.get(thread.id)
    assert [part["resolved"] for part in shown.attributes["notes"]] == [True, True]


def test_statuses_hooks_and_rights(scene: Scene, sdk: gitlab.Gitlab, project: Project) -> None:
    commit = project.commits.get(scene.request.sha)
    status = commit.statuses.create({"state": "running", "name": "Agnox", "ref": "feature"})
    assert status.attributes["pipeline_id"] in scene.sim.state.pipelines
    assert [found["iid"] for found in commit.merge_requests()] == [1]
    assert project.members_all.get(scene.request.author.id).access_level == 30
    hook = project.hooks.create({"url": "https://bot.example.com/hook", "token": "t", "note_events": True})
    hook.pipeline_events = True
    hook.save()
    assert [(found.token_present, found.pipeline_events) for found in project.hooks.list(get_all=True)] == [
        (True, True)
    ]
    hook.delete()
    assert project.files.raw("src/pay.py", ref="main") == b"x = 1\n"
    assert sdk.personal_access_tokens.get("self").scopes == ["api"]


def test_refusals_are_errors(scene: Scene, sdk: gitlab.Gitlab) -> None:
    scene.sim.rate_limit.limit = 0
    with pytest.raises(GitlabHttpError) as caught:
        sdk.http_get("/user", obey_rate_limit=False)
    assert (caught.value.response_code, str(caught.value.response_body)) == (429, "b'Retry later\\n'")
    scene.sim.rate_limit.limit = None
    scene.token.revoked = True
    with pytest.raises(GitlabAuthenticationError):
        sdk.auth()


def test_a_renamed_project_is_found(scene: Scene, sdk: gitlab.Gitlab) -> None:
    scene.sim.rename(scene.project, "acme/store")
    assert sdk.projects.get("acme/tools/shop").get_id() == scene.project.id

"""Faults on demand."""

from simulators.faults import answer_lost, html_page
from simulators.gitea.faults import refused, too_many_requests
from tests.simulators.gitea.conftest import Scene

COMMENTS = "/issues/1/comments"


def test_refusals_in_the_words_of_the_host(scene: Scene) -> None:
    scene.sim.faults.add(refused(500, "database is locked", path=r"/comments$"))
    scene.sim.faults.add(too_many_requests(7, path=r"/comments$"))
    first, second, third = (scene.bot("GET", COMMENTS) for _ in range(3))
    assert (first.status_code, first.json()["message"]) == (500, "database is locked")
    assert (second.status_code, second.headers["retry-after"]) == (429, "7")
    assert third.json() == []
    assert [call.fault for call in scene.sim.calls] == [True, True, False]


def test_lost_answer_was_applied(scene: Scene) -> None:
    scene.sim.faults.add(answer_lost(method="POST"))
    assert scene.bot("POST", COMMENTS, json={"body": "hi"}).status_code == 502
    assert [comment.body for comment in scene.sim.state.comments.values()] == ["hi"]
    scene.sim.faults.add(html_page(method="POST"))
    assert scene.bot("POST", COMMENTS, json={"body": "again"}).status_code == 502
    assert len(scene.sim.state.comments) == 1
    assert [call.write for call in scene.sim.calls] == [True, True]

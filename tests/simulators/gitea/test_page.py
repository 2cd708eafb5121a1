"""The page of a pull request."""

from simulators.gitea.markdown import GITEA
from tests.simulators.gitea.conftest import Scene

PAGE = "/acme/shop/pulls/1"


def test_page_shows_the_pull_request(scene: Scene) -> None:
    scene.pull.body = "Closes #7 <script>alert(1)</script>"
    comment = scene.comment("### 3 of 128 tests failed <img src=x onerror=alert(1)>")
    scene.bot("POST", f"/issues/comments/{comment['id']}/reactions", json={"content": "eyes"})
    scene.sim.add_status(scene.repo, scene.pull.head.sha, "failure", "agnox", description="3 <b>failed</b>")
    answer = scene.client.get(PAGE)
    assert answer.status_code == 200
    for text in ("Add a feature", "3 of 128 tests failed", "👀", "3 &lt;b&gt;failed&lt;/b&gt;", "total = sum(cart)"):
        assert text in answer.text
    assert "alert(1)" not in answer.text
    assert scene.client.get("/").text.count(PAGE) == 1


def test_page_of_an_orphan_and_of_nothing(scene: Scene) -> None:
    fork = scene.sim.fork(scene.repo, "mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, user="mallory")
    scene.sim.delete_repository(fork)
    scene.sim.merge(pull, "mona")
    text = scene.client.get(f"/acme/shop/pulls/{pull.number}").text
    assert ("the fork was deleted" in text, "Merged" in text) == (True, True)
    assert scene.client.get("/acme/shop/pulls/99").status_code == 404
    assert scene.client.get("/acme/nothing/pulls/1").status_code == 404
    assert scene.client.post(f"{PAGE}/press/status-1").status_code == 404


def test_comment_on_the_page_goes_to_the_hooks(scene: Scene) -> None:
    scene.sim.add_hook(scene.repo, "http://127.0.0.1:9/hook")
    answer = scene.client.post(
        f"{PAGE}/comments?as=mona", data={"as": "mona", "body": "/agnox rerun"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?as=mona")
    (comment,) = scene.sim.state.comments.values()
    assert (comment.user.login, comment.body) == ("mona", "/agnox rerun")
    (delivery,) = scene.sim.state.deliveries.values()
    assert (delivery.payload["comment"]["body"], delivery.status_code) == ("/agnox rerun", 502)


def test_references_that_gitea_makes() -> None:
    text = "@mona, acme/web#7 (#12) !3 see 0123456789abcdef: acme/web@0123456 ABC-12."
    found = ["@mona", "acme/web#7", "#12", "!3", "0123456789abcdef", "acme/web@0123456", "ABC-12"]
    assert GITEA.references(text) == found
    assert GITEA.references("`#9` a@b.example #\u200b12 @\u200bmona x#1 #1x 012345 [#2](https://example.com)") == []

"""The page for people."""

from simulators.github.markdown import references, render
from simulators.github.models import Reaction
from simulators.serving import serving
from tests.simulators.conftest import Scene
from tests.simulators.receiver import Receiver

PAGE = "/acme/shop/pull/1"


def show(scene: Scene) -> str:
    answer = scene.client.get(PAGE)
    assert answer.status_code == 200
    return answer.text


def test_empty_states_are_said_in_words(scene: Scene) -> None:
    scene.sim.push(scene.pull, [])
    page = show(scene)
    assert "Nobody has commented yet." in page
    assert "No check has run on this commit" in page
    assert "This pull request changes no files." in page
    assert "No description was given." in page
    assert "No webhook address is set" in page


def test_conversation_is_rendered_and_cleaned(scene: Scene) -> None:
    text = "<!-- agnox:1 -->\n**bold** <b onclick=x()>b</b>\n\n<script>alert(1)</script>\n\n| a |\n| - |\n| b |"
    comment = scene.sim.add_comment(scene.pull, "", text, app=scene.sim.github_app)
    comment.reactions.append(Reaction(1, "eyes", scene.sim.github_app.bot, scene.clock()))
    page = show(scene)
    assert "<strong>bold</strong> <b>b</b>" in page
    assert "<td>b</td>" in page
    assert '<span class="label">bot</span>' in page
    assert "👀 1" in page
    assert "agnox:1" not in page
    assert "alert(1)" not in page


def test_newest_check_run_comes_first_and_older_ones_are_folded(scene: Scene) -> None:
    app, sha = scene.sim.github_app, scene.pull.head.sha
    actions = [{"label": "Re-run failed", "description": "d", "identifier": "rerun_failed"}]
    near = {"path": "src/pay.py", "start_line": 2, "end_line": 2, "annotation_level": "failure", "message": "<near>"}
    far = {**near, "path": "other.py", "start_line": 7, "end_line": 9, "message": "far"}
    done = {"status": "completed", "conclusion": "failure", "completed_at": scene.clock()}
    scene.sim.add_check_run(scene.repo, sha, "Agnox", app, title="old one", summary="*o*", **done)
    scene.sim.add_check_run(
        scene.repo, sha, "Agnox", app, title="new one", annotations=[near, far], actions=actions, **done
    )
    scene.sim.add_status(scene.repo, sha, "pending", "ci/jenkins")
    page = show(scene)
    assert page.index("new one") < page.index("1 earlier attempt") < page.index("old one") < page.index("ci/jenkins")
    assert page.index("total = sum(cart)") < page.index("&lt;near&gt;") < page.index("return total")
    assert page.index("Annotations outside the diff") < page.index("other.py, lines 7 to 9")
    assert 'value="rerun_failed"' in page


def test_button_sends_the_webhook(scene: Scene) -> None:
    action = {"label": "Again", "description": "d", "identifier": "again"}
    run = scene.sim.add_check_run(scene.repo, scene.pull.head.sha, "Agnox", scene.sim.github_app, actions=[action])
    path = f"{PAGE}/press/run-{run.id}"
    receiver = Receiver()
    with serving(receiver.app) as base_url:
        scene.sim.deliveries.url = f"{base_url}/hook"
        answer = scene.client.post(path, data={"button": "again", "as": "mona"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        scene.client.post(path, data={"as": "mona"})
        scene.client.post(f"{PAGE}/comments", data={"as": "mona", "body": "/agnox rerun failed\r\nnow"})
        scene.client.post(f"{PAGE}/comments", data={"as": "mona", "body": " "})
        assert scene.client.post(path, data={"button": "other"}).status_code == 404
    events = [d.payload["action"] for d in scene.sim.state.deliveries.values()]
    assert events == ["requested_action", "rerequested", "created"]
    assert len(receiver.seen) == 3
    (comment,) = scene.sim.state.comments.values()
    assert (comment.user.login, comment.body) == ("mona", "/agnox rerun failed\nnow")
    assert "Last webhook: issue_comment (created), answered 202." in show(scene)


def test_index_and_static_files(scene: Scene) -> None:
    assert PAGE in scene.client.get("/").text
    assert scene.client.get("/_static/page.css").headers["content-type"].startswith("text/css")
    assert scene.client.get("/_static/nope.css").status_code == 404
    assert scene.client.get("/acme/shop/pull/99").status_code == 404
    assert scene.client.get("/acme/nope/pull/1").status_code == 404


def test_markdown_is_githubs() -> None:
    assert 'rel="nofollow noopener"' in render("[a](https://example.com)")
    assert "<s>a</s>" in render("~~a~~")
    assert 'type="checkbox"' in render("- [x] a")
    assert "href" not in render("[a](javascript:alert(1))")
    assert "<summary>s</summary>" in render("<details><summary>s</summary>\n\n**x**\n\n</details>")
    assert '<blockquote class="alert warning">' in render("> [!WARNING]\n> a")
    assert 'style="text-align:right' in render("| a |\n| -: |\n| 1 |")
    assert "onerror" not in render('<img src="https://example.com/a.png" onerror="x()">')


def test_live_references_are_found() -> None:
    text = "@mona and @acme/team, #12 GH-3 acme/shop#4 " + "a" * 40
    assert references(text) == ["@mona", "@acme/team", "#12", "GH-3", "acme/shop#4", "a" * 40]
    quiet = "`@mona` a@b.c @\u200bmona #\u200b12 &#35;x [@mona](https://example.com) C#12\n\n```\n@mona #12\n```"
    assert references(quiet) == []

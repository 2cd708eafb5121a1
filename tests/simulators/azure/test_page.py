"""The page for people."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import httpx2
import pytest

from simulators.azure import AzureSimulator
from simulators.serving import serving
from tests.simulators.azure.conftest import Scene
from tests.simulators.receiver import Receiver

PAGE = "/acme/Shop/_git/Shop/pullrequest/1"


def show(scene: Scene) -> str:
    answer = scene.client.get(PAGE)
    assert answer.status_code == 200
    return answer.text


def test_page_is_where_links_lead(build: Callable[..., Scene]) -> None:
    for options, prefix in (({}, "/acme"), ({"server": True}, "/tfs/DefaultCollection")):
        scene = build(**options)
        page = PAGE.replace("/acme", prefix)
        assert scene.sim.urls.page(scene.pull).endswith(page)
        assert page in scene.client.get("/").text
        assert "Sum prices" in scene.client.get(page).text


def test_threads_and_statuses_are_shown(scene: Scene) -> None:
    made = scene.thread("<!-- key -->\n**3 failed**\n<script>x()</script>", status="active")
    scene.on_pull("POST", f"/threads/{made['id']}/comments/1/likes")
    place = {
        "filePath": "/src/pay.py",
        "rightFileStart": {"line": 2, "offset": 1},
        "rightFileEnd": {"line": 2, "offset": 2},
    }
    scene.thread("here", status="closed", threadContext=place)
    red = {"state": "failed", "description": "3 of 9", "context": {"genre": "agnox", "name": "Agnox"}, "iterationId": 1}
    scene.on_pull("POST", "/statuses", json=red)
    page = show(scene)
    assert "<strong>3 failed</strong>" in page
    assert "x()" not in page
    assert "👍 1" in page
    assert "/src/pay.py, line 2" in page
    assert "agnox/Agnox" in page
    assert "3 of 9" in page
    assert "not the newest" not in page
    assert "return sum(cart)" in page
    scene.sim.push(scene.pull)
    assert "not the newest" in show(scene)


def test_comment_goes_out_as_a_notification(scene: Scene) -> None:
    receiver = Receiver(json.loads)
    thread = scene.sim.add_comment(scene.pull, scene.sim.bot, "report").thread
    with serving(receiver.app) as base_url:
        url = f"{base_url}/hook"
        scene.sim.subscribe("ms.vss-code.git-pullrequest-comment-event", url, scene.project)
        form = {"as": scene.mona.id, "body": "/agnox rerun failed", "thread": str(thread.id)}
        answer = scene.client.post(f"{PAGE}/comments", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    ((_, payload),) = receiver.seen
    comment = payload["resource"]["comment"]
    assert (comment["content"], comment["parentCommentId"]) == ("/agnox rerun failed", 1)
    assert comment["author"]["id"] == scene.mona.id


def test_thread_is_resolved_and_made_active(scene: Scene) -> None:
    thread = scene.sim.add_comment(scene.pull, scene.sim.bot, "report").thread
    path = f"{PAGE}/press/{thread.id}"
    for button in ("fixed", "active"):
        assert scene.client.post(path, data={"button": button}, follow_redirects=False).status_code == 303
        assert thread.status == button
    assert scene.client.post(path, data={"button": "other"}).status_code == 404
    assert scene.client.post(f"{PAGE}/press/nothing", data={"button": "fixed"}).status_code == 404
    assert scene.client.get(PAGE.replace("/1", "/9")).status_code == 404


@pytest.mark.parametrize("options", [[], ["--server"]])
def test_runs_by_itself(options: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "simulators.azure",
        "--port",
        "0",
        "--webhook-url",
        "http://127.0.0.1:9/",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        found = dict(re.findall(r"(\w+) (\S+)\n", "".join(lines)))
        try:
            with httpx2.Client(trust_env=False, auth=("", found["Token"])) as client:
                projects = client.get(f"{found['API']}/_apis/projects?api-version=6.0").json()
                page = client.get(found["Page"]).text
        finally:
            process.terminate()
    assert [project["name"] for project in projects["value"]] == ["Shop"]
    assert "Sum prices" in page


def test_two_simulators_know_nothing_of_each_other() -> None:
    one, other = AzureSimulator(), AzureSimulator(organization="other")
    one.add_project("Shop")
    assert other.state.projects == {}
    assert one.prefix != other.prefix

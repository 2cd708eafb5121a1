"""The page of a merge request, and running the simulator by itself."""

import json
import re
import subprocess
import sys
from typing import Any

import httpx2

from simulators.serving import serving
from tests.simulators.gitlab.conftest import CONTRACT, Scene
from tests.simulators.receiver import Receiver

PAGE = "/acme/tools/shop/-/merge_requests/1"


def _page(scene: Scene) -> str:
    answer = scene.client.get(PAGE)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_what_the_bot_did(scene: Scene) -> None:
    refs = scene.on_request("GET").json()["diff_refs"]
    position = {**refs, "position_type": "text", "new_path": "src/pay.py", "old_path": "src/pay.py", "new_line": 2}
    thread = {"body": "**here** <script>alert(1)</script>", "position": position}
    assert scene.on_request("POST", "/discussions", json=thread).status_code == 201
    note = scene.on_request("POST", "/notes", json={"body": "<!-- agnox:k -->\n### 2 failed"}).json()
    scene.on_request("POST", f"/notes/{note['id']}/award_emoji", json={"name": "eyes"})
    status = {"state": "failed", "name": "Agnox", "description": "2 of 9 failed", "target_url": "https://x.example/r"}
    scene.bot("POST", f"/statuses/{scene.request.sha}", json=status)
    html = _page(scene)
    for shown in (
        "<strong>here</strong>",
        "src/pay.py, line 2",
        "2 failed</h3>",
        "👀",
        "2 of 9 failed",
        "https://x.example/r",
    ):
        assert shown in html
    assert "<script>alert" not in html
    assert "agnox:k" not in html
    assert "acme/tools/shop" in scene.client.get("/").text
    assert scene.client.get("/acme/tools/shop/-/merge_requests/9").status_code == 404
    assert scene.client.get("/acme/none/-/merge_requests/1").status_code == 404


def test_earlier_entries_of_a_status_are_kept(scene: Scene) -> None:
    path = f"/statuses/{scene.request.sha}"
    for state in ("failed", "running", "success"):
        scene.bot("POST", path, json={"state": state, "name": "Agnox"})
    assert "1 earlier attempt" in _page(scene)


def test_people_comment_reply_and_resolve(scene: Scene) -> None:
    receiver = Receiver()
    with serving(receiver.app) as base_url:
        scene.sim.add_hook(scene.project, f"{base_url}/hook", note_events=True, merge_requests_events=True)
        form = {"as": "mona", "body": "/agnox rerun failed\r\n/close"}
        assert scene.client.post(f"{PAGE}/comments", data=form, follow_redirects=False).status_code == 303
        thread = scene.on_request("POST", "/discussions", json={"body": "red"}).json()
        scene.client.post(f"{PAGE}/comments", data={"as": "mona", "body": "why?", "thread": thread["id"]})
    bodies: list[Any] = [json.loads(body) for _, body in receiver.seen]
    assert [body["object_kind"] for body in bodies] == ["note", "merge_request", "note", "note"]
    assert bodies[0]["object_attributes"]["note"] == "/agnox rerun failed"
    assert bodies[1]["object_attributes"]["action"] == "close"
    assert bodies[3]["object_attributes"]["discussion_id"] == thread["id"]
    scene.client.post(f"{PAGE}/press/{thread['id']}", data={"as": "mona", "button": "resolve"})
    assert "Resolved" in _page(scene)
    first = scene.sim.state.notes_of(scene.request)[0].discussion
    assert scene.client.post(f"{PAGE}/press/{first.id}", data={"button": "resolve"}).status_code == 404
    assert scene.client.post(f"{PAGE}/press/{thread['id']}", data={"button": "explode"}).status_code == 404


def test_it_runs_by_itself() -> None:
    command = [sys.executable, "-m", "simulators.gitlab", "--port", "0", "--contract", str(CONTRACT)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        api, page, project = (process.stdout.readline() for _ in range(3))
        token = re.search(r"token (\S+)", project)
        assert token is not None
        with httpx2.Client(trust_env=False, headers={"PRIVATE-TOKEN": token[1]}) as client:
            assert client.get(f"{api.split()[1]}/projects/acme%2Fshop/merge_requests/1").json()["title"] == "Sum prices"
            assert "Sum prices" in client.get(page.split()[1]).text
    finally:
        process.terminate()
        process.communicate(timeout=10)

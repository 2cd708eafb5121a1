"""Ordered faults."""

import asyncio

import pytest

from simulators.faults import Fault, answer_lost, cut_off, html_page, slow
from simulators.github import GithubSimulator
from simulators.github.faults import rate_limited, secondary_limit
from tests.simulators.conftest import Scene

COMMENTS = "/issues/1/comments"


def comments(scene: Scene) -> int:
    return len(scene.sim.state.comments)


def test_fault_hits_as_often_as_ordered(scene: Scene) -> None:
    fault = scene.sim.faults.add(html_page(method="POST", path="/comments$", skip=1, times=2))
    statuses = [scene.bot("POST", COMMENTS, json={"body": "x"}).status_code for _ in range(4)]
    assert (statuses, fault.hits, comments(scene)) == ([201, 502, 502, 201], 2, 2)
    assert [call.fault for call in scene.sim.calls] == [False, True, True, False]
    assert scene.bot("GET", COMMENTS).status_code == 200


def test_limits_as_github_sends_them(scene: Scene) -> None:
    scene.sim.faults.add(secondary_limit())
    scene.sim.faults.add(secondary_limit(retry_after=72, status=429))
    scene.sim.faults.add(rate_limited(1_800_000_000))
    first, second, third = (scene.bot("GET", "/pulls") for _ in range(3))
    assert (first.status_code, "retry-after" in first.headers) == (403, False)
    assert "secondary rate limit" in first.json()["message"]
    assert int(first.headers["x-ratelimit-remaining"]) > 0
    assert (second.status_code, second.headers["retry-after"]) == (429, "72")
    assert (third.headers["x-ratelimit-remaining"], third.headers["x-ratelimit-reset"]) == ("0", "1800000000")
    assert first.headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_html_with_a_good_status(scene: Scene) -> None:
    scene.sim.faults.add(html_page(200))
    answer = scene.bot("GET", "/pulls")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_lost_answer_is_of_an_applied_request(scene: Scene) -> None:
    scene.sim.faults.add(answer_lost(method="POST"))
    assert scene.bot("POST", COMMENTS, json={"body": "x"}).status_code == 502
    assert comments(scene) == 1


def test_cut_off_answer(scene: Scene) -> None:
    scene.sim.faults.add(cut_off(method="POST"))
    with pytest.raises(ConnectionAbortedError):
        scene.bot("POST", COMMENTS, json={"body": "x"})
    assert (comments(scene), scene.sim.calls[-1].status) == (1, 0)


def test_slow_answer_waits_on_the_given_sleep() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    sim = GithubSimulator(sleep=sleep)
    sim.faults.add(slow(30))

    async def ask() -> None:
        sent = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b""}

        async def send(message: object) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/meta", "query_string": b"", "headers": []}
        await sim.api({**scope, "server": ("x", 80), "scheme": "http"}, receive, send)
        assert sent

    asyncio.run(ask())
    assert waited == [30]


def test_hooks_run_around_the_change(scene: Scene) -> None:
    seen: list[tuple[str, int]] = []

    async def after() -> None:
        seen.append(("after", comments(scene)))

    scene.sim.faults.add(Fault(method="POST", before=lambda: seen.append(("before", comments(scene))), after=after))
    assert scene.bot("POST", COMMENTS, json={"body": "x"}).status_code == 201
    assert seen == [("before", 0), ("after", 1)]


def test_faults_are_cleared(scene: Scene) -> None:
    scene.sim.faults.add(html_page(times=None))
    assert scene.bot("GET", "/pulls").status_code == 502
    assert scene.bot("GET", "/pulls").status_code == 502
    scene.sim.faults.clear()
    assert scene.bot("GET", "/pulls").status_code == 200

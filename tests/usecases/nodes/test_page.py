"""The page of a cycle whose tests wait or run."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from bot.domain.cycle import CycleState
from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.live import LiveDoor
from bot.queue.heartbeat import Heartbeat
from bot.store.models import Execution, TestCycle
from bot.usecases.live_log import append
from bot.web.cycles import LINES, Pages
from tests.usecases.nodes.conftest import Yard

pytestmark = pytest.mark.anyio


@pytest.fixture
async def browser(yard: Yard) -> AsyncIterator[httpx2.AsyncClient]:
    routes = [*LiveDoor(Calls.of(yard.services)).routes(), *Pages(yard.services).routes()]
    app = Starlette(routes=routes, exception_handlers=exception_handlers())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://agnox") as client:
        yield client


async def page_of(yard: Yard, execution: str) -> str:
    async with yard.database.read() as session:
        cycle = await session.get_one(TestCycle, (await yard.execution(execution)).cycle_id)
    return f"/cycles/{cycle.page_key}"


async def set_state(yard: Yard, execution: str, state: CycleState) -> None:
    async with yard.database.write() as session:
        (await session.get_one(Execution, execution)).state = state


async def test_a_waiting_run_shows_its_place_or_why_there_is_none(yard: Yard, browser: httpx2.AsyncClient) -> None:
    execution = await yard.start(labels=["gpu"])
    address = await page_of(yard, execution)
    assert "Waiting: no testing node with the label gpu is at work" in (await browser.get(address)).text
    await Heartbeat(yard.database, "node:1", ["gpu"]).beat()
    text = (await browser.get(address)).text
    assert "Number 1 in the line for a testing node" in text and "Waiting:" not in text


async def test_the_output_stands_on_the_page_as_text_and_is_followed_by_a_script_of_ours(
    yard: Yard, browser: httpx2.AsyncClient
) -> None:
    execution = await yard.start()
    await set_state(yard, execution, CycleState.RUNNING)
    await append(yard.services, execution, "old\n" + "x\n" * (LINES - 1) + "<script>alert(1)</script>\n")
    address = await page_of(yard, execution)
    response = await browser.get(address)
    assert "&lt;script&gt;alert(1)" in response.text and "<script>" not in response.text
    assert "old" not in response.text
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert (await browser.get("/static/live.js")).status_code == 200
    follow = response.text.partition('data-log="')[2].partition('"')[0]
    await set_state(yard, execution, CycleState.PASSED)
    followed = await browser.get(follow)
    assert followed.text.endswith("data: {}\n\n") and "event: log" not in followed.text
    assert (await browser.get(follow.replace(execution, "0" * 32))).status_code == 404


async def test_an_ended_run_shows_no_output_and_needs_no_script(yard: Yard, browser: httpx2.AsyncClient) -> None:
    execution = await yard.start()
    await append(yard.services, execution, "still there\n")
    await set_state(yard, execution, CycleState.FAILED)
    text = (await browser.get(await page_of(yard, execution))).text
    assert "still there" not in text and "live.js" not in text

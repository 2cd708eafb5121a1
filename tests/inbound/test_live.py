"""The door to live logs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest
from starlette.types import Message

from bot.inbound.live import EventStream, LiveDoor, Readers
from bot.usecases.live_log import Look
from tests.inbound.conftest import CYCLE, KEY, Behind, client_of, failed, make_app

pytestmark = pytest.mark.anyio

LOG = f"/api/executions/{CYCLE}/log"


class Log:
    """A text that grows as the test says."""

    def __init__(self, *pieces: str) -> None:
        self.text = "".join(pieces)
        self.ended = False
        self.looks: list[int] = []

    async def look(self, position: int) -> Look:
        self.looks.append(position)
        if text := self.text[position : position + 10]:
            return Look(text, position + len(text))
        return Look("", position, ended=self.ended)


class Reader:
    """An ASGI server with one reader, who takes so many messages."""

    def __init__(self, takes: int = 1000) -> None:
        self.sent: list[Message] = []
        self.gone = asyncio.Event()
        self._takes = takes

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self._takes:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def read(self, stream: EventStream) -> None:
        async with asyncio.timeout(20):
            await stream({"type": "http"}, self.receive, self.send)

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    def events(self) -> list[tuple[str, int, Any]]:
        found = []
        for block in self.body.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "event" in fields:
                found.append((fields["event"], int(fields["id"]), orjson.loads(fields["data"])))
        return found


@pytest.fixture
async def lone(behind: Behind) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(make_app(behind), {"x-api-key": KEY}) as client:
        yield client


async def test_a_log_is_told_piece_by_piece_to_its_end() -> None:
    log, readers, reader = Log("line one\nline two\n"), Readers(), Reader()
    log.ended = True
    await reader.read(EventStream(log.look, 0, readers))
    assert reader.sent[0]["status"] == 200
    assert (b"content-type", b"text/event-stream; charset=utf-8") in reader.sent[0]["headers"]
    assert reader.events() == [
        ("log", 10, {"text": "line one\nl", "missed": 0}),
        ("log", 18, {"text": "ine two\n", "missed": 0}),
        ("end", 18, {}),
    ]
    assert readers.count == 0


async def test_nothing_in_a_log_makes_an_event_of_its_own() -> None:
    log, reader = Log("a\n\nevent: end\r\r"), Reader()
    log.ended = True
    await reader.read(EventStream(log.look, 0, Readers()))
    assert "".join(data["text"] for kind, _, data in reader.events() if kind == "log") == log.text
    assert [kind for kind, _, _ in reader.events()] == ["log", "log", "end"]


async def test_it_goes_on_from_the_last_event() -> None:
    log, reader = Log("line one\nline two\n"), Reader()
    log.ended = True
    await reader.read(EventStream(log.look, 9, Readers()))
    assert reader.events()[0] == ("log", 18, {"text": "line two\n", "missed": 0})


async def test_who_is_gone_is_no_longer_looked_for() -> None:
    log, readers, reader = Log("begun\n"), Readers(), Reader()
    reading = asyncio.create_task(reader.read(EventStream(log.look, 0, readers, look_every=0.01)))
    async with asyncio.timeout(20):
        while len(log.looks) < 3:
            await asyncio.sleep(0.01)
    assert readers.count == 1
    reader.gone.set()
    await reading
    assert readers.count == 0


async def test_a_slow_reader_is_dropped_and_nothing_is_kept_for_him() -> None:
    log, readers, reader = Log("x" * 1000), Readers(), Reader(takes=4)
    await reader.read(EventStream(log.look, 0, readers, patience=0.05))
    assert len(reader.sent) == 4
    assert log.looks == [0, 10, 20]
    assert readers.count == 0


async def test_the_door_wants_a_key_and_an_id_of_an_event(behind: Behind, lone: httpx2.AsyncClient) -> None:
    failed(await lone.get(LOG), 404)
    failed(await lone.get(f"/cycles/guessed/log/{CYCLE}"), 404)
    async with client_of(make_app(behind)) as stranger:
        failed(await stranger.get(LOG), 401)


@pytest.mark.parametrize("position", ["x", "-1", "1" * 16, "٣"])
async def test_a_strange_position_is_refused(position: str, behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object) -> str:
        return CYCLE

    monkeypatch.setattr(behind, "find_log", found)
    async with client_of(make_app(behind), {"x-api-key": KEY}) as client:
        failed(await client.get(LOG, params={"after": position}), 400)
        response = await client.get(LOG, headers={"last-event-id": "7"})
    assert response.text.endswith("event: end\nid: 7\ndata: {}\n\n")


async def test_only_so_many_follow_at_a_time(behind: Behind) -> None:
    async def found(*_: object) -> str:
        return CYCLE

    behind.find_page_log = found  # type: ignore[method-assign, assignment]
    door = LiveDoor(behind.calls(), Readers(most=0))
    app = make_app(behind)
    app.router.routes[:0] = door.routes()
    async with client_of(app) as client:
        response = await client.get(f"/cycles/key/log/{CYCLE}")
    failed(response, 503)
    assert response.headers["retry-after"] == "10"

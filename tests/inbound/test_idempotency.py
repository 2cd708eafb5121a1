"""A request under a key of its own is done once, whoever sends it again and however often."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import anyio
import httpx2
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.domain.ids import new_id
from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.routes import routes
from bot.node.executors import executors
from bot.store.database import Database
from bot.store.idempotency import purge_requests
from bot.store.models import KeyedRequest, Organization
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Invalid
from bot.usecases.idempotency import KEPT, LOST, Answered, Reused, once
from bot.usecases.services import Services
from providers.factory import Registry
from tests.inbound.conftest import KEY, Behind, client_of, failed

pytestmark = pytest.mark.anyio

TRIGGER: dict[str, Any] = {"projectId": "p", "command": "make test", "config": {"envVars": {"A": "1", "B": "2"}}}
KEYED = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
BROKEN = ["", " ", "a b", '"', "é".encode().decode("latin-1"), "k" * 256]


@dataclass
class Bench:
    """The use case on a database, with a clock that is set by the test."""

    database: Database
    now: datetime = datetime(2026, 5, 1, tzinfo=UTC)
    callers: list[Caller] = field(default_factory=list)
    done: int = 0

    @property
    def services(self) -> Services:
        vault = Vault(Keyring(new_key()))
        return Services(
            self.database, vault, Registry([]), "http://agnox", executors(frozenset()), clock=lambda: self.now
        )

    async def open(self) -> None:
        for name in ("acme", "zenith"):
            row = Organization(id=new_id(), name=name)
            async with self.database.write() as session:
                session.add(row)
            self.callers.append(Caller(row.id, None, "ci"))

    async def do(self) -> Answered:
        self.done += 1
        return Answered(201, b'{"number":%d}' % self.done)

    async def ask(self, key: str = "k", digest: str = "d", caller: int = 0) -> bytes:
        return (await once(self.services, self.callers[caller], key, digest, self.do)).content


@pytest.fixture
async def bench(database: Database) -> AsyncIterator[Bench]:
    bench = Bench(database)
    await bench.open()
    yield bench


@pytest.fixture
async def keyed(bench: Bench, behind: Behind) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the doors, which keep what they answered."""

    async def authenticate(key: str) -> Caller | None:
        return {KEY: bench.callers[0], "bound": replace(bench.callers[0], project_id="p1")}.get(key)

    calls: Calls = replace(behind.calls(), authenticate=authenticate, once=partial(once, bench.services))
    doors = routes(registry=Registry([]), put=behind.put, calls=calls, upload_limit=10_000, checks={})
    async with client_of(
        Starlette(routes=doors, exception_handlers=exception_handlers()), {"x-api-key": KEY}
    ) as client:
        yield client


async def test_what_was_answered_is_answered_again(bench: Bench) -> None:
    assert await bench.ask() == await bench.ask() == b'{"number":1}'
    assert await bench.ask("another") == b'{"number":2}'


async def test_organizations_do_not_meet(bench: Bench) -> None:
    assert await bench.ask() != await bench.ask(caller=1)


async def test_a_key_is_for_one_request(bench: Bench) -> None:
    await bench.ask()
    with pytest.raises(Reused):
        await bench.ask(digest="other")


async def test_a_day_later_it_is_a_new_request(bench: Bench) -> None:
    await bench.ask()
    bench.now += KEPT - timedelta(seconds=1)
    assert await bench.ask() == b'{"number":1}'
    bench.now += timedelta(seconds=1)
    assert await bench.ask(digest="other") == b'{"number":2}'


async def test_while_the_first_is_under_way_nobody_does_it_again(bench: Bench) -> None:
    begun, go_on = anyio.Event(), anyio.Event()

    async def slow() -> Answered:
        begun.set()
        await go_on.wait()
        return await bench.do()

    async with anyio.create_task_group() as group:
        group.start_soon(once, bench.services, bench.callers[0], "k", "d", slow)
        await begun.wait()
        with pytest.raises(Conflict):
            await bench.ask()
        go_on.set()
    assert await bench.ask() == b'{"number":1}'


async def test_many_at_once_do_it_once(bench: Bench) -> None:
    outcomes: list[bytes | None] = []

    async def ask() -> None:
        try:
            outcomes.append(await bench.ask())
        except Conflict:
            outcomes.append(None)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ask)
    assert bench.done == 1 and len(outcomes) == 8
    assert {each for each in outcomes if each} == {b'{"number":1}'}


async def test_one_whose_process_died_is_done_after_a_while(bench: Bench) -> None:
    request = KeyedRequest(organization_id=bench.callers[0].organization_id, key="k", digest="d", created_at=bench.now)
    async with bench.database.write() as session:
        session.add(request)
    with pytest.raises(Conflict):
        await bench.ask()
    bench.now += LOST
    assert await bench.ask() == b'{"number":1}'


async def test_a_refused_one_may_come_corrected(bench: Bench) -> None:
    async def refuse() -> Answered:
        raise Invalid("no such project")

    with pytest.raises(Invalid):
        await once(bench.services, bench.callers[0], "k", "wrong", refuse)
    assert await bench.ask(digest="right") == b'{"number":1}'


async def test_old_ones_are_swept(bench: Bench) -> None:
    await bench.ask()
    for before, left in ((datetime.now(UTC) - timedelta(days=1), 1), (datetime.now(UTC) + timedelta(days=1), 0)):
        async with bench.database.write() as session:
            await purge_requests(session, before=before)
        async with bench.database.read() as session:
            assert await session.scalar(select(func.count()).select_from(KeyedRequest)) == left


async def test_a_repeated_trigger_starts_one_cycle(keyed: httpx2.AsyncClient, behind: Behind) -> None:
    first = await keyed.post("/api/ci/trigger", json=TRIGGER, headers=KEYED)
    turned = dict(reversed(TRIGGER.items())) | {"config": {"envVars": {"B": "2", "A": "1"}}}
    again = await keyed.post("/api/ci/trigger", json=turned, headers=KEYED)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 201 and len(behind.triggers) == 1
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_key_with_another_body_is_refused(keyed: httpx2.AsyncClient, behind: Behind) -> None:
    await keyed.post("/api/ci/trigger", json=TRIGGER, headers=KEYED)
    failed(await keyed.post("/api/ci/trigger", json=TRIGGER | {"command": "rm"}, headers=KEYED), 422)
    assert len(behind.triggers) == 1


async def test_an_api_key_of_another_reach_gets_no_stored_answer(keyed: httpx2.AsyncClient) -> None:
    await keyed.post("/api/ci/trigger", json=TRIGGER, headers=KEYED)
    failed(await keyed.post("/api/ci/trigger", json=TRIGGER, headers=KEYED | {"x-api-key": "bound"}), 422)


async def test_results_are_known_by_what_they_bring(keyed: httpx2.AsyncClient, behind: Behind) -> None:
    for content, status in ((b"<a/>", 202), (b"<a/>", 202), (b"<b/>", 422)):
        # The client makes a new boundary for each form.
        response = await keyed.post("/api/results", files={"report": ("a.xml", content)}, headers=KEYED)
        assert response.status_code == status, response.text
    assert len(behind.results) == 1


@pytest.mark.parametrize("key", BROKEN)
async def test_what_is_no_key_is_refused(key: str, keyed: httpx2.AsyncClient, behind: Behind) -> None:
    sent = {"idempotency-key": key.encode("latin-1")}
    failed(await keyed.post("/api/ci/trigger", json=TRIGGER, headers=sent), 400)  # type: ignore[arg-type]
    assert behind.triggers == []

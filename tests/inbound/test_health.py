"""What watchers are told: that the process lives, and what keeps it from working."""

import asyncio

import pytest
from sqlalchemy import text

from bot.inbound import health
from bot.inbound.health import NotReady, database_check
from bot.store.database import Database
from tests.inbound.conftest import Behind, client_of, failed, make_app

pytestmark = pytest.mark.anyio


async def fine() -> None:
    pass


async def broken() -> None:
    raise RuntimeError("postgresql://agnox:hunter2@db/agnox")


async def stale() -> None:
    raise NotReady("the last beat was 40 s ago")


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_a_process_that_answers_lives(behind: Behind) -> None:
    behind.checks["database"] = broken
    async with client_of(make_app(behind)) as client:
        response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"success": True, "data": {"status": "ok"}})


async def test_ready_is_when_every_check_passes(behind: Behind) -> None:
    behind.checks |= {"database": fine, "jobs": fine}
    async with client_of(make_app(behind)) as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["data"] == {"status": "ok", "checks": {"database": "ok", "jobs": "ok"}}


async def test_what_fails_is_named_without_its_secrets(
    behind: Behind, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.05)
    behind.checks |= {"database": broken, "jobs": stale, "queue": hangs, "fine": fine}
    async with client_of(make_app(behind)) as client:
        response = await client.get("/readyz")
    answer = failed(response, 503)
    assert answer["message"] == "not ready: database, jobs, queue"
    assert answer["details"] == {
        "database": "failed; the log says why",
        "jobs": "the last beat was 40 s ago",
        "queue": "no answer within 0.05 s",
        "fine": "ok",
    }
    assert "hunter2" not in response.text and "hunter2" in caplog.text


async def test_the_database_must_answer_and_have_its_tables(database: Database, behind: Behind) -> None:
    behind.checks["database"] = database_check(database)
    async with client_of(make_app(behind)) as client:
        assert (await client.get("/readyz")).status_code == 200
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP TABLE delivery"))
        failed(await client.get("/readyz"), 503)

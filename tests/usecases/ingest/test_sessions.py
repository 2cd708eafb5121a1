"""Sessions of reporters that do not behave: late, twice, foreign, silent, too much."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.store.models import IngestChunk, IngestSession
from bot.usecases.ingest.read import watch_session
from tests.usecases.ingest.conftest import Reporter

pytestmark = pytest.mark.anyio


def begin(test_id: str, at: int, title: str = " ›  › a.spec.ts › works") -> dict[str, Any]:
    return {"type": "test-begin", "testId": test_id, "title": title, "file": "/builds/x/y/a.spec.ts", "timestamp": at}


def end(test_id: str, at: int, status: str = "passed", **more: Any) -> dict[str, Any]:
    return {"type": "test-end", "testId": test_id, "status": status, "duration": 5, "timestamp": at} | more


def said(chunk: str, at: int) -> dict[str, Any]:
    return {"type": "log", "chunk": chunk, "timestamp": at}


async def chunks(reporter: Reporter) -> tuple[int, bytes]:
    async with reporter.desk.database.read() as session:
        found = (await session.scalars(select(IngestChunk.content))).all()
    return len(found), b"".join(found)


async def finish(reporter: Reporter, opened: Mapping[str, Any]) -> dict[str, Any]:
    await reporter.desk.drain()
    return await reporter.read(f"executions/{opened['taskId']}")


async def test_setup_asks_no_host_and_shows_a_running_cycle(reporter: Reporter) -> None:
    pull = reporter.desk.stage.open_pull()
    reporter.desk.calls()
    opened = await reporter.setup(ciContext=reporter.desk.context(pull), runName="nightly")
    assert reporter.desk.calls() == ([], [])
    cycle = await reporter.read(f"cycles/{opened['cycleId']}")
    assert (cycle["status"], cycle["suite"]) == ("RUNNING", "shop / nightly")


async def test_events_may_come_after_the_end(reporter: Reporter) -> None:
    opened = await reporter.setup()
    session = opened["sessionId"]
    await reporter.end(session, "PASSED", total=1, passed=1)
    await reporter.send(session, begin("1", 1), end("1", 2))
    execution = await finish(reporter, opened)
    assert execution["status"] == "PASSED" and execution["counts"]["total"] == 1


async def test_the_end_may_come_twice(reporter: Reporter) -> None:
    opened = await reporter.setup()
    await reporter.send(opened["sessionId"], begin("1", 1), end("1", 2, "failed", error="boom"))
    first = await reporter.end(opened["sessionId"], "FAILED", total=1, failed=1)
    again = await reporter.end(opened["sessionId"], "PASSED", total=1, failed=1)
    assert first == again == {"success": True, "status": "FAILED", "message": "Execution completed."}
    assert (await finish(reporter, opened))["status"] == "FAILED"
    assert (await reporter.end(opened["sessionId"], "PASSED"))["status"] == "FAILED"
    await reporter.send(opened["sessionId"], said("too late", 9))
    assert (await chunks(reporter))[0] == 0


async def test_an_end_without_a_beginning_and_events_out_of_order(reporter: Reporter) -> None:
    opened = await reporter.setup()
    await reporter.send(opened["sessionId"], end("1", 30))
    await reporter.send(opened["sessionId"], end("1", 10, "failed", error="boom"), end("2", 5))
    await reporter.end(opened["sessionId"], "PASSED", total=3, passed=2, failed=1)
    execution = await finish(reporter, opened)
    assert execution["status"] == "UNSTABLE"
    assert (execution["counts"]["total"], execution["counts"]["flaky"]) == (2, 1)


@pytest.mark.parametrize("session", ["5b1c1f0e-6d0e-4a55-9d4c-0f6f2d5ad1a3", "nonsense", "' OR 1=1"])
async def test_ids_that_are_not_ours_are_not_found(session: str, reporter: Reporter) -> None:
    await reporter.post("event", {"sessionId": session, "events": [said("x", 1)]}, 404)
    await reporter.post("teardown", {"sessionId": session, "status": "PASSED"}, 404)
    await reporter.post("setup", {"projectId": "65f0c0ffee65f0c0ffee65f0"}, 404)


async def test_events_without_meaning_are_passed_over(reporter: Reporter) -> None:
    opened = await reporter.setup()
    strange: list[Any] = [None, 7, {"type": "unheard-of"}, {"type": "test-end"}, {"type": "log"}]
    answer = await reporter.send(opened["sessionId"], *strange, begin("1", 1), end("1", 2, "odd"))
    assert answer == {"success": True, "ignored": 4}
    await reporter.post("event", {"sessionId": opened["sessionId"], "events": []}, 400)
    await reporter.end(opened["sessionId"], "FAILED", total=1)
    assert (await finish(reporter, opened))["counts"]["failed"] == 1


async def test_a_long_chunk_is_cut_and_many_events_are_taken(reporter: Reporter) -> None:
    opened = await reporter.setup()
    events = [each for n in range(150) for each in (begin(str(n), n, f"t{n}"), end(str(n), n + 1))]
    await reporter.send(opened["sessionId"], said("x" * 20_000, 1), *events)
    await reporter.end(opened["sessionId"], "PASSED", total=150)
    execution = await finish(reporter, opened)
    assert execution["status"] == "PASSED" and execution["counts"]["total"] == 150


async def test_what_a_test_saw_is_evidence_and_secrets_are_masked(reporter: Reporter) -> None:
    token = "ghp_" + "a1B2" * 9
    opened = await reporter.setup()
    seen = {
        "url": "https://shop.test/cart",
        "consoleErrors": ["TypeError: basket is undefined"],
        "networkFailures": [{"method": "POST", "url": f"https://api.test/pay?token={token}", "status": 502}],
        "password": "hunter2-hunter2",
    }
    failed = end("1", 2, "failed", error="Error: \x1b[31mlocator not found\x1b[0m", runtimeContext=seen)
    await reporter.send(opened["sessionId"], begin("1", 1), failed, said(f"token {token}\n", 3))
    _, kept = await chunks(reporter)
    assert token.encode() not in zlib.decompress(kept) and b"hunter2" not in zlib.decompress(kept)
    await reporter.end(opened["sessionId"], "FAILED", total=1, failed=1)
    execution = await finish(reporter, opened)
    told = str(execution["findings"])
    assert "basket is undefined" in told and token not in told and "\x1b" not in told


async def test_a_silent_reporter_ends_with_what_it_had(reporter: Reporter) -> None:
    opened = await reporter.setup()
    await reporter.send(opened["sessionId"], begin("1", 1), end("1", 2, "failed", error="boom"), begin("2", 3))
    async with reporter.desk.database.read() as session:
        row = (await session.scalars(select(IngestSession))).one()
    services = reporter.desk.services
    await watch_session(services, row.id)
    assert (await reporter.read(f"executions/{opened['taskId']}/status"))["status"] == "RUNNING"
    await watch_session(replace(services, clock=lambda: row.created_at + timedelta(minutes=11)), row.id)
    await reporter.desk.drain(within=timedelta(minutes=12))
    execution = await reporter.read(f"executions/{opened['taskId']}")
    assert execution["status"] == "ERROR" and execution["counts"]["failed"] == 1
    assert "nothing was heard of the reporter for 10 minutes" in execution["problem"]


async def test_over_the_limit_results_are_still_taken(reporter: Reporter) -> None:
    desk = reporter.desk
    async with desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(IngestChunk)) == 0
    object.__setattr__(desk.services, "log_limit", 10_000)
    opened = await reporter.setup()
    for at in range(4):
        answer = await reporter.send(opened["sessionId"], said(f"{at}" * 6_000, at))
    assert answer["ignored"] == 1
    await reporter.send(opened["sessionId"], begin("1", 8), end("1", 9))
    await reporter.end(opened["sessionId"], "PASSED", total=1)
    assert (await finish(reporter, opened))["counts"]["passed"] == 1

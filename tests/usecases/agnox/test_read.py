"""Runs on an Agnox server are read when they end, and answered on the pull request of their CI context."""

import pytest

from bot.usecases.agnox.read import PATIENCE
from providers.errors import Unavailable
from simulators.agnox.simulator import signature
from tests.usecases.agnox.conftest import Bench
from tests.usecases.hosts import on, once_on

pytestmark = pytest.mark.anyio


@on({"github", "gitlab"})
async def test_a_red_run_is_answered_on_its_pull_request(bench: Bench) -> None:
    await bench.join()
    pull = bench.desk.stage.open_pull()
    assert (await bench.tell(bench.run(pull))).status_code == 202
    await bench.desk.drain()
    (comment,) = bench.desk.stage.comments(pull)
    assert "pays" in comment.body and "TimeoutError" in comment.body
    assert bench.desk.verdict(pull).outcome == "failed"
    (cycle,), delivery = await bench.cycles(), await bench.delivery()
    assert (cycle.suite, cycle.state) == ("shop / smoke", "FAILED")
    assert (delivery.state, delivery.note) == ("handled", "the run was read")


@on({"gitlab"})
async def test_the_same_end_counts_once_and_a_second_one_is_another_attempt(bench: Bench) -> None:
    await bench.join()
    pull = bench.desk.stage.open_pull()
    run = bench.run(pull)
    first, again = await bench.tell(run), await bench.tell(run)
    assert (first.json()["data"]["duplicate"], again.json()["data"]["duplicate"]) == (False, True)
    await bench.desk.drain()
    run.group = "said otherwise"
    assert (await bench.tell(run)).json()["data"]["duplicate"] is False
    await bench.desk.drain()
    assert (await bench.delivery()).note == "its end was known"
    assert len(await bench.executions()) == 1
    bench.remote.finish(run, "PASSED", "2 passed (3.0s)\n")
    await bench.tell(run)
    await bench.desk.drain()
    assert [(each.attempt, each.state) for each in await bench.executions()] == [(1, "FAILED"), (2, "UNSTABLE")]
    assert len(await bench.cycles()) == 1


@once_on({"gitlab"})
async def test_secrets_in_its_log_are_masked(bench: Bench) -> None:
    await bench.join()
    pull = bench.desk.stage.open_pull()
    said = f"{bench.account.key} {bench.added.hook_secret}"
    await bench.tell(bench.run(pull, output=f"Error: {said}\n1 failed\n", error=f"Error: {said} again"))
    await bench.desk.drain()
    (execution,) = await bench.executions()
    shown = f"{execution.analysis} {bench.desk.stage.comments(pull)[0].body}"
    assert "***" in shown
    assert bench.account.key not in shown and bench.added.hook_secret not in shown


@once_on({"gitlab"})
@pytest.mark.parametrize(
    ("status", "state"), [("PASSED", "PASSED"), ("UNSTABLE", "PASSED"), ("ERROR", "ERROR"), ("CANCELLED", "CANCELLED")]
)
async def test_its_own_word_counts_where_there_is_no_log(bench: Bench, status: str, state: str) -> None:
    await bench.join()
    await bench.tell(bench.run(bench.desk.stage.open_pull(), status, ""))
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert execution.state == state
    assert ("UNSTABLE" in execution.notes) == (status == "UNSTABLE")


@once_on({"gitlab"})
@pytest.mark.parametrize(
    "context", [None, {}, {"source": "nowhere", "repository": "acme/shop"}, {"source": 7}, {"source": "gitlab"}]
)
async def test_a_run_without_a_readable_place_is_kept(bench: Bench, context: dict[str, object] | None) -> None:
    await bench.join()
    run = bench.remote.add_execution(bench.account, context=context)
    bench.remote.finish(run, "FAILED", "1 failed\n")
    await bench.tell(run)
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert execution.outcome == "failed"
    assert bool(execution.notes) == (context != {"source": "gitlab"})


@once_on({"gitlab"})
async def test_what_is_not_there_yet_is_waited_for(bench: Bench) -> None:
    await bench.join()
    run = bench.run(bench.desk.stage.open_pull())
    run.hidden = True
    await bench.tell(run)
    with pytest.raises(Unavailable, match="does not show the end"):
        await bench.desk.drain()
    assert await bench.executions() == []
    run.hidden = False
    await bench.again()
    assert [each.state for each in await bench.executions()] == ["FAILED"]


@once_on({"gitlab"})
async def test_what_never_appears_is_given_up(bench: Bench) -> None:
    await bench.join()
    run = bench.run(bench.desk.stage.open_pull())
    run.hidden = True
    await bench.tell(run)
    with pytest.raises(Unavailable):
        await bench.desk.drain()
    bench.later(PATIENCE)
    await bench.again()
    delivery = await bench.delivery()
    assert delivery.state == "failed" and "does not show us" in delivery.note


@once_on({"gitlab"})
@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"event": "execution.started", "taskId": "run-1"}', "ignored"),
        (b'{"event": "execution.finished", "taskId": "../run-1"}', "failed"),
        (b'{"event": "execution.finished", "taskId": 7}', "failed"),
        (b"[]", "failed"),
        (b"\xff{", "failed"),
    ],
)
async def test_a_proven_delivery_of_no_use_is_told_apart(bench: Bench, body: bytes, state: str) -> None:
    await bench.join()
    signed = {"x-agnox-signature": f"sha256={signature(bench.added.hook_secret, body)}"}
    assert (await bench.post(body, signed, bench.added.server.hook_key)).status_code == 202
    await bench.desk.drain()
    assert (await bench.delivery()).state == state
    assert not bench.remote.calls[1:]

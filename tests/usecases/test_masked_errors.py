"""What a host says when it refuses us is stored and shown without the secrets that it repeats."""

import json
import logging
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from bot.store.models import Delivery, DeliveryState, Installation, Integration, Publication, TestCycle
from bot.usecases import hooks, receive_delivery
from bot.usecases.check_integration import check_integration
from bot.usecases.errors import Invalid
from bot.usecases.hooks import add_hook, look_at
from bot.usecases.integrations import replace_credential
from providers.errors import Rejected
from simulators.faults import Fault
from simulators.gitlab.stage import GitlabStage
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.test_loop import trigger

pytestmark = [pytest.mark.anyio, once_on({"gitlab"})]

TOKEN = "glpat-" + "x7Yq2" * 4
PLAIN = "sugar-and-spice"
"""Its shape does not give it away."""


def refusal(status: int, method: str = ".*", path: str = ".*", said: str = TOKEN) -> Fault:
    body = json.dumps({"message": f"no entry with {said}"}).encode()
    return Fault(method=method, path=path, times=None, status=status, body=body)


async def the_integration(desk: Desk) -> Integration:
    async with desk.database.read() as session:
        return (await session.scalars(select(Integration))).one()


async def test_a_refused_comment(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    where = desk.stage.targets["comment"]
    desk.stage.faults.add(refusal(422, where.method, where.path))
    cycle_id = await trigger(desk, desk.stage.open_pull(), suite(1))
    with caplog.at_level(logging.WARNING):
        await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        problems = [row.problem for row in await session.scalars(select(Publication)) if row.problem]
    for words in (cycle.refusal, *problems):
        assert "no entry with ***" in words and TOKEN not in words
    assert len(problems) == 1
    assert "no entry with ***" in caplog.text and TOKEN not in caplog.text


async def test_a_revision_that_can_not_be_asked_for(desk: Desk) -> None:
    desk.stage.faults.add(refusal(422, "GET"))
    cycle_id = await trigger(desk, desk.stage.open_pull(), suite(1))
    await desk.drain()
    async with desk.database.read() as session:
        problem = (await session.get_one(TestCycle, cycle_id)).problem
    assert "no entry with ***" in problem and TOKEN not in problem


async def test_a_credential_that_is_not_accepted_any_more(desk: Desk) -> None:
    row = await the_integration(desk)
    desk.stage.faults.add(refusal(401))
    await check_integration(desk.services, row.id)
    broken = (await the_integration(desk)).broken
    assert "no entry with ***" in broken and TOKEN not in broken


@pytest.mark.parametrize("status", [401, 403, 422])
async def test_a_new_credential_that_is_refused(desk: Desk, status: int) -> None:
    row = await the_integration(desk)
    desk.stage.faults.add(refusal(status, said=PLAIN))
    with pytest.raises(Invalid) as told:
        await replace_credential(desk.services, row.id, PLAIN, actor="test")
    assert "no entry with ***" in str(told.value) and PLAIN not in str(told.value)


async def test_a_new_credential_that_can_not_be_checked_now(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    row = await the_integration(desk)
    desk.stage.faults.add(refusal(503, said=PLAIN))
    with caplog.at_level(logging.WARNING):
        await replace_credential(desk.services, row.id, PLAIN, actor="test")
    assert "could not be checked yet" in caplog.text and PLAIN not in caplog.text


async def test_a_hook_that_is_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(desk.stage, GitlabStage)
    made = SimpleNamespace(token_bytes=lambda _: PLAIN.encode(), token_urlsafe=lambda _: PLAIN)
    monkeypatch.setattr(hooks, "secrets", made)
    assert desk.stage.integration is not None
    _, _, place = desk.stage.integration
    desk.stage.faults.add(refusal(422, said=PLAIN))
    with pytest.raises(Invalid, match=r"takes no hook") as told:
        await add_hook(desk.services, "acme", "gitlab", place, actor="test")
    assert "no entry with ***" in str(told.value) and PLAIN not in str(told.value)


async def test_hooks_that_can_not_be_seen(desk: Desk) -> None:
    async with desk.database.read() as session:
        (hook,) = await session.scalars(select(Installation))
    desk.stage.faults.add(refusal(403))
    (seen,) = await look_at(desk.services, hook.id)
    assert "no entry with ***" in seen.problem


async def test_a_delivery_whose_handling_failed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> list[str]:
        raise Rejected(f"no entry with {TOKEN}")

    monkeypatch.setattr(receive_delivery, "_dispatch", refuse)
    pull = desk.stage.open_pull()
    with pytest.raises(Rejected):
        await desk.tell(desk.stage.opened(pull))
    async with desk.database.read() as session:
        note = await session.scalar(select(Delivery.note).where(Delivery.state == DeliveryState.FAILED))
    assert note == "Rejected: no entry with ***"


async def test_a_comment_that_can_not_be_acknowledged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    pull = desk.stage.open_pull()
    desk.stage.allow("grace")
    await desk.tell(desk.stage.commented(pull, desk.stage.comment(pull, "grace", "/agnox rerun")))
    desk.stage.faults.add(refusal(422, "POST", "award_emoji"))
    with caplog.at_level(logging.WARNING):
        await desk.drain()
    assert "could not be acknowledged" in caplog.text
    assert "no entry with ***" in caplog.text and TOKEN not in caplog.text

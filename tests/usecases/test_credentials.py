"""Credentials of an organization's own: kept as they are replaced, looked at, and told of before they end."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.queue.sweeper import Sweeper
from bot.store.database import Database
from bot.store.models import Integration, Job, TestCycle
from bot.usecases.administer import create_organization
from bot.usecases.check_integration import check_integration, expiry_note
from bot.usecases.errors import Invalid
from bot.usecases.integrations import (
    add_integration,
    enable_integration,
    replace_credential,
)
from providers.credentials import OAuth, parse_credential
from providers.errors import Unavailable
from simulators.faults import Fault, html_page
from simulators.gitlab import Level
from simulators.gitlab.stage import GitlabStage
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk, registry_of
from tests.usecases.hosts import WHERE, on, once_on
from tests.usecases.test_keeper import kept
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


async def the_integration(desk: Desk) -> Integration:
    async with desk.database.read() as session:
        return (await session.scalars(select(Integration))).one()


def gitlab(desk: Desk) -> GitlabStage:
    assert isinstance(desk.stage, GitlabStage)
    return desk.stage


def grant(desk: Desk) -> OAuth:
    """An OAuth grant of somebody who maintains the project; the access token is still to be fetched."""
    simulator = gitlab(desk).simulator
    application = simulator.credentials.add_application()
    user = simulator.add_member(gitlab(desk).project, "agnox-bot", Level.MAINTAINER)
    pair = simulator.credentials.authorize(application, user, ("api",))
    return OAuth(application.client_id, pair["refresh_token"], application.client_secret)


@once_on({"gitlab"})
class TestGrants:
    """Grants whose refresh tokens can be used once: a second use ends the grant."""

    async def test_what_is_replaced_while_it_is_looked_at_is_kept(self, desk: Desk) -> None:
        given, row = grant(desk), await the_integration(desk)
        again, access = await replace_credential(desk.services, row.id, given.dump(), actor="test")
        assert access is not None and access.account.login == "agnox-bot"
        assert (await the_integration(desk)).account == "agnox-bot"
        assert given.refresh_token not in await kept(desk.services, again.id)
        # Nothing that was learned with the old one is used any more, and the new one goes on working.
        pull = desk.stage.open_pull()
        await trigger(desk, pull, suite(1))
        await desk.drain()
        assert desk.stage.comments(pull) == []
        notes = gitlab(desk).simulator.state.notes_of(pull.native)
        assert [note.author.username for note in notes] == ["agnox-bot"]

    async def test_a_new_integration_keeps_what_it_was_replaced_by(self, desk: Desk) -> None:
        given, _ = grant(desk), await create_organization(desk.database, "second", actor="test")
        _, address, _ = desk.stage.integration or ("", "", "")
        row, access = await add_integration(desk.services, "second", "gitlab", given.dump(), address, actor="test")
        assert access is not None
        assert given.refresh_token not in await kept(desk.services, row.id)
        await check_integration(desk.services, row.id)
        async with desk.database.read() as session:
            assert (await session.get_one(Integration, row.id)).broken == ""

    async def test_processes_that_find_it_ended_at_once_replace_it_once(self, desk: Desk) -> None:
        given, row = grant(desk), await the_integration(desk)
        await replace_credential(desk.services, row.id, given.dump(), actor="test")
        credential = parse_credential(await kept(desk.services, row.id))
        assert isinstance(credential, OAuth)
        token = gitlab(desk).simulator.credentials.find(credential.access_token)
        assert token is not None
        token.revoked = True
        processes = [replace(desk.services, registry=registry_of(desk.stage, {})) for _ in range(3)]
        desk.stage.calls.clear()
        await asyncio.gather(*(check_integration(each, row.id) for each in processes))
        assert sum(call.token_request for call in desk.stage.calls) == 1
        assert (await the_integration(desk)).broken == ""
        for each in processes:
            await each.registry.aclose()


@once_on({"gitlab"})
@pytest.mark.parametrize(("days", "told"), [(13, True), (16, False)])
async def test_the_end_of_a_credential_is_told_in_the_comment(desk: Desk, days: int, told: bool) -> None:
    at = datetime.now(UTC) + timedelta(days=days)
    row = await the_integration(desk)
    stage = gitlab(desk)
    stage.token = stage.simulator.add_access_token(stage.project, Level.MAINTAINER, expires_at=at.date())
    _, access = await replace_credential(desk.services, row.id, stage.token.value, actor="test")
    assert access is not None and access.expires_at is not None and access.expires_at.date() == at.date()
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    (comment,) = desk.stage.comments(pull)
    assert ("access to gitlab ends soon" in comment.body) == told
    # Whose it is and when it ends is nobody's business there.
    row = await the_integration(desk)
    assert bool(expiry_note(row, desk.services.clock())) == told
    assert row.account and row.account not in comment.body and f"{at:%Y-%m-%d}" not in comment.body


@on(WHERE["hooks"])
async def test_an_integration_is_broken_while_it_is_refused(desk: Desk) -> None:
    row = await the_integration(desk)
    assert (row.broken, row.account != "", row.checked_at is not None) == ("", True, True)
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(1))
    desk.stage.faults.add(Fault(status=401, times=None))
    await desk.drain()
    await check_integration(desk.services, row.id)
    broken = (await the_integration(desk)).broken
    assert broken.startswith(f"{desk.stage.name} refuses us: ") and "401" in broken
    async with desk.database.read() as session:
        assert "401" in (await session.get_one(TestCycle, cycle_id)).problem
    desk.stage.faults.clear()
    await check_integration(desk.services, row.id)
    assert (await the_integration(desk)).broken == ""
    # What could not be told is told now.
    await desk.drain()
    assert desk.standing(pull) == {"Agnox / shop": "failed"}
    assert len(desk.stage.comments(pull)) == 1


@once_on(WHERE["hooks"])
async def test_another_credential_has_told_what_the_old_one_could_not(desk: Desk) -> None:
    row, (credential, _, _) = await the_integration(desk), desk.stage.integration or ("", "", "")
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    where = desk.stage.targets["comment"]
    desk.stage.faults.add(Fault(method=where.method, path=where.path, status=403, body=b"{}"))
    await desk.drain()
    assert desk.stage.comments(pull) == []
    await replace_credential(desk.services, row.id, credential, actor="test")
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1


@once_on(WHERE["hooks"])
async def test_a_host_that_is_away_says_nothing_of_the_credential(desk: Desk) -> None:
    row = await the_integration(desk)
    desk.stage.faults.add(html_page(503, times=None))
    with pytest.raises(Unavailable):
        await check_integration(desk.services, row.id)
    assert (await the_integration(desk)).broken == ""
    desk.stage.faults.clear()


@once_on(WHERE["hooks"])
async def test_what_is_refused_at_once_is_not_kept(desk: Desk) -> None:
    row, (good, _, _) = await the_integration(desk), desk.stage.integration or ("", "", "")
    with pytest.raises(Invalid, match="does not accept the credential"):
        await replace_credential(desk.services, row.id, "not-a-token-of-this-host", actor="test")
    assert await kept(desk.services, row.id) == good


async def checks(database: Database) -> list[str]:
    async with database.read() as session:
        return list((await session.scalars(select(Job.state).where(Job.function == "check_integration"))).all())


@on({"gitlab"})
async def test_credentials_are_looked_at_once_a_day(desk: Desk) -> None:
    start = (await the_integration(desk)).checked_at
    assert start is not None
    now = [start]
    sweepers = [Sweeper(desk.database, ["default"], clock=lambda: now[0]) for _ in range(2)]
    for hours, wanted in ((1, []), (25, ["queued"]), (27, ["queued"])):
        now[0] = start + timedelta(hours=hours)
        for sweeper in sweepers:
            await sweeper.sweep()
        assert await checks(desk.database) == wanted
    desk.services = replace(desk.services, clock=lambda: now[0])
    assert await desk.drain() == ["check_integration"]
    assert (await the_integration(desk)).checked_at == now[0]
    now[0] += timedelta(hours=2)
    await sweepers[0].sweep()
    assert await checks(desk.database) == ["done"]
    await enable_integration(desk.database, (await the_integration(desk)).id, False, actor="test")
    now[0] += timedelta(days=2)
    await sweepers[0].sweep()
    assert await checks(desk.database) == ["done"]

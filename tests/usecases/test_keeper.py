"""A credential that is replaced while it is used."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.models import AuditEntry, Integration
from bot.store.sealed import INTEGRATION_TOKEN
from bot.usecases.administer import create_organization
from bot.usecases.integrations import (
    add_integration,
    enable_integration,
    remove_integration,
    replace_credential,
)
from bot.usecases.keep_credential import LEASE, CredentialKeeper
from bot.usecases.services import Services
from providers.errors import Unauthenticated, Unavailable
from tests.usecases.conftest import Desk

pytestmark = pytest.mark.anyio


async def kept(services: Services, integration_id: str) -> str:
    async with services.database.read() as session:
        return INTEGRATION_TOKEN.open(services.vault, await session.get_one(Integration, integration_id)) or ""


class Endpoint:
    """Where credentials are exchanged: `first-1` becomes `first-2`; it waits to be let go on."""

    def __init__(self, *, waits: bool = False) -> None:
        self.asked: list[str] = []
        self.go_on = asyncio.Event()
        self.entered = asyncio.Event()
        if not waits:
            self.go_on.set()

    async def __call__(self, stale: str) -> str:
        self.asked.append(stale)
        self.entered.set()
        await self.go_on.wait()
        name, _, number = stale.partition("-")
        return f"{name}-{int(number) + 1}"


class TestKeeper:
    """Of one credential there is one user at a time who replaces it."""

    @pytest.fixture
    async def keeper(self, desk: Desk) -> CredentialKeeper:
        organization = await create_organization(desk.database, "tenant", actor="test")
        row, _ = await add_integration(
            desk.services, organization.id, "github", "first-1", "", actor="test", check=False
        )
        return CredentialKeeper(desk.services, row.id)

    async def test_two_at_once_replace_it_once(self, keeper: CredentialKeeper) -> None:
        endpoint = Endpoint(waits=True)
        other = CredentialKeeper(keeper.services, keeper.integration_id)
        asking = [asyncio.create_task(each.renew("first-1", endpoint)) for each in (keeper, other)]
        await endpoint.entered.wait()
        # Meanwhile the database serves everybody else.
        assert await kept(keeper.services, keeper.integration_id) == "first-1"
        await create_organization(keeper.services.database, "somebody else", actor="test")
        endpoint.go_on.set()
        assert await asyncio.gather(*asking) == ["first-2", "first-2"]
        assert endpoint.asked == ["first-1"]
        assert await kept(keeper.services, keeper.integration_id) == "first-2"
        assert await keeper.renew("first-1", endpoint) == "first-2"
        async with keeper.services.database.read() as session:
            renewed = await session.scalars(select(AuditEntry).where(AuditEntry.action == "integration.renewed"))
            assert len(renewed.all()) == 1

    async def test_who_dies_over_it_is_waited_for_half_a_minute(self, keeper: CredentialKeeper) -> None:
        endpoint = Endpoint(waits=True)
        dying = asyncio.create_task(keeper.renew("first-1", endpoint))
        await endpoint.entered.wait()
        async with keeper.services.database.read() as session:
            row = await session.get_one(Integration, keeper.integration_id)
        assert row.renewing_until is not None
        late = row.renewing_until + timedelta(seconds=1)
        assert late - keeper.services.clock() <= LEASE + timedelta(seconds=1)
        heir = CredentialKeeper(replace(keeper.services, clock=lambda: late), keeper.integration_id)
        assert await heir.renew("first-1", Endpoint()) == "first-2"
        # The one who was taken for dead comes back and changes nothing.
        endpoint.go_on.set()
        await dying
        assert await kept(keeper.services, keeper.integration_id) == "first-2"

    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    async def test_after_a_failure_the_next_may_try_at_once(self, keeper: CredentialKeeper) -> None:
        async def fails(stale: str) -> str:
            raise Unavailable("the host is away")

        with pytest.raises(Unavailable):
            await keeper.renew("first-1", fails)
        assert await kept(keeper.services, keeper.integration_id) == "first-1"
        assert await keeper.renew("first-1", Endpoint()) == "first-2"

    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    async def test_who_is_cancelled_over_it_lets_the_next_try(self, keeper: CredentialKeeper) -> None:
        endpoint = Endpoint(waits=True)
        asking = asyncio.create_task(keeper.renew("first-1", endpoint))
        await endpoint.entered.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await keeper.renew("first-1", Endpoint()) == "first-2"

    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    async def test_what_people_put_in_its_place_meanwhile_stays(self, keeper: CredentialKeeper) -> None:
        endpoint = Endpoint(waits=True)
        asking = asyncio.create_task(keeper.renew("first-1", endpoint))
        await endpoint.entered.wait()
        await replace_credential(keeper.services, keeper.integration_id, "by-hand", actor="test", check=False)
        endpoint.go_on.set()
        await asking
        assert await kept(keeper.services, keeper.integration_id) == "by-hand"
        assert await keeper.renew("first-2", Endpoint()) == "by-hand"

    @pytest.mark.parametrize("gone", [remove_integration, enable_integration])
    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    async def test_of_what_is_gone_nothing_is_replaced(
        self, keeper: CredentialKeeper, gone: Callable[..., Awaitable[Integration]]
    ) -> None:
        endpoint, how = Endpoint(), () if gone is remove_integration else (False,)
        await gone(keeper.services.database, keeper.integration_id, *how, actor="test")
        with pytest.raises(Unauthenticated, match="removed or disabled"):
            await keeper.renew("first-1", endpoint)
        assert endpoint.asked == []

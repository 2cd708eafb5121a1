import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.models import Installation, Integration, Organization
from bot.store.rotation import count_by_key, count_envelopes, rotate
from bot.store.sealed import HOOK_SECRET, INTEGRATION_TOKEN
from bot.store.vault import Changed, Keyring, Vault

pytestmark = pytest.mark.anyio


def key_text(byte: int, name: str) -> str:
    return f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"


def vault(*keys: str) -> Vault:
    return Vault(Keyring(",".join(keys)))


OLD, NEW = key_text(1, "old"), key_text(2, "new")


async def _fill(database: Database, sealing: Vault, hooks: int = 5) -> str:
    """One organization with a token and several hooks of one provider."""
    organization = Organization(id=new_id(), name="acme")
    token = Integration(id=new_id(), organization_id=organization.id, provider="gitlab")
    INTEGRATION_TOKEN.seal(sealing, token, "glpat-1")
    async with database.write() as session:
        session.add(organization)
        await session.flush()
        session.add(token)
        session.add(Integration(organization_id=organization.id, provider="github"))
        for number in range(hooks):
            row = Installation(organization_id=organization.id, provider="gitlab", external_id=str(number))
            HOOK_SECRET.seal(sealing, row, f"hook-{number}")
            session.add(row)
    return organization.id


async def _secrets(database: Database, sealing: Vault) -> set[str | None]:
    async with database.read() as session:
        tokens = [INTEGRATION_TOKEN.open(sealing, row) for row in await session.scalars(select(Integration))]
        hooks = [HOOK_SECRET.open(sealing, row) for row in await session.scalars(select(Installation))]
    return {*tokens, *hooks}


SECRETS = {"glpat-1", None, *(f"hook-{number}" for number in range(5))}


async def test_secrets_of_rows_can_not_be_swapped(database: Database) -> None:
    sealing = vault(OLD)
    await _fill(database, sealing)
    async with database.write() as session:
        one, two, *_ = await session.scalars(select(Installation))
        token = (await session.scalars(select(Integration).where(Integration.token.is_not(None)))).one()
        one.hook_secret, two.hook_secret, token.token = two.hook_secret, token.token, one.hook_secret
    async with database.read() as session:
        for row in (one, two):
            fresh = await session.get_one(Installation, row.id)
            with pytest.raises(Changed):
                HOOK_SECRET.open(sealing, fresh)
        with pytest.raises(Changed):
            INTEGRATION_TOKEN.open(sealing, await session.get_one(Integration, token.id))


async def test_rotation(database: Database) -> None:
    await _fill(database, vault(OLD))
    ring = vault(NEW, OLD)
    steps = [step async for step in rotate(database, ring, batch=2)]
    assert sum(step.resealed for step in steps) == 6
    assert max(step.seen for step in steps) == 2
    assert await count_by_key(database) == {"new": 6}
    async with database.read() as session:
        assert await count_envelopes(session) == 6
    assert await _secrets(database, vault(NEW)) == SECRETS


async def test_rotation_goes_on_where_it_was_stopped(database: Database) -> None:
    await _fill(database, vault(OLD))
    ring = vault(NEW, OLD)
    stopped = rotate(database, ring, batch=2)
    first = [await anext(stopped), await anext(stopped)]
    await stopped.aclose()
    assert await count_by_key(database) == {"new": 3, "old": 3}
    assert await _secrets(database, ring) == SECRETS
    rest = [step async for step in rotate(database, ring, batch=2)]
    assert sum(step.resealed for step in first) + sum(step.resealed for step in rest) == 6
    assert await count_by_key(database) == {"new": 6}


async def test_a_secret_changed_meanwhile_keeps_its_new_value(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(database, vault(OLD))
    ring = vault(NEW, OLD)
    write = database.write

    @asynccontextmanager
    async def write_after_somebody_else() -> AsyncIterator[AsyncSession]:
        async with write() as session:
            row = (await session.scalars(select(Integration).where(Integration.provider == "gitlab"))).one()
            INTEGRATION_TOKEN.seal(vault(OLD), row, "glpat-2")
        async with write() as session:
            yield session

    monkeypatch.setattr(database, "write", write_after_somebody_else)
    step = await anext(rotate(database, ring))
    assert (step.seen, step.resealed) == (1, 0)
    monkeypatch.setattr(database, "write", write)
    assert "glpat-2" in await _secrets(database, ring)
    assert sum([step.resealed async for step in rotate(database, ring)]) == 6
    assert await _secrets(database, vault(NEW)) == (SECRETS - {"glpat-1"}) | {"glpat-2"}


async def test_what_can_not_be_opened_stays_and_is_named(database: Database) -> None:
    await _fill(database, vault(OLD))
    async with database.write() as session:
        one, two, *_ = await session.scalars(select(Installation).order_by(Installation.external_id))
        one.hook_secret = b"rubbish"
        two.hook_secret = vault(key_text(3, "lost")).seal(
            "x", organization_id=two.organization_id, provider="gitlab", field="hook_secret/1"
        )
    steps = [step async for step in rotate(database, vault(NEW, OLD))]
    unreadable = dict(name for step in steps for name in step.unreadable)
    assert set(unreadable) == {f"installation.hook_secret of {row.id}" for row in (one, two)}
    assert sum(step.resealed for step in steps) == 4
    assert await count_by_key(database) == {"new": 4, "lost": 1, "": 1}

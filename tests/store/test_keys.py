import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.keys import authenticate, make_key
from bot.store.models import ApiKey, Organization

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


async def _add(database: Database, **columns: object) -> tuple[ApiKey, str]:
    key = make_key()
    organization = Organization(id=new_id(), name=new_id())
    row = ApiKey(organization_id=organization.id, prefix=key.prefix, digest=key.digest)
    for name, value in columns.items():
        setattr(row, name, value)
    async with database.write() as session:
        session.add(organization)
        await session.flush()
        session.add(row)
    return row, key.text


def test_a_key_is_random_and_recognisable() -> None:
    one, two = make_key(), make_key()
    assert one.text != two.text
    assert one.text.startswith("agx_")
    assert len(one.text) == len("agx_") + 43
    assert one.text[:12] == one.prefix
    assert one.digest == hashlib.sha256(one.text.encode()).digest()
    assert one.text not in repr(one)


async def test_a_key_opens_its_own_row(database: Database) -> None:
    row, text = await _add(database)
    await _add(database)
    found = await authenticate(database, text, NOW)
    assert found is not None
    assert (found.id, found.organization_id) == (row.id, row.organization_id)


async def test_other_keys_open_nothing(database: Database) -> None:
    _, text = await _add(database)
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
    for given in (wrong, make_key().text, text[:12], text + "x", "", "agx_", "é" * 47, "\0", "\ud800", text + "\n"):
        assert await authenticate(database, given, NOW) is None


async def test_keys_with_one_prefix_are_told_apart(database: Database) -> None:
    first, text = await _add(database)
    await _add(database, prefix=first.prefix)
    before = await _add(database, prefix=first.prefix, id="0" * 32)
    found = await authenticate(database, text, NOW)
    assert found is not None
    assert found.id == first.id
    assert before[0].id != first.id


async def test_a_revoked_key_opens_nothing(database: Database) -> None:
    _, text = await _add(database, revoked_at=NOW)
    assert await authenticate(database, text, NOW) is None


async def test_the_digest_alone_is_no_key(database: Database) -> None:
    row, _ = await _add(database)
    assert await authenticate(database, row.digest.hex(), NOW) is None


async def test_use_is_noted_at_most_once_a_minute(database: Database) -> None:
    row, text = await _add(database)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE"):
            written.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        await authenticate(database, text, NOW + timedelta(seconds=seconds))
    assert len(written) == 3
    async with database.read() as session:
        assert (await session.get_one(ApiKey, row.id)).last_used_at == NOW + timedelta(seconds=120)


async def test_a_wrong_key_is_not_noted(database: Database) -> None:
    row, text = await _add(database)
    await authenticate(database, text[:-1] + ("A" if text[-1] != "A" else "B"), NOW)
    async with database.read() as session:
        assert (await session.get_one(ApiKey, row.id)).last_used_at is None

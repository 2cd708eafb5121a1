"""Sealing every stored secret anew under the newest key, while others work."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.sealed import SEALED_COLUMNS, SealedColumn, SealedRow
from bot.store.vault import Changed, Vault, VaultError

BATCH = 100


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did. `unreadable` names each secret that can't be opened, with the reason."""

    seen: int
    resealed: int
    unreadable: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a whole rotation did; `unused` are the older keys that seal nothing any more."""

    newest: str
    resealed: int
    unreadable: tuple[tuple[str, str], ...]
    unused: tuple[str, ...]


async def rotate_all(database: Database, vault: Vault, progress: Callable[[int, int], None]) -> Outcome:
    """Rotates until nothing is left to do; `progress` is told the secrets looked at and their total."""
    async with database.read() as session:
        total = await count_envelopes(session)
    resealed = 0
    while True:
        seen, done, unreadable = 0, 0, list[tuple[str, str]]()
        async for step in rotate(database, vault):
            seen, done = seen + step.seen, done + step.resealed
            unreadable += step.unreadable
            progress(min(seen, total), total)
        resealed += done
        # Once more after each change: a server with an older key ring may have stored a secret meanwhile.
        if not done:
            break
    counts = await count_by_key(database)
    unused = tuple(key for key in vault.keyring.ids[1:] if not counts[key])
    return Outcome(vault.keyring.newest, resealed, tuple(unreadable), unused)


async def count_envelopes(session: AsyncSession) -> int:
    """Counts the stored secrets."""
    counts = [await session.scalar(select(func.count(sealed.column))) for sealed in SEALED_COLUMNS]
    return sum(count or 0 for count in counts)


async def count_by_key(database: Database) -> Counter[str]:
    """Counts the stored secrets by the id of their key; what is no envelope counts under the empty id."""
    counts: Counter[str] = Counter()
    for sealed in SEALED_COLUMNS:
        async for rows in _pages(database, sealed, 10 * BATCH):
            for row in rows:
                try:
                    counts[Vault.key_id(getattr(row, sealed.column.key))] += 1
                except Changed:
                    counts[""] += 1
    return counts


async def rotate(database: Database, vault: Vault, batch: int = BATCH) -> AsyncGenerator[Step]:
    """Brings all secrets under the newest key, batch by batch; what is under it already is left alone.

    It may be stopped at any moment and run again. A secret that somebody changes meanwhile keeps its new value.
    """
    for sealed in SEALED_COLUMNS:
        async for rows in _pages(database, sealed, batch):
            yield await _reseal(database, vault, sealed, rows)


async def _pages(database: Database, sealed: SealedColumn, size: int) -> AsyncIterator[Sequence[SealedRow]]:
    last = ""
    while True:
        query = (
            select(sealed.model)
            .where(sealed.model.id > last, sealed.column.is_not(None))
            .order_by(sealed.model.id)
            .limit(size)
        )
        async with database.read() as session:
            rows: list[SealedRow] = [*await session.scalars(query)]
        if not rows:
            return
        yield rows
        last = rows[-1].id


async def _reseal(database: Database, vault: Vault, sealed: SealedColumn, rows: Sequence[SealedRow]) -> Step:
    stale, unreadable = [], []
    for row in rows:
        old = getattr(row, sealed.column.key)
        try:
            if Vault.key_id(old) == vault.keyring.newest:
                continue
            sealed.seal(vault, row, sealed.open(vault, row) or "")
        except VaultError as error:
            unreadable.append((f"{sealed.name} of {row.id}", str(error)))
        else:
            stale.append((row.id, old, getattr(row, sealed.column.key)))
    done = 0
    if stale:
        async with database.write() as session:
            for row_id, old, new in stale:
                # Compared with what was read: a secret that was replaced or moved since then is left as it is now.
                statement = update(sealed.model).where(sealed.model.id == row_id, sealed.column == old)
                result = await session.execute(statement.values({sealed.column: new}).returning(sealed.model.id))
                done += len(result.all())
    return Step(len(rows), done, tuple(unreadable))

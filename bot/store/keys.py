"""API keys: made, shown once, kept as a hash, recognised in constant time."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from bot.store.database import Database
from bot.store.models import ApiKey

PREFIX_LENGTH = 12
_KEY = re.compile(r"agx_[A-Za-z0-9_-]{43}")
_NOBODY = bytes(32)
_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A fresh key: `text` is for its owner, once; `prefix` and `digest` are for the row."""

    text: str = field(repr=False)
    prefix: str
    digest: bytes = field(repr=False)


def make_key() -> NewKey:
    """Makes a key of 256 random bits."""
    text = "agx_" + secrets.token_urlsafe(32)
    return NewKey(text, text[:PREFIX_LENGTH], digest(text))


def digest(text: str) -> bytes:
    """Hashes a key. Plain SHA-256 is enough: 256 random bits can't be guessed, whatever the hash costs."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


async def authenticate(database: Database, text: str, at: datetime) -> ApiKey | None:
    """Finds the live key that a client sent; None when there is none.

    Costs one read; `last_used_at` is written at most once a minute.
    """
    given = digest(text)
    candidates: list[ApiKey] = []
    if _KEY.fullmatch(text):
        async with database.read() as session:
            query = select(ApiKey).where(ApiKey.prefix == text[:PREFIX_LENGTH])
            candidates = list(await session.scalars(query))
    found = None
    for row in candidates:
        if hmac.compare_digest(row.digest, given):
            found = row
    if not candidates:
        # The answer's time must not tell an unknown prefix from a wrong key.
        hmac.compare_digest(_NOBODY, given)
    if found is None or found.revoked_at is not None:
        return None
    stale = at - _TOUCH_AFTER
    if found.last_used_at is None or found.last_used_at <= stale:
        await _touch(database, found, at, stale)
    return found


async def _touch(database: Database, key: ApiKey, at: datetime, stale: datetime) -> None:
    unused = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= stale)
    async with database.write() as session:
        await session.execute(update(ApiKey).where(ApiKey.id == key.id, unused).values(last_used_at=at))

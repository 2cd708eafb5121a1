"""Queries on language models: what was spent of a day's budget, and remembered answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.store.models import LlmAccess, LlmAnswer, LlmCall, Organization

KEPT = timedelta(days=30)
"""How long an answer is remembered."""
BOOKED = timedelta(days=400)
"""How long calls can be asked for."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took, those under way with what was set aside for them."""

    tokens: int
    micros: int


@dataclass(frozen=True, slots=True)
class DayOfModel:
    """What one model took on one day."""

    day: date
    provider: str
    model: str
    shared: bool
    calls: int
    open: int
    """Calls that were not settled: under way, given up, or cut off."""
    input_tokens: int
    output_tokens: int
    micros: int


async def find_llm_access(session: AsyncSession, organization_id: str) -> LlmAccess | None:
    return await session.scalar(select(LlmAccess).where(LlmAccess.organization_id == organization_id))


async def lock_llm(session: AsyncSession, organization_id: str) -> None:
    """Lets nobody else count or remember for the organization until the transaction ends."""
    # FOR NO KEY UPDATE: whoever adds a row of this organization elsewhere need not wait.
    await session.execute(
        select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
    )


async def spent_on(session: AsyncSession, organization_id: str, day: date, *, shared: bool) -> Spent:
    """Sums up a day, of the organization's own model or of the shared one."""
    query = select(
        func.coalesce(func.sum(LlmCall.input_tokens + LlmCall.output_tokens), 0),
        func.coalesce(func.sum(LlmCall.micros), 0),
    ).where(LlmCall.organization_id == organization_id, LlmCall.day == day, LlmCall.shared == shared)
    tokens, micros = (await session.execute(query)).one()
    return Spent(int(tokens), int(micros))


async def forget_calls(session: AsyncSession, organization_id: str, today: date) -> None:
    """Deletes what nobody asks for any more."""
    old = LlmCall.organization_id == organization_id, LlmCall.day < today - BOOKED
    await session.execute(delete(LlmCall).where(*old))


async def usage_by_day(session: AsyncSession, organization_id: str, since: date) -> Sequence[DayOfModel]:
    """Gives what was used since a day, the newest day first."""
    unsettled = func.sum(case((LlmCall.settled, 0), else_=1))
    group = LlmCall.day, LlmCall.provider, LlmCall.model, LlmCall.shared
    query = (
        select(
            *group,
            func.count(),
            unsettled,
            func.sum(LlmCall.input_tokens),
            func.sum(LlmCall.output_tokens),
            func.sum(LlmCall.micros),
        )
        .where(LlmCall.organization_id == organization_id, LlmCall.day >= since)
        .group_by(*group)
        .order_by(LlmCall.day.desc(), LlmCall.provider, LlmCall.model, LlmCall.shared)
    )
    rows = await session.execute(query)
    return [DayOfModel(*row[:4], *(int(number) for number in row[4:])) for row in rows]


async def find_answer(session: AsyncSession, organization_id: str, key: str, now: datetime) -> LlmAnswer | None:
    """Gives an answer that is not too old."""
    return await session.scalar(
        select(LlmAnswer).where(
            LlmAnswer.organization_id == organization_id, LlmAnswer.key == key, LlmAnswer.created_at > now - KEPT
        )
    )


async def put_answer(
    session: AsyncSession, organization_id: str, key: str, answer: dict[str, Any], now: datetime
) -> None:
    """Keeps an answer in the place of an older one, and deletes those that are too old."""
    mine = LlmAnswer.organization_id == organization_id
    await lock_llm(session, organization_id)
    await session.execute(delete(LlmAnswer).where(mine, (LlmAnswer.created_at <= now - KEPT) | (LlmAnswer.key == key)))
    session.add(LlmAnswer(id=new_id(), organization_id=organization_id, key=key, answer=answer, created_at=now))

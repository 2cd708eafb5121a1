"""What an organization may take, and what it is told twice without asking twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.llm.engine import Engine
from bot.llm.errors import OverBudget
from bot.llm.schema import Answer
from bot.llm.values import Maker, ModelAccess, Price, Usage
from bot.store.database import Database
from bot.store.llm import KEPT, spent_on, usage_by_day
from bot.store.models import LlmAnswer, LlmCall
from bot.usecases.administer import create_organization
from bot.usecases.llm_budget import Budget, Remembered
from bot.usecases.llm_policy import Allowance
from tests.llm.runs import report_run
from tests.llm.server import model_server

pytestmark = pytest.mark.anyio

ACCESS = ModelAccess(Maker.OPENAI, "test-model", SecretStr("sk-test"))
ASKED = Usage(1, 900, 100)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def organization(database: Database) -> AsyncIterator[str]:
    yield (await create_organization(database, "acme", actor="test")).id


def budget(
    database: Database,
    clock: Clock,
    organization: str,
    *,
    tokens: int | None = None,
    micros: int | None = None,
    price: Price = Price(3_000_000, 15_000_000),  # noqa: B008 - a value
    shared: bool = False,
) -> Budget:
    return Budget(database, clock, organization, ACCESS, price, Allowance(tokens, micros), shared)


async def calls(database: Database) -> list[LlmCall]:
    async with database.read() as session:
        return [*await session.scalars(select(LlmCall).order_by(LlmCall.id))]


async def test_calls_at_the_same_time_do_not_overspend(database: Database, clock: Clock, organization: str) -> None:
    mine = budget(database, clock, organization, tokens=5_500)
    granted: list[str] = []
    refused: list[OverBudget] = []

    async def call() -> None:
        try:
            granted.append(await mine.reserve(ASKED))
        except OverBudget as error:
            refused.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(call)
    assert (len(granted), len(refused)) == (5, 7)
    assert str(refused[0]) == "has used up the budget of the day"
    # What was set aside and not needed is free again.
    for ticket in granted:
        await mine.settle(ticket, Usage(1, 90, 10))
    await mine.reserve(ASKED)
    assert sum(row.input_tokens + row.output_tokens for row in await calls(database)) == 1_500


async def test_a_day_is_a_day_by_utc(database: Database, clock: Clock, organization: str) -> None:
    mine = budget(database, clock, organization, tokens=1_000)
    await mine.reserve(ASKED)
    with pytest.raises(OverBudget):
        await mine.reserve(ASKED)
    clock.now += timedelta(minutes=31)
    await mine.reserve(ASKED)
    assert [row.day.day for row in await calls(database)] == [1, 2]


async def test_money(database: Database, clock: Clock, organization: str) -> None:
    # 900 tokens at 3 a million and 100 at 15 are 0.0042.
    mine = budget(database, clock, organization, micros=9_000)
    ticket = await mine.reserve(ASKED)
    await mine.reserve(ASKED)
    with pytest.raises(OverBudget):
        await mine.reserve(ASKED)
    await mine.settle(ticket, Usage(1, 1, 0))
    await mine.reserve(ASKED)
    assert [row.micros for row in await calls(database)] == [3, 4_200, 4_200]


async def test_a_budget_that_is_too_small_says_so(database: Database, clock: Clock, organization: str) -> None:
    with pytest.raises(OverBudget, match="too small a budget for one answer"):
        await budget(database, clock, organization, tokens=999).reserve(ASKED)
    assert await calls(database) == []


async def test_budgets_are_apart(database: Database, clock: Clock, organization: str) -> None:
    other = (await create_organization(database, "other", actor="test")).id
    await budget(database, clock, organization, tokens=1_000).reserve(ASKED)
    await budget(database, clock, other, tokens=1_000).reserve(ASKED)
    await budget(database, clock, organization, tokens=1_000, shared=True).reserve(ASKED)
    async with database.read() as session:
        day = clock().date()
        for owner, shared, tokens in ((organization, False, 1_000), (organization, True, 1_000), (other, True, 0)):
            assert (await spent_on(session, owner, day, shared=shared)).tokens == tokens
        assert len(await usage_by_day(session, other, day)) == 1


async def test_usage_by_day(database: Database, clock: Clock, organization: str) -> None:
    mine = budget(database, clock, organization)
    for _ in range(2):
        await mine.settle(await mine.reserve(ASKED), Usage(1, 500, 50))
    clock.now += timedelta(days=1)
    await mine.reserve(ASKED)
    async with database.read() as session:
        newest, oldest = await usage_by_day(session, organization, clock().date() - timedelta(days=1))
    assert (newest.calls, newest.open, newest.input_tokens) == (1, 1, 900)
    assert (oldest.calls, oldest.open, oldest.input_tokens, oldest.output_tokens) == (2, 0, 1_000, 100)
    assert oldest.micros == 2 * (1_500 + 750)


async def test_old_calls_are_forgotten(database: Database, clock: Clock, organization: str) -> None:
    mine = budget(database, clock, organization)
    await mine.reserve(ASKED)
    clock.now += timedelta(days=401)
    await mine.reserve(ASKED)
    assert len(await calls(database)) == 1


async def test_a_spent_budget_is_told_and_costs_nothing(database: Database, clock: Clock, organization: str) -> None:
    with model_server() as models:
        engine = Engine(models.access(), meter=budget(database, clock, organization, tokens=10))
        after = await engine.explain(*report_run(1))
        assert models.asked == []
    assert after.notes == ("the embedded engine: the model has too small a budget for one answer",)
    assert after.usage is None


async def test_answers_are_remembered_by_organization(database: Database, clock: Clock, organization: str) -> None:
    other = (await create_organization(database, "other", actor="test")).id
    with model_server() as models:
        for owner in (organization, organization, other):
            memory = Remembered(database, clock, owner)
            await Engine(models.access(), memory=memory).explain(*report_run(1))
        assert len(models.asked) == 2
        clock.now += KEPT
        await Engine(models.access(), memory=Remembered(database, clock, other)).explain(*report_run(1))
        assert len(models.asked) == 3
    async with database.read() as session:
        rows = [*await session.scalars(select(LlmAnswer))]
    assert {row.organization_id: row.uses for row in rows} == {organization: 1, other: 0}


async def test_what_another_version_remembered_is_asked_again(
    database: Database, clock: Clock, organization: str
) -> None:
    memory = Remembered(database, clock, organization)
    await memory.keep("k", Answer(findings=[]))
    assert await memory.recall("k") == Answer(findings=[])
    async with database.write() as session:
        row = (await session.scalars(select(LlmAnswer))).one()
        row.answer = {"other": "shape"}
    assert await memory.recall("k") is None
    assert await memory.recall("none") is None


async def test_two_that_learn_the_same_at_once(database: Database, clock: Clock, organization: str) -> None:
    memory = Remembered(database, clock, organization)
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(memory.keep, "k", Answer(findings=[]))
    async with database.read() as session:
        assert len((await session.scalars(select(LlmAnswer))).all()) == 1

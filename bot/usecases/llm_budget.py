"""Calls of an organization to a model: within its budget, and written down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from bot.domain.ids import new_id
from bot.llm.errors import OverBudget
from bot.llm.schema import Answer
from bot.llm.values import ModelAccess, Price, Usage
from bot.store.database import Database
from bot.store.llm import find_answer, forget_calls, lock_llm, put_answer, spent_on
from bot.store.models import LlmCall
from bot.usecases.llm_policy import Allowance


@dataclass(frozen=True, slots=True)
class Budget:
    """What one organization may take of one model (bot.llm.protocols.Meter).

    Everybody who calls reserves first, one after another, so that calls at the same time together stay within it.
    What was reserved and never settled counts until the day ends: nobody knows whether it was paid for.
    """

    database: Database
    clock: Callable[[], datetime]
    organization_id: str
    access: ModelAccess
    price: Price
    allowance: Allowance
    shared: bool = False

    async def reserve(self, most: Usage) -> str:
        """Raises OverBudget."""
        day, micros = self.clock().date(), self.price.micros(most)
        async with self.database.write() as session:
            await lock_llm(session, self.organization_id)
            spent = await spent_on(session, self.organization_id, day, shared=self.shared)
            self._check(spent.tokens, most.tokens, self.allowance.tokens)
            self._check(spent.micros, micros, self.allowance.micros)
            await forget_calls(session, self.organization_id, day)
            call = LlmCall(
                id=new_id(),
                organization_id=self.organization_id,
                day=day,
                provider=self.access.provider,
                model=self.access.model,
                shared=self.shared,
                input_tokens=most.input_tokens,
                output_tokens=most.output_tokens,
                micros=micros,
            )
            session.add(call)
        return call.id

    @staticmethod
    def _check(spent: int, more: int, limit: int | None) -> None:
        if limit is not None and spent + more > limit:
            raise OverBudget("" if spent else "has too small a budget for one answer")

    async def settle(self, ticket: str, usage: Usage) -> None:
        async with self.database.write() as session:
            call = await session.get(LlmCall, ticket)
            if call is not None:
                call.input_tokens, call.output_tokens = usage.input_tokens, usage.output_tokens
                call.micros, call.settled = self.price.micros(usage), True


@dataclass(frozen=True, slots=True)
class Remembered:
    """What models have told one organization (bot.llm.protocols.Memory)."""

    database: Database
    clock: Callable[[], datetime]
    organization_id: str

    async def recall(self, key: str) -> Answer | None:
        async with self.database.write() as session:
            row = await find_answer(session, self.organization_id, key, self.clock())
            if row is None:
                return None
            row.uses += 1
        try:
            return Answer.model_validate(row.answer)
        except ValidationError:
            # Another version wrote it.
            return None

    async def keep(self, key: str, answer: Answer) -> None:
        async with self.database.write() as session:
            await put_answer(session, self.organization_id, key, answer.model_dump(mode="json"), self.clock())

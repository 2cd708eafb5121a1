"""What the engine needs of others: a model that answers, a budget, and a memory."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.llm.schema import Answer
from bot.llm.values import Usage


@dataclass(frozen=True, slots=True)
class Question:
    """One request: our own words, and data that is no more than data."""

    instructions: str
    text: str = field(repr=False)
    output_tokens: int = 4_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, in the form that it was asked for."""

    answer: Answer
    usage: Usage


class LanguageModel(Protocol):
    """Answers one question. Raises ModelFailure."""

    async def ask(self, question: Question) -> Reply: ...


class Meter(Protocol):
    """Keeps calls within a budget."""

    async def reserve(self, most: Usage) -> str:
        """Sets aside what a call can take at most; gives what it is settled by. Raises OverBudget."""
        ...

    async def settle(self, ticket: str, usage: Usage) -> None:
        """Puts what a call has really taken in the place of what was set aside."""
        ...


class Memory(Protocol):
    """Remembers answers."""

    async def recall(self, key: str) -> Answer | None: ...

    async def keep(self, key: str, answer: Answer) -> None: ...


class NoMeter:
    """For whoever pays by themselves."""

    async def reserve(self, most: Usage) -> str:
        return ""

    async def settle(self, ticket: str, usage: Usage) -> None:
        return None


class NoMemory:
    """For one analysis that nobody will ask for again."""

    async def recall(self, key: str) -> Answer | None:
        return None

    async def keep(self, key: str, answer: Answer) -> None:
        return None

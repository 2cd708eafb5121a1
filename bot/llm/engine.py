"""The llm engine: asks a model about what the embedded engine has distilled, and takes over what can be proven."""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

import anyio
from anyio import to_thread

from bot.analysis import Analysis, Input
from bot.analysis.model import ModelUsage
from bot.domain.masking import mask
from bot.llm.case import Case, distill, worth_asking
from bot.llm.errors import ModelFailure, NoAnswer, Unusable
from bot.llm.merge import merge
from bot.llm.opening import open_model
from bot.llm.prompt import make_question
from bot.llm.protocols import LanguageModel, Memory, Meter, NoMemory, NoMeter, Question, Reply
from bot.llm.remembering import case_key, recognise, remember
from bot.llm.tokens import most
from bot.llm.values import ModelAccess, Terms, Usage
from bot.llm.verify import Verified, verify

logger = logging.getLogger(__name__)

UNSURE = 0.5
"""A claim with less confidence is looked at a second time."""
_FORM_TOKENS = 1_500
"""What the description of the answer's form takes of a request."""
_FIRST_WAIT = 0.5
"""Seconds before a question is asked once more, where the server names none; twice as long each time."""
_LONGEST_DRAFT = 8_000

Open = Callable[[ModelAccess, float], AbstractAsyncContextManager[LanguageModel]]


@dataclass(frozen=True, slots=True)
class Engine:
    """A model as an engine for one organization. `secrets` are masked in all that goes out and comes back."""

    access: ModelAccess
    terms: Terms = field(default_factory=Terms)
    meter: Meter = field(default_factory=NoMeter)
    memory: Memory = field(default_factory=NoMemory)
    secrets: Sequence[str] = ()
    open: Open = open_model
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep

    async def explain(self, analysis: Analysis, inputs: Sequence[Input], changed: Collection[str] = ()) -> Analysis:
        """The analysis with better words where the model has any that are proven.

        What the embedded engine says stands where it has not, and where no model could be asked: then a note says
        why. Verdict, counts and failing tests are always those of the embedded engine. Never raises for what a model
        or its server does.
        """
        if not worth_asking(analysis):
            return analysis
        work = _Work(self)
        try:
            return await work.run(analysis, inputs, changed)
        except ModelFailure as failure:
            detail = mask(failure.detail, self.secrets)
            logger.warning("the model %s %s%s", self.access.model, failure, f" ({detail})" if detail else "")
            note = f"the embedded engine: the model {failure}"
            return replace(analysis, notes=(*analysis.notes, note), usage=work.usage(only_paid=True))


@dataclass(slots=True)
class _Work:
    """One analysis being explained, and what was paid for it so far."""

    engine: Engine
    paid: Usage = field(default_factory=Usage)
    ends: float = 0.0

    async def run(self, analysis: Analysis, inputs: Sequence[Input], changed: Collection[str]) -> Analysis:
        engine = self.engine
        case = await to_thread.run_sync(
            lambda: distill(analysis, inputs, changed=changed, secrets=engine.secrets, tokens=engine.terms.input_tokens)
        )
        key = case_key(case, engine.access)
        known = await engine.memory.recall(key)
        if known is not None:
            verified = verify(recognise(known, case), case, engine.secrets)
            # It has to hold for this run word for word; else it is another one after all.
            if verified.sound:
                return self.told(merge(analysis, verified.claims), remembered=True)
        async with engine.open(engine.access, engine.terms.timeout) as model:
            self.ends = anyio.current_time() + engine.terms.timeout
            verified = await self.examine(model, case)
        if not verified.claims:
            raise Unusable("proved nothing of what it said" if verified.quotes else "had nothing to add")
        await engine.memory.keep(key, remember(verified, case))
        return self.told(merge(analysis, verified.claims))

    async def examine(self, model: LanguageModel, case: Case) -> Verified:
        """Asks, and once more where the first answer is doubtful; the better one counts."""
        terms, secrets = self.engine.terms, self.engine.secrets
        reply = await self.ask(model, self.question(case))
        first = verify(reply.answer, case, secrets)
        if not _doubtful(first):
            return first
        draft = reply.answer.model_dump_json()[:_LONGEST_DRAFT]
        try:
            again = await self.ask(model, self.question(case, draft=draft, doubts=first.doubts), attempts=1)
        except ModelFailure as failure:
            logger.info("no second look within %g s: the model %s", terms.timeout, failure)
            return first
        second = verify(again.answer, case, secrets)
        return max(second, first, key=_worth)

    def question(self, case: Case, *, draft: str = "", doubts: Sequence[str] = ()) -> Question:
        question = make_question(case, self.engine.terms.output_tokens, draft=draft, doubts=doubts)
        # The lines are masked already; what else there is of the run is masked here.
        return replace(question, text=mask(question.text, self.engine.secrets))

    async def ask(self, model: LanguageModel, question: Question, attempts: int = 0) -> Reply:
        """Asks until there is an answer that can be used, or no time, money or hope left. Raises ModelFailure."""
        attempts = attempts or self.engine.terms.attempts
        for attempt in range(1, attempts + 1):
            try:
                return await self.ask_once(model, question)
            except ModelFailure as failure:
                wait = failure.retry_after if failure.retry_after is not None else _FIRST_WAIT * 2 ** (attempt - 1)
                if not failure.again or attempt == attempts or anyio.current_time() + wait >= self.ends:
                    raise
                await self.engine.sleep(wait)
        raise Unusable

    async def ask_once(self, model: LanguageModel, question: Question) -> Reply:
        """One request, within the budget and the time that is left."""
        meter = self.engine.meter
        most_in = most(question.instructions) + most(question.text) + _FORM_TOKENS
        ticket = await meter.reserve(Usage(1, most_in, question.output_tokens))
        try:
            # Around the network only: to be cut off in a transaction does a database no good.
            with anyio.fail_after(max(0.0, self.ends - anyio.current_time())):
                reply = await model.ask(question)
        except TimeoutError:
            # What was set aside stays so: the server may have done its work.
            raise NoAnswer(self.engine.terms.timeout) from None
        except ModelFailure as failure:
            if failure.usage is not None:
                await self.settle(ticket, failure.usage)
            raise
        await self.settle(ticket, reply.usage)
        return reply

    async def settle(self, ticket: str, usage: Usage) -> None:
        self.paid += usage
        await self.engine.meter.settle(ticket, usage)

    def usage(self, *, remembered: bool = False, only_paid: bool = False) -> ModelUsage | None:
        if only_paid and not self.paid.requests:
            return None
        paid = self.paid
        return ModelUsage(self.engine.access.model, paid.requests, paid.input_tokens, paid.output_tokens, remembered)

    def told(self, analysis: Analysis, *, remembered: bool = False) -> Analysis:
        return replace(analysis, engine="llm", usage=self.usage(remembered=remembered))


def _doubtful(verified: Verified) -> bool:
    if not verified.claims:
        # Nothing said is an answer, everything disproven is a reason to look again.
        return verified.quotes > 0
    unsure = any(claim.confidence < UNSURE for claim in verified.claims)
    return unsure or verified.dropped > 0 or 3 * len(verified.doubts) > verified.quotes


def _worth(verified: Verified) -> tuple[int, int, int, float]:
    """What makes one answer better than another; of equal ones the second look counts."""
    surest = max((claim.confidence for claim in verified.claims), default=0.0)
    return verified.covered, bool(verified.claims), -len(verified.doubts), surest

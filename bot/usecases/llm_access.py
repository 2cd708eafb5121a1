"""An organization's own language model: set, shown, tried and taken away, and what it has used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.analysis import Input, analyze
from bot.domain.ids import new_id
from bot.llm.addresses import clean_base_url
from bot.llm.engine import Engine
from bot.llm.values import Maker
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.llm import DayOfModel, find_llm_access, spent_on, usage_by_day
from bot.store.models import LlmAccess, Organization
from bot.store.sealed import LLM_KEY
from bot.usecases.administer import find_organization
from bot.usecases.errors import Invalid, Missing
from bot.usecases.llm_explain import own_budget
from bot.usecases.llm_policy import Allowance
from bot.usecases.services import Services

_LONGEST_KEY = 4096
_LONGEST_MODEL = 255
_TRIAL = b"""\
$ make test
shop/cart.py:12: NameError: name 'price' is not defined
FAILED tests/test_cart.py::test_price - NameError: name 'price' is not defined
make: *** [Makefile:3: test] Error 1
Process completed with exit code 1.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an organization's model is to be; budgets of None are without limit, money is in millionths."""

    provider: Maker
    model: str
    base_url: str = ""
    budget_tokens: int | None = None
    budget_micros: int | None = None
    price_input: int = 0
    price_output: int = 0


@dataclass(frozen=True, slots=True)
class UsageView:
    """What an organization has used, day by day, and what of today's budget of its own model is spent."""

    days: Sequence[DayOfModel]
    tokens_today: int
    micros_today: int
    budget_tokens: int | None
    budget_micros: int | None


async def set_llm(
    services: Services, organization: str, wanted: Wanted, key: str, *, actor: str, check: bool = True
) -> tuple[LlmAccess, str]:
    """Keeps a model and its key, sealed, in the place of an earlier one, after trying it once.

    Gives the words of its answer. Raises Invalid, Missing and VaultError.
    """
    model = _clean_model(wanted.model)
    try:
        base_url = clean_base_url(wanted.base_url, services.llm.plain_hosts)
    except ValueError as error:
        raise Invalid(str(error)) from None
    key = _clean_key(key)
    if wanted.budget_micros is not None and not (wanted.price_input or wanted.price_output):
        raise Invalid("a budget of money needs the prices of a million tokens: --price-input and --price-output")
    async with services.database.read() as session:
        owner = await find_organization(session, organization)
    row = LlmAccess(
        id=new_id(),
        organization_id=owner.id,
        provider=wanted.provider,
        model=model,
        base_url=base_url,
        budget_tokens=wanted.budget_tokens,
        budget_micros=wanted.budget_micros,
        price_input=wanted.price_input,
        price_output=wanted.price_output,
        broken="",
    )
    LLM_KEY.seal(services.vault, row, key)
    answer = ""
    if check:
        answer, problem = await _try(services, row)
        if problem:
            raise Invalid(f"{problem} (nothing was stored; `--no-check` stores it all the same)")
        row.checked_at = services.clock()
    async with services.database.write() as session:
        before = await find_llm_access(session, owner.id)
        if before is not None:
            await session.delete(before)
            await session.flush()
        session.add(row)
        verb = "llm.replaced" if before is not None else "llm.set"
        audit(session, owner.id, actor, verb, f"{row.provider} {row.model} {row.base_url}".strip())
    return row, answer


async def show_llm(database: Database, organization: str) -> tuple[LlmAccess, Organization]:
    """Raises Missing."""
    async with database.read() as session:
        return await _find(session, organization)


async def remove_llm(database: Database, organization: str, *, actor: str) -> tuple[LlmAccess, Organization]:
    """Forgets an organization's model and its key; what was used stays. Raises Missing."""
    async with database.write() as session:
        row, owner = await _find(session, organization)
        await session.delete(row)
        audit(session, owner.id, actor, "llm.removed", f"{row.provider} {row.model}")
    return row, owner


async def check_llm(services: Services, organization: str) -> tuple[LlmAccess, Organization, str]:
    """Asks an organization's model about a small failure and notes whether it can be used; gives what it said.

    Raises Missing and VaultError.
    """
    async with services.database.read() as session:
        row, owner = await _find(session, organization)
    answer, problem = await _try(services, row)
    async with services.database.write() as session:
        row, owner = await _find(session, organization)
        row.broken, row.checked_at = problem, services.clock()
    return row, owner, answer


async def llm_usage(services: Services, organization: str, days: int) -> UsageView:
    """What was used in the last days, today included. Raises Missing."""
    today = services.clock().date()
    async with services.database.read() as session:
        owner = await find_organization(session, organization)
        row = await find_llm_access(session, owner.id)
        found = await usage_by_day(session, owner.id, today - timedelta(days=days - 1))
        spent = await spent_on(session, owner.id, today, shared=row is None)
    policy = services.llm
    allowance = policy.allowance if policy.own is not None and policy.shared else Allowance()
    return UsageView(
        days=found,
        tokens_today=spent.tokens,
        micros_today=spent.micros,
        budget_tokens=row.budget_tokens if row is not None else allowance.tokens,
        budget_micros=row.budget_micros if row is not None else allowance.micros,
    )


async def _try(services: Services, row: LlmAccess) -> tuple[str, str]:
    """What a model says of a small failure, or why it can't be used."""
    inputs = [Input.of_bytes("trial.log", _TRIAL)]
    budget = own_budget(services, row)
    engine = Engine(budget.access, services.llm.terms, meter=budget, secrets=[budget.access.key.get_secret_value()])
    told = await engine.explain(analyze(inputs), inputs)
    if told.engine == "llm":
        return told.findings[0].title, ""
    return "", "; ".join(told.notes).rpartition(": ")[2]


async def _find(session: AsyncSession, organization: str) -> tuple[LlmAccess, Organization]:
    owner = await find_organization(session, organization)
    row = await find_llm_access(session, owner.id)
    if row is None:
        raise Missing(f"{owner.name} has no model of its own: `agnox llm set` gives it one")
    return row, owner


def _clean_model(model: str) -> str:
    model = model.strip()
    if not 0 < len(model) <= _LONGEST_MODEL or not model.isprintable() or " " in model:
        raise Invalid("the model must be the name that its provider uses, one word")
    return model


def _clean_key(key: str) -> str:
    if not key or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid("that is no key: it must be one line of ASCII characters, no spaces")
    return key

"""The causes of an execution in the words of the organization's model, where it has one."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

from pydantic import SecretStr

from bot.analysis import Analysis, Input
from bot.llm.case import worth_asking
from bot.llm.engine import Engine
from bot.llm.values import Maker, ModelAccess, Price
from bot.store.llm import find_llm_access
from bot.store.models import Execution, LlmAccess, TestCycle
from bot.store.sealed import LLM_KEY
from bot.store.vault import VaultError
from bot.usecases.ai_rules import why_not_ask
from bot.usecases.llm_budget import Budget, Remembered
from bot.usecases.llm_policy import Allowance
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.services import Services
from bot.usecases.suite_request import suite_secrets

logger = logging.getLogger(__name__)


async def explain(
    services: Services,
    execution: Execution,
    analysis: Analysis,
    inputs: Sequence[Input],
    changed: Collection[str] = (),
) -> Analysis:
    """Has the model of the execution's organization explain an analysis; `changed` are the files of its change.

    Without a model, or where it fails, the analysis stands as it is. Running it twice asks once.
    Raises RateLimited and Unavailable while the host can't say whether the repository allows it.
    """
    if not worth_asking(analysis):
        return analysis
    async with services.database.read() as session:
        cycle = await session.get_one(TestCycle, execution.cycle_id)
        own = await find_llm_access(session, execution.organization_id)
        try:
            budget = _budget_of(services, execution.organization_id, own)
        except VaultError as error:
            logger.warning("the model of organization %s is not asked: %s", execution.organization_id, error)
            return replace(analysis, notes=(*analysis.notes, "the embedded engine: the model's key can't be opened"))
        if budget is None:
            return analysis
    if reason := await why_not_ask(services, execution.cycle_id):
        return replace(analysis, notes=(*analysis.notes, f"the embedded engine: {reason}"))
    async with services.database.read() as session:
        secrets = await organization_secrets(session, services.vault, cycle.organization_id)
    engine = Engine(
        budget.access,
        services.llm.terms,
        meter=budget,
        memory=Remembered(services.database, services.clock, execution.organization_id),
        secrets=[*secrets, *suite_secrets(services.vault, cycle), budget.access.key.get_secret_value()],
    )
    told = await engine.explain(analysis, inputs, changed)
    if own is not None:
        await _note_state(services, own, told)
    return told


def access_of(services: Services, row: LlmAccess) -> ModelAccess:
    """Opens the key of an organization's model. Raises VaultError."""
    key = LLM_KEY.open(services.vault, row) or ""
    return ModelAccess(Maker(row.provider), row.model, SecretStr(key), row.base_url)


def own_budget(services: Services, row: LlmAccess) -> Budget:
    """The budget of an organization's own model. Raises VaultError."""
    return Budget(
        services.database,
        services.clock,
        row.organization_id,
        access_of(services, row),
        Price(row.price_input, row.price_output),
        Allowance(row.budget_tokens, row.budget_micros),
    )


def _budget_of(services: Services, organization_id: str, own: LlmAccess | None) -> Budget | None:
    """The organization's own model first, else the one that the operator shares; None when there is neither.

    Raises VaultError.
    """
    if own is not None:
        return own_budget(services, own)
    policy = services.llm
    if policy.own is None or not policy.shared:
        return None
    return Budget(
        services.database,
        services.clock,
        organization_id,
        policy.own,
        policy.price,
        policy.allowance,
        shared=True,
    )


async def _note_state(services: Services, own: LlmAccess, told: Analysis) -> None:
    """Writes down why the model could not be used, or that it can again."""
    broken = "" if told.engine == "llm" else "; ".join(told.notes).rpartition(": ")[2]
    if broken != own.broken:
        async with services.database.write() as session:
            row = await find_llm_access(session, own.organization_id)
            if row is not None and row.id == own.id:
                row.broken, row.checked_at = broken, services.clock()

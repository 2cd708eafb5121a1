"""The settings of language models, as what the rest works with."""

from decimal import Decimal

from bot.llm.addresses import clean_base_url
from bot.llm.values import MILLION, Maker, ModelAccess, Price, Terms
from bot.settings import Settings
from bot.usecases.llm_policy import Allowance, LlmPolicy


def llm_policy(settings: Settings) -> LlmPolicy:
    """Raises ValueError, fit for people, for settings that do not go together."""
    return LlmPolicy(
        own=model_access(settings),
        shared=settings.llm_shared,
        terms=Terms(
            timeout=settings.llm_timeout.total_seconds(),
            attempts=settings.llm_attempts,
            input_tokens=settings.llm_input_tokens,
            output_tokens=settings.llm_output_tokens,
        ),
        price=Price(to_micros(settings.llm_price_input), to_micros(settings.llm_price_output)),
        allowance=Allowance(settings.llm_budget_tokens or None, to_micros(settings.llm_budget_money) or None),
        plain_hosts=settings.llm_plain_hosts,
    )


def model_access(settings: Settings) -> ModelAccess | None:
    """The instance's own model; None where no key is set. Raises ValueError."""
    if not settings.llm_api_key.get_secret_value():
        return None
    missing = [name for name in ("provider", "model") if not getattr(settings, f"llm_{name}")]
    if missing:
        raise ValueError(f"AGNOX_LLM_{missing[0].upper()}: needed beside AGNOX_LLM_API_KEY")
    try:
        base_url = clean_base_url(settings.llm_base_url, settings.llm_plain_hosts)
    except ValueError as error:
        raise ValueError(f"AGNOX_LLM_BASE_URL: {error}") from None
    return ModelAccess(Maker(settings.llm_provider), settings.llm_model, settings.llm_api_key, base_url)


def to_micros(money: Decimal) -> int:
    """Money in millionths."""
    return int(money * MILLION)

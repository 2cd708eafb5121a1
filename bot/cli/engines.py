"""The engines of `agnox analyze`: what explains an analysis once it is made."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.cli.context import Failure, load_settings

if TYPE_CHECKING:
    from bot.analysis import Analysis, Input
    from bot.settings import Settings

Explain = Callable[["Analysis", "Sequence[Input]"], "Analysis"]

_USUAL_KEYS: Mapping[str, str] = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""Where the makers' own tools look for a key; it is only ever sent to the maker's own address."""


def find_engine(name: str) -> Explain:
    """Gives the engine of that name. Raises Failure when it is not installed or lacks a setting."""
    return _llm() if name == "llm" else _embedded


def small_print(analysis: "Analysis") -> str:
    """Who found the causes, where that was not, or should not have been, the embedded engine; else empty."""
    usage = analysis.usage
    if analysis.engine == "llm" and usage is not None:
        return f"Causes by {usage.model}, {usage.input_tokens + usage.output_tokens:,} tokens."
    return f"Causes by {'; '.join(analysis.notes)}." if analysis.notes else ""


def _embedded(analysis: "Analysis", inputs: "Sequence[Input]") -> "Analysis":
    return analysis


def _llm() -> Explain:
    from bot.llm.engine import Engine
    from bot.llm.errors import NotInstalled
    from bot.llm.opening import load_client
    from bot.llm_settings import llm_policy

    settings = _with_usual_key(load_settings())
    try:
        policy = llm_policy(settings)
    except ValueError as error:
        raise Failure(str(error)) from None
    if policy.own is None:
        usual = _USUAL_KEYS.get(settings.llm_provider)
        hint = f" or {usual}" if usual and not settings.llm_base_url else ""
        raise Failure(f"the llm engine needs a key: set AGNOX_LLM_API_KEY{hint}; see docs/llm.md")
    try:
        load_client()
    except NotInstalled:
        raise Failure("the llm engine is not part of this installation: pip install 'agnox-bot[llm]'") from None
    engine = Engine(policy.own, policy.terms, secrets=[policy.own.key.get_secret_value()])
    return lambda analysis, inputs: asyncio.run(engine.explain(analysis, inputs))


def _with_usual_key(settings: "Settings") -> "Settings":
    """Takes the maker's usual variable where no key of ours is set, and the maker of the only one there is."""
    from pydantic import SecretStr

    if settings.llm_api_key.get_secret_value() or settings.llm_base_url:
        return settings
    makers = [settings.llm_provider] if settings.llm_provider else [*_USUAL_KEYS]
    found = {maker: key for maker in makers if (key := os.environ.get(_USUAL_KEYS[maker], "").strip())}
    if len(found) != 1:
        return settings
    ((maker, key),) = found.items()
    return settings.model_copy(update={"llm_provider": maker, "llm_api_key": SecretStr(key)})

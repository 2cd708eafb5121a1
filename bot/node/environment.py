"""What a suite is told about itself."""

from collections.abc import Mapping
from typing import Any

from bot.domain.context import CiContext
from bot.domain.trigger import TriggerConfig


def suite_environment(
    request: Mapping[str, Any],
    ci_context: Mapping[str, Any] | None,
    *,
    cycle_id: str,
    execution_id: str,
    attempt: int,
) -> dict[str, str]:
    """Builds the variables of a suite from a cycle's request and CI context, as they were stored.

    The request's own `envVars` win over CI, ENVIRONMENT and BASE_URL, never over AGNOX_*. Facts that the context does
    not have are left out. Raises pydantic.ValidationError when what was stored is no request.
    """
    config = TriggerConfig.model_validate(request.get("config") or {})
    context = CiContext.model_validate(ci_context) if ci_context else None
    about: dict[str, str | int | None] = {
        "AGNOX_CYCLE_ID": cycle_id,
        "AGNOX_EXECUTION_ID": execution_id,
        "AGNOX_ATTEMPT": attempt,
        "AGNOX_FOLDER": request.get("folder") or "all",
    }
    if context:
        about |= {
            "AGNOX_REPOSITORY": context.repository,
            "AGNOX_COMMIT_SHA": context.commit_sha,
            "AGNOX_BRANCH": context.branch,
            "AGNOX_PULL_REQUEST": context.pr_number,
        }
    return {
        "CI": "true",
        "ENVIRONMENT": config.environment.value,
        **({"BASE_URL": config.base_url} if config.base_url else {}),
        **config.env_vars,
        **{name: str(value) for name, value in about.items() if value is not None},
    }

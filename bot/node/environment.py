"""What a suite is told about itself."""

from collections.abc import Mapping, Sequence
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
    tests: Sequence[str] = (),
) -> dict[str, str]:
    """Builds the variables of a suite from a cycle's request and CI context, as they were stored.

    The request's own `envVars` win over CI, ENVIRONMENT and BASE_URL, never over AGNOX_*. Facts that the context does
    not have are left out. `tests` are those that alone are wanted: AGNOX_TESTS, a line each.

    Raises pydantic.ValidationError when what was stored is no request.
    """
    config = TriggerConfig.model_validate(request.get("config") or {})
    context = CiContext.model_validate(ci_context) if ci_context else None
    about: dict[str, str | int | None] = {
        "AGNOX_CYCLE_ID": cycle_id,
        "AGNOX_EXECUTION_ID": execution_id,
        "AGNOX_ATTEMPT": attempt,
        "AGNOX_FOLDER": request.get("folder") or "all",
        "AGNOX_TESTS": "\n".join(map(_line, tests)) or None,
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


def _line(test: str) -> str:
    """A name on one line; no variable can hold a NUL."""
    return " ".join(test.replace("\0", " ").splitlines())

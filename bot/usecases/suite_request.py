"""What a testing node is asked to run, kept so that no secret in it lies open: not in a variable, nor in a command."""

import json
import logging
from typing import Any

from bot.domain.trigger import Trigger
from bot.store.models import TestCycle
from bot.store.sealed import SUITE_VARIABLES
from bot.store.vault import Vault, VaultError
from bot.usecases.artifacts import secret_values

logger = logging.getLogger(__name__)


def open_part(trigger: Trigger) -> dict[str, Any]:
    """Gives what of a request may lie open, in its wire form."""
    lies_open = trigger.model_dump(
        mode="json", by_alias=True, include={"folder": True, "labels": True, "config": {"environment"}}
    )
    if not trigger.labels:
        del lies_open["labels"]
    return lies_open


def seal_request(vault: Vault, cycle: TestCycle, trigger: Trigger) -> None:
    """Seals a request as a whole into its cycle, which must have its id."""
    whole = trigger.model_dump(mode="json", by_alias=True, exclude={"ci_context", "project_id"})
    SUITE_VARIABLES.seal(vault, cycle, json.dumps(whole))


def open_request(vault: Vault, cycle: TestCycle) -> dict[str, Any]:
    """Opens the request of a cycle that a client asked for, in its wire form. Raises VaultError."""
    sealed: dict[str, Any] = json.loads(SUITE_VARIABLES.open(vault, cycle) or "{}")
    if "command" not in cycle.request:
        return sealed
    # Of cycles that were stored before, only the variables are sealed, if there are any.
    return cycle.request | {"config": cycle.request["config"] | {"envVars": sealed}}


def suite_secrets(vault: Vault, cycle: TestCycle) -> list[str]:
    """Gives the secret variables of a cycle's suite; none when they can't be opened, for nobody has them then."""
    try:
        request = open_request(vault, cycle)
    except VaultError as error:
        logger.warning("the variables of cycle %s can't be masked by their values: %s", cycle.id, error)
        return []
    return secrets_in(request)


def secrets_in(request: dict[str, Any]) -> list[str]:
    """Picks the secret variables out of an opened request."""
    return secret_values(request.get("config", {}).get("envVars", {}))

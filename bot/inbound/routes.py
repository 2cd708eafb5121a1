"""All doors as routes."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.routing import BaseRoute, Route

from bot.inbound.calls import Calls
from bot.inbound.cycles import CycleDoor
from bot.inbound.health import Check, HealthDoor
from bot.inbound.results import ResultDoor
from bot.inbound.scm_webhooks import FindSecrets, ScmWebhooks
from bot.inbound.uploads import Limits
from bot.store.inbox import Incoming, Receipt
from providers.factory import Registry

_FORM_FACTOR = 4


def routes(
    *,
    registry: Registry,
    put: Callable[[Incoming], Awaitable[Receipt]],
    calls: Calls,
    upload_limit: int,
    checks: Mapping[str, Check],
    find_secrets: FindSecrets | None = None,
) -> list[BaseRoute]:
    """Gives the routes of every door; the busiest comes first because they are matched in order.

    `put` is `Inbox.put`, `upload_limit` the bytes of one uploaded file, `checks` what `/readyz` asks, by name.
    The app that takes them also takes `envelope.exception_handlers()`.
    """
    webhooks = ScmWebhooks(registry, put, find_secrets)
    return [
        Route("/webhooks/{provider}", webhooks, methods=["POST"]),
        Route("/webhooks/{provider}/{key}", webhooks, methods=["POST"]),
        *CycleDoor(calls).routes(),
        *ResultDoor(calls, Limits(file=upload_limit, total=_FORM_FACTOR * upload_limit)).routes(),
        *HealthDoor(checks).routes(),
    ]

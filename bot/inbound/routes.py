"""All doors as routes."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.routing import BaseRoute, Route

from bot.inbound.agnox_webhook import AgnoxWebhook
from bot.inbound.calls import Calls
from bot.inbound.cycles import CycleDoor
from bot.inbound.health import Check, HealthDoor
from bot.inbound.ingest import IngestDoor
from bot.inbound.live import LiveDoor
from bot.inbound.openapi import DocumentDoor
from bot.inbound.results import ResultDoor
from bot.inbound.scm_webhooks import FindSecrets, ScmWebhooks
from bot.inbound.uploads import Limits
from bot.store.inbox import Incoming, Receipt
from bot.usecases.ingest.sessions import Sessions
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
    sessions: Sessions | None = None,
) -> list[BaseRoute]:
    """Gives the routes of every door; the busiest comes first because they are matched in order.

    `put` is `Inbox.put`, `upload_limit` the bytes of one uploaded file, `checks` what `/readyz` asks, by name.
    The app that takes them also takes `envelope.exception_handlers()`.
    """
    webhooks = ScmWebhooks(registry, put, find_secrets)
    return [
        Route("/webhooks/{provider}", webhooks, methods=["POST"]),
        Route("/webhooks/agnox/{key}", AgnoxWebhook(put, find_secrets), methods=["POST"]),
        Route("/webhooks/{provider}/{key}", webhooks, methods=["POST"]),
        *(IngestDoor(calls, sessions).routes() if sessions else ()),
        *CycleDoor(calls).routes(),
        *LiveDoor(calls).routes(),
        *ResultDoor(calls, Limits(file=upload_limit, total=_FORM_FACTOR * upload_limit)).routes(),
        *DocumentDoor().routes(),
        *HealthDoor(checks).routes(),
    ]

"""Deliveries that never came (Azure DevOps REST, Service Hooks: Subscriptions, Notifications)."""

from datetime import datetime

from providers.azure.client import Client
from providers.azure.hooks import enable, subscriptions_to
from providers.azure.payloads import moment
from providers.errors import NotFound, Rejected
from providers.payloads import Json, items, word
from providers.runs import Resent

_SWITCHED_ON = frozenset({"onProbation", "disabledBySystem", "disabledByInactiveIdentity"})
"""What the host did; a subscription that a person switched off stays off."""
_MOST = 100


async def resend_missed(client: Client, place: str, url: str, since: datetime) -> Resent:
    """Switches on what the host switched off, and tells since when something is missing: it sends nothing again."""
    lost: list[datetime] = []
    words: list[str] = []
    for each in await subscriptions_to(client, place, url):
        status = word(each, "status") or "enabled"
        if status in _SWITCHED_ON:
            words.append(await _switch_on(client, each))
        elif status != "enabled":
            words.append(f"{word(each, 'eventType')} is switched off ({status})")
        lost += await _failed(client, each, since)
    if lost:
        missing = "1 delivery" if len(lost) == 1 else f"{len(lost):,} deliveries"
        words.insert(0, f"{missing} failed since {min(lost):%Y-%m-%d %H:%M} UTC, and Azure DevOps sends none again")
    return Resent(0, "; ".join(words))


async def _switch_on(client: Client, subscription: Json) -> str:
    event = word(subscription, "eventType")
    try:
        await enable(client, subscription)
    except (NotFound, Rejected) as error:
        return f"{event} could not be switched on again: {error}"
    return f"{event} was switched off by the host ({word(subscription, 'status')}) and is on again"


async def _failed(client: Client, subscription: Json, since: datetime) -> list[datetime]:
    """Finds when deliveries failed; who may not see that sees none."""
    id_ = word(subscription, "id")
    try:
        answer = await client(lambda sdk: sdk.service_hooks.get_notifications(id_, max_results=_MOST, result="failed"))
    except (NotFound, Rejected):
        return []
    found = (moment(word(each, "createdDate")) for each in items(answer))
    return [each for each in found if each is not None and each >= since]

"""Deliveries that we did not take, asked for again (GitHub REST, Webhooks of an app)."""

from datetime import datetime, timedelta

from providers.clock import Clock
from providers.errors import ProviderError, RateLimited
from providers.github.client import Client
from providers.github.runs import moment
from providers.payloads import Json, child, number, word
from providers.runs import Resent

KEPT = timedelta(days=3)
"""How long GitHub can send a delivery again (GitHub Docs, Redelivering webhooks)."""
UNDER_WAY = timedelta(minutes=10)
"""A new attempt this young may still be waiting to be sent."""
ATTEMPTS = 5
"""Then a delivery is given up: whatever we answer to it, another attempt won't change."""

_LIST = "/app/hook/deliveries{?per_page}"
_AGAIN = "/app/hook/deliveries/{id}/attempts"


async def resend_missed(client: Client, clock: Clock, since: datetime) -> Resent:
    """Asks once for each GUID of which no attempt was answered 2xx."""
    now = datetime.fromtimestamp(clock.host_now(), since.tzinfo)
    since = max(since, now - KEPT)
    attempts: dict[str, list[Json]] = {}
    async for item in client.pages(_LIST, {"per_page": "100"}):
        found = child(item)
        sent = moment(found, "delivered_at")
        if sent is not None and sent < since:
            break
        attempts.setdefault(word(found, "guid"), []).append(found)
    count, problem = 0, ""
    for tried in attempts.values():
        if not _missed(tried, now):
            continue
        try:
            await client.send("POST", _AGAIN, {"id": word(tried[0], "id")})
            count += 1
        except RateLimited:
            raise
        except ProviderError as error:
            problem = str(error)
    return Resent(count, problem)


def _missed(tried: list[Json], now: datetime) -> bool:
    newest = tried[0]
    if len(tried) >= ATTEMPTS or not word(newest, "id") or any(200 <= number(t, "status_code") < 300 for t in tried):
        return False
    sent = moment(newest, "delivered_at")
    return not (newest.get("redelivery") is True and sent is not None and now - sent < UNDER_WAY)

"""Hosts are asked to send again what they could not deliver while we were away."""

import logging
from datetime import timedelta

from bot.store.jobs import enqueue
from bot.store.models import Installation, Integration
from bot.store.rounds import hooks_on_hosts
from bot.store.vault import VaultError
from bot.usecases.connect import connect_integration
from bot.usecases.hooks import hook_url
from bot.usecases.rounds import come_again
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, RateLimited, Unavailable
from providers.interface import Host
from providers.runs import Resent

logger = logging.getLogger(__name__)

REACH = timedelta(days=3)
"""How far back hosts are asked; GitHub keeps deliveries no longer (GitHub REST, Apps webhooks)."""


async def mend_deliveries(services: Services) -> None:
    """Asks for what the hosts' own webhooks missed, and has each hook looked after by a job of its own."""
    await resend_host_wide(services)
    async with services.database.write() as session:
        for row in await hooks_on_hosts(session):
            await enqueue(
                session,
                "mend_hook",
                {"installation_id": row.id},
                organization_id=row.organization_id,
                dedupe_key=f"mend:{row.id}",
                exclusive_key=f"mend:{row.id}",
                now=services.clock(),
            )
        await come_again(session, services, "mend_deliveries")


async def resend_host_wide(services: Services) -> dict[str, Resent]:
    """Asks every host that has a webhook of its own; gives what came of it by the host's name."""
    found: dict[str, Resent] = {}
    for host in services.registry:
        if host.hook_secrets:
            found[host.name] = resent = await _resend(services, host)
            _log(host.name, resent)
    return found


async def mend_hook(services: Services, installation_id: str) -> None:
    """Looks after one hook. Raises RateLimited and Unavailable."""
    await resend_to_hook(services, installation_id)


async def resend_to_hook(services: Services, installation_id: str) -> Resent:
    """Asks for what one hook missed and leaves on its installation what is wrong with it.

    Raises RateLimited and Unavailable.
    """
    async with services.database.read() as session:
        row = await session.get(Installation, installation_id)
        if row is None or not row.active or row.integration_id is None:
            return Resent()
        integration = await session.get_one(Integration, row.integration_id)
    try:
        provider = connect_integration(services, integration)
        resent = await provider.resend_missed(row.account, hook_url(services, row), services.clock() - REACH)
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, ValueError, VaultError) as error:
        resent = Resent(problem=words_of(error))
    _log(f"{row.provider} {row.account}", resent)
    if resent.problem != row.broken:
        async with services.database.write() as session:
            (await session.get_one(Installation, installation_id)).broken = resent.problem
    return resent


async def resend_all(services: Services) -> dict[str, Resent]:
    """Asks all hosts and hooks now; gives what came of it by the place. Raises RateLimited and Unavailable."""
    found = await resend_host_wide(services)
    async with services.database.read() as session:
        rows = await hooks_on_hosts(session)
    for row in rows:
        found[f"{row.provider} {row.account}"] = await resend_to_hook(services, row.id)
    return found


async def _resend(services: Services, host: Host) -> Resent:
    try:
        return await host.resend_missed(services.clock() - REACH)
    except ProviderError as error:
        # The next round asks again: what it reaches is longer than what lies between two of them.
        return Resent(problem=words_of(error))


def _log(where: str, resent: Resent) -> None:
    if resent.count:
        logger.info("%s sends %d lost deliveries again", where, resent.count)
    if resent.problem:
        logger.warning("lost deliveries of %s: %s", where, resent.problem)

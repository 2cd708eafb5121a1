"""What of an organization may stand nowhere: not in what it stores, shows or sends to a model."""

import json
import logging

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AgnoxServer, Installation, Integration, LlmAccess, Organization
from bot.store.sealed import (
    AGNOX_KEY,
    AGNOX_SECRET,
    HOOK_SECRET,
    INTEGRATION_TOKEN,
    LLM_KEY,
    SealedColumn,
    SealedRow,
)
from bot.store.vault import Vault, VaultError

logger = logging.getLogger(__name__)

_SHORTEST = 8
_NOT_SECRET = frozenset({"kind", "client_id", "tenant_id"})


async def organization_secrets(session: AsyncSession, vault: Vault, organization_id: str) -> list[str]:
    """Gives the credentials that an organization has entrusted to us, and the secrets of its hooks, by two queries.

    One that can't be opened is left out: nobody has it then.
    """
    keys = (
        select(Integration, LlmAccess, AgnoxServer)
        .select_from(Organization)
        .outerjoin(Integration, Integration.organization_id == Organization.id)
        .outerjoin(LlmAccess, LlmAccess.organization_id == Organization.id)
        .outerjoin(AgnoxServer, AgnoxServer.organization_id == Organization.id)
        .where(Organization.id == organization_id)
    )
    found: list[str] = []
    for integration, model, server in await session.execute(keys):
        found += secret_parts(_read(INTEGRATION_TOKEN, vault, integration))
        found.append(_read(LLM_KEY, vault, model))
        found += [_read(AGNOX_KEY, vault, server), _read(AGNOX_SECRET, vault, server)]
    # Hosts' own apps have installations without a secret, a row for each account that took them.
    hooks = select(Installation).where(
        Installation.organization_id == organization_id, Installation.hook_secret.is_not(None)
    )
    for hook in await session.scalars(hooks):
        found += _read(HOOK_SECRET, vault, hook).split()
    return list(filter(None, dict.fromkeys(found)))


def _read(column: SealedColumn, vault: Vault, row: SealedRow | None) -> str:
    try:
        return (column.open(vault, row) or "") if row is not None else ""
    except VaultError as error:
        logger.warning("a secret can't be masked by its value: %s", error)
        return ""


def secret_parts(credential: str) -> list[str]:
    """Gives the secret parts of a credential: one word, or several in JSON."""
    if not credential.startswith("{"):
        return [credential]
    parts: dict[str, object] = json.loads(credential)
    return [
        value
        for name, value in parts.items()
        if isinstance(value, str) and len(value) >= _SHORTEST and name not in _NOT_SECRET
    ]

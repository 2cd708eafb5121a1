"""What people may do on a repository, remembered so briefly that nobody keeps a right for long that they lost."""

from dataclasses import dataclass, field

from cachetools import TTLCache

from bot.store.models import Repository
from providers import values
from providers.interface import CiProvider
from providers.values import Account, Permission

SECONDS = 60
"""How long a right to write is not asked for again."""
DENIED_SECONDS = 15
"""How long a lesser one is not: whoever is let in wants to go on."""

Key = tuple[str, str, str, str]
"""Our ids of the organization and its repository; the host's id of the account, and its login."""


def _granted() -> TTLCache[Key, Permission]:
    return TTLCache(10_000, SECONDS)


def _denied() -> TTLCache[Key, Permission]:
    return TTLCache(10_000, DENIED_SECONDS)


@dataclass(frozen=True)
class KnownRights:
    """Rights as hosts told them last; what one organization was told is used for no other."""

    granted: TTLCache[Key, Permission] = field(default_factory=_granted)
    denied: TTLCache[Key, Permission] = field(default_factory=_denied)


async def right_of(known: KnownRights, provider: CiProvider, repository: Repository, account: Account) -> Permission:
    """Tells what an account may do on a repository now, or could a moment ago. Raises what the host's verb raises."""
    key = (repository.organization_id, repository.id, account.id, account.login)
    before = known.granted.get(key) or known.denied.get(key)
    if before is not None:
        return before
    right = await provider.permission(values.Repository(repository.external_id, repository.path), account)
    cache = known.granted if right >= Permission.WRITE else known.denied
    cache[key] = right
    return right

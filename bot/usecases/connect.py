"""Finding the right to speak to a git host for a repository."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.hosting import find_integration
from bot.store.models import Installation, Repository
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import VaultError
from bot.usecases.services import Services
from providers.interface import CiProvider, Connection, Host


@dataclass(frozen=True, slots=True)
class Unconnected:
    """There is no working access; `reason` says so to people and names the way out."""

    reason: str


async def connect(
    services: Services,
    session: AsyncSession,
    organization_id: str,
    provider: str,
    repository: Repository | None,
    path: str = "",
) -> CiProvider | Unconnected:
    """Opens a provider by the repository's installation, else by the organization's own token."""
    host = services.registry.get(provider)
    path = repository.path if repository else path
    try:
        connection = await _connection(services, session, organization_id, host, repository, path)
        return connection if isinstance(connection, Unconnected) else host.connect(connection)
    except (ValueError, VaultError) as error:
        return Unconnected(f"{provider}: {error}")


async def _connection(
    services: Services,
    session: AsyncSession,
    organization_id: str,
    host: Host,
    repository: Repository | None,
    path: str,
) -> Connection | Unconnected:
    installation = None
    if repository is not None and repository.installation_id:
        installation = await session.get(Installation, repository.installation_id)
        if installation is not None and installation.active and repository.removed_at is None:
            return Connection(installation=installation.external_id)
    integration = await find_integration(session, organization_id, host.name)
    token = INTEGRATION_TOKEN.open(services.vault, integration) if integration is not None else None
    if integration is not None and token is not None:
        return Connection(token=token, base_url=integration.base_url)
    return Unconnected(_why(host, path, installation))


def _why(host: Host, path: str, installation: Installation | None) -> str:
    where = f" at {host.install_url}" if host.install_url else ""
    if installation is None or installation.active:
        return (
            f"no {host.name} installation of this organization covers {path}: install the app on it{where}, "
            f"or add a token with `agnox integration add {host.name}`"
        )
    if installation.deleted_at is not None:
        return f"the {host.name} installation of {installation.account} was removed: install the app again{where}"
    return f"the {host.name} installation of {installation.account} is suspended: its owner can unsuspend it{where}"

"""Finding the right to speak to a git host for a repository."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.store.hosting import find_integration
from bot.store.models import Installation, Integration, Repository
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import VaultError
from bot.usecases.keep_credential import CredentialKeeper
from bot.usecases.services import Services
from providers.interface import CiProvider, Connection, Host, Keeper


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
    """Opens a provider by the repository's installation, else by the organization's own credential."""
    host = await services.registry.ready(provider)
    path = repository.path if repository else path
    try:
        connection = await _connection(services, session, organization_id, host, repository, path)
        return connection if isinstance(connection, Unconnected) else host.connect(connection)
    except (ValueError, VaultError) as error:
        return Unconnected(f"{provider}: {error}")


def connect_integration(services: Services, integration: Integration) -> CiProvider:
    """Opens a provider by an organization's own credential. Raises ValueError and VaultError."""
    return services.registry.get(integration.provider).connect(_by_integration(services, integration))


def connect_on_trial(services: Services, integration: Integration, keeper: Keeper) -> CiProvider:
    """Opens a provider by a credential that is not kept yet; if it is replaced, `keeper` gets the new one.

    Nothing that it learns is used for anything else. Raises ValueError and VaultError.
    """
    connection = replace(_by_integration(services, integration), tenant=f"trial {new_id()}", keeper=keeper)
    return services.registry.get(integration.provider).connect(connection)


async def _connection(
    services: Services,
    session: AsyncSession,
    organization_id: str,
    host: Host,
    repository: Repository | None,
    path: str,
) -> Connection | Unconnected:
    installation = None
    if repository is not None and repository.removed_at is not None and repository.installation_id is None:
        return Unconnected(f"{path} was reached by an integration that was removed")
    if repository is not None and repository.installation_id:
        installation = await session.get(Installation, repository.installation_id)
        if installation is not None and installation.active and repository.removed_at is None:
            if installation.integration_id is None:
                return Connection(installation=installation.external_id, tenant=organization_id)
            integration = await session.get(Integration, installation.integration_id)
            if integration is not None and integration.enabled and integration.organization_id == organization_id:
                return _by_integration(services, integration)
    integration = await find_integration(session, organization_id, host.name)
    if integration is not None and integration.token is not None:
        return _by_integration(services, integration)
    return Unconnected(_why(host, path, installation))


def _by_integration(services: Services, integration: Integration) -> Connection:
    return Connection(
        credential=INTEGRATION_TOKEN.open(services.vault, integration) or "",
        base_url=integration.base_url,
        tenant=integration.organization_id,
        keeper=CredentialKeeper(services, integration.id),
    )


def _why(host: Host, path: str, installation: Installation | None) -> str:
    where = f" at {host.install_url}" if host.install_url else ""
    token = f"add a token with `agnox integration add {host.name}`"
    if host.hook_secrets is None:
        return f"this organization has no access to {path} on {host.name}: {token}"
    if installation is None or installation.active:
        return (
            f"no {host.name} installation of this organization covers {path}: install the app on it{where}, or {token}"
        )
    if installation.deleted_at is not None:
        return f"the {host.name} installation of {installation.account} was removed: install the app again{where}"
    return f"the {host.name} installation of {installation.account} is suspended: its owner can unsuspend it{where}"

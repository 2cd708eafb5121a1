"""What the administrative commands share: who acts, and how a refusal is told."""

import os
import pwd
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.context import Failure, run

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.vault import Vault
    from bot.usecases.services import Services

T = TypeVar("T")

org_option = click.option("--org", "organization", required=True, metavar="NAME", help="The organization: name or id.")
org_filter = click.option("--org", "organization", metavar="NAME", help="Only this organization: name or id.")


def actor() -> str:
    """Names the person at the terminal for the audit log, as the system knows them."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


def administer(work: "Callable[[Database, Settings], Awaitable[T]]") -> T:
    """Runs an async function on the database; what a use case or the vault refuses becomes a Failure."""
    from bot.store.vault import VaultError
    from bot.usecases.errors import Refused

    try:
        return run(work)
    except (Refused, VaultError) as error:
        raise Failure(str(error)) from None


def administer_hosts(work: "Callable[[Services], Awaitable[T]]") -> T:
    """Runs an async function that also speaks to git hosts; what they or a use case refuse becomes a Failure."""
    from providers.errors import ProviderError

    try:
        return administer(lambda database, settings: _with_services(database, settings, work))
    except (ProviderError, ValueError) as error:
        raise Failure(str(error)) from None


async def _with_services(database: "Database", settings: "Settings", work: "Callable[[Services], Awaitable[T]]") -> T:
    from bot.app import services_on

    async with services_on(database, settings) as services:
        return await work(services)


def vault_of(settings: "Settings") -> "Vault":
    """Opens the vault of the settings. Raises VaultError."""
    from bot.store.keyfile import open_vault

    return open_vault(settings.secret_keys.get_secret_value(), settings.key_file)

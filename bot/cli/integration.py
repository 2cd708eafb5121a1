"""`agnox integration`: an organization's own access to a git host."""

import getpass
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, administer_hosts, org_filter, org_option
from bot.cli.agnox import server
from bot.cli.context import format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.models import Integration
    from bot.usecases.services import Services
    from providers.values import Access


@click.group(name="integration", short_help="Integrations: access to a git host.")
def command() -> None:
    """Integrations: an organization's own access to a git host. Credentials are kept encrypted and never shown."""


command.add_command(server)

no_check = click.option("--no-check", is_flag=True, help="Store it without asking the host whether it will do.")


@command.command(short_help="Add access to a git host.")
@click.argument("provider")
@org_option
@click.option("--base-url", default="", metavar="URL", help="Your own instance; default: the public one.")
@click.option(
    "--hook",
    "places",
    multiple=True,
    metavar="PLACE",
    help="Also put a webhook on this repository, group or project; may be given several times.",
)
@click.option("--token-stdin", is_flag=True, required=True, expose_value=False, help="Read the credential from stdin.")
@no_check
@format_option
def add(provider: str, organization: str, base_url: str, places: tuple[str, ...], no_check: bool, shape: str) -> None:
    """Add an organization's access to PROVIDER, and ask the host at once whether the credential will do.

    The credential is read from standard input, where no other user sees it: a token, or a JSON object for one of
    several parts: {"kind": "oauth", "client_id", "client_secret", "refresh_token"} or
    {"kind": "service-principal", "tenant_id", "client_id", "client_secret"}.
    """
    from bot.usecases.hooks import add_hook
    from bot.usecases.integrations import add_integration

    async def work(services: "Services") -> "tuple[Integration, Access | None]":
        return await add_integration(
            services, organization, provider, token, base_url, actor=actor(), check=not no_check
        )

    token = _read_token()
    row, access = administer_hosts(work)
    hooks = []
    for place in places:
        hooked = administer_hosts(
            lambda services, place=place: add_hook(services, organization, provider, place, actor=actor())  # type: ignore[misc]
        )
        hooks.append(hooked.installation.account)
    show(shape, {**_row(row), **({"hooks": hooks} if hooks else {}), "notes": _notes(access)})


@command.command(short_help="Put a new credential in the place of the old one.")
@click.argument("integration_id", metavar="ID")
@click.option("--token-stdin", is_flag=True, required=True, expose_value=False, help="Read the credential from stdin.")
@no_check
@format_option
def replace(integration_id: str, no_check: bool, shape: str) -> None:
    """Put a new credential in the place of that of the integration with that ID; its hooks stay."""
    from bot.usecases.integrations import replace_credential

    token = _read_token()
    row, access = administer_hosts(
        lambda services: replace_credential(services, integration_id, token, actor=actor(), check=not no_check)
    )
    show(shape, {**_row(row), "notes": _notes(access)})


@command.command(short_help="Ask the host whether an integration still works.")
@click.argument("integration_id", metavar="ID")
@format_option
def check(integration_id: str, shape: str) -> None:
    """Ask the host whose credential the integration with that ID has, until when, and what it lacks."""
    from bot.usecases.check_integration import check_now

    show(shape, _row(administer_hosts(lambda services: check_now(services, integration_id))))


def _read_token() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Credential: ").strip()
    return sys.stdin.buffer.read(65536).decode("utf-8", "replace").strip()


@command.command(name="list", short_help="List the integrations.")
@org_filter
@format_option
def list_all(organization: str | None, shape: str) -> None:
    """List the integrations, without their tokens."""
    from bot.usecases.integrations import list_integrations

    rows = [
        {**_row(row), "organization": owner.name}
        for row, owner in administer(lambda database, _settings: list_integrations(database, organization))
    ]
    empty = "No integrations yet: create one with `agnox integration add PROVIDER --org NAME --token-stdin`."
    columns = ["id", "organization", "provider", "base_url", "account", "expires_at", "enabled", "broken"]
    show_list(shape, rows, columns=columns, empty=empty)


@command.command(short_help="Forget an integration and its token.")
@click.argument("integration_id", metavar="ID")
@format_option
def remove(integration_id: str, shape: str) -> None:
    """Forget the integration with that ID and its credential, and take its webhooks off the host."""
    from bot.usecases.hooks import remove_hooks_of
    from bot.usecases.integrations import remove_integration

    left = administer_hosts(lambda services: remove_hooks_of(services, integration_id))
    row = administer(lambda database, _settings: remove_integration(database, integration_id, actor=actor()))
    for hook in left:
        click.echo(f"Left on the host, remove it there: {hook.url} ({hook.problem})", err=True)
    show(shape, _row(row))


@command.command(short_help="Use an integration again.")
@click.argument("integration_id", metavar="ID")
@format_option
def enable(integration_id: str, shape: str) -> None:
    """Use the integration with that ID again; why it was broken is forgotten."""
    _enable(integration_id, True, shape)


@command.command(short_help="Stop using an integration.")
@click.argument("integration_id", metavar="ID")
@format_option
def disable(integration_id: str, shape: str) -> None:
    """Stop using the integration with that ID, and keep it."""
    _enable(integration_id, False, shape)


def _enable(integration_id: str, enabled: bool, shape: str) -> None:
    from bot.usecases.integrations import enable_integration

    row = administer(lambda database, _settings: enable_integration(database, integration_id, enabled, actor=actor()))
    show(shape, _row(row))


def _notes(access: "Access | None") -> list[str]:
    return list(access.notes) if access else ["the credential was not checked: `agnox integration check` does it"]


def _row(row: "Integration") -> dict[str, object]:
    return {
        "id": row.id,
        "provider": row.provider,
        "organization_id": row.organization_id,
        "base_url": row.base_url,
        "account": row.account,
        "expires_at": row.expires_at,
        "checked_at": row.checked_at,
        "enabled": row.enabled,
        "broken": row.broken,
        "created_at": row.created_at,
    }

"""`agnox integration`: an organization's own access to a git host by token."""

import getpass
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, org_filter, org_option, vault_of
from bot.cli.context import format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.models import Integration


@click.group(name="integration", short_help="Integrations: access to a git host by token.")
def command() -> None:
    """Integrations: an organization's own access to a git host by token. Tokens are kept encrypted and never shown."""


@command.command(short_help="Add access by token.")
@click.argument("provider")
@org_option
@click.option("--base-url", default="", metavar="URL", help="The API of a host of your own; default: the public one.")
@click.option("--token-stdin", is_flag=True, required=True, expose_value=False, help="Read the token from stdin.")
@format_option
def add(provider: str, organization: str, base_url: str, shape: str) -> None:
    """Add an organization's access to PROVIDER. The token is read from standard input, where no other user sees it."""
    from bot.usecases.integrations import add_integration

    token = _read_token()
    row = administer(
        lambda database, settings: add_integration(
            database, vault_of(settings), organization, provider, token, base_url, actor=actor()
        )
    )
    show(shape, _row(row))


def _read_token() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Token: ").strip()
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
    columns = ["id", "organization", "provider", "base_url", "enabled", "broken"]
    show_list(shape, rows, columns=columns, empty=empty)


@command.command(short_help="Forget an integration and its token.")
@click.argument("integration_id", metavar="ID")
@format_option
def remove(integration_id: str, shape: str) -> None:
    """Forget the integration with that ID and its token."""
    from bot.usecases.integrations import remove_integration

    row = administer(lambda database, _settings: remove_integration(database, integration_id, actor=actor()))
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


def _row(row: "Integration") -> dict[str, object]:
    return {
        "id": row.id,
        "provider": row.provider,
        "organization_id": row.organization_id,
        "base_url": row.base_url,
        "enabled": row.enabled,
        "broken": row.broken,
        "created_at": row.created_at,
    }

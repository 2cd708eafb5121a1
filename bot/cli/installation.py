"""`agnox installation`: what git hosts granted us."""

from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, org_filter, org_option, vault_of
from bot.cli.context import format_option, show, show_list

if TYPE_CHECKING:
    from bot.usecases.assign_installation import Listed


@click.group(name="installation", short_help="Installations: what git hosts granted us.")
def command() -> None:
    """Installations: what git hosts granted us. Each belongs to one organization."""


@command.command(name="list", short_help="List the installations.")
@org_filter
@format_option
def list_all(organization: str | None, shape: str) -> None:
    """List the installations."""
    from bot.usecases.assign_installation import list_installations

    rows = administer(lambda database, _settings: list_installations(database, organization))
    columns = ["id", "organization", "provider", "account", "external_id", "state", "repositories"]
    empty = "No installations yet: install the app on a repository of the git host, and it will tell us."
    show_list(shape, [_row(row) for row in rows], columns=columns, empty=empty)


@command.command(short_help="Give an installation to another organization.")
@click.argument("installation_id", metavar="ID")
@org_option
@format_option
def assign(installation_id: str, organization: str, shape: str) -> None:
    """Give the installation with that ID, and its repositories, to another organization.

    Test cycles stay with the organization that asked for them; nothing more is told of them on the host.
    """
    from bot.store.base import now
    from bot.usecases.assign_installation import assign_installation

    row = administer(
        lambda database, settings: assign_installation(
            database, lambda: vault_of(settings), installation_id, organization, actor=actor(), at=now()
        )
    )
    show(shape, _row(row))


def _row(listed: "Listed") -> dict[str, object]:
    row = listed.installation
    state = "removed" if row.deleted_at else "suspended" if row.suspended_at else "broken" if row.broken else "active"
    return {
        "id": row.id,
        "provider": row.provider,
        "external_id": row.external_id,
        "account": row.account,
        "organization": listed.organization.name,
        "organization_id": listed.organization.id,
        "state": state,
        "problem": row.broken,
        "repositories": listed.repositories,
        "created_at": row.created_at,
    }

"""`agnox org`: the organizations, who own everything else."""

from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer
from bot.cli.context import format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.models import Organization


@click.group(name="org", short_help="Organizations, who own everything else.")
def command() -> None:
    """Organizations: each has its own projects, keys, integrations and installations."""


@command.command(short_help="Make an organization.")
@click.argument("name")
@format_option
def create(name: str, shape: str) -> None:
    """Make an organization of that NAME."""
    from bot.usecases.administer import create_organization

    row = administer(lambda database, _settings: create_organization(database, name, actor=actor()))
    show(shape, _row(row))


@command.command(name="list", short_help="List the organizations.")
@format_option
def list_all(shape: str) -> None:
    """List the organizations."""
    from bot.usecases.administer import list_organizations

    rows = administer(lambda database, _settings: list_organizations(database))
    empty = "No organizations yet: create one with `agnox org create NAME`."
    show_list(shape, [_row(row) for row in rows], columns=["id", "name", "created_at"], empty=empty)


def _row(row: "Organization") -> dict[str, object]:
    return {"id": row.id, "name": row.name, "created_at": row.created_at}

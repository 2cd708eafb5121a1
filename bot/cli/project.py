"""`agnox project`: what an organization tests."""

import click

from bot.cli.administration import actor, administer, org_filter, org_option
from bot.cli.context import format_option, show, show_list


@click.group(name="project", short_help="Projects: what an organization tests.")
def command() -> None:
    """Projects: what an organization tests, each under a name of its own."""


@command.command(short_help="Make a project.")
@click.argument("name")
@org_option
@format_option
def create(name: str, organization: str, shape: str) -> None:
    """Make a project of that NAME."""
    from bot.usecases.administer import create_project

    row = administer(lambda database, _settings: create_project(database, organization, name, actor=actor()))
    show(shape, {"id": row.id, "name": row.name, "organization_id": row.organization_id, "created_at": row.created_at})


@command.command(name="list", short_help="List the projects.")
@org_filter
@format_option
def list_all(organization: str | None, shape: str) -> None:
    """List the projects."""
    from bot.usecases.administer import list_projects

    rows = [
        {
            "id": row.id,
            "name": row.name,
            "organization": owner.name,
            "organization_id": owner.id,
            "created_at": row.created_at,
        }
        for row, owner in administer(lambda database, _settings: list_projects(database, organization))
    ]
    empty = "No projects yet: create one with `agnox project create --org NAME NAME`."
    show_list(shape, rows, columns=["id", "organization", "name", "created_at"], empty=empty)

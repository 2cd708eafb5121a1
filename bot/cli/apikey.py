"""`agnox apikey`: the keys that clients send."""

import click

from bot.cli.administration import actor, administer, org_filter, org_option
from bot.cli.context import format_option, show, show_list


@click.group(name="apikey", short_help="API keys, which clients send as x-api-key.")
def command() -> None:
    """API keys: what clients send in the header x-api-key."""


@command.command(short_help="Make an API key.")
@org_option
@click.option("--project", metavar="NAME", help="Good for this project only: name or id.")
@click.option("--name", default="", metavar="TEXT", help="Where it will be used, to recognise it later.")
@format_option
def create(organization: str, project: str | None, name: str, shape: str) -> None:
    """Make an API key. It is shown now and never again: only its hash is kept."""
    from bot.usecases.administer import create_api_key

    row, key = administer(
        lambda database, _settings: create_api_key(database, organization, project, name, actor=actor())
    )
    show(
        shape,
        {
            "id": row.id,
            "key": key,
            "name": row.name,
            "organization_id": row.organization_id,
            "project_id": row.project_id,
        },
    )
    if shape == "text":
        click.echo("Keep the key now: it is not shown again.", err=True)


@command.command(name="list", short_help="List the API keys.")
@org_filter
@format_option
def list_all(organization: str | None, shape: str) -> None:
    """List the API keys by their first characters."""
    from bot.usecases.administer import list_api_keys

    rows = [
        {
            "id": row.id,
            "prefix": row.prefix,
            "name": row.name,
            "organization": owner.name,
            "organization_id": owner.id,
            "project": project.name if project else None,
            "project_id": row.project_id,
            "created_at": row.created_at,
            "last_used_at": row.last_used_at,
            "revoked_at": row.revoked_at,
        }
        for row, owner, project in administer(lambda database, _settings: list_api_keys(database, organization))
    ]
    columns = ["id", "prefix", "organization", "project", "name", "last_used_at", "revoked_at"]
    empty = "No API keys yet: create one with `agnox apikey create --org NAME`."
    show_list(shape, rows, columns=columns, empty=empty)


@command.command(short_help="End an API key.")
@click.argument("key_id", metavar="ID")
@format_option
def revoke(key_id: str, shape: str) -> None:
    """End the API key with that ID, at once and for good."""
    from bot.store.base import now
    from bot.usecases.administer import revoke_api_key

    row = administer(lambda database, _settings: revoke_api_key(database, key_id, actor=actor(), at=now()))
    show(shape, {"id": row.id, "prefix": row.prefix, "name": row.name, "revoked_at": row.revoked_at})

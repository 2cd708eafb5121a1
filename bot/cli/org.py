"""`agnox org`: the organizations, who own everything else."""

from typing import IO, TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, org_option
from bot.cli.context import Failure, format_option, show, show_list

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


@command.group(short_help="What holds where a repository's .agnox.yml says nothing.")
def policy() -> None:
    """The defaults of an organization, in the language of .agnox.yml."""


@policy.command(name="set", short_help="Set the defaults of an organization.")
@click.argument("file", type=click.File("rb"))
@org_option
def set_policy(file: IO[bytes], organization: str) -> None:
    """Take the defaults from FILE, or from standard input for `-`; they hold at once."""
    from bot.domain.policy import LARGEST, PolicyErrors
    from bot.usecases.organization_policy import set_organization_policy

    data = file.read(LARGEST + 1)
    try:
        administer(lambda database, _settings: set_organization_policy(database, organization, data, actor=actor()))
    except PolicyErrors as errors:
        told = [f"{file.name}:{each.line}:{each.column}: {each.text}" for each in errors.mistakes]
        raise Failure("\n".join(told)) from None
    click.echo(f"The defaults of {organization} are set.")


@policy.command(name="show", short_help="Print the defaults of an organization.")
@org_option
def show_policy(organization: str) -> None:
    """Print the defaults as they were set."""
    from bot.usecases.organization_policy import read_organization_policy

    text = administer(lambda database, _settings: read_organization_policy(database, organization))
    none = f"# {organization} has no defaults of its own: `agnox policy show` prints what holds.\n"
    click.echo(text or none, nl=False)


@policy.command(name="remove", short_help="Take the defaults of an organization away.")
@org_option
def remove_policy(organization: str) -> None:
    """Take the defaults away; the bot's own hold then."""
    from bot.usecases.organization_policy import set_organization_policy

    administer(lambda database, _settings: set_organization_policy(database, organization, b"", actor=actor()))
    click.echo(f"{organization} has no defaults of its own any more.")


def _row(row: "Organization") -> dict[str, object]:
    return {"id": row.id, "name": row.name, "created_at": row.created_at}

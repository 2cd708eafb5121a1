"""`agnox integration server`: an organization's Agnox server."""

import getpass
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, administer_hosts, org_filter, org_option
from bot.cli.context import Failure, format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.models import AgnoxServer

_token = click.option("--token-stdin", is_flag=True, required=True, expose_value=False, help="Read the key from stdin.")
_no_check = click.option("--no-check", is_flag=True, help="Store it without asking the server whether it will do.")


@click.group(name="server", short_help="Agnox servers: results of their runs, and tests run there.")
def server() -> None:
    """An organization's Agnox server, whose runs are read when they end and which may run tests.

    Its key and the secret of its webhook are kept encrypted.
    """


@server.command(short_help="Add an organization's Agnox server.")
@org_option
@click.option("--base-url", required=True, metavar="URL", help="Where its API is, without `/api`.")
@click.option("--project", default="", metavar="NAME", help="Where its results go; default: the only project there is.")
@click.option(
    "--remote-project", default="", metavar="ID", help="The project on the server that our tests run in; none: none do."
)
@click.option("--plain", is_flag=True, help="Allow http: the way to the server is trusted.")
@_token
@_no_check
@format_option
def add(
    organization: str, base_url: str, project: str, remote_project: str, plain: bool, no_check: bool, shape: str
) -> None:
    """Add an organization's Agnox server, try its API key at once, and make a webhook for it.

    The key is read from standard input, where no other user sees it. Address and secret of the webhook are for the
    server's settings (Connectors, Webhooks); the secret is shown this once.
    """
    from bot.usecases.agnox.servers import add_server

    key = _read_key()
    added = administer_hosts(
        lambda services: add_server(
            services,
            organization,
            base_url,
            key,
            project=project,
            remote_project=remote_project,
            plain=plain,
            check=not no_check,
            actor=actor(),
        )
    )
    notes = [] if added.checked else ["the key was not checked: `agnox integration server check` does it"]
    hook = {"hook_url": added.hook_url, "hook_secret": added.hook_secret}
    show(shape, {**_row(added.server), **hook, "notes": notes})


@server.command(name="list", short_help="List the Agnox servers.")
@org_filter
@format_option
def list_all(organization: str | None, shape: str) -> None:
    """List the Agnox servers, without their keys."""
    from bot.usecases.agnox.servers import list_servers

    rows = [
        {**_row(row), "organization": owner.name}
        for row, owner in administer(lambda database, _settings: list_servers(database, organization))
    ]
    empty = "No Agnox servers yet: add one with `agnox integration server add --org NAME --base-url URL --token-stdin`."
    columns = ["id", "organization", "base_url", "remote_project", "checked_at", "broken"]
    show_list(shape, rows, columns=columns, empty=empty)


@server.command(short_help="Ask a server whether its key still works.")
@org_option
@format_option
def check(organization: str, shape: str) -> None:
    """Ask an organization's Agnox server whether its key still works; exit status 1 when it does not."""
    from bot.usecases.agnox.servers import check_server

    row = administer_hosts(lambda services: check_server(services, organization))
    show(shape, _row(row))
    if row.broken:
        raise Failure(f"the Agnox server can't be used: {row.broken}")


@server.command(short_help="Put a new key in the place of the old one.")
@org_option
@_token
@_no_check
@format_option
def replace(organization: str, no_check: bool, shape: str) -> None:
    """Put a new API key in the place of the old one; the webhook stays."""
    from bot.usecases.agnox.servers import replace_key

    key = _read_key()
    row = administer_hosts(lambda services: replace_key(services, organization, key, check=not no_check, actor=actor()))
    show(shape, _row(row))


@server.command(short_help="Forget a server, its key and its webhook.")
@org_option
@format_option
def remove(organization: str, shape: str) -> None:
    """Forget an organization's Agnox server, its key and its webhook; what was read of it stays."""
    from bot.usecases.agnox.servers import remove_server

    show(shape, _row(administer(lambda database, _settings: remove_server(database, organization, actor=actor()))))


def _read_key() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Key: ").strip()
    return sys.stdin.buffer.read(65536).decode("utf-8", "replace").strip()


def _row(row: "AgnoxServer") -> dict[str, object]:
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "project_id": row.project_id,
        "base_url": row.base_url,
        "remote_project": row.remote_project,
        "checked_at": row.checked_at,
        "broken": row.broken,
        "created_at": row.created_at,
    }

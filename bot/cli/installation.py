"""`agnox installation`: what git hosts granted us."""

from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, administer_hosts, org_filter, org_option, vault_of
from bot.cli.context import format_option, show, show_list

if TYPE_CHECKING:
    from bot.usecases.assign_installation import Listed
    from bot.usecases.hooks import Hooked


@click.group(name="installation", short_help="Installations: what git hosts granted us.")
def command() -> None:
    """Installations: what git hosts granted us. Each belongs to one organization."""


@command.command(name="list", short_help="List the installations.")
@org_filter
@click.option("--check", is_flag=True, help="Ask the hosts how our webhooks are.")
@format_option
def list_all(organization: str | None, check: bool, shape: str) -> None:
    """List the installations: where an app was installed, and where we put a webhook."""
    from bot.usecases.assign_installation import list_installations

    rows = [_row(row) for row in administer(lambda database, _settings: list_installations(database, organization))]
    if check:
        for row in rows:
            row |= _look(str(row["id"])) if row["hook"] and row["state"] != "removed" else {}
    columns = ["id", "organization", "provider", "account", "external_id", "state", "repositories"]
    if check:
        columns.append("problem")
    empty = (
        "No installations yet: install the app on a repository of the git host, and it will tell us, "
        "or put a webhook there with `agnox installation add`."
    )
    show_list(shape, rows, columns=columns, empty=empty)


def _look(installation_id: str) -> dict[str, object]:
    from bot.usecases.hooks import look_at

    hooks = administer_hosts(lambda services: look_at(services, installation_id))
    problems = [hook.problem or "it is switched off" for hook in hooks if not hook.active]
    if not hooks:
        problems = ["our webhook is not there: `agnox installation add` puts it back"]
    return {"problem": "; ".join(problems), "state": "broken" if problems else "active"}


@command.command(short_help="Put our webhook on a repository, group or project.")
@click.argument("provider")
@click.argument("place")
@org_option
@format_option
def add(provider: str, place: str, organization: str, shape: str) -> None:
    """Have PROVIDER tell us of PLACE: a repository's path, a group or a project. Doing it again mends what is there.

    It speaks with the credential of the organization's integration, and the host must be able to reach us.
    """
    from bot.usecases.hooks import add_hook

    hooked = administer_hosts(lambda services: add_hook(services, organization, provider, place, actor=actor()))
    show(shape, _hooked(hooked))


@command.command(short_help="Take our webhook off a host.")
@click.argument("installation_id", metavar="ID")
@format_option
def remove(installation_id: str, shape: str) -> None:
    """Take the webhook with that ID off its host and forget its secret. An app is removed on its host's own pages."""
    from bot.usecases.hooks import remove_hook

    hooked = administer_hosts(lambda services: remove_hook(services, installation_id, actor=actor()))
    for hook in hooked.hooks:
        click.echo(f"Left on the host, remove it there: {hook.url} ({hook.problem})", err=True)
    show(shape, _hooked(hooked))


def _hooked(hooked: "Hooked") -> dict[str, object]:
    row = hooked.installation
    return {
        "id": row.id,
        "provider": row.provider,
        "place": row.account,
        "state": "removed" if row.deleted_at else "active",
        "events": sorted({event for hook in hooked.hooks for event in hook.events}),
    }


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
        "problem": row.broken or (f"lacks {row.missing}" if row.missing else ""),
        "hook": row.hook_key is not None,
        "repositories": listed.repositories,
        "created_at": row.created_at,
    }

"""`agnox project`: what an organization tests."""

import getpass
import sys

import click

from bot.cli.administration import actor, administer, org_filter, org_option, vault_of
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


@command.command(name="runs-on", short_help="Set where testing nodes run a project's tests.")
@click.argument("name")
@org_option
@click.option(
    "--executor", metavar="NAME", help="What runs its tests, as docker; `auto`: docker for requests that name an image."
)
@click.option("--label", "labels", multiple=True, metavar="LABEL", help="What a node must have; may be given again.")
@click.option("--no-labels", is_flag=True, help="Any node will do.")
@format_option
def runs_on(
    name: str, organization: str, executor: str | None, labels: tuple[str, ...], no_labels: bool, shape: str
) -> None:
    """Set where testing nodes run the tests of project NAME; what is not given stays.

    A request for tests may want more labels, not fewer.
    """
    from bot.usecases.place_project import place_project

    if labels and no_labels:
        raise click.UsageError("Give either --label or --no-labels.")
    row = administer(
        lambda database, _settings: place_project(
            database, organization, name, executor, labels if labels or no_labels else None, actor=actor()
        )
    )
    show(shape, {"id": row.id, "name": row.name, "executor": row.executor or "auto", "labels": row.labels})


@command.command(name="rerun-hook", short_help="Set where a project's runner is told to run tests again.")
@click.argument("name")
@org_option
@click.option("--url", default="", metavar="URL", help="Where the signed requests go.")
@click.option("--secret-stdin", is_flag=True, help="Read the secret from stdin; else one is made and shown once.")
@click.option("--plain", is_flag=True, help="Let it be http: you trust the way there.")
@click.option("--remove", is_flag=True, help="Take it away.")
@format_option
def rerun_hook(
    name: str, organization: str, url: str, secret_stdin: bool, plain: bool, remove: bool, shape: str
) -> None:
    """Have `/agnox rerun` reach the runner of project NAME, one that no git host runs, as Jenkins.

    It gets a POST of JSON, proven by the header x-agnox-signature: `sha256=` and the hexadecimal HMAC-SHA256 of the
    body under the secret.
    """
    from bot.usecases.manage_runner_hook import remove_runner_hook, set_runner_hook

    if remove == bool(url):
        raise click.UsageError("Give either --url or --remove.")
    if remove:
        row = administer(lambda database, _settings: remove_runner_hook(database, organization, name, actor=actor()))
        show(shape, {"id": row.id, "name": row.name, "rerun_url": ""})
        return
    secret = _read_secret() if secret_stdin else ""
    if secret_stdin and not secret:
        raise click.UsageError("There is no secret on stdin.")
    row, made = administer(
        lambda database, settings: set_runner_hook(
            database, vault_of(settings), organization, name, url, secret, plain=plain, actor=actor()
        )
    )
    shown = {"id": row.id, "name": row.name, "rerun_url": row.rerun_url}
    show(shape, {**shown, "secret": made} if made else shown)


def _read_secret() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Secret: ").strip()
    return sys.stdin.buffer.read(65536).decode("utf-8", "replace").strip()

"""`agnox trigger`: have Agnox run tests."""

import json
from typing import Any

import click

from agnox.commands.options import Told, about_a_run, print_context, read_options
from agnox.commands.telling import tell
from agnox.sending.deliver import Fate, Outcome, deliver_in_turn
from agnox.sending.outbox import HOUR, Outbox
from agnox.sending.server import Refused

ENVIRONMENTS = ("development", "staging", "production")


@click.command(short_help="Have Agnox run tests.")
@click.option("--command", "tests", metavar="COMMAND", help="What to run, as a shell takes it.")
@click.option("--image", default="", help="The container image to run it in.")
@click.option("--folder", default="all", show_default=True, help="Which tests.")
@click.option("--environment", type=click.Choice(ENVIRONMENTS), default=ENVIRONMENTS[0], show_default=True)
@click.option("--base-url", metavar="URL", help="Where the system that is tested answers.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="A variable for the tests.")
@about_a_run
@click.pass_context
def command(ctx: click.Context, /, variables: tuple[str, ...], **options: Any) -> None:
    """Has Agnox run tests of this revision, and answer on the pull request that it belongs to.

    \b
    Examples:
      agnox trigger --project shop --command 'pytest -q' --image ghcr.io/acme/tests
      agnox trigger --project shop --command 'npx playwright test' --environment staging \\
                    --base-url https://staging.acme.test --env RETRIES=0

    The cycle's id is printed. The exit code is 0 whether the server could be told or not, unless --strict is given.
    """
    told = read_options(ctx, options)
    if told.printing:
        print_context(told)
        return
    if not options["tests"]:
        raise click.UsageError("--command is missing: say what to run")
    if not told.project.text:
        raise click.UsageError("--project is missing: name it, or set AGNOX_PROJECT")
    config: dict[str, object] = {"environment": options["environment"], "envVars": _variables(variables)}
    if options["base_url"]:
        config["baseUrl"] = options["base_url"]
    body = {
        "projectId": told.project.text,
        "image": options["image"],
        "command": options["tests"],
        "folder": options["folder"],
        "config": config,
        "ciContext": told.context.wire(),
    }
    outcome, older = _send(told, body, Outbox.of_user())
    tell(told, "request for tests", outcome, older)
    if outcome.fate is Fate.SENT and "cycleId" in outcome.data:
        click.echo(outcome.data["cycleId"])
    ctx.exit(1 if told.strict and outcome.fate is not Fate.SENT else 0)


def _send(told: Told, body: dict[str, object], outbox: Outbox) -> tuple[Outcome, int]:
    try:
        server = told.connect()
        # Nobody waits longer than that for tests of a revision.
        entry = outbox.put(server, "/api/ci/trigger", lambda target: _write(target, body), lifetime=HOUR)
    except Refused as error:
        return Outcome(Fate.LOST, str(error)), 0
    except OSError as error:
        return Outcome(Fate.LOST, error.strerror or str(error)), 0
    return deliver_in_turn(server, outbox, entry)


def _write(target: Any, body: dict[str, object]) -> str:
    target.write(json.dumps(body).encode())
    return "application/json"


def _variables(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name:
            raise click.BadParameter(f"{pair!r} is not like NAME=VALUE", param_hint="--env")
        found[name] = value
    return found

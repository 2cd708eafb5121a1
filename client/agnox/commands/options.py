"""What all of the client's subcommands are told: server, project, suite, and corrections of the context."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from agnox.context import Context, Git, Value, find_context
from agnox.sending.masking import Masker, find_secrets
from agnox.sending.server import Patience, Server

F = TypeVar("F", bound=Callable[..., Any])

PATIENCE = Patience()

_CONNECTION = (
    click.option("--server", envvar="AGNOX_URL", default="", metavar="URL", help="The Agnox server  [AGNOX_URL]"),
    click.option(
        "--api-key",
        envvar="AGNOX_API_KEY",
        default="",
        metavar="KEY",
        help="Set AGNOX_API_KEY instead: a command line is seen by others.  [AGNOX_API_KEY]",
    ),
    click.option("--strict", is_flag=True, envvar="AGNOX_STRICT", help="Fail where the server could not be told."),
)
_RUN = (
    click.option("--project", envvar="AGNOX_PROJECT", default="", help="The project's name or id  [AGNOX_PROJECT]"),
    click.option(
        "--suite",
        envvar="AGNOX_SUITE",
        default="",
        help="Which line of tests this is, by itself the job's name; its newest run counts.",
    ),
    click.option("--scm", envvar="AGNOX_SCM", help="The git host: github, gitlab, azure, gitea."),
    click.option("--repository", envvar="AGNOX_REPOSITORY", help="The repository's path or address."),
    click.option("--pr", "pr_number", envvar="AGNOX_PR", type=click.IntRange(1), help="The pull request's number."),
    click.option("--commit", "commit_sha", envvar="AGNOX_COMMIT", metavar="SHA", help="The commit that is tested."),
    click.option("--branch", envvar="AGNOX_BRANCH", help="The branch that is tested."),
    click.option("--run-url", envvar="AGNOX_RUN_URL", metavar="URL", help="The page of the CI's run."),
    click.option(
        "--print-context", is_flag=True, help="Show what is known of this run and where it came from, and stop."
    ),
)
_CORRECTIONS = ("scm", "repository", "pr_number", "commit_sha", "branch", "run_url")


@dataclass(frozen=True, slots=True)
class Told:
    """What a subcommand was told, and what was found out.

    `environment` is only asked for the CI's variables and for what must be masked.
    """

    server: Value
    key: Value
    strict: bool
    project: Value
    context: Context
    masker: Masker
    printing: bool

    def connect(self) -> Server:
        """Gives the server. Raises Refused where it is not set, or not well."""
        return Server.at(self.server.text, self.key.text, PATIENCE)

    @property
    def suite(self) -> str:
        """The suite's name, empty where nothing tells it."""
        return self.context.suite.text if self.context.suite else ""


def connected(command: F) -> F:
    """Adds the options that name the server."""
    for option in reversed(_CONNECTION):
        command = option(command)
    return command


def about_a_run(command: F) -> F:
    """Adds the options that name the server and the run."""
    for option in reversed(_RUN):
        command = option(command)
    return connected(command)


def read_options(ctx: click.Context, options: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Told:
    """Puts options together with what the CI and the working copy tell."""

    def given(name: str) -> Value | None:
        value = options.get(name)
        return Value(str(value).strip(), _origin(ctx, name)) if value not in (None, "") else None

    nothing = Value("", "")
    key = given("api_key") or nothing
    corrections = {name: given(name) for name in _CORRECTIONS}
    context = find_context(environment, Git(), {**corrections, "suite": given("suite")})
    # A key of a cache may be the very commit; what says where a run came from is no secret.
    secrets = find_secrets(environment) - {value.text for _, value in context.values()}
    return Told(
        server=given("server") or nothing,
        key=key,
        strict=bool(options.get("strict")),
        project=given("project") or nothing,
        context=context,
        masker=Masker(secrets | ({key.text} if key.text else set())),
        printing=bool(options.get("print_context")),
    )


def print_context(told: Told) -> None:
    """Shows what is known, and where each value came from."""
    rows = list(told.context.values())
    rows += [("project", told.project), ("server", told.server)]
    key = Value("set" if told.key.text else "", told.key.origin)
    rows.append(("api key", key))
    shown = [(name, told.masker.text(value.text) or "not set", value.origin) for name, value in rows]
    widths = [max(len(row[column]) for row in shown) for column in (0, 1)]
    for name, text, origin in shown:
        click.echo(f"{name:{widths[0]}}  {text:{widths[1]}}  {origin}".rstrip())


def _origin(ctx: click.Context, name: str) -> str:
    parameter = next(each for each in ctx.command.params if each.name == name)
    if ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT and isinstance(parameter.envvar, str):
        return parameter.envvar
    return parameter.opts[0]

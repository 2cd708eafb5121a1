"""The `agnox` command: its own subcommands and those that other distributions add."""

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from agnox import __version__

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "agnox.commands"
OWN = "agnox-client"
MORE = "The commands of a server come with another package: pip install agnox-bot"


class Commands(click.Group):
    """A group whose subcommands are entry points, imported only when they are asked for."""

    def _added(self) -> dict[str, "EntryPoint"]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def _alone(self) -> bool:
        return all(entry.dist is not None and entry.dist.name == OWN for entry in self._added().values())

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        entry = self._added().get(cmd_name)
        return None if entry is None else _load(entry)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = f"Did you mean {near[0]!r}?" if near else MORE if self._alone() else ""
            raise click.UsageError(f"{error.message} {hint}".rstrip(), error.ctx) from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self._alone():
            formatter.write_paragraph()
            formatter.write_text(MORE)


def entry_points(group: str) -> "Iterable[EntryPoint]":
    """Finds what is installed; imported here, as it takes longer than most of what we are asked for."""
    from importlib import metadata

    return metadata.entry_points(group=group)


def _load(entry: "EntryPoint") -> click.Command:
    """Imports a subcommand. One that can't be imported says so where it is called, and leaves the others alone."""
    try:
        command = entry.load()
        if isinstance(command, click.Command):
            return command
        reason = f"{entry.value} is not a command"
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
    owner = f" of {entry.dist.name}" if entry.dist else ""

    @click.command(
        name=entry.name,
        short_help=f"Can't be loaded: {reason}",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def broken() -> None:
        raise click.ClickException(f"the command {entry.name!r}{owner} can't be loaded: {reason}")

    return broken


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="agnox")
def cli() -> None:
    """Turns a red test run on a pull request into an answer."""

"""The `agnox` command: its own subcommands and those that other distributions add."""

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from agnox import __version__

GROUP = "agnox.commands"


class Commands(click.Group):
    """A group whose subcommands are entry points, imported only when they are asked for."""

    def _added(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        entry = self._added().get(cmd_name)
        if entry is None:
            return None
        command: click.Command = entry.load()
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="agnox")
def cli() -> None:
    """Turns a red test run on a pull request into an answer."""


def main() -> None:
    """Runs the command line and exits."""
    sys.exit(cli(prog_name="agnox"))


if __name__ == "__main__":
    main()

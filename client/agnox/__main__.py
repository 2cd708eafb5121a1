"""Starts the `agnox` command."""

import sys

from agnox import __version__


def main() -> None:
    """Runs the command line and exits."""
    if sys.argv[1:] == ["--version"]:
        # Without click, whose import alone takes three times as long as the interpreter's start.
        print(f"agnox, version {__version__}")  # noqa: T201 - this is the command line
        return
    from agnox.command import cli

    sys.exit(cli(prog_name="agnox"))


if __name__ == "__main__":
    main()

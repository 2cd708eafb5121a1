"""`agnox demo`: the whole loop on real input, on this machine."""

import click

from simulators.names import STAGES


@click.command(short_help="Show the bot at work on a simulated git host.")
@click.option(
    "--host",
    type=click.Choice(STAGES),
    default="github",
    show_default=True,
    envvar="AGNOX_DEMO_HOST",
    help="Kind of git host to show.",
)
@click.option("--once", is_flag=True, envvar="AGNOX_DEMO_ONCE", help="Stop when both reports stand.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the simulated host; 0: any free one.")
def command(host: str, once: bool, port: int) -> None:
    """Show the bot at work: a pull request with a bug, its report, and the fix.

    Starts a simulated git host and the bot on this machine, opens a pull request with a real bug, has its pytest suite
    run through the public API and shows the report that appears on the pull request; then the fix is pushed and the
    same comment turns green. Nothing leaves this machine; everything is removed at the end.
    """
    try:
        from simulators.demo.run import run
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"{missing}; the demo needs: pip install 'agnox-bot[demo]'") from missing
    run(host=host, once=once, port=port)

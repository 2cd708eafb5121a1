"""`agnox flush`: send what was kept while the server was away."""

import click

from agnox.commands import options
from agnox.commands.options import connected
from agnox.commands.telling import counted, say
from agnox.sending.deliver import Fate, deliver_waiting
from agnox.sending.outbox import Outbox
from agnox.sending.server import Refused, Server

_ALL = 10_000


@click.command(short_help="Send what was kept while the server was away.")
@connected
@click.pass_context
def command(ctx: click.Context, /, server: str, api_key: str, strict: bool) -> None:
    """Sends what earlier calls of this user kept for the same server and key.

    \b
    Example:
      agnox flush

    What was kept is sent by every other call as well, a few at a time. It is kept for a week, a request for tests
    for an hour.
    """
    try:
        there = Server.at(server, api_key, options.PATIENCE)
    except Refused as error:
        say(str(error))
        ctx.exit(1 if strict else 0)
    outcomes = deliver_waiting(there, Outbox.of_user(), _ALL)
    fates = [outcome.fate for outcome in outcomes]
    parts = [f"{counted(fates.count(Fate.SENT), 'request')} sent"]
    parts += [f"refused: {outcome.reason}" for outcome in outcomes if outcome.fate is Fate.LOST][:3]
    parts += [f"the rest stays: {outcome.reason}" for outcome in outcomes if outcome.fate is Fate.KEPT][:1]
    say("; ".join(parts))
    ctx.exit(1 if strict and len(set(fates) - {Fate.SENT}) else 0)

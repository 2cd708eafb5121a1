"""What people are told of a request: one line on standard error."""

from contextlib import suppress

import click

from agnox.commands.options import Told
from agnox.context.pages import pull_page
from agnox.sending.deliver import Fate, Outcome
from agnox.sending.server import one_line


def say(text: str) -> None:
    """Writes a line for people; a terminal that is gone is no reason to fail."""
    with suppress(OSError, ValueError):
        click.echo(f"agnox: {text}", err=True)


def tell(told: Told, what: str, outcome: Outcome, older: int = 0) -> None:
    """Says what has become of `what`, and where the report will be."""
    server = told.server.text.rstrip("/")
    if outcome.fate is Fate.KEPT:
        trouble = f"{server} can't be reached ({outcome.reason})" if outcome.away else f"{server}: {outcome.reason}"
        say(f"{trouble}; {what} kept, to be sent with the next call or `agnox flush`")
        return
    if outcome.fate is Fate.LOST:
        say(f"{what} not sent{f' to {server}' if server else ''}: {outcome.reason}")
        return
    parts = [f"{what} sent to {server}"]
    if cycle := outcome.data.get("cycleId"):
        parts.append(f"cycle {one_line(cycle)}")
    if older:
        parts.append(f"{older} kept earlier sent as well")
    warnings = outcome.data.get("warnings")
    warnings = [one_line(each) for each in warnings] if isinstance(warnings, list) else []
    page = one_line(outcome.data.get("url") or "") or ("" if warnings else pull_page(told.context))
    if page:
        parts.append(f"report: {page}")
    parts += [f"warning: {each}" for each in warnings]
    say("; ".join(parts))


def counted(number: int, noun: str) -> str:
    """Gives `1 report`, `2 reports`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

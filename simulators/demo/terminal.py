"""Shows a comment's markdown in a terminal."""

import html
import re

import click

from simulators.github.models import CheckRun

_TAG = re.compile(r"</?(?:details|summary|sub|b|strong|br|p)\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_MARK = re.compile(r"\*\*|`(?!``)|\u200b|\\(?=[!-/:-@\[-`{-~])")


def show(body: str, check: CheckRun) -> None:
    """Prints a comment as a quotation, and the check run's verdict under it."""
    colour = {"success": "green", "failure": "red"}.get(check.conclusion or "", "yellow")
    bar = click.style("  │ ", fg=colour)
    click.echo()
    for line in plain(body):
        click.echo(bar + (click.style(line, bold=True) if line[:1] in "❌✅" else line))
    notes = len(check.annotations)
    more = f", {notes} annotation{'s' if notes != 1 else ''} on the diff" if notes else ""
    click.echo(bar)
    click.echo(bar + click.style(f"{check.name}: {check.conclusion}{more}", fg=colour))
    click.echo()


def plain(body: str) -> list[str]:
    """Gives the text of a comment without its markup, blank lines joined."""
    lines: list[str] = []
    for raw in _COMMENT.sub("", body).splitlines():
        line = html.unescape(_MARK.sub("", _TAG.sub("", raw))).lstrip("#").strip()
        if raw.lstrip().startswith(("```", "~~~")) or (not line and (not lines or not lines[-1])):
            continue
        lines.append(line)
    while lines and not lines[-1]:
        lines.pop()
    return lines

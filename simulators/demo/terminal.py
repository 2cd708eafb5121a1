"""Shows a comment's markdown in a terminal."""

import html
import re

import click

from simulators.stage import Judged

_TAG = re.compile(r"</?(?:details|summary|sub|b|strong|br|p)\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\\*\w])\*(?![*\s])([^*]+)(?<![\\*\s])\*(?![*\w])")
_MARK = re.compile(r"\*\*|`(?!``)|\u200b|\\(?=[!-/:-@\[-`{-~])")


def show(body: str, verdict: Judged) -> None:
    """Prints a comment as a quotation, and the verdict under it."""
    colour = {"passed": "green", "failed": "red"}.get(verdict.outcome, "yellow")
    bar = click.style("  │ ", fg=colour)
    click.echo()
    for line in plain(body):
        click.echo(bar + (click.style(line, bold=True) if line[:1] in "❌✅" else line))
    notes = len(verdict.lines)
    more = f", {notes} annotation{'s' if notes != 1 else ''} on the diff" if notes else ""
    click.echo(bar)
    click.echo(bar + click.style(f"{verdict.name}: {verdict.outcome}{more}", fg=colour))
    click.echo()


def plain(body: str) -> list[str]:
    """Gives the text of a comment without its markup, blank lines joined."""
    lines: list[str] = []
    for raw in _COMMENT.sub("", body).splitlines():
        line = html.unescape(_MARK.sub("", _EMPHASIS.sub(r"\1", _TAG.sub("", raw)))).lstrip("#").strip()
        if raw.lstrip().startswith(("```", "~~~")) or (not line and (not lines or not lines[-1])):
            continue
        lines.append(line)
    while lines and not lines[-1]:
        lines.pop()
    return lines

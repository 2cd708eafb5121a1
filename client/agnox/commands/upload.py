"""`agnox upload`: results of tests that were run already."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from agnox.commands.options import Told, about_a_run, print_context, read_options
from agnox.commands.telling import counted, say, tell
from agnox.files import find_files, shown_name
from agnox.sending.deliver import Fate, Outcome, deliver, deliver_in_turn
from agnox.sending.form import File, write_form
from agnox.sending.outbox import Outbox
from agnox.sending.server import Refused

_FAILURE = re.compile(rb"<failure|<error|outcome=.Failed|^not ok", re.MULTILINE)
PARTS = 190
"""Files of one form; the server takes 200 parts."""


@click.command(short_help="Send test reports and logs.")
@click.argument("reports", nargs=-1, metavar="REPORT...")
@click.option("--log", "logs", multiple=True, metavar="FILE", help="A log of the run; may be given several times.")
@about_a_run
@click.pass_context
def command(ctx: click.Context, /, reports: tuple[str, ...], logs: tuple[str, ...], **options: Any) -> None:
    """Sends test reports and logs, to be answered on the pull request that they belong to.

    REPORT is a file, a folder or a pattern; ** goes through folders. Compressed files may stay as they are.

    \b
    Examples:
      agnox upload build/junit.xml --log build.log
      agnox upload '**/TEST-*.xml' --suite unit
      agnox upload --print-context

    The exit code is 0 whatever becomes of them, unless --strict is given.
    """
    told = read_options(ctx, options)
    if told.printing:
        print_context(told)
        return
    if not reports and not logs:
        raise click.UsageError("there is nothing to send: name a report or a --log")
    files = [File("report", shown_name(path), path) for path in find_files(reports)]
    files += [File("log", shown_name(path), path) for path in find_files(logs)]
    if not files:
        say(f"nothing sent: no file matches {', '.join([*reports, *logs])}")
        ctx.exit(1 if told.strict else 0)
    outcome = upload(told, files, Outbox.of_user())
    if outcome.fate is Fate.SENT and "cycleId" in outcome.data:
        click.echo(outcome.data["cycleId"])
    ctx.exit(1 if told.strict and outcome.fate is not Fate.SENT else 0)


def upload(told: Told, files: Sequence[File], outbox: Outbox, session: str = "", *, hurry: bool = False) -> Outcome:
    """Sends files and says what became of them; what waits goes first, unless there is hurry. Never raises."""
    kinds = [file.kind for file in files]
    left = len(files) - PARTS
    what = " and ".join(counted(kinds.count(kind), kind) for kind in ("report", "log") if kind in kinds)
    if left > 0:
        files = sorted(files, key=_rank)[:PARTS]
        what += f" ({left} left out: a call takes {PARTS} files)"
    try:
        outcome, older = _send(told, files, outbox, session, hurry)
    except Refused as error:
        outcome, older = Outcome(Fate.LOST, str(error)), 0
    except OSError as error:
        outcome, older = Outcome(Fate.LOST, f"{error.filename or 'the disk'}: {error.strerror or error}"), 0
    tell(told, what, outcome, older)
    return outcome


def _rank(file: File) -> int:
    """Says what to leave behind last: logs go first, then reports of failures."""
    if file.kind == "log":
        return 0
    try:
        return 1 if _FAILURE.search(file.path.read_bytes()) else 2
    except OSError:
        return 2


def _send(told: Told, files: Sequence[File], outbox: Outbox, session: str, hurry: bool) -> tuple[Outcome, int]:
    server = told.connect()
    fields = {
        "context": json.dumps(told.context.wire()),
        "projectId": told.project.text,
        "suite": told.suite,
        "sessionId": session,
    }
    fields = {name: value for name, value in fields.items() if value}
    entry = outbox.put(server, "/api/results", lambda body: write_form(body, fields, files, told.masker))
    return (deliver(server, entry), 0) if hurry else deliver_in_turn(server, outbox, entry)


def log_file(path: Path) -> File:
    """Names the log of a command that we ran."""
    return File("log", "output.log", path)

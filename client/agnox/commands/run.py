"""`agnox run`: run a command, and send what it said."""

import shlex
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from agnox.commands.options import Told, about_a_run, print_context, read_options
from agnox.commands.telling import say
from agnox.commands.upload import log_file, upload
from agnox.files import find_files, shown_name, stamps, written_since
from agnox.running.boundedlog import BoundedLog
from agnox.running.child import Ended, Outlet, handling, run_command
from agnox.running.live import Live
from agnox.sending.deliver import Fate
from agnox.sending.form import File
from agnox.sending.outbox import Outbox
from agnox.sending.server import Patience, Refused, Server

FRAMEWORK = "command"
_LIVE = Patience(read=10, retries=1)
_LAST_WORDS = 10.0
_SHOWN = 200


@click.command(
    short_help="Run a command and send its log and reports.", context_settings={"allow_interspersed_args": False}
)
@click.argument("command_line", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENT]...")
@click.option(
    "--report", "patterns", multiple=True, metavar="PATTERN", help="Reports that it writes; ** goes through folders."
)
@click.option(
    "--live/--no-live", default=False, show_default=True, help="Stream the output while it runs, as a cycle of its own."
)
@about_a_run
@click.pass_context
def command(
    ctx: click.Context, /, command_line: tuple[str, ...], patterns: tuple[str, ...], live: bool, **options: Any
) -> None:
    """Runs a command, and sends its output and the reports that it wrote, to be answered on the pull request.

    The output goes through unchanged, and the exit code is the command's. What there is, is sent when it is
    interrupted, too. The command is run whatever state the server is in.

    \b
    Examples:
      agnox run -- make test
      agnox run --report 'build/**/TEST-*.xml' -- ./gradlew test
      agnox run -- sh -c 'npm ci && npm test'
    """
    told = read_options(ctx, options)
    if told.printing:
        print_context(told)
        return
    if not command_line:
        raise click.UsageError("there is no command: put it behind --, as in agnox run -- make test")
    ctx.exit(_run(told, command_line, patterns, live))


def _run(told: Told, command_line: tuple[str, ...], patterns: tuple[str, ...], live: bool) -> int:
    """Runs the command and sends what came of it; gives the exit code."""
    with ExitStack() as stack:
        before = stamps(find_files(patterns))
        log, session = _open_log(stack), _begin(told, live)
        kept = _Both(log, session)
        begun = time.monotonic()
        ended = _watched(told, command_line, kept)
        # A CI asks twice before it kills; only a person at the keys means it when asking again.
        stack.enter_context(handling(_stop, ["SIGINT"]))
        stack.enter_context(handling(_go_on, ["SIGTERM", "SIGHUP"]))
        try:
            written = written_since(before, find_files(patterns))
            # Without the reports that were asked for nobody may read it as green.
            kept.write(told.masker.text(_last_words(command_line, ended, bool(written or not patterns))).encode())
            if session is not None:
                status = "PASSED" if ended.code == 0 else "FAILED"
                # A CI that cancels a job gives it a few seconds.
                patience = _LAST_WORDS / 5 if ended.interrupted else _LAST_WORDS
                session.finish(status, time.monotonic() - begun, patience=patience)
            if patterns and not written:
                say(f"no report was written that matches {', '.join(patterns)}")
            files = [File("report", shown_name(path), path) for path in written]
            files += [log_file(log.finish())] if log is not None else []
            if not files:
                return ended.code or int(told.strict)
            live_id = session.session if session is not None else ""
            outcome = upload(told, files, Outbox.of_user(), live_id, hurry=bool(ended.interrupted))
        except _Stopped:
            say("stopped before everything was sent; what is left goes with the next call or `agnox flush`")
            return ended.code or 128 + 2
        except OSError as error:
            say(f"nothing sent: {error.strerror or error}")
            return ended.code or int(told.strict)
        return ended.code or int(told.strict and outcome.fate is not Fate.SENT)


def _open_log(stack: ExitStack) -> BoundedLog | None:
    """Opens a log that goes when all is done; a machine without room for one runs the command all the same."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="agnox-run-", ignore_cleanup_errors=True)
        return BoundedLog(Path(stack.enter_context(folder)))
    except OSError as error:
        say(f"the output can't be kept: {error.strerror or error}")
        return None


def _begin(told: Told, live: bool) -> Live | None:
    """Begins to stream, where a server is set."""
    if not live:
        return None
    try:
        server = Server.at(told.server.text, told.key.text, _LIVE)
    except Refused:
        return None
    setup = {
        "projectId": told.project.text,
        "runName": told.suite,
        "framework": FRAMEWORK,
        "reporterVersion": _version(),
        "totalTests": 0,
        "ciContext": told.context.wire(),
    }
    session = Live(server, {name: value for name, value in setup.items() if value != ""})
    session.start()
    return session


def _watched(told: Told, command_line: tuple[str, ...], kept: "_Both") -> Ended:
    """Runs the command with its output kept, secrets masked."""
    streams = told.masker.stream(kept), told.masker.stream(kept)
    ended = run_command(
        command_line, Outlet(sys.stdout.buffer, streams[0].write), Outlet(sys.stderr.buffer, streams[1].write)
    )
    for stream in streams:
        stream.finish()
    if ended.problem:
        say(ended.problem)
        kept.write(told.masker.text(f"{ended.problem}\n").encode())
    return ended


def _last_words(command_line: tuple[str, ...], ended: Ended, trusted: bool) -> str:
    """Says how the command ended, as it may not have said itself; in Travis CI's words, which log readers know."""
    shown = " ".join(shlex.join(command_line).split())[:_SHOWN]
    words = f'\nThe command "{shown}" exited with {ended.code}.\n'
    return f"{words}\nDone. Your build exited with 0.\n" if ended.code == 0 and trusted else words


class _Both:
    """Writes to the log and to the session. A full disk costs the log, and nothing else."""

    def __init__(self, log: BoundedLog | None, session: Live | None) -> None:
        self._log = log
        self._session = session

    def write(self, data: bytes) -> None:
        if self._session is not None:
            self._session.write(data)
        if self._log is not None:
            try:
                self._log.write(data)
            except (OSError, ValueError):
                self._log = None


class _Stopped(Exception):
    """Somebody does not want to wait for the sending."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _Stopped


def _go_on(number: int, frame: FrameType | None) -> None:
    """Lets us finish."""


def _version() -> str:
    from agnox import __version__

    return __version__

"""Tells the story in the terminal."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from simulators.demo.bot import DemoError
from simulators.demo.story import Story, until
from simulators.demo.terminal import show
from simulators.stage import Judged
from simulators.stages import make_stage


def run(*, host: str, once: bool, port: int) -> None:
    """Runs the demo on a kind of git host; ends with exit code 1 when a report does not stand."""
    if shutil.which("git") is None:
        raise click.ClickException("the demo needs git on the PATH")
    stage = make_stage(host)
    folder = Path(tempfile.mkdtemp(prefix="agnox-demo-"))
    try:
        with stage.serve(port) as address:
            _tell(Story.begin(stage, address, folder), once=once)
    except (DemoError, subprocess.CalledProcessError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("\nStopped.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if stage.violations:
        lines = "\n".join(map(str, stage.violations))
        raise click.ClickException(f"requests that {stage.title} would refuse:\n{lines}")


def _tell(story: Story, *, once: bool) -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        with _step("Starting the bot"):
            stack.enter_context(story.bot.serving())
        with _step(f"Letting it in on {story.stage.path} ({story.stage.title})"):
            story.install()
        with _step("Opening a pull request with a bug"):
            story.open_pull_request()
        click.echo(f"  Watch it: {click.style(story.page, underline=True)}")
        with _step("Its test suite runs, the log and report are analysed"):
            story.trigger()
            verdict = story.finished_verdict()
            red = story.comment_saying("failed")
        if verdict.outcome != "failed":
            raise DemoError(f"the verdict is {verdict.outcome}, not failed")
        show(red.body, verdict)
        if not once and sys.stdin.isatty():
            click.pause("Look at the pull request; any key pushes the fix ...")
        with _step("Pushing the fix"):
            story.push_fix()
        with _step("The suite runs again"):
            story.trigger()
            verdict = until("the verdict on the fix", lambda: _passed(story), story.bot)
            green = story.comment_saying("passed")
        if green.id != red.id or len(story.comments) != 1:
            raise DemoError("the report of the fix does not stand in the same comment")
        show(green.body, verdict)
        click.secho(f"Both reports stood after {time.monotonic() - started:.0f} s.", bold=True)
        click.echo(f"  The pull request: {click.style(story.page, underline=True)}")
        if verdict.url:
            click.echo(f"  The full report:  {click.style(verdict.url, underline=True)}")
        if not once:
            click.echo("Ctrl+C ends the demo.")
            threading.Event().wait()


def _passed(story: Story) -> Judged | None:
    return next((verdict for verdict in story.verdicts() if verdict.outcome == "passed"), None)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Says what is being done and how long it took."""
    live = sys.stdout.isatty()
    click.echo(f"• {what} ...", nl=not live)
    started = time.monotonic()
    yield
    if live:
        click.echo(f"\r• {what} ({time.monotonic() - started:.1f} s)   ")

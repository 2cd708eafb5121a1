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
from simulators.demo.story import PATH, Story
from simulators.demo.terminal import show
from simulators.github import GithubSimulator


def run(*, once: bool, port: int) -> None:
    """Runs the demo; ends with exit code 1 when a report does not stand."""
    if shutil.which("git") is None:
        raise click.ClickException("the demo needs git on the PATH")
    simulator = GithubSimulator()
    folder = Path(tempfile.mkdtemp(prefix="agnox-demo-"))
    try:
        with simulator.serve(port) as github:
            _tell(Story.begin(simulator, github, folder), once=once)
    except (DemoError, subprocess.CalledProcessError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("\nStopped.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if simulator.violations:
        lines = "\n".join(map(str, simulator.violations))
        raise click.ClickException(f"requests that GitHub would refuse:\n{lines}")


def _tell(story: Story, *, once: bool) -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        with _step("Starting the bot"):
            stack.enter_context(story.bot.serving())
        with _step(f"Installing the app on {PATH}"):
            story.install()
        with _step("Opening a pull request with a bug"):
            story.open_pull_request()
        click.echo(f"  Watch it: {click.style(story.page, underline=True)}")
        with _step("Its test suite runs, the log and report are analysed"):
            story.trigger()
            check = story.finished_check()
            red = story.comment_saying("failed")
        if check.conclusion != "failure":
            raise DemoError(f"the check run says {check.conclusion}, not failure")
        show(red.body, check)
        if not once and sys.stdin.isatty():
            click.pause("Look at the pull request; any key pushes the fix ...")
        with _step("Pushing the fix"):
            story.push_fix()
        with _step("The suite runs again"):
            story.trigger()
            check = story.finished_check()
            green = story.comment_saying("passed")
        if green.id != red.id or len(story.comments) != 1 or check.conclusion != "success":
            raise DemoError("the report of the fix does not stand in the same comment")
        show(green.body, check)
        click.secho(f"Both reports stood after {time.monotonic() - started:.0f} s.", bold=True)
        click.echo(f"  The pull request: {click.style(story.page, underline=True)}")
        if check.details_url:
            click.echo(f"  The full report:  {click.style(check.details_url, underline=True)}")
        if not once:
            click.echo("Ctrl+C ends the demo.")
            threading.Event().wait()


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Says what is being done and how long it took."""
    live = sys.stdout.isatty()
    click.echo(f"• {what} ...", nl=not live)
    started = time.monotonic()
    yield
    if live:
        click.echo(f"\r• {what} ({time.monotonic() - started:.1f} s)   ")

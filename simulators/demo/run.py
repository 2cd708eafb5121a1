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
from simulators.stage import Judged, Run
from simulators.stages import make_stage

COMMAND = "/agnox rerun failed"


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
        with _step(f"Installing it on {story.stage.path} ({story.stage.title})"):
            _install(story)
        with _step("Opening a pull request with a bug"):
            story.open_pull_request()
        click.echo(f"  Watch it: {click.style(story.page, underline=True)}")
        with _step(f"{_whose(story)} fails, and the bot reads why"):
            run = _test(story)
            verdict = story.finished_verdict()
            red = story.comment_saying("failed")
        if verdict.outcome != "failed":
            raise DemoError(f"the verdict is {verdict.outcome}, not failed")
        show(red.body, verdict)
        if not once and sys.stdin.isatty():
            click.pause("Look at the pull request; any key goes on ...")
        if run is not None:
            with _step(f"Grace is not sure, and comments: {COMMAND}"):
                story.say("grace", COMMAND)
                until("the host to be asked for a re-run", lambda: story.stage.reruns(run), story.bot)
            with _step(f"{story.stage.title} runs what failed again: no flake, it fails again"):
                story.run_ci(run)
        with _step("Pushing the fix"):
            story.push_fix()
        with _step(f"{_whose(story)} passes"):
            _test(story)
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


def _install(story: Story) -> None:
    """Where the host has no CI that could be read, a CI needs a key to send what it has."""
    if story.has_ci:
        story.let_in()
    else:
        story.install()


def _test(story: Story) -> Run | None:
    """The suite of the head runs; gives the run of the host's own CI, if that ran it."""
    if story.has_ci:
        return story.run_ci()
    story.send_results()
    return None


def _whose(story: Story) -> str:
    return "The team's own CI" if story.has_ci else "A CI that sends its results to the bot"


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

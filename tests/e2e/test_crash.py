"""Nothing is lost and nothing is said twice when a process is killed, wherever it was."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.demo.story import Story, until
from simulators.faults import Fault
from tests.e2e.conftest import Begin
from tests.e2e.suites import suite

FAILING = 60
"""More than one slice of annotations."""


@dataclass
class Victim:
    """The process to be killed, once."""

    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kills and waits, so that nothing of it goes on; runs in the simulator's thread, too."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def gone(self) -> None:
        self.process.wait(60)


def at_call(method: str, path: str, *, skip: int = 0, applied: bool) -> Callable[[Story, Victim], None]:
    """Kills when a request reaches the host: before it is applied, or after it and before the answer is heard."""

    def arm(story: Story, victim: Victim) -> None:
        hook = {"after" if applied else "before": victim.kill}
        # A request whose sender died before it was read is not applied.
        story.simulator.faults.add(
            Fault(method=method, path=path, skip=skip, status=None if applied else 502, **hook)  # type: ignore[arg-type]
        )

    return arm


def at_cycle(*states: str) -> Callable[[Story, Victim], None]:
    """Kills as soon as a cycle is seen in one of the states."""

    def arm(story: Story, victim: Victim) -> None:
        def watch() -> None:
            until("a cycle in the state", lambda: _states(story) & set(states))
            victim.kill()

        threading.Thread(target=watch, daemon=True).start()

    return arm


def _states(story: Story) -> set[str]:
    try:
        return {cycle["status"] for cycle in _cycles(story)}
    except Exception:
        return set()


def _cycles(story: Story) -> list[dict[str, Any]]:
    found = story.bot.call("GET", "/api/cycles", story.key)
    return list(found["cycles"] if isinstance(found, dict) else found)


POINTS: dict[str, Callable[[Story, Victim], None]] = {
    "the cycle is accepted": at_cycle("PENDING", "RUNNING", "ANALYZING"),
    "the suite runs": at_cycle("RUNNING"),
    "before the token is asked for": at_call("POST", r"/access_tokens$", applied=False),
    "the token was given": at_call("POST", r"/access_tokens$", applied=True),
    "before the check run is made": at_call("POST", r"/check-runs$", applied=False),
    "the check run was made": at_call("POST", r"/check-runs$", applied=True),
    "before the check run is completed": at_call("PATCH", r"/check-runs/\d+$", applied=False),
    "the first slice of annotations was sent": at_call("PATCH", r"/check-runs/\d+$", applied=True),
    "the second slice of annotations was sent": at_call("PATCH", r"/check-runs/\d+$", skip=1, applied=True),
    "before our comment is looked for": at_call("GET", r"/issues/\d+/comments", applied=False),
    "our comment was looked for": at_call("GET", r"/issues/\d+/comments", applied=True),
    "before the comment is made": at_call("POST", r"/issues/\d+/comments$", applied=False),
    "the comment was made": at_call("POST", r"/issues/\d+/comments$", applied=True),
}
"""Where the process is killed."""


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_loses_and_repeats_nothing(begin: Begin, point: str) -> None:
    story = begin()
    with _killable(story) as victim:
        story.install()
        story.open_pull_request()
        POINTS[point](story, victim)
        # Long enough for the check run to stand before its result comes.
        story.trigger(suite(FAILING, before="sleep 2.5"))
        victim.gone()
    with story.bot.serving():
        check = story.finished_check()
        comment = story.comment_saying(f"{FAILING} of {FAILING + 2} tests failed")
        _settled(story)
    assert [run.id for run in story.checks()] == [check.id]
    assert (check.conclusion, len(check.annotations)) == ("failure", FAILING)
    assert len({note["start_line"] for note in check.annotations}) == FAILING
    assert [found.id for found in story.comments] == [comment.id]


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_killed_while_the_comment_is_edited(begin: Begin, applied: bool) -> None:
    story = begin()
    with _killable(story) as victim:
        story.install()
        story.open_pull_request()
        story.trigger(suite(1))
        story.comment_saying("1 of 3 tests failed")
        story.push_fix()
        at_call("PATCH", r"/issues/comments/\d+$", applied=applied)(story, victim)
        story.trigger(suite(0))
        victim.gone()
    with story.bot.serving():
        story.comment_saying("2 tests passed")
        _settled(story)
    assert len(story.comments) == 1
    assert [run.conclusion for run in story.checks()] == ["success"]


def test_killed_when_a_delivery_was_acknowledged(begin: Begin) -> None:
    story = begin()
    with _killable(story) as victim:
        story.install()
        story.open_pull_request()
        victim.kill()
    with story.bot.serving():
        story.trigger(suite(1))
        story.comment_saying("1 of 3 tests failed")
        deliveries = until(
            "all deliveries to be handled",
            lambda: _all_handled(story.bot.command("deliveries", "list")),
            story.bot,
        )
    assert len(deliveries) == 2


def _all_handled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows if all(row["state"] == "handled" for row in rows) else []


@contextmanager
def _killable(story: Story) -> Any:
    with story.bot.running("serve", "--port", str(story.bot.port)) as process:
        story.bot.wait_ready(process)
        yield Victim(process)


def _settled(story: Story) -> None:
    """Waits until no job is left, so that a second comment or check run would be there by now."""
    with closing(sqlite3.connect(story.bot.home / "agnox.db")) as database:
        look = "SELECT count(*) FROM job WHERE state IN ('queued', 'running')"
        until("the jobs to be done", lambda: database.execute(look).fetchone() == (0,), story.bot)

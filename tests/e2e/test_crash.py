"""Nothing is lost and nothing is said twice when a process is killed, wherever it was."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from simulators.demo.story import Story, until
from simulators.faults import Fault
from simulators.names import STAGES
from tests.e2e.conftest import Begin
from tests.e2e.suites import suite

FAILING = 60
"""More than one slice of annotations."""
ANNOTATED = frozenset({"github"})
"""Where verdicts carry annotations."""
RESOLVING = frozenset({"azure"})
"""Where our comment is resolved when it asks for nothing any more."""


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


Arm = Callable[[Story, Victim], None]


def at_call(target: str, *, skip: int = 0, applied: bool) -> Arm:
    """Kills when a request reaches the host: before it is applied, or after it and before the answer is heard."""

    def arm(story: Story, victim: Victim) -> None:
        wanted = story.stage.targets[target]
        fault = Fault(method=wanted.method, path=wanted.path, skip=wanted.skip + skip)
        # A request whose sender died before it was read is not applied.
        told = {"after": victim.kill} if applied else {"before": victim.kill, "status": 502}
        story.stage.faults.add(replace(fault, **told))

    return arm


def at_cycle(*states: str) -> Arm:
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


@dataclass(frozen=True)
class Point:
    """Where the process is killed, and on which hosts: what is the same on all is tried on one."""

    arm: Arm
    hosts: Sequence[str] = ("github",)


POINTS: dict[str, Point] = {
    "the cycle is accepted": Point(at_cycle("PENDING", "RUNNING", "ANALYZING")),
    "the suite runs": Point(at_cycle("RUNNING")),
    "before the token is asked for": Point(at_call("token", applied=False)),
    "the token was given": Point(at_call("token", applied=True)),
    "before the verdict is made": Point(at_call("verdict", applied=False)),
    # GitLab's statuses may not be said twice.
    "the verdict was made": Point(at_call("verdict", applied=True), ("github", "gitlab")),
    "before the verdict is changed": Point(at_call("verdict changed", applied=False)),
    # Where verdicts carry annotations, that was their first slice.
    "the verdict was changed": Point(at_call("verdict changed", applied=True), ("github", "azure")),
    "the second slice of annotations was sent": Point(at_call("verdict changed", skip=1, applied=True)),
    "our comment was looked for": Point(at_call("comments", applied=True)),
    "the comment was made": Point(at_call("comment", applied=True), STAGES),
}


@pytest.mark.parametrize(("host", "name"), [(host, name) for name, point in POINTS.items() for host in point.hosts])
def test_a_killed_process_loses_and_repeats_nothing(begin: Begin, host: str, name: str) -> None:
    story = begin(host)
    with _killable(story) as victim:
        story.install()
        if at_once := "token" in name:
            # What comes of an opened pull request asks for one already.
            POINTS[name].arm(story, victim)
        story.open_pull_request()
        if not at_once:
            POINTS[name].arm(story, victim)
            # Long enough for the verdict to stand before its result comes.
            story.trigger(suite(FAILING, before="sleep 2.5"))
        victim.gone()
    with story.bot.serving():
        if at_once:
            story.trigger(suite(FAILING))
        story.finished_verdict()
        comment = story.comment_saying(f"{FAILING} of {FAILING + 2} tests failed")
        _settled(story)
    (verdict,) = story.verdicts()
    assert verdict.outcome == "failed"
    assert len(set(verdict.lines)) == len(verdict.lines) == (FAILING if host in ANNOTATED else 0)
    assert [found.id for found in story.comments] == [comment.id]


@pytest.mark.parametrize(("host", "applied"), [("github", False), ("github", True), ("azure", True)])
def test_killed_while_the_comment_is_edited(begin: Begin, host: str, applied: bool) -> None:
    story = begin(host)
    with _killable(story) as victim:
        story.install()
        story.open_pull_request()
        story.trigger(suite(1))
        red = story.comment_saying("1 of 3 tests failed")
        story.push_fix()
        at_call("comment changed", applied=applied)(story, victim)
        story.trigger(suite(0))
        victim.gone()
    with story.bot.serving():
        story.comment_saying("2 tests passed")
        _settled(story)
    assert [(said.id, said.settled) for said in story.comments] == [(red.id, host in RESOLVING)]
    assert [verdict.outcome for verdict in story.verdicts()] == ["passed"]


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_killed_when_a_delivery_was_acknowledged(begin: Begin, host: str) -> None:
    story = begin(host)
    with _killable(story) as victim:
        story.install()
        story.open_pull_request()
        victim.kill()
    acknowledged = {row[0] for row in _asked(story, "SELECT id FROM delivery")}
    assert acknowledged
    with story.bot.serving():
        story.trigger(suite(1))
        story.comment_saying("1 of 3 tests failed")
        looked_at = until(
            "all deliveries to be looked at",
            lambda: _all_looked_at(story.bot.command("deliveries", "list")),
            story.bot,
        )
    assert acknowledged <= {row["id"] for row in looked_at if row["state"] == "handled"}


def _all_looked_at(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows if all(row["state"] in ("handled", "ignored") for row in rows) else []


@contextmanager
def _killable(story: Story) -> Iterator[Victim]:
    with story.bot.running("serve", "--port", str(story.bot.port)) as process:
        story.bot.wait_ready(process)
        yield Victim(process)


def _settled(story: Story) -> None:
    """Waits until no job is left but for those of much later: a second comment or verdict would be there by now."""
    look = (
        "SELECT count(*) FROM job WHERE state = 'running' "
        "OR state = 'queued' AND run_at < datetime('now', '+30 seconds')"
    )
    until("the jobs to be done", lambda: _asked(story, look) == [(0,)], story.bot)


def _asked(story: Story, question: str) -> list[tuple[Any, ...]]:
    """Asks the bot's database."""
    with closing(sqlite3.connect(story.bot.home / "agnox.db")) as database:
        return database.execute(question).fetchall()

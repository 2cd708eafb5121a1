"""The story that the demo tells, in steps that the tests follow as well."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx2

from simulators.demo.bot import Bot, DemoError
from simulators.demo.ci import run_suite
from simulators.demo.repository import BRANCH, DemoRepository
from simulators.stage import Judged, Post, Pull, Run, Said, Stage

T = TypeVar("T")

PATIENCE = 60.0
WORKFLOW = "CI"


@dataclass
class Story:
    """A pull request with a bug on a simulated git host, and a bot that has been let in there."""

    stage: Stage
    host: str
    """The address of the simulated host."""
    code: DemoRepository
    bot: Bot
    key: str = ""
    project: str = ""
    pull: Pull = field(init=False)

    @classmethod
    def begin(cls, stage: Stage, host: str, folder: Path, settings: Mapping[str, str] | None = None) -> "Story":
        """Makes the repository and a configured bot; the bot is not running yet."""
        told = {f"AGNOX_{stage.name.upper()}_{name.upper()}": value for name, value in stage.settings().items()}
        bot = Bot.configure(folder / "bot", {**told, "AGNOX_EXECUTORS": "process", **(settings or {})})
        return cls(stage, host, DemoRepository.create(folder / "shop"), bot)

    @property
    def has_ci(self) -> bool:
        """Whether the host has CI of its own, whose runs the bot reads by itself."""
        return type(self.stage).begin_run is not Stage.begin_run

    def let_in(self) -> None:
        """Lets the bot in, which is all that a team does where the host has CI of its own."""
        if self.stage.integration is None:
            self.deliver(self.stage.installed())
        else:
            self._add_integration(*self.stage.integration)

    def install(self) -> None:
        """Lets the bot in, and makes a project and an API key in its organization where there is none."""
        self.let_in()
        if not self.key:
            self.make_key()

    def make_key(self) -> None:
        """Makes what a CI needs that calls the bot: a project and an API key."""
        organization = "acme"
        if self.stage.integration is None:
            (found, *_) = until("the installation to be known", lambda: self.bot.command("installation", "list"))
            organization = found["organization_id"]
        self.project = self.bot.command("project", "create", "--org", organization, "shop")["id"]
        self.key = self.bot.command("apikey", "create", "--org", organization, "--name", "ci")["key"]

    def _add_integration(self, credential: str, address: str, place: str) -> None:
        if not self.key:
            self.bot.command("org", "create", "acme")
        options = ("--org", "acme", "--base-url", address, "--hook", place, "--token-stdin")
        self.bot.command("integration", "add", self.stage.name, *options, given=credential)

    def open_pull_request(self) -> None:
        """Opens the pull request that brings the bug."""
        sha = self.code.commit("broken", "Take vouchers")
        self.pull = self.stage.open_pull(BRANCH, "Take vouchers in the cart", self.code.changes(), sha=sha)
        self.deliver(self.stage.opened(self.pull))

    def push_fix(self) -> None:
        """Pushes the commit that mends it."""
        sha = self.code.commit("fixed", "Total of an empty cart; per cent are hundredths")
        self.stage.push(self.pull, self.code.changes(), sha=sha)
        self.deliver(self.stage.pushed(self.pull))

    def run_ci(self, run: Run | None = None) -> Run:
        """The host's own CI runs the suite of the head, or that run once more, and tells of it; gives the run."""
        run = run or self.stage.begin_run(WORKFLOW, self.pull)
        self.deliver(self.stage.run_posts(run))
        self.stage.end_run(run, run_suite(self.code, self.pull.head_sha))
        self.deliver(self.stage.run_posts(run))
        return run

    def send_results(self) -> None:
        """Any other CI runs the suite of the head, and sends what it left."""
        job = run_suite(self.code, self.pull.head_sha)
        context = {
            "source": self.stage.name,
            "repository": self.stage.path,
            "prNumber": self.pull.number,
            "commitSha": self.pull.head_sha,
        }
        files = [("log", (f"{job.name}.log", job.log.encode()))]
        files += [("report", (name, content)) for name, content in job.reports.items()]
        data = {"projectId": self.project, "context": json.dumps(context)}
        self.bot.call("POST", "/api/results", self.key, data=data, files=files)

    def say(self, login: str, body: str) -> str:
        """Somebody who may write comments on the pull request; gives the comment's id."""
        self.stage.allow(login)
        comment = self.stage.comment(self.pull, login, body)
        self.deliver(self.stage.commented(self.pull, comment))
        return comment

    def trigger(self, command: str | None = None, **more: str) -> str:
        """Asks for tests through the public API, as a CI would; gives the cycle's id."""
        run = f"'{sys.executable}' -m pytest -q -p no:cacheprovider"
        clone = f"git clone --quiet --branch {BRANCH} '{self.code.path}' . && git checkout --quiet $AGNOX_COMMIT_SHA"
        body = {
            "projectId": self.project,
            "command": command or f"{clone} && {run}",
            "ciContext": {
                "source": self.stage.name,
                "repository": self.stage.path,
                "prNumber": self.pull.number,
                "commitSha": self.pull.head_sha,
                "branch": self.pull.branch,
            },
            **more,
        }
        cycle: str = self.bot.call("POST", "/api/ci/trigger", self.key, json=body)["cycleId"]
        return cycle

    def deliver(self, posts: Sequence[Post]) -> None:
        """Posts webhooks to the bot. Raises DemoError when one is not taken, or when there is none."""
        if not posts:
            raise DemoError(f"no webhook of {self.stage.title} tells of it")
        for post in posts:
            answer = httpx2.post(f"{self.bot.url}{post.path}", headers=post.headers, content=post.body, timeout=30)
            if answer.status_code != httpx2.codes.ACCEPTED:
                raise DemoError(f"the bot answered {answer.status_code} to a webhook: {answer.text}")

    @property
    def comments(self) -> list[Said]:
        """Our comments on the pull request."""
        return self.stage.comments(self.pull)

    def verdicts(self, sha: str = "") -> list[Judged]:
        """Our verdicts on the head or another commit, in the order of their making."""
        return self.stage.verdicts(self.pull, sha)

    def finished_verdict(self) -> Judged:
        """Waits for the newest verdict on the head to be the last word."""
        return until(
            "the verdict",
            lambda: next((verdict for verdict in reversed(self.verdicts()) if verdict.finished), None),
            self.bot,
        )

    def comment_saying(self, words: str) -> Said:
        """Waits for our comment to say something."""
        return until(
            f"a comment that says {words!r}",
            lambda: next((comment for comment in self.comments if words in comment.body), None),
            self.bot,
        )

    @property
    def page(self) -> str:
        """The address of the pull request's page."""
        return self.stage.page(self.pull)


def until(what: str, look: Callable[[], T | None], bot: Bot | None = None, patience: float = PATIENCE) -> T:
    """Looks until something is there. Raises DemoError that names what was waited for."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    log = f"; the end of the bot's log:\n{bot.tail()}" if bot else ""
    raise DemoError(f"waited {patience:.0f} s for {what}{log}")

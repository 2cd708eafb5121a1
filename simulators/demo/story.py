"""The story that the demo tells, in steps that the tests follow as well."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx2

from simulators.demo.bot import Bot, DemoError
from simulators.demo.repository import BRANCH, DemoRepository
from simulators.github import GithubSimulator
from simulators.github.models import CheckRun, Comment, PullRequest
from simulators.github.webhooks import Event

T = TypeVar("T")

PATH = "octo-org/shop"
PATIENCE = 60.0


@dataclass
class Story:
    """A pull request with a bug on a simulated GitHub, and a bot that has been installed there."""

    simulator: GithubSimulator
    github: str
    code: DemoRepository
    bot: Bot
    key: str = ""
    project: str = ""
    pull: PullRequest = field(init=False)

    @classmethod
    def begin(
        cls, simulator: GithubSimulator, github: str, folder: Path, settings: Mapping[str, str] | None = None
    ) -> "Story":
        """Makes the repository and a configured bot; the bot is not running yet."""
        key = folder / "app.pem"
        key.write_text(simulator.private_key_pem)
        key.chmod(0o600)
        bot = Bot.configure(
            folder / "bot",
            {
                "AGNOX_GITHUB_APP_ID": str(simulator.github_app.id),
                "AGNOX_GITHUB_PRIVATE_KEY": str(key),
                "AGNOX_GITHUB_WEBHOOK_SECRET": simulator.deliveries.secret or "",
                "AGNOX_GITHUB_API_URL": github,
                "AGNOX_EXECUTORS": "process",
                **(settings or {}),
            },
        )
        return cls(simulator, github, DemoRepository.create(folder / "shop"), bot)

    def install(self) -> None:
        """Installs the app on the repository and makes a project and an API key in the organization that appears."""
        repository = self.simulator.add_repository(PATH)
        installation = self.simulator.install(PATH.partition("/")[0], repositories=[repository])
        self.deliver(self.simulator.events.installation("created", installation))
        found = until(
            "the installation to be known",
            lambda: [
                row for row in self.bot.command("installation", "list") if row["external_id"] == str(installation.id)
            ],
        )
        organization = found[0]["organization_id"]
        self.project = self.bot.command("project", "create", "--org", organization, "shop")["id"]
        self.key = self.bot.command("apikey", "create", "--org", organization, "--name", "ci")["key"]

    def open_pull_request(self) -> None:
        """Opens the pull request that brings the bug."""
        sha = self.code.commit("broken", "Take vouchers")
        repository = self.simulator.state.repository(PATH)
        if repository is None:
            raise DemoError(f"{PATH} is not installed")
        self.pull = self.simulator.add_pull_request(
            repository, head=BRANCH, title="Take vouchers in the cart", user="ada", files=self.code.changes(), sha=sha
        )
        self.deliver(self.simulator.events.pull_request("opened", self.pull))

    def push_fix(self) -> None:
        """Pushes the commit that mends it."""
        sha = self.code.commit("fixed", "Total of an empty cart; per cent are hundredths")
        self.simulator.push(self.pull, self.code.changes(), sha=sha)
        self.deliver(self.simulator.events.pull_request("synchronize", self.pull))

    def trigger(self, command: str | None = None) -> str:
        """Asks for tests through the public API, as a CI would; gives the cycle's id."""
        run = f"'{sys.executable}' -m pytest -q -p no:cacheprovider"
        clone = f"git clone --quiet --branch {BRANCH} '{self.code.path}' . && git checkout --quiet $AGNOX_COMMIT_SHA"
        body = {
            "projectId": self.project,
            "command": command or f"{clone} && {run}",
            "ciContext": {
                "source": "github",
                "repository": PATH,
                "prNumber": self.pull.number,
                "commitSha": self.pull.head.sha,
                "branch": BRANCH,
            },
        }
        cycle: str = self.bot.call("POST", "/api/ci/trigger", self.key, json=body)["cycleId"]
        return cycle

    def deliver(self, event: Event) -> None:
        """Posts a signed webhook to the bot. Raises DemoError when it is not taken."""
        delivery = self.simulator.deliver(event, f"{self.bot.url}/webhooks/github")
        if delivery.status_code != httpx2.codes.ACCEPTED:
            raise DemoError(f"the bot answered {delivery.status_code} to a webhook: {delivery.response_body}")

    @property
    def comments(self) -> list[Comment]:
        """Our comments on the pull request."""
        return [
            comment
            for comment in self.simulator.state.comments.values()
            if comment.issue is self.pull and comment.app is self.simulator.github_app
        ]

    def checks(self, sha: str | None = None) -> list[CheckRun]:
        """Our check runs on a commit, in the order of their creation."""
        wanted = sha or self.pull.head.sha
        return [run for run in self.simulator.state.check_runs.values() if run.suite.head_sha == wanted]

    def finished_check(self) -> CheckRun:
        """Waits for the newest check run of the head to be completed."""
        return until(
            "the check run to be completed",
            lambda: next((run for run in reversed(self.checks()) if run.status == "completed"), None),
            self.bot,
        )

    def comment_saying(self, words: str) -> Comment:
        """Waits for our comment to say something."""
        return until(
            f"a comment that says {words!r}",
            lambda: next((comment for comment in self.comments if words in comment.body), None),
            self.bot,
        )

    @property
    def page(self) -> str:
        """The address of the pull request's page."""
        return f"{self.github}/{PATH}/pull/{self.pull.number}"


def until(what: str, look: Callable[[], T | None], bot: Bot | None = None, patience: float = PATIENCE) -> T:
    """Looks until something is there. Raises DemoError that names what was waited for."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    log = f"; the end of the bot's log:\n{bot.tail()}" if bot else ""
    raise DemoError(f"waited {patience:.0f} s for {what}{log}")

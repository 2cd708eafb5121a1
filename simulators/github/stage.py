"""The simulated GitHub as a stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulators.diff import ChangedFile, FileDiff
from simulators.github.models import CheckRun, Repository
from simulators.github.simulator import GithubSimulator
from simulators.github.webhooks import Event
from simulators.stage import Judged, Post, Pull, Said, Stage, Target


class GithubStage(Stage):
    """A repository of an organization; the bot is let in by installing its app."""

    name = "github"
    title = "GitHub"
    targets: Mapping[str, Target] = {
        "token": Target("POST", r"/access_tokens$"),
        "verdict": Target("POST", r"/check-runs$"),
        "verdict changed": Target("PATCH", r"/check-runs/\d+$"),
        "comments": Target("GET", r"/issues/\d+/comments"),
        "comment": Target("POST", r"/issues/\d+/comments$"),
        "comment changed": Target("PATCH", r"/issues/comments/\d+$"),
    }
    outcomes: Mapping[str, str] = {
        "success": "passed",
        "failure": "failed",
        "error": "failed",
        "cancelled": "cancelled",
        "pending": "pending",
        "queued": "pending",
        "in_progress": "pending",
    }
    simulator: GithubSimulator

    def __init__(self, path: str = "octo-org/shop", **options: Any) -> None:
        super().__init__(path, GithubSimulator(**options))
        self.repository: Repository = self.simulator.add_repository(path)

    def settings(self) -> Mapping[str, str]:
        return {
            "app_id": str(self.simulator.github_app.id),
            "private_key": self.simulator.private_key_pem,
            "webhook_secret": self.simulator.deliveries.secret or "",
            "api_url": self.url,
        }

    @property
    def integration(self) -> tuple[str, str, str] | None:
        return None

    def installed(self) -> list[Post]:
        installation = self.simulator.install(self.path.partition("/")[0], repositories=[self.repository])
        return self.posts(self.simulator.events.installation("created", installation))

    def _open(self, branch: str, title: str, files: Sequence[FileDiff], sha: str | None, fork: bool) -> Pull:
        native = self.simulator.add_pull_request(
            self.repository,
            head=branch,
            title=title,
            user="ada",
            files=map(ChangedFile.of, files),
            sha=sha,
            fork=self.simulator.fork(self.repository, "mallory") if fork else None,
        )
        return Pull(native.number, native.head.sha, branch, native)

    def _push(self, native: Any, files: Sequence[FileDiff] | None, sha: str | None) -> str:
        return self.simulator.push(native, None if files is None else map(ChangedFile.of, files), sha=sha)

    def close(self, pull: Pull) -> None:
        self.simulator.close(pull.native)

    def comment(self, pull: Pull, login: str, body: str) -> str:
        return str(self.simulator.add_comment(pull.native, login, body).id)

    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None:
        found = self.simulator.state.comments[int(comment_id)]
        found.body, found.updated_at = body, self.simulator.state.now()

    def allow(self, login: str) -> None:
        self.simulator.set_role(self.repository, login, "write")

    def opened(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("opened", pull.native))

    def pushed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("synchronize", pull.native))

    def closed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("closed", pull.native))

    def commented(self, pull: Pull, comment_id: str) -> list[Post]:
        return self.posts(
            self.simulator.events.issue_comment("created", self.simulator.state.comments[int(comment_id)])
        )

    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]:
        return [reaction.content for reaction in self.simulator.state.comments[int(comment_id)].reactions]

    def comments(self, pull: Pull) -> list[Said]:
        ours = self.simulator.github_app
        return [
            Said(str(comment.id), comment.body)
            for comment in self.simulator.state.comments_of(pull.native)
            if comment.app is ours
        ]

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        wanted, state = sha or pull.head_sha, self.simulator.state
        runs = [run for run in state.check_runs.values() if run.suite.head_sha == wanted]
        if runs:
            return [self._check(run) for run in runs]
        return [
            self.status(status.id, status.context, status.state, status.description, status.target_url)
            for status in reversed(state.latest_statuses(self.repository, wanted))
        ]

    def page(self, pull: Pull) -> str:
        return f"{self.url}/{self.path}/pull/{pull.number}"

    def posts(self, event: Event) -> list[Post]:
        """An event as it goes out to the app's webhook."""
        signed = self.simulator.sign(event)
        return [Post("/webhooks/github", signed.headers, signed.body)]

    def _check(self, run: CheckRun) -> Judged:
        return Judged(
            str(run.id),
            run.name,
            self.outcomes.get(run.conclusion or run.status, "other"),
            run.title or "",
            f"{run.title}\n{run.summary}\n{run.text}",
            run.details_url or "",
            tuple((str(note["path"]), int(note["start_line"])) for note in run.annotations),
        )

"""The simulated GitHub as a stage."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from simulators.diff import FileDiff
from simulators.github.models import ChangedFile, CheckRun, Repository, Status
from simulators.github.simulator import GithubSimulator
from simulators.github.webhooks import Event
from simulators.stage import Judged, Post, Pull, Said, Target, change_of

_OUTCOMES = {
    "success": "passed",
    "failure": "failed",
    "error": "failed",
    "cancelled": "cancelled",
    "pending": "pending",
    "queued": "pending",
    "in_progress": "pending",
}


class GithubStage:
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

    def __init__(self, path: str = "octo-org/shop", **options: Any) -> None:
        self.path = path
        self.simulator = GithubSimulator(**options)
        self.repository: Repository = self.simulator.add_repository(path)
        self.violations = self.simulator.violations
        self.calls = self.simulator.calls
        self.faults = self.simulator.faults
        self.url = ""

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        with self.simulator.serve(port) as self.url:
            yield self.url

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

    def open_pull(
        self,
        branch: str = "feature",
        title: str = "Add a feature",
        files: Sequence[FileDiff] = (),
        *,
        sha: str | None = None,
        fork: bool = False,
    ) -> Pull:
        native = self.simulator.add_pull_request(
            self.repository,
            head=branch,
            title=title,
            user="ada",
            files=[_file(each) for each in files],
            sha=sha,
            fork=self.simulator.fork(self.repository, "mallory") if fork else None,
        )
        return Pull(native.number, native.head.sha, branch, native)

    def push(self, pull: Pull, files: Sequence[FileDiff] | None = None, *, sha: str | None = None) -> str:
        changed = None if files is None else [_file(each) for each in files]
        pull.head_sha = self.simulator.push(pull.native, changed, sha=sha)
        return pull.head_sha

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
            return [_judged(run) for run in runs]
        return [_of_status(status) for status in reversed(state.latest_statuses(self.repository, wanted))]

    def page(self, pull: Pull) -> str:
        return f"{self.url}/{self.path}/pull/{pull.number}"

    def posts(self, event: Event) -> list[Post]:
        """An event as it goes out to the app's webhook."""
        signed = self.simulator.sign(event)
        return [Post("/webhooks/github", signed.headers, signed.body)]


def _file(file: FileDiff) -> ChangedFile:
    return ChangedFile(file.path, file.patch, change_of(file), file.previous_path)


def _judged(run: CheckRun) -> Judged:
    return Judged(
        str(run.id),
        run.name,
        _OUTCOMES.get(run.conclusion or run.status, "other"),
        run.title or "",
        f"{run.title}\n{run.summary}\n{run.text}",
        run.details_url or "",
        tuple((str(note["path"]), int(note["start_line"])) for note in run.annotations),
    )


def _of_status(status: Status) -> Judged:
    title = status.description or ""
    return Judged(str(status.id), status.context, _OUTCOMES[status.state], title, title, status.target_url or "")

"""The simulated Gitea as a stage."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from simulators.diff import FileDiff
from simulators.gitea.models import ChangedFile, Comment, Repository
from simulators.gitea.simulator import GiteaSimulator
from simulators.gitea.webhooks import Event
from simulators.stage import Judged, Post, Pull, Said, Stage, Target

BOT = "agnox"

_CHANGES: Mapping[str, Literal["added", "changed", "deleted", "renamed"]] = {
    "added": "added",
    "modified": "changed",
    "removed": "deleted",
    "renamed": "renamed",
}


class GiteaStage(Stage):
    """A repository of an organization; the bot is let in by a token of its own account, which administers it."""

    name = "gitea"
    title = "Gitea"
    # Every change of a status is a new one.
    targets: Mapping[str, Target] = {
        "verdict": Target("POST", r"/statuses/[0-9a-f]+$"),
        "verdict changed": Target("POST", r"/statuses/[0-9a-f]+$", skip=1),
        "comments": Target("GET", r"/issues/\d+/comments$"),
        "comment": Target("POST", r"/issues/\d+/comments$"),
        "comment changed": Target("PATCH", r"/issues/comments/\d+$"),
    }
    outcomes: Mapping[str, str] = {"success": "passed", "failure": "failed", "error": "failed", "pending": "pending"}
    simulator: GiteaSimulator

    def __init__(self, path: str = "acme/shop", **options: Any) -> None:
        super().__init__(path, GiteaSimulator(**options))
        self.repository: Repository = self.simulator.add_repository(path)
        self.simulator.set_right(self.repository, "ada", "write")
        self.simulator.set_right(self.repository, BOT, "admin")
        self.token = self.simulator.token(BOT)

    @property
    def integration(self) -> tuple[str, str, str] | None:
        return self.token, self.simulator.urls.base, self.path

    def _open(self, branch: str, title: str, files: Sequence[FileDiff], sha: str | None, fork: bool) -> Pull:
        native = self.simulator.add_pull_request(
            self.repository,
            head=branch,
            title=title,
            user="ada",
            files=map(_file, files),
            sha=sha,
            fork=self.simulator.fork(self.repository, "mallory") if fork else None,
        )
        return Pull(native.number, native.head.sha, branch, native)

    def _push(self, native: Any, files: Sequence[FileDiff] | None, sha: str | None) -> str:
        return self.simulator.push(native, None if files is None else map(_file, files), sha=sha)

    def close(self, pull: Pull) -> None:
        self.simulator.close(pull.native)

    def comment(self, pull: Pull, login: str, body: str) -> str:
        return str(self.simulator.add_comment(pull.native, login, body).id)

    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None:
        found = self._comment(comment_id)
        found.body, found.updated_at = body, self.simulator.state.now()

    def allow(self, login: str) -> None:
        self.simulator.set_right(self.repository, login, "write")

    def opened(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("opened", pull.native))

    def pushed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("synchronized", pull.native))

    def closed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request("closed", pull.native))

    def commented(self, pull: Pull, comment_id: str) -> list[Post]:
        return self.posts(self.simulator.events.issue_comment("created", self._comment(comment_id)))

    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]:
        return [reaction.content for reaction in self._comment(comment_id).reactions]

    def comments(self, pull: Pull) -> list[Said]:
        with self.simulator.state.lock:
            said = self.simulator.state.comments_of(pull.native)
            return [Said(str(comment.id), comment.body) for comment in said if comment.user.login == BOT]

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        with self.simulator.state.lock:
            latest = self.simulator.state.latest_statuses(self.repository, sha or pull.head_sha)
            return [
                self.status(status.index, status.context, status.state, status.description, status.target_url)
                for status in reversed(latest)
                if status.creator.login == BOT
            ]

    def page(self, pull: Pull) -> str:
        return f"{self.simulator.urls.page(self.repository)}/pulls/{pull.number}"

    def posts(self, event: Event) -> list[Post]:
        """An event as it goes out to the hooks that listen."""
        return [
            Post(urlsplit(delivery.hook.url).path, delivery.headers, delivery.body)
            for delivery in self.simulator.sign(event)
        ]

    def _comment(self, comment_id: str) -> Comment:
        return self.simulator.state.comments[int(comment_id)]


def _file(file: FileDiff) -> ChangedFile:
    return ChangedFile(file.path, file.patch, file.previous_path, _CHANGES[file.change])

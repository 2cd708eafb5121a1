"""The simulated GitHub as a stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulators.diff import ChangedFile, FileDiff
from simulators.github import workflows
from simulators.github.actions import WorkflowRun
from simulators.github.models import CheckRun, Repository
from simulators.github.simulator import GithubSimulator
from simulators.github.webhooks import Event
from simulators.stage import Judged, Post, Pull, Run, Said, SimJob, Stage, Target

_QUEUE = "gh-readonly-queue"


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
        self._seen: set[int] = set()

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
        wanted, state, ours = sha or pull.head_sha, self.simulator.state, self.simulator.github_app
        runs = [run for run in state.check_runs.values() if run.suite.head_sha == wanted and run.suite.app is ours]
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
        # Whoever posts it does not tell the host, which would count it as lost.
        signed.answered(202, {}, "")
        return [Post("/webhooks/github", signed.headers, signed.body)]

    def begin_run(self, name: str, pull: Pull | None = None, *, sha: str = "") -> Run:
        world, state = self.simulator, self.simulator.state
        with state.lock:
            if pull is not None:
                native = pull.native
                head = {
                    "branch": native.head.ref,
                    "source": native.head.repository,
                    "actor": native.user,
                    "pull": native,
                }
                run = workflows.begin(state, self.repository, sha or pull.head_sha, name, event="pull_request", **head)
            else:
                sha = sha or world.commit(self.repository, {})
                queued = next((b for b, head in self.repository.branches.items() if head == sha and _QUEUE in b), "")
                branch, event = queued or self.repository.default_branch, "merge_group" if queued else "push"
                actor = self.repository.commits[sha].author
                run = workflows.begin(state, self.repository, sha, name, event=event, branch=branch, actor=actor)
        return Run(str(run.id), name, run.sha, run)

    def end_run(self, run: Run, *jobs: SimJob) -> None:
        with self.simulator.state.lock:
            ran = [(job.name, job.outcome, job.log, job.reports) for job in jobs]
            workflows.end(self.simulator.state, run.native, ran)

    def run_posts(self, run: Run) -> list[Post]:
        native: WorkflowRun = run.native
        action = {"queued": "requested", "completed": "completed"}.get(native.status, "in_progress")
        return self.posts(self.simulator.events.workflow_run(action, native))

    def reruns(self, run: Run) -> Sequence[str]:
        native: WorkflowRun = run.native
        return tuple(native.asked)

    def cancelled(self, run: Run) -> bool:
        native: WorkflowRun = run.native
        return native.stopped

    def pushed_default(self, files: Sequence[FileDiff] = ()) -> list[Post]:
        branch = self.repository.default_branch
        before, changes = self.repository.branches[branch], list(map(ChangedFile.of, files))
        texts = {change.path: change.new_text for change in changes if change.status != "removed"}
        self.simulator.commit(self.repository, texts)
        paths = [change.path for change in changes]
        return self.posts(self.simulator.events.push(self.repository, branch, before, paths, self.repository.owner))

    def put_file(self, path: str, content: str) -> None:
        self.simulator.commit(self.repository, {path: content}, message=f"Write {path}")

    def missed(self, posts: Sequence[Post]) -> None:
        lost = {post.headers["X-GitHub-Delivery"] for post in posts}
        for delivery in self.simulator.state.deliveries.values():
            if delivery.guid in lost:
                delivery.answered(503, {}, "Service Unavailable")

    def resent(self) -> list[Post]:
        deliveries = self.simulator.state.deliveries.values()
        found = [each for each in deliveries if each.redelivery and each.id not in self._seen]
        self._seen |= {each.id for each in found}
        for delivery in found:
            delivery.answered(202, {}, "")
        return [Post("/webhooks/github", each.headers, each.body) for each in found]

    def merge_group(self, pull: Pull) -> tuple[str, list[Post]]:
        """A pull request is tried in the merge queue: the sha of the try, and what is sent."""
        base = self.repository.branches[self.repository.default_branch]
        branch = f"{_QUEUE}/{self.repository.default_branch}/pr-{pull.number}-{base}"
        sha = self.simulator.commit(self.repository, {}, branch=branch, message=f"Merge pull request #{pull.number}")
        sender = self.repository.owner
        return sha, self.posts(self.simulator.events.merge_group("checks_requested", self.repository, branch, sender))

    def pressed(self, verdict: Judged, login: str, identifier: str = "") -> list[Post]:
        """Somebody presses our button with this identifier on a verdict of ours, or the host's own without one."""
        run, sender = self.simulator.state.check_runs[int(verdict.id)], self.simulator.add_user(login)
        action = "requested_action" if identifier else "rerequested"
        return self.posts(self.simulator.events.check_run(action, run, sender, identifier or None))

    def pressed_all(self, pull: Pull, login: str) -> list[Post]:
        """Somebody presses the host's button for all our verdicts on the head."""
        suite = self.simulator.state.suite_for(self.repository, self.simulator.github_app, pull.head_sha)
        return self.posts(self.simulator.events.check_suite("rerequested", suite, self.simulator.add_user(login)))

    def other_check(self, pull: Pull, app: str, name: str, conclusion: str, **fields: Any) -> CheckRun:
        """Another app judges the head; `fields` are those of CheckRun."""
        state = self.simulator.state
        made = next((each for each in state.apps.values() if each.slug == app), None) or self.simulator.add_app(app)
        done = {"status": "completed", "conclusion": conclusion, "completed_at": state.now(), **fields}
        return self.simulator.add_check_run(self.repository, pull.head_sha, name, made, **done)

    def other_posts(self, check: CheckRun) -> list[Post]:
        """What is sent when all that the other app had to say is said."""
        suite = check.suite
        return self.posts(self.simulator.events.check_suite("completed", suite, suite.app.bot))

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

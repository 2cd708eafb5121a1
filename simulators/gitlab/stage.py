"""The simulated GitLab as a stage."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from simulators.diff import ChangedFile, FileDiff
from simulators.gitlab.hooks import Event, Hook
from simulators.gitlab.models import Project
from simulators.gitlab.requests import Note
from simulators.gitlab.roles import Level
from simulators.gitlab.simulator import GitlabSimulator
from simulators.gitlab.stage_runs import Backlog, Pipelines
from simulators.stage import Judged, Post, Pull, Run, Said, SimJob, Stage, Target
from simulators.webhooks import Delivery


class GitlabStage(Stage):
    """A project in a nested group; the bot is let in by a project access token and a hook that it makes itself.

    With `merged_results` pipelines of merge requests run on a merge of head and target. Those of forks run in the
    project, started by a member; with `forks_build_at_home` in the fork, whose hooks do not lead to us.
    """

    name = "gitlab"
    title = "GitLab"
    targets: Mapping[str, Target] = {
        "verdict": Target("POST", r"/statuses/[0-9a-f]+$"),
        "verdict changed": Target("POST", r"/statuses/[0-9a-f]+$", skip=1),
        "comments": Target("GET", r"/merge_requests/\d+/notes$"),
        "comment": Target("POST", r"/merge_requests/\d+/notes$"),
        "comment changed": Target("PUT", r"/merge_requests/\d+/notes/\d+$"),
    }
    outcomes: Mapping[str, str] = {
        "success": "passed",
        "failed": "failed",
        "canceled": "cancelled",
        "created": "pending",
        "pending": "pending",
        "running": "pending",
    }
    simulator: GitlabSimulator

    def __init__(self, path: str = "acme/tools/shop", **options: Any) -> None:
        super().__init__(path, GitlabSimulator(**options))
        self.project: Project = self.simulator.add_project(path)
        self.token = self.simulator.add_access_token(self.project, Level.MAINTAINER)
        self.simulator.add_member(self.project, "ada", Level.DEVELOPER)
        self.merged_results = False
        self.forks_build_at_home = False
        self._pipelines = Pipelines(self.simulator)
        self._backlog = Backlog(self.simulator)

    @property
    def integration(self) -> tuple[str, str, str] | None:
        return self.token.value, self.simulator.urls.web, self.path

    def _open(self, branch: str, title: str, files: Sequence[FileDiff], sha: str | None, fork: bool) -> Pull:
        native = self.simulator.add_merge_request(
            self.project,
            source_branch=branch,
            title=title,
            user="ada",
            files=map(ChangedFile.of, files),
            sha=sha,
            fork=self.simulator.fork(self.project, "mallory") if fork else None,
        )
        return Pull(native.iid, native.sha, branch, native)

    def _push(self, native: Any, files: Sequence[FileDiff] | None, sha: str | None) -> str:
        return self.simulator.push(native, None if files is None else map(ChangedFile.of, files), sha=sha)

    def close(self, pull: Pull) -> None:
        self.simulator.close(pull.native)

    def comment(self, pull: Pull, login: str, body: str) -> str:
        note = self.simulator.add_note(pull.native, login, body)
        if note is None:
            raise ValueError(f"nothing is left of a note that is all quick actions: {body!r}")
        return str(note.id)

    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None:
        self.simulator.edit_note(self._note(pull, comment_id), body)

    def allow(self, login: str) -> None:
        self.simulator.add_member(self.project, login, Level.DEVELOPER)

    def opened(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.merge_request("open", pull.native))

    def pushed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.new_commits(pull.native))

    def closed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.merge_request("close", pull.native))

    def commented(self, pull: Pull, comment_id: str) -> list[Post]:
        return self.posts(self.simulator.events.note(self._note(pull, comment_id)))

    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]:
        return [award.name for award in self._note(pull, comment_id).awards]

    def comments(self, pull: Pull) -> list[Said]:
        with self.simulator.state.lock:
            return [
                Said(str(note.id), note.body, settled=note.resolved_by is not None)
                for note in self.simulator.state.notes_of(pull.native)
                if note.author is self.token.user and note.position is None and not note.system
            ]

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        wanted, state = sha or pull.head_sha, self.simulator.state
        with state.lock:
            ours = [
                job
                for pipeline in state.pipelines.values()
                if wanted in (pipeline.sha, pipeline.source_sha)
                for job in pipeline.latest
                if job.external and job.user is self.token.user
            ]
            # Of several pipelines of a commit the newest counts.
            newest = {job.name: job for job in sorted(ours, key=lambda job: (job.pipeline.id, job.id))}
            return [
                self.status(job.id, job.name, job.status, job.description, job.target_url)
                for job in sorted(newest.values(), key=lambda job: job.id)
            ]

    def page(self, pull: Pull) -> str:
        return self.simulator.urls.request(pull.native)

    def begin_run(self, name: str, pull: Pull | None = None, *, sha: str = "") -> Run:
        if pull is None:
            sha = sha or self.simulator.commit(self.project, {"CHANGES.md": self.simulator.state.new_sha()})
            pipeline = self.simulator.add_pipeline(self.project, sha, self.project.default_branch, jobs=())
        else:
            pipeline = self.simulator.add_merge_request_pipeline(
                pull.native,
                merged_results=self.merged_results,
                sha=sha,
                project=pull.native.source if self.forks_build_at_home else None,
                jobs=(),
            )
        pipeline.name, pipeline.bare = name, "running"
        return Run(str(pipeline.id), name, pipeline.sha, pipeline)

    def end_run(self, run: Run, *jobs: SimJob) -> None:
        self._pipelines.end(self._pipelines.current(run), jobs)

    def run_posts(self, run: Run) -> list[Post]:
        """Nothing, unless the hook asks for jobs, while only a status such as ours keeps a pipeline from its end."""
        pipeline = self._pipelines.current(run)
        sent = [post for job in pipeline.own() for post in self.posts(self.simulator.events.job(job))]
        return sent if pipeline.held else [*sent, *self.posts(self.simulator.events.pipeline(pipeline))]

    def reruns(self, run: Run) -> Sequence[str]:
        return list(self._pipelines.current(run).asked)

    def cancelled(self, run: Run) -> bool:
        return self._pipelines.current(run).cancelled

    def pushed_default(self, files: Sequence[FileDiff] = ()) -> list[Post]:
        project, branch = self.project, self.project.default_branch
        before = project.branches[branch]
        tree = {file.path: file.new_text for file in files} or {"CHANGES.md": self.simulator.state.new_sha()}
        after = self.simulator.commit(project, tree, author=self.simulator.add_user("ada"))
        return self.posts(self.simulator.events.push(project, branch, before, after, self.simulator.add_user("ada")))

    def put_file(self, path: str, content: str) -> None:
        self.simulator.commit(self.project, {path: content})

    def missed(self, posts: Sequence[Post]) -> None:
        self._backlog.missed(post.body for post in posts)

    def resent(self) -> list[Post]:
        return [_post(hook, delivery) for hook, delivery in self._backlog.resent()]

    def posts(self, event: Event) -> list[Post]:
        """An event as it goes out to the hooks that ask for it, be they switched off or not, and is taken."""
        with self.simulator.state.lock:
            sent = [(hook, self.simulator.sign(event, hook)) for hook in self.simulator.hooks.for_event(event)]
            for _, delivery in sent:
                delivery.answered(200, {}, "")
        return [_post(hook, delivery) for hook, delivery in sent]

    def _note(self, pull: Pull, comment_id: str) -> Note:
        notes = {str(note.id): note for note in self.simulator.state.notes_of(pull.native)}
        return notes[comment_id]


def _post(hook: Hook, delivery: Delivery) -> Post:
    return Post(urlsplit(hook.url).path, delivery.headers, delivery.body)

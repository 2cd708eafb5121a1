"""The simulated Azure DevOps as a stage."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from simulators.azure.models import Build, Comment, Project, PullRequest, Repository
from simulators.azure.sides import sides
from simulators.azure.simulator import AzureSimulator
from simulators.azure.subscriptions import Event
from simulators.azure.trees import changes
from simulators.diff import FileDiff
from simulators.stage import Judged, Post, Pull, Run, Said, SimJob, Stage, Target

_SETTLED = ("closed", "fixed")


class AzureStage(Stage):
    """A repository in a collection of a server, which is known by any address.

    The bot is let in by a token of somebody who administers the project.
    """

    name = "azure"
    title = "Azure DevOps"
    # Every change of a status is a new one.
    targets: Mapping[str, Target] = {
        "verdict": Target("POST", r"(?i)/pullRequests/\d+/statuses$"),
        "verdict changed": Target("POST", r"(?i)/pullRequests/\d+/statuses$", skip=1),
        "comments": Target("GET", r"(?i)/pullRequests/\d+/threads$"),
        "comment": Target("POST", r"(?i)/pullRequests/\d+/threads$"),
        "comment changed": Target("PATCH", r"(?i)/threads/\d+/comments/\d+$"),
    }
    outcomes: Mapping[str, str] = {
        "succeeded": "passed",
        "failed": "failed",
        "error": "failed",
        "pending": "pending",
        "notSet": "pending",
    }
    simulator: AzureSimulator

    def __init__(self, path: str = "Webshop/shop", **options: Any) -> None:
        project, _, name = path.partition("/")
        super().__init__(path, AzureSimulator(**{"server": True, **options}))
        self.project: Project = self.simulator.add_project(project, bot_groups=["Project Administrators"])
        self.repository: Repository = self.simulator.add_repository(self.project, name)
        self.token = self.simulator.token_for(self.simulator.bot)
        self.allow("ada")
        self._definitions: dict[str, int] = {}

    @property
    def integration(self) -> tuple[str, str, str] | None:
        return self.token, self.simulator.urls.collection, self.path

    def _open(self, branch: str, title: str, files: Sequence[FileDiff], sha: str | None, fork: bool) -> Pull:
        with self.simulator.state.lock:
            base = self.repository.refs[self.repository.default_branch]
            native = self.simulator.add_pull_request(
                self.repository,
                source=branch,
                title=title,
                user="ada",
                files=_contents(files, self.repository.commits[base].tree),
                sha=sha,
                fork=self.simulator.fork(self.repository, "shop-of-mallory") if fork else None,
            )
        return Pull(native.id, native.head, branch, native)

    def _push(self, native: Any, files: Sequence[FileDiff] | None, sha: str | None) -> str:
        with self.simulator.state.lock:
            contents = {} if files is None else _all_contents(files, native)
            return self.simulator.push(native, contents, sha=sha)

    def close(self, pull: Pull) -> None:
        self.simulator.abandon(pull.native)

    def comment(self, pull: Pull, login: str, body: str) -> str:
        comment = self.simulator.add_comment(pull.native, login, body)
        return f"{comment.thread.id}/{comment.id}"

    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None:
        self.simulator.edit_comment(_comment(pull.native, comment_id), body)

    def allow(self, login: str) -> None:
        self.simulator.add_user(login, self.simulator.group("Contributors", self.project))

    def opened(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request_created(pull.native))

    def pushed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request_updated(pull.native))

    def closed(self, pull: Pull) -> list[Post]:
        return self.posts(self.simulator.events.pull_request_updated(pull.native, "StatusUpdateNotification"))

    def commented(self, pull: Pull, comment_id: str) -> list[Post]:
        return self.posts(self.simulator.events.comment(_comment(pull.native, comment_id)))

    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]:
        return ["like"] * len(_comment(pull.native, comment_id).liked)

    def comments(self, pull: Pull) -> list[Said]:
        with self.simulator.state.lock:
            return [
                Said(f"{thread.id}/{comment.id}", comment.content, settled=thread.status in _SETTLED)
                for thread in pull.native.threads.values()
                if thread.context is None
                for comment in thread.comments
                if comment.author is self.simulator.bot and not comment.deleted
            ]

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        wanted, native = sha or pull.head_sha, pull.native
        with self.simulator.state.lock:
            pushes = {push.id for push in native.iterations if push.source_sha == wanted}
            said = self.simulator.state.commit_statuses.get((self.repository.id, wanted), [])
            said = [*said, *(status for status in native.statuses if status.iteration_id in pushes)]
            ours = [status for status in said if status.creator is self.simulator.bot]
            newest = {(status.genre, status.name): status for status in ours}
            return [
                self.status(status.id, status.name, status.state, status.description, status.target_url)
                for status in newest.values()
            ]

    def page(self, pull: Pull) -> str:
        return self.simulator.urls.page(pull.native)

    def begin_run(self, name: str, pull: Pull | None = None, *, sha: str = "") -> Run:
        """An older head of the pull request was built by the merge commit that it had then."""
        with self.simulator.state.lock:
            if pull is not None:
                where: PullRequest | Repository = pull.native
                built = self._merge_of(sha) if sha and sha != pull.head_sha else pull.native.merge_sha
            else:
                where = self.repository
                built = sha or self.simulator.commit(self.repository, {f"run-{len(self._definitions)}.txt": name})
            number = self._definitions.setdefault(name, 100 + len(self._definitions))
            build = self.simulator.add_build(where, definition=name, user="ada", definition_id=number, sha=built)
            self.simulator.start_build(build)
        return Run(str(build.id), name, build.source_version, build)

    def _merge_of(self, head: str) -> str:
        commits = self.repository.commits.values()
        return next((each.sha for each in commits if len(each.parents) == 2 and each.parents[1] == head), head)

    def end_run(self, run: Run, *jobs: SimJob) -> None:
        self.simulator.run_jobs(_current(run), jobs)

    def run_posts(self, run: Run) -> list[Post]:
        build, events = _current(run), self.simulator.events
        if build.status == "completed":
            return self.posts(events.build_completed(build))
        return self.posts(events.run_state_changed(build))

    def reruns(self, run: Run) -> Sequence[str]:
        """What was queued again is another build, which takes the first one's place."""
        build: Build | None = _current(run)
        builds = self.simulator.state.builds.values()
        asked: list[str] = []
        while build is not None:
            asked = [*build.asked, *asked]
            build = next((each for each in builds if each.successor is build), None)
        return asked

    def cancelled(self, run: Run) -> bool:
        return _current(run).cancelled

    def pushed_default(self, files: Sequence[FileDiff] = ()) -> list[Post]:
        repository = self.repository
        with self.simulator.state.lock:
            before = repository.refs[repository.default_branch]
            content = _contents(files, repository.commits[before].tree) or {"pushed.txt": before.encode()}
            after = self.simulator.commit(repository, content)
            pusher = self.simulator.add_user("ada")
        return self.posts(self.simulator.events.push(repository, repository.default_branch, before, after, pusher))

    def put_file(self, path: str, content: str) -> None:
        self.simulator.commit(self.repository, {path: content})

    def missed(self, posts: Sequence[Post]) -> None:
        """Each is a notification that failed; the subscription goes on probation."""
        lost = {(told["subscriptionId"], told["notificationId"]) for told in (json.loads(post.body) for post in posts)}
        with self.simulator.state.lock:
            for each in self.simulator.hooks.notifications:
                if (each.subscription.id, each.id) in lost:
                    each.result, each.subscription.status = "failed", "onProbation"

    def resent(self) -> list[Post]:
        """Azure DevOps sends nothing again."""
        return []

    def posts(self, event: Event) -> list[Post]:
        """An event as it goes out to the subscriptions that ask for it."""
        with self.simulator.state.lock:
            hooks = self.simulator.hooks
            wanting = [each for each in hooks.subscriptions.values() if each.wants(event)]
            sent = [(urlsplit(each.url).path, hooks.prepare(event, each)) for each in wanting]
        return [Post(path, delivery.headers, delivery.body) for path, delivery in sent]


def _current(run: Run) -> Build:
    """The build that took the place of a run's first one when all of it was asked for again."""
    build: Build = run.native
    while build.successor is not None:
        build = build.successor
    if build is not run.native and build.status == "notStarted":
        build.status, build.started_at = "inProgress", build.queued_at
    run.native, run.id, run.sha = build, str(build.id), build.source_version
    return build


def _contents(files: Sequence[FileDiff], base: dict[str, bytes]) -> dict[str, bytes | None]:
    """What a push brings; what the diffs tell of the files before is put into `base`."""
    contents: dict[str, bytes | None] = {}
    for file in files:
        old_path = file.previous_path or file.path
        before, after = sides(file, base.get(old_path))
        if before is not None:
            base[old_path] = before
        contents |= {old_path: None, file.path: after}
    return contents


def _all_contents(files: Sequence[FileDiff], pull: PullRequest) -> dict[str, bytes | None]:
    """What a push brings so that these are all changes of the pull request; what else it changed is taken back."""
    commits = pull.repository.commits
    base, head = commits[pull.iterations[0].common_sha].tree, commits[pull.head].tree
    earlier = {path for change in changes(base, head) for path in (change.path, change.original_path or change.path)}
    return {**{path: base.get(path) for path in earlier}, **_contents(files, base)}


def _comment(pull: PullRequest, comment_id: str) -> Comment:
    thread, _, number = comment_id.partition("/")
    return pull.threads[int(thread)].comments[int(number) - 1]

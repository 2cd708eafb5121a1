"""What people say on Azure DevOps and what runs there: threads, comments, statuses, policies, builds."""

from collections.abc import Iterable
from typing import Any, Literal

from simulators.azure.models import (
    Build,
    Comment,
    Identity,
    PullRequest,
    Repository,
    Status,
    StatusPolicy,
    Thread,
)
from simulators.azure.projects import Projects


class World(Projects):
    """Changes the state as people would; nothing here sends a service hook."""

    def add_thread(self, pull: PullRequest, *, status: str | None = "active", **fields: Any) -> Thread:
        """A thread without comments yet; `fields` are those of Thread."""
        with self.state.lock:
            now = self.state.now()
            thread = Thread(self.state.new_id(10_000), pull, now, now, status, **fields)
            pull.threads[thread.id] = thread
            return thread

    def add_comment(
        self,
        pull: PullRequest,
        user: Identity | str,
        content: str,
        *,
        thread: Thread | None = None,
        parent_id: int = 0,
        kind: Literal["text", "codeChange", "system"] = "text",
    ) -> Comment:
        """A comment in a thread, or in a new one."""
        with self.state.lock:
            thread = thread or self.add_thread(pull, status=None if kind == "system" else "active")
            now = self.state.now()
            comment = Comment(
                len(thread.comments) + 1, thread, self.person(user), content, now, now, now, parent_id, kind
            )
            thread.comments.append(comment)
            thread.updated = now
            return comment

    def edit_comment(self, comment: Comment, content: str) -> None:
        """Its author writes something else."""
        with self.state.lock:
            now = self.state.now()
            comment.content, comment.updated, comment.content_updated, comment.thread.updated = content, now, now, now

    def delete_comment(self, comment: Comment) -> None:
        """The comment stays as an empty place in its thread."""
        with self.state.lock:
            comment.deleted = True
            comment.updated = comment.thread.updated = self.state.now()

    def add_status(
        self,
        pull: PullRequest,
        state: str,
        name: str,
        *,
        genre: str | None = None,
        user: Identity | str = "ci",
        iteration_id: int | None = None,
        description: str | None = None,
    ) -> Status:
        """A status of a pull request set by somebody else."""
        with self.state.lock:
            number, author = len(pull.statuses) + 1, self.person(user)
            status = Status(number, state, genre, name, description, None, author, self.state.now(), iteration_id)
            pull.statuses.append(status)
            return status

    def add_status_policy(
        self, repository: Repository, name: str, *, genre: str | None = None, reset: bool = False
    ) -> StatusPolicy:
        """Demands a status of every pull request; with `reset` a push asks for it anew."""
        policy = StatusPolicy(self.state.new_id(), repository, genre, name, reset)
        self.state.policies.append(policy)
        return policy

    def add_build(
        self,
        where: PullRequest | Repository,
        *,
        definition: str = "CI",
        user: Identity | str = "octavia",
        definition_id: int = 2,
    ) -> Build:
        """A queued build: of a pull request's merge commit, or of a default branch."""
        with self.state.lock:
            number, now = self.state.new_id(500), self.state.now()
            pull = where if isinstance(where, PullRequest) else None
            repository = pull.repository if pull else where
            assert isinstance(repository, Repository)
            branch = f"refs/pull/{pull.id}/merge" if pull else repository.default_branch
            build = Build(
                id=number,
                number=f"{now:%Y%m%d}.{number}",
                definition_id=definition_id,
                definition_name=definition,
                repository=repository,
                source_branch=branch,
                source_version=pull.merge_sha if pull else repository.refs[branch],
                requested_for=self.person(user),
                queued_at=now,
                reason="pullRequest" if pull else "individualCI",
                pull=pull,
            )
            self.state.builds[build.id] = build
            return build

    def finish_build(
        self,
        build: Build,
        result: Literal["succeeded", "partiallySucceeded", "failed", "canceled"],
        log: Iterable[str] = (),
    ) -> None:
        """The build has run."""
        with self.state.lock:
            build.started_at = build.started_at or build.queued_at
            build.status, build.result, build.finished_at = "completed", result, self.state.now()
            build.log = list(log)

"""What people say on Azure DevOps: threads, comments, statuses, policies."""

from typing import Any, Literal

from simulators.azure.models import Comment, Identity, PullRequest, Repository, Status, StatusPolicy, Thread
from simulators.azure.pipelines import Pipelines


class World(Pipelines):
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

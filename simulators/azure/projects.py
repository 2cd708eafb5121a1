"""What people do with code on Azure DevOps: make projects and repositories, open pull requests, push."""

from collections.abc import Iterable, Mapping
from typing import Literal

from simulators.azure.models import (
    Commit,
    Identity,
    Iteration,
    Project,
    PullRequest,
    Repository,
    Reviewer,
)
from simulators.azure.people import People

Files = Mapping[str, bytes | str | None]


class Projects(People):
    """Changes projects, repositories and pull requests as people would."""

    _bot: Identity | None = None

    def add_project(
        self,
        name: str,
        *,
        visibility: Literal["private", "public"] = "private",
        bot_groups: Iterable[str] = ("Contributors",),
    ) -> Project:
        """A project with its usual groups, some of which take the bot in."""
        with self.state.lock:
            project = Project(self.state.new_guid(), name, visibility, self.state.now())
            self.state.projects[project.id] = project
            self.add_groups(project, self._bot, bot_groups)
            return project

    def add_repository(
        self, project: Project, name: str | None = None, *, default_branch: str = "main", files: Files | None = None
    ) -> Repository:
        """A repository with one commit on its default branch; named as its project if not told otherwise."""
        with self.state.lock:
            name = name or project.name
            repository = Repository(self.state.new_guid(), project, name, f"refs/heads/{default_branch}")
            self.state.repositories[repository.id] = repository
            self.commit(repository, files or {"README.md": f"# {name}\n"}, message="First commit")
            return repository

    def fork(self, repository: Repository, name: str, project: Project | None = None) -> Repository:
        """A fork, in the same project or in another one."""
        with self.state.lock:
            fork = Repository(self.state.new_guid(), project or repository.project, name, repository.default_branch)
            fork.parent, fork.commits, fork.refs = repository, dict(repository.commits), dict(repository.refs)
            self.state.repositories[fork.id] = fork
            return fork

    def delete_repository(self, repository: Repository) -> None:
        """Gone; calls about it are answered with TF401019."""
        repository.deleted = True

    def commit(
        self,
        repository: Repository,
        files: Files,
        *,
        ref: str | None = None,
        message: str = "Change files",
        author: Identity | None = None,
        sha: str | None = None,
        parent: str | None = None,
    ) -> str:
        """A commit that puts `files` (None: removed) on a branch; gives its sha, made up if none is given."""
        ref = ref or repository.default_branch
        with self.state.lock:
            start = parent or repository.refs.get(ref) or repository.refs.get(repository.default_branch)
            tree = dict(repository.commits[start].tree) if start else {}
            for path, content in files.items():
                if content is None:
                    tree.pop(path, None)
                else:
                    tree[path] = content.encode() if isinstance(content, str) else content
            sha = sha or self.state.new_sha()
            who = author or self.add_user("octavia")
            parents = (start,) if start else ()
            repository.commits[sha] = Commit(sha, message, parents, who, self.state.now(), tree)
            repository.refs[ref] = sha
            return sha

    def add_pull_request(
        self,
        repository: Repository,
        *,
        source: str = "feature",
        target: str | None = None,
        title: str = "Add a feature",
        description: str | None = None,
        user: Identity | str = "octavia",
        fork: Repository | None = None,
        files: Files | None = None,
        draft: bool = False,
        sha: str | None = None,
        reviewers: Iterable[Reviewer] = (),
    ) -> PullRequest:
        """A pull request with one commit on branch `source`, in the repository itself or in `fork`."""
        with self.state.lock:
            author = self.person(user)
            pull = PullRequest(
                id=1 + max(self.state.pulls, default=0),
                repository=repository,
                source_repository=fork or repository,
                source_ref=f"refs/heads/{source}",
                target_ref=f"refs/heads/{target}" if target else repository.default_branch,
                title=title,
                description=description,
                created_by=author,
                created_at=self.state.now(),
                merge_sha="",
                draft=draft,
                reviewers=list(reviewers),
            )
            self.state.pulls[pull.id] = pull
            self.push(pull, files or {f"{source}.txt": f"{title}\n"}, author=author, sha=sha)
            return pull

    def push(
        self,
        pull: PullRequest,
        files: Files | None = None,
        *,
        author: Identity | None = None,
        sha: str | None = None,
        force: bool = False,
    ) -> str:
        """A new commit on the source branch, and with it a new iteration; a forced push drops the earlier commits."""
        with self.state.lock:
            source, repository = pull.source_repository, pull.repository
            author, count = author or pull.created_by, len(pull.iterations) + 1
            target_sha = repository.refs[pull.target_ref]
            base = pull.iterations[0].common_sha if pull.iterations else target_sha
            parent = base if force or not pull.iterations else None
            content = files if files is not None else {f"change-{count}.txt": f"{count}\n"}
            head = self.commit(
                source,
                content,
                ref=pull.source_ref,
                message=f"Work on it, {count}",
                author=author,
                sha=sha,
                parent=parent,
            )
            # What a fork holds can be reached in the target repository as soon as it is in a pull request.
            repository.commits[head] = source.commits[head]
            reason: Literal["create", "push", "forcePush"] = "push" if pull.iterations else "create"
            now, push_id = self.state.now(), self.state.new_id(1_000)
            iteration = Iteration(count, head, target_sha, base, now, author, "forcePush" if force else reason, push_id)
            pull.iterations.append(iteration)
            pull.merge_sha = self._merge(pull, author)
            return head

    def _merge(self, pull: PullRequest, author: Identity) -> str:
        repository, iteration = pull.repository, pull.iterations[-1]
        sha, message = (
            self.state.new_sha(),
            f"Merge pull request {pull.id} from {pull.source_ref} into {pull.target_ref}",
        )
        tree = repository.commits[iteration.source_sha].tree
        parents = (iteration.target_sha, iteration.source_sha)
        repository.commits[sha] = Commit(sha, message, parents, author, self.state.now(), tree)
        repository.refs[f"refs/pull/{pull.id}/merge"] = sha
        return sha

    def complete(self, pull: PullRequest, user: Identity | str | None = None) -> None:
        """Merged into its target."""
        with self.state.lock:
            self._close(pull, "completed", user)
            pull.repository.refs[pull.target_ref] = pull.merge_sha

    def abandon(self, pull: PullRequest, user: Identity | str | None = None) -> None:
        """Closed without a merge."""
        self._close(pull, "abandoned", user)

    def reactivate(self, pull: PullRequest) -> None:
        """Open again."""
        pull.status, pull.closed_at, pull.closed_by = "active", None, None

    def _close(self, pull: PullRequest, status: Literal["abandoned", "completed"], user: Identity | str | None) -> None:
        pull.status, pull.closed_at = status, self.state.now()
        pull.closed_by = self.person(user) if user else pull.created_by

    def person(self, user: Identity | str) -> Identity:
        """An identity, or the person of that name."""
        return user if isinstance(user, Identity) else self.add_user(user)

"""What people do on Gitea: make repositories, open pull requests, push, comment."""

from collections.abc import Iterable, Mapping

from simulators.gitea.models import (
    Account,
    ChangedFile,
    Comment,
    Hook,
    Issue,
    PullRequest,
    Repository,
    Right,
    Side,
    Status,
)
from simulators.gitea.rules import chosen
from simulators.gitea.state import State
from simulators.state import Clock


class World:
    """Changes the state as people would; nothing here sends a webhook."""

    def __init__(self, clock: Clock) -> None:
        self.state = State(clock)

    def add_user(self, login: str, *, organization: bool = False, admin: bool = False) -> Account:
        """The account of that login, made if it is new."""
        with self.state.lock:
            account = self.state.account(login)
            if account is None:
                account = Account(self.state.new_id(), login, self.state.now(), organization, admin)
                self.state.accounts[login.lower()] = account
            return account

    def add_repository(
        self,
        full_name: str,
        *,
        private: bool = False,
        organization: bool = True,
        default_branch: str = "main",
        files: Mapping[str, bytes | str] | None = None,
    ) -> Repository:
        """A repository with one commit on its default branch."""
        owner, _, name = full_name.partition("/")
        with self.state.lock:
            account, now = self.add_user(owner, organization=organization), self.state.now()
            repository = Repository(self.state.new_id(), account, name, private, now, default_branch=default_branch)
            self.state.repositories[repository.id] = repository
            self.commit(repository, files or {"README.md": f"# {name}\n"}, message="First commit")
            return repository

    def fork(self, repository: Repository, owner: str) -> Repository:
        """A fork in another person's account."""
        with self.state.lock:
            fork = self.add_repository(f"{owner}/{repository.name}", organization=False)
            fork.parent, fork.private = repository, repository.private
            fork.commits, fork.branches = dict(repository.commits), dict(repository.branches)
            return fork

    def rename(self, repository: Repository, full_name: str) -> None:
        """A new name, perhaps with a new owner; the old name sends on to the new one."""
        owner, _, name = full_name.partition("/")
        with self.state.lock:
            self.state.old_names[repository.full_name.lower()] = repository.id
            repository.owner = self.add_user(owner, organization=repository.owner.organization)
            repository.name = name

    def delete_repository(self, repository: Repository) -> None:
        """Gone with its webhooks; pull requests from a deleted fork have no head repository from now on."""
        with self.state.lock:
            repository.deleted = True
            for hook in self.state.hooks_of(repository):
                del self.state.hooks[hook.id]

    def set_right(self, repository: Repository, login: str, right: Right | str) -> Account:
        """Makes somebody a collaborator: read, write or admin."""
        with self.state.lock:
            account = self.add_user(login)
            repository.rights[login.lower()] = Right[right.upper()] if isinstance(right, str) else right
            return account

    def commit(
        self,
        repository: Repository,
        files: Mapping[str, bytes | str],
        *,
        branch: str | None = None,
        message: str = "Change files",
        author: Account | None = None,
        sha: str | None = None,
        parents: tuple[str, ...] | None = None,
    ) -> str:
        """A commit on a branch that puts `files` on top of what was there; gives its sha, made up if none is given."""
        with self.state.lock:
            author, sha = author or repository.owner, sha or self.state.new_sha()
            return repository.commit(
                files, author, self.state.now(), sha, branch=branch, message=message, parents=parents
            )

    def add_issue(self, repository: Repository, title: str, user: str = "mona", body: str = "") -> Issue:
        """An issue that is no pull request."""
        with self.state.lock:
            number, now, author = self.state.next_number(repository), self.state.now(), self.add_user(user)
            issue = Issue(self.state.new_id(), number, repository, title, body, author, now, now)
            self.state.issues[repository.id, number] = issue
            return issue

    def add_pull_request(
        self,
        repository: Repository,
        *,
        head: str = "feature",
        base: str | None = None,
        title: str = "Add a feature",
        body: str = "",
        user: str = "mona",
        fork: Repository | None = None,
        files: Iterable[ChangedFile] = (),
        sha: str | None = None,
    ) -> PullRequest:
        """A pull request with one commit on branch `head`, in the repository itself or in `fork`.

        A title that begins with `WIP:` makes it a draft.
        """
        with self.state.lock:
            source, author, now = fork or repository, self.add_user(user), self.state.now()
            target, changes = base or repository.default_branch, list(files)
            start = repository.branches[target]
            sha = self._new_head(repository, source, head, changes, author, sha)
            pull = PullRequest(
                id=self.state.new_id(),
                number=self.state.next_number(repository),
                repository=repository,
                title=title,
                body=body,
                user=author,
                created_at=now,
                updated_at=now,
                head=Side(source, head, sha),
                base=Side(repository, target, start),
                merge_base=start,
                files=changes,
                commits=[sha],
            )
            self.state.issues[repository.id, pull.number] = pull
            return pull

    def push(self, pull: PullRequest, files: Iterable[ChangedFile] | None = None, *, sha: str | None = None) -> str:
        """A new commit on the pull request's branch; gives the new head."""
        with self.state.lock:
            source = pull.head.repository or pull.repository
            changes = pull.files if files is None else list(files)
            sha = self._new_head(pull.repository, source, pull.head.branch, changes, pull.user, sha)
            pull.head.sha, pull.files, pull.updated_at = sha, changes, self.state.now()
            pull.commits.append(sha)
            return sha

    def _new_head(
        self,
        repository: Repository,
        source: Repository,
        branch: str,
        files: list[ChangedFile],
        author: Account,
        sha: str | None,
    ) -> str:
        texts = {file.path: file.new_text for file in files if file.status != "deleted"}
        sha = self.commit(source, texts, branch=branch, message="Work on it", author=author, sha=sha)
        # A fork's commits can be reached in the base repository through refs/pull/N/head.
        repository.commits[sha] = source.commits[sha]
        return sha

    def close(self, pull: PullRequest) -> None:
        """Closed without merging."""
        pull.state, pull.closed_at = "closed", self.state.now()

    def merge(self, pull: PullRequest, user: str) -> str:
        """Merged with a merge commit, whose sha is given."""
        with self.state.lock:
            repository, merger = pull.repository, self.add_user(user)
            parents = (repository.branches[pull.base.branch], pull.head.sha)
            tree = repository.commits[pull.head.sha].tree
            message = f"Merge pull request '{pull.title}' (#{pull.number})"
            sha = self.commit(
                repository, tree, branch=pull.base.branch, message=message, author=merger, parents=parents
            )
            self.close(pull)
            pull.merged_at, pull.merged_by, pull.merge_commit = pull.closed_at, merger, sha
            return sha

    def reopen(self, pull: PullRequest) -> None:
        """Open again."""
        pull.state, pull.closed_at = "open", None

    def add_comment(self, issue: Issue, user: str, body: str) -> Comment:
        """A comment by anybody."""
        with self.state.lock:
            now = self.state.now()
            comment = Comment(self.state.new_id(), issue, self.add_user(user), body, now, now)
            self.state.comments[comment.id] = comment
            return comment

    def add_status(
        self,
        repository: Repository,
        sha: str,
        state: str,
        context: str,
        user: str = "ci",
        description: str = "",
        target_url: str = "",
    ) -> Status:
        """A commit status."""
        with self.state.lock:
            index = 1 + len(self.state.statuses_on(repository, sha))
            author, now = self.add_user(user), self.state.now()
            status = Status(index, repository, sha, state, context, description, target_url, author, now)
            self.state.statuses.append(status)
            return status

    def add_hook(
        self,
        repository: Repository,
        url: str,
        *,
        secret: str = "",
        events: Iterable[str] = ("pull_request", "issue_comment", "push"),
        content_type: str = "json",
    ) -> Hook:
        """A webhook as an administrator of the repository sets it up; `events` as in the API."""
        with self.state.lock:
            now = self.state.now()
            hook = Hook(self.state.new_id(), repository, url, content_type, secret, chosen(list(events)), now, now)
            self.state.hooks[hook.id] = hook
            return hook

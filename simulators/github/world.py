"""What people do on GitHub: make repositories, open pull requests, push, comment, install the app."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from simulators.diff import ChangedFile
from simulators.github.models import (
    Account,
    App,
    CheckRun,
    Comment,
    Installation,
    Issue,
    PullRequest,
    Repository,
    Role,
    Side,
    Status,
)
from simulators.github.state import State
from simulators.state import Clock

PERMISSIONS = {
    "metadata": "read",
    "checks": "write",
    "contents": "read",
    "pull_requests": "write",
    "statuses": "write",
    "actions": "write",
}
EVENTS = ["check_run", "check_suite", "issue_comment", "merge_group", "pull_request", "push", "workflow_run"]

_FOLDED: Mapping[str, Literal["admin", "write", "read", "none"]] = {
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
    "none": "none",
}


class World:
    """Changes the state as people would; nothing here sends a webhook."""

    def __init__(self, clock: Clock) -> None:
        self.state = State(clock)

    def add_user(self, login: str, type_: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """The account of that login, made if it is new."""
        with self.state.lock:
            account = self.state.account(login)
            if account is None:
                account = Account(self.state.new_id(9_000_000), login, type_)
                self.state.accounts[login.lower()] = account
            return account

    def add_app(self, slug: str, app_id: int | None = None, name: str | None = None) -> App:
        """An app with its bot user `<slug>[bot]`."""
        with self.state.lock:
            app_id = app_id or self.state.new_id(900_000)
            owner, bot = self.add_user(f"{slug}-makers", "Organization"), self.add_user(f"{slug}[bot]", "Bot")
            title = name or slug.replace("-", " ").title()
            client_id = f"Iv23li{app_id:014d}"
            app = App(app_id, slug, title, client_id, owner, bot, self.state.now(), dict(PERMISSIONS), list(EVENTS))
            self.state.apps[app.id] = app
            return app

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
            account = self.add_user(owner, "Organization" if organization else "User")
            repository_id = self.state.new_id(1_000_000_000)
            now = self.state.now()
            repository = Repository(repository_id, account, name, private, now, default_branch=default_branch)
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
            repository.owner, repository.name = self.add_user(owner, repository.owner.type), name

    def delete_repository(self, repository: Repository) -> None:
        """Gone; the head of pull requests from a deleted fork is null from now on."""
        repository.deleted = True

    def set_role(self, repository: Repository, login: str, role_name: str, folded: str | None = None) -> Account:
        """Makes somebody a collaborator; a custom role tells by `folded` what it amounts to."""
        with self.state.lock:
            account = self.add_user(login)
            repository.roles[login.lower()] = Role(_FOLDED[folded or role_name], role_name)
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
    ) -> str:
        """A commit on a branch that puts `files` on top of what was there; gives its sha, made up if none is given."""
        with self.state.lock:
            author, sha = author or repository.owner, sha or self.state.new_sha()
            return repository.commit(files, author, self.state.now(), sha, branch=branch, message=message)

    def add_issue(self, repository: Repository, title: str, user: str = "octocat", body: str | None = None) -> Issue:
        """An issue that is no pull request."""
        with self.state.lock:
            number, now = self.state.next_number(repository), self.state.now()
            author = self.add_user(user)
            issue = Issue(self.state.new_id(3_000_000_000), number, repository, title, body, author, now, now)
            self.state.issues[repository.id, number] = issue
            return issue

    def add_pull_request(
        self,
        repository: Repository,
        *,
        head: str = "feature",
        base: str | None = None,
        title: str = "Add a feature",
        body: str | None = None,
        user: str = "octocat",
        fork: Repository | None = None,
        files: Iterable[ChangedFile] = (),
        draft: bool = False,
        sha: str | None = None,
    ) -> PullRequest:
        """A pull request with one commit on branch `head`, in the repository itself or in `fork`."""
        with self.state.lock:
            source, author, now = fork or repository, self.add_user(user), self.state.now()
            target = base or repository.default_branch
            changes = list(files)
            sha = self._new_head(repository, source, head, changes, author, sha)
            pull = PullRequest(
                id=self.state.new_id(2_000_000_000),
                number=self.state.next_number(repository),
                repository=repository,
                title=title,
                body=body,
                user=author,
                created_at=now,
                updated_at=now,
                head=Side(source, head, sha, source.owner),
                base=Side(repository, target, repository.branches[target], repository.owner),
                files=changes,
                commits=[sha],
                draft=draft,
            )
            self.state.issues[repository.id, pull.number] = pull
            return pull

    def push(self, pull: PullRequest, files: Iterable[ChangedFile] | None = None, *, sha: str | None = None) -> str:
        """A new commit on the pull request's branch; gives the new head."""
        with self.state.lock:
            source = pull.head.repository or pull.repository
            changes = pull.files if files is None else list(files)
            sha = self._new_head(pull.repository, source, pull.head.ref, changes, pull.user, sha)
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
        sha: str | None = None,
    ) -> str:
        texts = {file.path: file.new_text for file in files if file.status != "removed"}
        sha = self.commit(source, texts, branch=branch, message="Work on it", author=author, sha=sha)
        # A fork's commits can be reached in the base repository through refs/pull/N/head.
        repository.commits[sha] = source.commits[sha]
        return sha

    def close(self, pull: PullRequest, *, merged: bool = False) -> None:
        """Closed, perhaps by merging."""
        pull.state, pull.closed_at = "closed", self.state.now()
        pull.merged_at = pull.closed_at if merged else None

    def reopen(self, pull: PullRequest) -> None:
        """Open again."""
        pull.state, pull.closed_at = "open", None

    def add_comment(self, issue: Issue, user: str, body: str, app: App | None = None) -> Comment:
        """A comment by a person, or by another app's bot."""
        with self.state.lock:
            now = self.state.now()
            author = app.bot if app else self.add_user(user)
            comment = Comment(self.state.new_id(4_000_000_000), issue, author, body, now, now, app)
            self.state.comments[comment.id] = comment
            return comment

    def add_review_comment(self, pull: PullRequest, user: str, body: str) -> Comment:
        """A comment on a line of the diff; it can be reacted to."""
        with self.state.lock:
            now = self.state.now()
            comment = Comment(self.state.new_id(5_000_000_000), pull, self.add_user(user), body, now, now)
            self.state.review_comments[comment.id] = comment
            return comment

    def add_check_run(self, repository: Repository, sha: str, name: str, app: App, **fields: Any) -> CheckRun:
        """A check run of any app; `fields` are those of CheckRun."""
        with self.state.lock:
            suite = self.state.suite_for(repository, app, sha)
            run = CheckRun(self.state.new_id(40_000_000_000), suite, name, self.state.now(), **fields)
            self.state.check_runs[run.id] = run
            return run

    def add_status(self, repository: Repository, sha: str, state: str, context: str, user: str = "ci") -> Status:
        """A commit status set by somebody else."""
        with self.state.lock:
            number, author, now = self.state.new_id(30_000_000_000), self.add_user(user), self.state.now()
            status = Status(number, repository, sha, state, context, None, None, author, now)
            self.state.statuses.append(status)
            return status

    def install(
        self,
        login: str,
        *,
        repositories: Iterable[Repository] | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> Installation:
        """Installs the app on an account, for all repositories or for some."""
        with self.state.lock:
            chosen = None if repositories is None else {repository.id for repository in repositories}
            granted = dict(PERMISSIONS if permissions is None else permissions)
            account, now = self.add_user(login, "Organization"), self.state.now()
            installation = Installation(
                self.state.new_id(60_000_000), account, granted, list(EVENTS), now, repository_ids=chosen
            )
            self.state.installations[installation.id] = installation
            return installation

    def suspend(self, installation: Installation) -> None:
        """No more calls for this installation until it is unsuspended."""
        installation.suspended_at = self.state.now()

    def unsuspend(self, installation: Installation) -> None:
        """Calls are answered again."""
        installation.suspended_at = None

    def uninstall(self, installation: Installation) -> None:
        """Gone for good; another install makes a new id."""
        installation.deleted = True

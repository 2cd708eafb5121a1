"""The state of the simulated host, and how it is found and changed."""

from collections.abc import Iterator
from datetime import datetime

from simulators.github.actions import WorkflowRun
from simulators.github.models import (
    Account,
    App,
    CheckRun,
    CheckSuite,
    Comment,
    Commit,
    Installation,
    Issue,
    PullRequest,
    Repository,
    Status,
)
from simulators.state import Clock, HostState
from simulators.webhooks import Delivery


class State(HostState):
    """Everything GitHub would keep in its database.

    Ids start above 32 bits where GitHub's do, so that a narrow column is found.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.accounts: dict[str, Account] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[int, Repository] = {}
        self.old_names: dict[str, int] = {}
        self.issues: dict[tuple[int, int], Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.review_comments: dict[int, Comment] = {}
        self.suites: dict[int, CheckSuite] = {}
        self.check_runs: dict[int, CheckRun] = {}
        self.statuses: list[Status] = []
        self.deliveries: dict[int, Delivery] = {}
        self.workflow_runs: dict[int, WorkflowRun] = {}
        self.stored: dict[str, tuple[bytes, str]] = {}

    def now(self) -> datetime:
        """The host's time, in whole seconds as GitHub shows it."""
        return super().now().replace(microsecond=0)

    def account(self, login: str) -> Account | None:
        """An account by its login, in any case."""
        return self.accounts.get(login.lower())

    def repository(self, full_name: str) -> Repository | None:
        """A repository by its name of now; old names are in `old_names`."""
        wanted = full_name.lower()
        return next((r for r in self.repositories.values() if not r.deleted and r.full_name.lower() == wanted), None)

    def pull_requests(self, repository: Repository) -> list[PullRequest]:
        """The pull requests of a repository, newest first."""
        found = [i for i in list(self.issues.values()) if isinstance(i, PullRequest) and i.repository is repository]
        return sorted(found, key=lambda pull: -pull.number)

    def next_number(self, repository: Repository) -> int:
        """Issues and pull requests share their numbers."""
        return 1 + max((number for owner, number in self.issues if owner == repository.id), default=0)

    def comments_of(self, issue: Issue) -> list[Comment]:
        """The conversation, oldest first."""
        return [comment for _, comment in sorted(self.comments.items()) if comment.issue is issue]

    def commit(self, repository: Repository, ref: str) -> Commit | None:
        """A commit by sha, branch, `heads/<branch>` or a pull request's ref."""
        if ref in repository.commits:
            return repository.commits[ref]
        name = ref.removeprefix("refs/")
        if name.startswith("pull/"):
            number = name.split("/")[1]
            pull = self.issues.get((repository.id, int(number))) if number.isdigit() else None
            return repository.commits.get(pull.head.sha) if isinstance(pull, PullRequest) else None
        return repository.commits.get(repository.branches.get(name.removeprefix("heads/"), ""))

    def suite_for(self, repository: Repository, app: App, sha: str) -> CheckSuite:
        """The suite of an app on a commit, made on first use as GitHub does."""
        for suite in self.suites.values():
            if (suite.repository, suite.app, suite.head_sha) == (repository, app, sha):
                return suite
        suite = CheckSuite(self.new_id(50_000_000_000), repository, app, sha, self.now())
        self.suites[suite.id] = suite
        return suite

    def runs_on(self, repository: Repository, sha: str) -> list[CheckRun]:
        """All check runs on a commit, newest first."""
        found = [r for r in self.check_runs.values() if r.suite.repository is repository and r.suite.head_sha == sha]
        return sorted(found, key=lambda run: -run.id)

    def latest_runs(self, repository: Repository, sha: str) -> list[CheckRun]:
        """The check runs that count: the newest for each app and name (GitHub REST, Checks, `filter=latest`)."""
        latest: dict[tuple[int, str], CheckRun] = {}
        for run in self.runs_on(repository, sha):
            latest.setdefault((run.suite.app.id, run.name), run)
        return list(latest.values())

    def statuses_on(self, repository: Repository, sha: str) -> list[Status]:
        """All statuses of a commit, newest first."""
        return [s for s in reversed(self.statuses) if s.repository is repository and s.sha == sha]

    def latest_statuses(self, repository: Repository, sha: str) -> list[Status]:
        """The newest status of each context; contexts do not differ by case (GitHub REST, Commit statuses)."""
        latest: dict[str, Status] = {}
        for status in self.statuses_on(repository, sha):
            latest.setdefault(status.context.lower(), status)
        return list(latest.values())

    def pulls_with_head(self, repository: Repository, sha: str) -> Iterator[PullRequest]:
        """Open pull requests whose head is this commit; heads in forks are not seen (GitHub REST, Checks)."""
        for pull in self.pull_requests(repository):
            if pull.state == "open" and pull.head.sha == sha and not pull.from_fork:
                yield pull

    def installation_of(self, repository: Repository) -> Installation | None:
        """The installation that reaches a repository."""
        return next((i for i in self.installations.values() if not i.deleted and i.covers(repository)), None)

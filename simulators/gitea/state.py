"""The state of the simulated host, and how it is found."""

from datetime import datetime

from simulators.gitea.models import Account, Comment, Commit, Hook, HookDelivery, Issue, PullRequest, Repository, Status
from simulators.state import Clock, HostState


class State(HostState):
    """Everything Gitea would keep in its database."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[int, Repository] = {}
        self.old_names: dict[str, int] = {}
        self.issues: dict[tuple[int, int], Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.statuses: list[Status] = []
        self.hooks: dict[int, Hook] = {}
        self.deliveries: dict[int, HookDelivery] = {}

    def now(self) -> datetime:
        """The host's time, in whole seconds as Gitea keeps it."""
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
        found = [i for i in self.issues.values() if isinstance(i, PullRequest) and i.repository is repository]
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
            pull = self.issues.get((repository.id, int(number))) if number.isdecimal() else None
            return repository.commits.get(pull.head.sha) if isinstance(pull, PullRequest) else None
        return repository.commits.get(repository.branches.get(name.removeprefix("heads/"), ""))

    def statuses_on(self, repository: Repository, sha: str) -> list[Status]:
        """All statuses of a commit, newest first."""
        return [s for s in reversed(self.statuses) if s.repository is repository and s.sha == sha]

    def latest_statuses(self, repository: Repository, sha: str) -> list[Status]:
        """The newest status of each context; unlike GitHub's, contexts differ by case."""
        latest: dict[str, Status] = {}
        for status in self.statuses_on(repository, sha):
            latest.setdefault(status.context, status)
        return list(latest.values())

    def hooks_of(self, repository: Repository) -> list[Hook]:
        """A repository's webhooks, oldest first."""
        return [hook for hook in self.hooks.values() if hook.repository is repository]

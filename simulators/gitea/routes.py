"""What an endpoint is, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from simulators.answers import Answer
from simulators.asked import Asked
from simulators.contract import Violation
from simulators.gitea.access import Caller
from simulators.gitea.answers import Broken, GiteaRefusal, NotFound
from simulators.gitea.events import Events
from simulators.gitea.models import Account, Issue, Json, PullRequest, Repository, Right
from simulators.gitea.state import State
from simulators.gitea.views.common import Urls
from simulators.gitea.webhooks import Deliveries
from simulators.gitea.world import World

# Gitea's defaults for [api] DEFAULT_PAGING_NUM and MAX_RESPONSE_ITEMS.
PAGE_SIZE = 30
MAX_PAGE_SIZE = 50

_TOO_LITTLE = {
    Right.WRITE: "user should have a permission to write to a repo",
    Right.ADMIN: "user should be an owner or a collaborator with admin write of a repository",
}


@dataclass(frozen=True, slots=True)
class Host:
    """What all endpoints work on."""

    world: World
    events: Events
    deliveries: Deliveries
    violations: list[Violation]
    version: str

    @property
    def state(self) -> State:
        """The host's database."""
        return self.world.state


@dataclass(frozen=True, slots=True)
class Call:
    """One accepted request with everything an endpoint needs to answer it."""

    host: Host
    asked: Asked[Caller]
    urls: Urls
    target: Repository | None = None

    @property
    def state(self) -> State:
        """The host's database."""
        return self.host.state

    @property
    def body(self) -> Any:
        """What was sent, read."""
        return self.asked.body

    @property
    def repository(self) -> Repository:
        """The repository of the path."""
        if self.target is None:
            raise NotFound
        return self.target

    @property
    def actor(self) -> Account:
        """Who asks, where that must be somebody."""
        if self.asked.caller.account is None:
            raise GiteaRefusal(401, "token is required")
        return self.asked.caller.account

    @property
    def right(self) -> Right:
        """What the caller may do in the repository."""
        return self.repository.right_of(self.asked.caller.account)

    @property
    def issue(self) -> Issue:
        """The issue or pull request of the path; where there is none, Gitea 1.23 answers 500 and later ones 404."""
        issue = self.state.issues.get((self.repository.id, self.number("index")))
        if issue is None:
            raise Broken
        return issue

    @property
    def pull(self) -> PullRequest:
        """The pull request of the path."""
        pull = self.state.issues.get((self.repository.id, self.number("index")))
        if not isinstance(pull, PullRequest):
            raise NotFound
        return pull

    def number(self, name: str) -> int:
        """A number of the path; what is none counts as 0, which nothing has."""
        text = self.asked.arguments[name]
        return int(text) if text.isdecimal() else 0

    def note(self, problem: str) -> None:
        """Records what Gitea accepts in silence but a correct client does not send."""
        self.host.violations.append(Violation(self.asked.method, self.asked.path, problem))

    def listed(self, items: list[Any], show: Callable[[Any], Json]) -> Answer:
        """A whole list, as Gitea gives it where it knows no pages."""
        return Answer([show(item) for item in items], headers={"x-total-count": str(len(items))})

    def paged(self, items: list[Any], show: Callable[[Any], Json], *, links: bool = True) -> Answer:
        """One page of a list (services/context/api.go, genAPILinks); some lists have a count but no links."""
        size = _whole(self.asked.query.get("limit"))
        size = min(size, MAX_PAGE_SIZE) if size > 0 else PAGE_SIZE
        page, last = max(_whole(self.asked.query.get("page")), 1), max(-(-len(items) // size), 1)
        found = {"next": page + 1, "last": last} if page < last else {}
        found |= {"first": 1, "prev": page - 1} if page > 1 else {}
        path = self.urls.base + self.asked.path
        link = ",".join(
            f'<{path}?{urlencode({**self.asked.query, "page": to})}>; rel="{name}"' for name, to in found.items()
        )
        headers = {"x-total-count": str(len(items))} | ({"link": link} if link and links else {})
        return Answer([show(item) for item in items[(page - 1) * size : page * size]], headers=headers)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the API description, where it stands, its handler, and who may call it.

    `scopes` are the categories of which a token needs a scope, read for GET and write for the rest. `right` is what
    the caller must be able to do in the repository of the path.
    """

    operation: str
    address: str
    handler: Callable[[Call], Answer]
    scopes: tuple[str, ...] = ("repository",)
    right: Right = Right.READ
    token: bool = False
    archived: bool = True

    def admit(self, caller: Caller, repository: Repository | None) -> None:
        """Refuses callers that may not do this, in the order in which Gitea looks."""
        caller.demand("read" if self.address.startswith("GET ") else "write", self.scopes)
        if repository is not None:
            self._admit_to(caller, repository)
        if self.token and caller.account is None:
            raise GiteaRefusal(401, "token is required")
        if repository is not None and repository.right_of(caller.account) < self.right:
            raise GiteaRefusal(403, _TOO_LITTLE[self.right])
        if repository is not None and repository.archived and not self.archived:
            raise GiteaRefusal(423, f"{repository.full_name} is archived")

    def _admit_to(self, caller: Caller, repository: Repository) -> None:
        if repository.right_of(caller.account) is Right.NONE:
            raise NotFound
        if caller.public_only and repository.private:
            kind = "issues" if "issue" in self.scopes else "repos"
            raise GiteaRefusal(403, f"token scope is limited to public {kind}")

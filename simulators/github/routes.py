"""What an endpoint is, and what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from simulators.answers import Answer
from simulators.github.answers import Refusal, not_accessible, not_found
from simulators.github.credentials import AppCaller, Caller, Credentials, InstallationCaller, UserCaller
from simulators.github.models import Account, Commit, Issue, Json, PullRequest, Repository
from simulators.github.ratelimit import RateLimit
from simulators.github.state import State
from simulators.github.views.common import Urls
from simulators.github.webhooks import Deliveries

PAGE_SIZE = 30
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class ApiCall:
    """One accepted request with everything an endpoint needs to answer it."""

    state: State
    credentials: Credentials
    deliveries: Deliveries
    rate_limit: RateLimit
    urls: Urls
    caller: Caller | None
    url: str
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    target: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository of the path."""
        if self.target is None:
            raise not_found()
        return self.target

    @property
    def installation(self) -> InstallationCaller:
        """The caller, when only an installation may ask."""
        if not isinstance(self.caller, InstallationCaller):
            raise not_accessible()
        return self.caller

    @property
    def actor(self) -> Account:
        """Who is seen to have done it: the person, or the app's bot user."""
        if isinstance(self.caller, UserCaller):
            return self.caller.account
        return self.installation.app.bot

    @cached_property
    def issue(self) -> Issue:
        """The issue or pull request of the path."""
        issue = self.state.issues.get((self.repository.id, self.number("issue_number")))
        if issue is None:
            raise not_found()
        return issue

    @cached_property
    def pull(self) -> PullRequest:
        """The pull request of the path."""
        pull = self.state.issues.get((self.repository.id, self.number("pull_number")))
        if not isinstance(pull, PullRequest):
            raise not_found()
        return pull

    @cached_property
    def commit(self) -> Commit:
        """The commit that the path names by sha, branch or ref."""
        ref = next(self.arguments[name] for name in ("ref", "sha", "commit_sha") if name in self.arguments)
        commit = self.state.commit(self.repository, ref)
        if commit is None:
            raise Refusal(422, f"No commit found for SHA: {ref}")
        return commit

    def number(self, name: str) -> int:
        """A number of the path."""
        return int(self.arguments[name])

    def paged(self, items: list[Any], show: Callable[[Any], Json], key: str | None = None) -> Answer:
        """One page of a list with its Link header (GitHub REST, Pagination); only the page's items are shown."""
        size = min(max(int(self.query.get("per_page", PAGE_SIZE)), 1), MAX_PAGE_SIZE)
        page = max(int(self.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        links = {"prev": page - 1, "first": 1} if page > 1 else {}
        if page < last:
            links |= {"next": page + 1, "last": last}
        link = ", ".join(
            f'<{self.url}?{urlencode({**self.query, "page": number})}>; rel="{name}"' for name, number in links.items()
        )
        shown = [show(item) for item in items[(page - 1) * size : page * size]]
        content = shown if key is None else {"total_count": len(items), key: shown}
        return Answer(content, headers={"link": link} if link else {})


Handler = Callable[[ApiCall], Answer]


@dataclass(frozen=True)
class Route:
    """An operation of the OpenAPI description, its handler, and who may call it.

    `by` names the permissions of which an installation needs one at `level`. `person` is the right that a personal
    access token needs on the repository; None if only an app may call.
    """

    operation: str
    handler: Handler
    by: tuple[str, ...] = ()
    level: Literal["read", "write"] = "read"
    person: Literal["read", "write"] | None = None
    who: Literal["anyone", "app", "installation"] = "installation"

    def admit(self, caller: Caller | None, repository: Repository | None) -> None:
        """Refuses callers that may not do this."""
        if self.who == "anyone":
            return
        if caller is None:
            raise Refusal(401, "Requires authentication")
        if self.who == "app":
            if not isinstance(caller, AppCaller):
                raise Refusal(401, "A JSON web token could not be decoded")
        elif isinstance(caller, AppCaller):
            raise Refusal(401, "Bad credentials")
        elif isinstance(caller, InstallationCaller):
            if repository is not None and not caller.covers(repository):
                raise not_found() if repository.private else not_accessible()
            if self.by and not any(caller.may(permission, self.level) for permission in self.by):
                raise not_accessible()
        else:
            self._admit_person(caller, repository)

    def _admit_person(self, caller: UserCaller, repository: Repository | None) -> None:
        right = repository.role_of(caller.account).permission if repository is not None else "read"
        if right == "none":
            raise not_found()
        if self.person is None:
            raise Refusal(403, "You must authenticate via a GitHub App.")
        if self.person == "write" and right not in ("admin", "write"):
            raise Refusal(403, "Must have push access to the repository.")

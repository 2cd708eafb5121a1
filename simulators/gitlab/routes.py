"""What an endpoint is, and what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from simulators.answers import Answer, Refusal
from simulators.asked import Asked
from simulators.gitlab.answers import Denied, Malformed, bad_request, forbidden, not_found
from simulators.gitlab.credentials import Token
from simulators.gitlab.host import Host
from simulators.gitlab.models import Commit, Json, Namespace, Project, User
from simulators.gitlab.requests import MergeRequest
from simulators.gitlab.roles import Level
from simulators.gitlab.state import State
from simulators.gitlab.views.common import Urls

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
COUNTED = 10_000


@dataclass(frozen=True)
class ApiCall:
    """One accepted request with everything an endpoint needs to answer it."""

    host: Host
    asked: Asked[Token | None]
    place: Project | Namespace | None = None

    @property
    def state(self) -> State:
        """What there is."""
        return self.host.state

    @property
    def urls(self) -> Urls:
        """Links lead back to where the caller came in."""
        return Urls(self.asked.base)

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.asked.query

    @property
    def body(self) -> Json:
        """The fields that were sent."""
        if not isinstance(self.asked.body, dict):
            raise Malformed("The body is not an object")
        return self.asked.body

    @property
    def token(self) -> Token:
        """The caller's token."""
        if self.asked.caller is None:
            raise Denied("401 Unauthorized")
        return self.asked.caller

    @property
    def user(self) -> User:
        """Who is seen to have done it."""
        return self.token.user

    @property
    def project(self) -> Project:
        """The project of the path."""
        if not isinstance(self.place, Project):
            raise not_found("Project")
        return self.place

    @property
    def group(self) -> Namespace:
        """The group of the path."""
        if not isinstance(self.place, Namespace):
            raise not_found("Group")
        return self.place

    @cached_property
    def request(self) -> MergeRequest:
        """The merge request of the path."""
        request = self.state.merge_requests.get((self.project.id, self.number("merge_request_iid")))
        if request is None:
            raise not_found()
        return request

    @cached_property
    def commit(self) -> Commit:
        """The commit of the path."""
        commit = self.state.commit(self.project, self.asked.arguments["sha"])
        if commit is None:
            raise not_found("Commit")
        return commit

    def number(self, name: str) -> int:
        """A number of the path."""
        value = self.asked.arguments[name]
        if not value.isdecimal():
            raise Malformed(f"{name} is invalid")
        return int(value)

    def text(self, name: str) -> str:
        """A text of the body that must say something."""
        value = self.body.get(name)
        if not isinstance(value, str):
            raise Malformed(f"{name} is missing" if value is None else f"{name} is invalid")
        return value

    def paged(self, items: list[Any], show: Callable[[Any], Json]) -> Answer:
        """One page of a list with its headers (GitLab REST, Pagination); very long lists are not counted."""
        size = min(max(self._page_number("per_page", PAGE_SIZE), 1), MAX_PAGE_SIZE)
        page = max(self._page_number("page", 1), 1)
        last = max(-(-len(items) // size), 1)
        after = str(page + 1) if page < last else ""
        before = str(page - 1) if page > 1 else ""
        headers = {"x-page": str(page), "x-per-page": str(size), "x-next-page": after, "x-prev-page": before}
        links = {"prev": before, "next": after, "first": "1"}
        if len(items) <= COUNTED:
            headers |= {"x-total": str(len(items)), "x-total-pages": str(last)}
            links["last"] = str(last)
        url = self.asked.base + self.asked.path
        headers["link"] = ", ".join(
            f'<{url}?{urlencode({**self.query, "page": number, "per_page": size})}>; rel="{name}"'
            for name, number in links.items()
            if number
        )
        return Answer([show(item) for item in items[(page - 1) * size : page * size]], headers=headers)

    def _page_number(self, name: str, default: int) -> int:
        value = self.query.get(name, str(default))
        if not value.isdecimal():
            raise bad_request(f"{name} is invalid", violation=True)
        return int(value)


@dataclass(frozen=True)
class Route:
    """A method and path below the API's root, its handler, and who may call it.

    `level` is the role that the caller needs in the project or group of the path; on public projects only if `always`.
    `scope` is what the token needs besides `api`; `anyone` needs no token at all.
    """

    key: str
    handler: Callable[[ApiCall], Answer]
    level: Level = Level.REPORTER
    always: bool = False
    scope: str = "read_api"
    anyone: bool = False

    def run(self, host: Host, asked: Asked[Token | None]) -> Answer:
        """Refuses those who may not do this; answers the others."""
        token = asked.caller
        if token is not None:
            self._demand_scope(token)
        place = _place(host, asked, token)
        reading = asked.method == "GET" and not self.always
        open_to_all = isinstance(place, Project) and place.visibility == "public" and reading
        if token is None and not self.anyone and not open_to_all:
            raise Denied("401 Unauthorized")
        if place is not None and token is not None:
            self._demand_level(place, token.user)
        return self.handler(ApiCall(host, asked, place))

    def _demand_scope(self, token: Token) -> None:
        if not token.allows(self.scope) and not self.anyone and self.scope != "any":
            told = "The request requires higher privileges than provided by the access token."
            needed = "api" if self.scope == "api" else f"api {self.scope}"
            raise Denied(told, "insufficient_scope", 403, needed)

    def _demand_level(self, place: Project | Namespace, user: User) -> None:
        guarded = self.always or isinstance(place, Namespace) or place.visibility == "private"
        if guarded and place.level_of(user) < self.level:
            raise forbidden()


def below(root: Literal["/projects/{id}", "/groups/{id}"], **fixed: Any) -> Callable[..., Route]:
    """Makes routes below a project or group; `fixed` holds for all of them."""

    def make(key: str, handler: Callable[[ApiCall], Answer], **options: Any) -> Route:
        method, _, rest = key.partition(" ")
        if method != "GET":
            options = {"scope": "api", **options}
        return Route(f"{method} {root}{rest}", handler, **{**fixed, **options})

    return make


def _place(host: Host, asked: Asked[Token | None], token: Token | None) -> Project | Namespace | None:
    user = token.user if token else None
    template = asked.template.removeprefix("/api/v4")
    if template.startswith("/groups/{id}"):
        return _group(host, asked.arguments["id"], user)
    if not template.startswith("/projects/{id}"):
        return None
    named = asked.arguments["id"]
    project = host.state.project(named)
    if project is None:
        moved = host.state.projects.get(host.state.old_paths.get(named.lower(), 0))
        if moved is None or moved.deleted or not moved.visible_to(user):
            raise not_found("Project")
        raise _moved(asked, moved)
    if not project.visible_to(user):
        raise not_found("Project")
    return project


def _group(host: Host, named: str, user: User | None) -> Namespace:
    spaces = host.state.namespaces
    group = spaces.get(int(named)) if named.isdecimal() else host.state.namespace(named)
    if group is None or group.kind != "group" or user is None or group.level_of(user) == Level.NONE:
        raise not_found("Group")
    return group


def _moved(asked: Asked[Token | None], project: Project) -> Refusal:
    """GET is sent on to the id; nothing else is (GitLab REST, Redirects)."""
    if asked.method not in ("GET", "HEAD"):
        return Refusal(405, "405 Method Not Allowed - Non GET methods are not allowed for moved projects")
    rest = asked.path.removeprefix("/api/v4/projects/").partition("/")[2]
    target = f"{asked.base}/api/v4/projects/{project.id}" + (f"/{rest}" if rest else "")
    query = f"?{asked.query}" if str(asked.query) else ""
    told = f"This resource has been moved permanently to {target}"
    return Refusal(301, told, headers={"location": target + query})

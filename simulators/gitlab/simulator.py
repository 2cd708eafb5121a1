"""A whole simulated GitLab: its state, its REST API, its pages and its webhooks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from simulators.calls import Calls
from simulators.contract import Contract, Violation
from simulators.faults import Faults, Sleep
from simulators.gate import gate
from simulators.gitlab.api import ROUTES
from simulators.gitlab.events import Events
from simulators.gitlab.gate import GitlabApi
from simulators.gitlab.hooks import Event, Hook, Hooks
from simulators.gitlab.host import Host
from simulators.gitlab.models import Namespace, Project
from simulators.gitlab.page import Pages
from simulators.gitlab.ratelimit import RateLimit
from simulators.gitlab.requests import Effect
from simulators.gitlab.storage import storage_routes
from simulators.gitlab.views.common import Urls
from simulators.gitlab.world import World
from simulators.page import page_routes
from simulators.serving import serving
from simulators.state import Clock
from simulators.webhooks import Delivery


class GitlabSimulator(World):
    """Stands in for GitLab and its API.

    `app` is the ASGI app: the REST API at `/api/v4`, OAuth at `/oauth/token`, and a page for each merge request, all
    below `relative_root` if there is one. `violations` lists requests that a correct client never sends, `effects`
    what notes set off, `calls` all requests. Without a `contract` only GitLab's own rules are checked.
    """

    def __init__(
        self,
        *,
        contract: Contract | None = None,
        clock: Clock | None = None,
        rate_limit: int | None = 2_000,
        note_limit: int | None = 300,
        relative_root: str = "",
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(clock or (lambda: datetime.now(UTC)))
        self.contract = contract
        self.violations: list[Violation] = []
        self.calls = Calls()
        self.faults = Faults(sleep)
        self.rate_limit = RateLimit("throttle_authenticated_api", rate_limit)
        self.relative_root = relative_root.rstrip("/")
        self.urls = Urls(f"https://gitlab.com{self.relative_root}")
        self.events = Events(self.state, lambda: self.urls)
        self.hooks = Hooks(self.state, lambda: self.urls.web)
        self.host = Host(
            world=self,
            hooks=self.hooks,
            events=self.events,
            note_limit=RateLimit("notes_create", note_limit),
            resend_limit=RateLimit("web_hook_event_resend", 5),
            violate=self.violations.append,
        )

    @property
    def effects(self) -> list[Effect]:
        """Quick actions that ran and people that were notified."""
        return self.state.effects

    @cached_property
    def app(self) -> Starlette:
        """The ASGI app."""
        pages = [*page_routes(Pages(self.host)), *storage_routes(self.host)]
        routes = [*pages, Mount("/", self.api)]
        # The pages' own links start at the root, so below a relative root they are there twice.
        return Starlette(routes=[Mount(self.relative_root, routes=routes), *pages] if self.relative_root else routes)

    @cached_property
    def api(self) -> ASGIApp:
        """The REST API alone, to be mounted anywhere."""
        api = GitlabApi(
            self.host, ROUTES, rate_limit=self.rate_limit, violations=self.violations, contract=self.contract
        )
        return gate(api, calls=self.calls, faults=self.faults, now=self.state.now)

    def add_hook(
        self,
        where: Project | Namespace,
        url: str,
        *,
        token: str | None = None,
        signing_token: str | None = None,
        **flags: bool,
    ) -> Hook:
        """A webhook; `flags` such as `note_events=True` say what it asks for."""
        with self.state.lock:
            return self.hooks.add(where, url, token=token, signing_token=signing_token, **flags)

    def sign(self, event: Event, hook: Hook) -> Delivery:
        """A proven delivery (`headers`, `body`) for a test that posts it by itself."""
        with self.state.lock:
            return self.hooks.prepare(hook, event)

    def deliver(self, event: Event, client: httpx2.Client | None = None) -> list[Delivery]:
        """Posts an event to every hook that asks for it and is not disabled; `client` may be a Starlette TestClient."""
        return self.hooks.deliver(event, client)

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves API and pages on loopback; gives the instance's URL, which is also the one in webhooks from now on."""
        with serving(self.app, port=port) as base_url:
            self.urls = Urls(base_url + self.relative_root)
            yield self.urls.web

"""A whole simulated Azure DevOps organization or collection: its state, its API, its pages and its service hooks."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

import httpx2
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from simulators.azure.answers import SIGN_IN
from simulators.azure.api import routes
from simulators.azure.credentials import Credentials
from simulators.azure.effects import Effects
from simulators.azure.entra import Application, Entra
from simulators.azure.events import Events
from simulators.azure.gate import AzureApi
from simulators.azure.hooks import Hooks, Notification
from simulators.azure.models import Identity, Project
from simulators.azure.page import AzurePages
from simulators.azure.ratelimit import RateLimit
from simulators.azure.signed import signed_routes
from simulators.azure.subscriptions import Event, Subscription, publisher_of, read_subscription
from simulators.azure.views.common import Urls
from simulators.azure.world import World
from simulators.calls import CallLog, Calls
from simulators.contract import Contract, Violation
from simulators.faults import FaultGate, Faults, Sleep
from simulators.gate import gate
from simulators.page import page_routes
from simulators.serving import serving
from simulators.state import Clock

NEWEST: Mapping[bool, str] = {False: "7.1", True: "7.0"}


class AzureSimulator(World):
    """Stands in for Azure DevOps Services, or with `server` for Azure DevOps Server.

    `app` is the ASGI app: the API below `/{organization}` or `/tfs/{collection}`, a page for each pull request, and the
    token endpoint of Microsoft Entra (`entra` alone is that endpoint by itself). `violations` lists requests that a
    correct client never sends, `effects` what the bot's texts set off, `calls` all requests.
    """

    def __init__(
        self,
        *,
        organization: str | None = None,
        server: bool = False,
        latest_version: str | None = None,
        contract: Contract | None = None,
        clock: Clock | None = None,
        sign_in: Literal[203, 302, 401] = 203,
        rate_limit: RateLimit | None = None,
        sleep: Sleep = asyncio.sleep,
        https_only: bool = True,
    ) -> None:
        organization = organization or ("DefaultCollection" if server else "acme")
        super().__init__(organization, clock or (lambda: datetime.now(UTC)), server=server)
        self.bot = self._bot = self.add_user("agnox bot", ours=True)
        self.prefix = f"/tfs/{organization}" if server else f"/{organization}"
        self.urls = Urls(f"https://{'tfs.example.com' if server else 'dev.azure.com'}{self.prefix}")
        self.latest_version = latest_version or NEWEST[server]
        self.contract = contract
        self.sign_in: Literal[203, 302, 401] = sign_in
        self.violations: list[Violation] = []
        self.effects = Effects(self.violations)
        self.calls = Calls()
        self.faults = Faults(sleep)
        self.rate_limit = rate_limit or RateLimit()
        self.credentials = Credentials(self.state.now)
        self.hooks = Hooks(self.state, https_only=https_only)
        self.events = Events(self.state, lambda: self.urls)
        self._entra = Entra(self.credentials)

    @cached_property
    def app(self) -> Starlette:
        """The ASGI app."""
        mounts = [
            *page_routes(AzurePages(self, self.hooks, self.events, lambda: self.urls, self.prefix)),
            *signed_routes(self.state, self.violations, self.prefix),
            Route("/_signin", lambda request: HTMLResponse(SIGN_IN)),
            Route("/{tenant}/oauth2/v2.0/token", self.entra, methods=["POST"]),
        ]
        return Starlette(routes=[*mounts, Mount("/", self.api)])

    @cached_property
    def api(self) -> ASGIApp:
        """The REST API alone; paths begin with the organization or collection."""
        api = AzureApi(
            routes(server=self.state.server),
            world=self,
            credentials=self.credentials,
            hooks=self.hooks,
            effects=self.effects,
            rate_limit=self.rate_limit,
            violations=self.violations,
            prefix=self.prefix,
            latest=self.latest_version,
            sign_in=lambda: self.sign_in,
            sleep=self.faults.sleep,
            contract=self.contract,
        )
        return gate(api, calls=self.calls, faults=self.faults, now=self.state.now)

    @cached_property
    def entra(self) -> ASGIApp:
        """The token endpoint of Microsoft Entra, behind the same log and faults."""
        faulty = FaultGate(self._entra, self.faults)
        return CallLog(
            faulty, self.calls, now=self.state.now, name_of=lambda _: "nobody", is_token_request=lambda _: True
        )

    def token_for(
        self, identity: Identity, *, scopes: Iterable[str] | None = None, expires_at: datetime | None = None
    ) -> str:
        """A personal access token; scopes such as "vso.code_write", None for full access."""
        return self.credentials.issue_pat(identity, None if scopes is None else frozenset(scopes), expires_at)

    def register(self, client_id: str, client_secret: str, principal: Identity) -> Application:
        """An app registration whose enterprise application is `principal`."""
        application = Application(client_id, client_secret, principal)
        self._entra.applications[client_id] = application
        return application

    def subscribe(
        self,
        event_type: str,
        url: str,
        project: Project,
        *,
        version: str | None = None,
        inputs: Mapping[str, str] | None = None,
        **consumer: str,
    ) -> Subscription:
        """A service hook subscription made by an administrator; `consumer` are more consumer inputs."""
        body = {
            "publisherId": publisher_of(event_type),
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "eventType": event_type,
            "resourceVersion": version,
            "publisherInputs": {"projectId": project.id, **(inputs or {})},
            "consumerInputs": {"url": url, **consumer},
        }
        administrator = self.add_user("ada admin", self.group("Project Administrators", project))
        return self.hooks.subscribe(read_subscription(body, self.hooks.versions), administrator)

    def publish(self, event: Event, client: httpx2.Client | None = None) -> list[Notification]:
        """Sends an event to whoever subscribed to it; `client` may be a Starlette TestClient."""
        return self.hooks.publish(event, client)

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves API and pages on loopback; gives the URL of the organization or collection, used in links too."""
        with serving(self.app, port=port) as origin:
            self.urls = Urls(f"{origin}{self.prefix}")
            yield self.urls.collection

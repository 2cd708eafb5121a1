"""The simulated Gitea or Forgejo as a whole: its API, its webhooks, its pages, and what a test wants to see of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from simulators.calls import Calls
from simulators.contract import Contract, Violation
from simulators.faults import Faults
from simulators.gate import gate
from simulators.gitea.access import Tokens
from simulators.gitea.api import ROUTES
from simulators.gitea.events import Events
from simulators.gitea.gate import GiteaApi
from simulators.gitea.models import HookDelivery
from simulators.gitea.page import Pages
from simulators.gitea.routes import Host
from simulators.gitea.views.common import Urls
from simulators.gitea.webhooks import Deliveries, Event, Flavour
from simulators.gitea.world import World
from simulators.page import page_routes
from simulators.serving import serving
from simulators.state import Clock

# What a bot needs: /user asks for read:user, comments for issue, all else for repository.
BOT_SCOPES = ("read:user", "write:issue", "write:repository")
# Path parameters that hold slashes; whoever loads the description gives them to the Contract.
SPANNING = frozenset({"filepath"})

_VERSIONS: dict[Flavour, str] = {"gitea": "1.23.8", "forgejo": "11.0.1+gitea-1.22.0"}


class GiteaSimulator(World):
    """A stand-in for one instance; `app` is served or called in process.

    `contract` is the instance's published API description; without it only the rules written here are checked.
    `flavour` decides the headers of webhooks and the version.
    """

    def __init__(
        self, *, contract: Contract | None = None, clock: Clock | None = None, flavour: Flavour = "gitea"
    ) -> None:
        super().__init__(clock or (lambda: datetime.now(UTC)))
        self.urls = Urls()
        self.calls = Calls()
        self.faults = Faults()
        self.violations: list[Violation] = []
        self.tokens = Tokens()
        self.events = Events(self.state, lambda: self.urls)
        self.deliveries = Deliveries(self.state, flavour)
        host = Host(self, self.events, self.deliveries, self.violations, _VERSIONS[flavour])
        api = gate(
            GiteaApi(ROUTES, host, self.tokens, contract), calls=self.calls, faults=self.faults, now=self.state.now
        )
        pages = page_routes(Pages(self, self.events, self.deliveries))
        self.app = Starlette(routes=[*pages, Mount("/", api)])

    def token(self, login: str, scopes: Iterable[str] = BOT_SCOPES) -> str:
        """An access token of an account, which is made if it is new."""
        with self.state.lock:
            return self.tokens.issue(self.add_user(login), frozenset(scopes))

    def sign(self, event: Event) -> list[HookDelivery]:
        """A delivery for each hook that listens, signed and noted but not sent."""
        with self.state.lock:
            return self.deliveries.prepare(event)

    def deliver(self, event: Event, url: str | None = None, client: httpx2.Client | None = None) -> list[HookDelivery]:
        """Posts an event to the hooks that listen; `client` may be a Starlette TestClient, `url` another address."""
        return [self.deliveries.send(delivery, url, client) for delivery in self.sign(event)]

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves API and pages on loopback; gives the base URL, which is also the one in webhooks from now on."""
        with serving(self.app, port=port) as base_url:
            self.urls = Urls(base_url)
            yield base_url

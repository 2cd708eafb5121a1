"""A whole simulated GitHub for one app: its state, its REST API, its pages and its webhooks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property

import httpx2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from simulators.calls import Calls
from simulators.contract import Contract, Violation, load_contract
from simulators.faults import Faults, Sleep
from simulators.gate import gate
from simulators.github.api import ROUTES
from simulators.github.credentials import Credentials
from simulators.github.events import Events
from simulators.github.gate import GithubApi
from simulators.github.models import Account, Installation
from simulators.github.page import Pages
from simulators.github.ratelimit import RateLimit
from simulators.github.storage import storage_routes
from simulators.github.views.common import Urls
from simulators.github.webhooks import Deliveries, Event
from simulators.github.world import World
from simulators.page import page_routes
from simulators.serving import serving
from simulators.state import Clock
from simulators.webhooks import Delivery


def github_contract() -> Contract:
    """GitHub's OpenAPI description; a ref, a file's path and a comparison may hold slashes."""
    spanning = frozenset({"path", "ref", "basehead"})
    return load_contract("simulators.github", "github.openapi.json", spanning, "github.supplement.json")


@cache
def _load(pem: str) -> rsa.RSAPrivateKey:
    """A key; checking one takes long enough to do it once for all simulators of a test run."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("an app's key is an RSA key")
    return key


class GithubSimulator(World):
    """Stands in for GitHub and its API.

    `app` is the ASGI app: the REST API at `/` as on github.com and at `/api/v3` as on Enterprise Server, and a page for
    each pull request. `violations` lists requests that a correct client never sends; `calls` lists all requests.
    """

    def __init__(
        self,
        *,
        app_id: int = 424_242,
        slug: str = "agnox-bot",
        private_key_pem: str | None = None,
        webhook_secret: str | None = "a webhook secret for tests",  # noqa: S107
        webhook_url: str | None = None,
        clock: Clock | None = None,
        rate_limit: int | None = 5_000,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(clock or (lambda: datetime.now(UTC)))
        self._private_key_pem = private_key_pem
        self.github_app = self.add_app(slug, app_id)
        self.violations: list[Violation] = []
        self.calls = Calls()
        self.faults = Faults(sleep)
        self.rate_limit = RateLimit(rate_limit)
        self.urls = Urls()
        self.events = Events(self.state, self.github_app, lambda: self.urls)
        self.deliveries = Deliveries(self.state, self.github_app, webhook_secret, webhook_url)
        self.credentials = Credentials(self.github_app, lambda: self._key.public_key(), self.state.now)

    @cached_property
    def app(self) -> Starlette:
        """The ASGI app."""
        pages = page_routes(Pages(self, self.events, self.deliveries))
        stored = storage_routes(self.state, self.violations)
        return Starlette(routes=[*pages, *stored, Mount("/api/v3", self.api), Mount("/", self.api)])

    @cached_property
    def api(self) -> ASGIApp:
        """The REST API alone, to be mounted anywhere."""
        contract, credentials = github_contract(), self.credentials
        api = GithubApi(contract, ROUTES, self.state, credentials, self.deliveries, self.rate_limit, self.violations)
        return gate(api, calls=self.calls, faults=self.faults, now=self.state.now)

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        if self._private_key_pem is None:
            return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        return _load(self._private_key_pem)

    @cached_property
    def private_key_pem(self) -> str:
        """The app's private key as GitHub hands it out (PKCS#1); made on first use if none was given."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    def token_for(self, account: Account) -> str:
        """A personal access token."""
        return self.credentials.issue_for(account)

    def installation_token(self, installation: Installation) -> str:
        """An installation token without asking the API for it, for tests that are not about tokens."""
        return self.credentials.issue(installation, dict(installation.permissions), None).token

    def sign(self, event: Event) -> Delivery:
        """A signed delivery (`headers`, `body`) for a test that posts it by itself."""
        return self.deliveries.prepare(event)

    def deliver(self, event: Event, url: str | None = None, client: httpx2.Client | None = None) -> Delivery:
        """Posts an event to `url` or to the app's webhook; `client` may be a Starlette TestClient."""
        return self.deliveries.send(self.deliveries.prepare(event), url, client)

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves API and pages on loopback; gives the base URL, which is also the one in webhooks from now on."""
        with serving(self.app, port=port) as base_url:
            self.urls = Urls(base_url, base_url)
            yield base_url

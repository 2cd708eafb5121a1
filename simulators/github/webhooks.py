"""Brings webhooks to their receiver, signed as GitHub signs them, and remembers each attempt."""

import hmac
import uuid
from dataclasses import dataclass

import anyio.to_thread
import httpx2

from simulators.github.models import App, Json
from simulators.github.state import State
from simulators.webhooks import Delivery, encode, post

HOOK_ID = 501_000_001


@dataclass(frozen=True)
class Event:
    """A webhook to be: the name for `X-GitHub-Event` and the payload."""

    name: str
    payload: Json


class Deliveries:
    """The app's webhook: where it goes, how it is signed, and what was sent (GitHub, Webhooks)."""

    def __init__(self, state: State, app: App, secret: str | None, url: str | None = None) -> None:
        self._state = state
        self._app = app
        self._waiting: list[Delivery] = []
        self.secret = secret
        self.url = url

    def prepare(self, event: Event, again: Delivery | None = None) -> Delivery:
        """A signed delivery, noted but not sent; a redelivery keeps GUID and body of the first attempt."""
        body = again.body if again else encode(event.payload)
        delivery = Delivery(
            id=self._state.new_id(70_000_000_000),
            guid=again.guid if again else str(uuid.uuid4()),
            event=event.name,
            payload=event.payload,
            body=body,
            headers={},
            delivered_at=self._state.now(),
            redelivery=again is not None,
        )
        delivery.headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/a1b2c3d",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": event.name,
            "X-GitHub-Hook-ID": str(HOOK_ID),
            "X-GitHub-Hook-Installation-Target-ID": str(self._app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if self.secret is not None:
            delivery.headers["X-Hub-Signature"] = signature(self.secret, body, "sha1")
            delivery.headers["X-Hub-Signature-256"] = signature(self.secret, body, "sha256")
        self._state.deliveries[delivery.id] = delivery
        return delivery

    def send(self, delivery: Delivery, url: str | None = None, client: httpx2.Client | None = None) -> Delivery:
        """One attempt; what is not answered 2xx within ten seconds has failed, and is never tried again by itself."""
        target = url or self.url
        if target is None:
            raise ValueError("the app has no webhook URL")
        return post(delivery, target, client)

    def redeliver_soon(self, delivery: Delivery) -> None:
        """Orders another attempt, made after the request that asked for it is answered."""
        self._waiting.append(self.prepare(Event(delivery.event, delivery.payload), again=delivery))

    async def send_pending(self) -> None:
        """Makes the ordered attempts."""
        while self._waiting:
            delivery = self._waiting.pop(0)
            if self.url is not None:
                await anyio.to_thread.run_sync(self.send, delivery)


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """The value of `X-Hub-Signature-256` for a raw body; with `sha1` that of the legacy header."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"

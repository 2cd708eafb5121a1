"""One attempt to bring a webhook to its receiver; how it is signed and tried again is the host's own."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

import httpx2

TIMEOUT_SECONDS = 10.0


@dataclass(eq=False)
class Delivery:
    """A webhook with its signed headers, ready to be posted, and what became of it.

    `status_code` is 0 until it was tried, 504 if the receiver took too long and 502 if it could not be reached;
    `duration` in seconds.
    """

    id: int
    guid: str
    event: str
    payload: dict[str, Any]
    body: bytes
    headers: dict[str, str]
    delivered_at: datetime
    redelivery: bool = False
    status_code: int = 0
    status: str = "pending"
    duration: float = 0.0
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status_code < 300

    def answered(self, status: int, headers: Mapping[str, str], body: str) -> None:
        """Writes down how the receiver answered."""
        self.status_code = status
        self.status = "OK" if self.succeeded else (body[:80] or f"Invalid HTTP Response: {status}")
        self.response_headers, self.response_body = dict(headers), body


def encode(payload: Any) -> bytes:
    """A payload as hosts send it: UTF-8 JSON, characters beyond ASCII unescaped."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def post(delivery: Delivery, url: str, client: httpx2.Client | None = None) -> Delivery:
    """One attempt, noted on the delivery; `client` may be a Starlette TestClient. It never raises for the receiver.

    Every host gives a receiver about ten seconds (GitHub and GitLab, Webhooks; Azure DevOps does not document it).
    """
    started = time.monotonic()
    try:
        if client is None:
            with httpx2.Client(trust_env=False, timeout=TIMEOUT_SECONDS, verify=_trusted()) as own:
                response = _sent(own, url, delivery)
        else:
            response = _sent(client, url, delivery)
    except httpx2.TimeoutException:
        delivery.answered(504, {}, "timed out")
    except httpx2.TransportError as error:
        delivery.answered(502, {}, f"failed to connect to host: {error}")
    else:
        delivery.answered(response.status_code, dict(response.headers), response.text)
    delivery.duration = time.monotonic() - started
    return delivery


# Reading the certificates takes longer than most deliveries.
_trusted = cache(partial(httpx2.create_ssl_context, trust_env=False))


def _sent(client: httpx2.Client, url: str, delivery: Delivery) -> httpx2.Response:
    return client.post(url, content=delivery.body, headers=delivery.headers)

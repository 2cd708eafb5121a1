"""Brings events to the hooks that listen, signed as Gitea and Forgejo sign them (services/webhook/deliver.go)."""

import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import urlencode

import anyio.to_thread
import httpx2

from simulators.gitea.models import Hook, HookDelivery, Json, Repository
from simulators.gitea.state import State
from simulators.webhooks import post

Flavour = Literal["gitea", "forgejo"]

# The word of X-Gitea-Event for an event type, where it is another (modules/webhook/type.go).
_NAMES: Mapping[str, str] = {
    "pull_request_sync": "pull_request",
    "pull_request_label": "pull_request",
    "pull_request_assign": "pull_request",
    "pull_request_milestone": "pull_request",
    "pull_request_review_request": "pull_request",
    "pull_request_comment": "issue_comment",
}
_PREFIXES: Mapping[Flavour, tuple[str, ...]] = {
    "gitea": ("X-Gitea", "X-Gogs", "X-GitHub"),
    "forgejo": ("X-Forgejo", "X-Gitea", "X-Gogs", "X-GitHub"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook to be: `type` is what hooks choose and `X-Gitea-Event-Type` says, `name` that of `X-Gitea-Event`."""

    type: str
    payload: Json
    repository: Repository

    @property
    def name(self) -> str:
        """The broader word."""
        return _NAMES.get(self.type, self.type)

    def wanted_by(self, hook: Hook) -> bool:
        """Whether a hook listens; its branch filter concerns pushes to branches only."""
        if hook.repository is not self.repository or not hook.active or self.type not in hook.events:
            return False
        branch = self.payload.get("ref", "").removeprefix("refs/heads/") if self.type == "push" else ""
        return not branch or fnmatchcase(branch, hook.branch_filter or "*")


class Deliveries:
    """What was sent to whom. Nothing is ever tried again by itself."""

    def __init__(self, state: State, flavour: Flavour = "gitea") -> None:
        self._state = state
        self._flavour = flavour
        self._waiting: list[HookDelivery] = []

    def prepare(self, event: Event) -> list[HookDelivery]:
        """A signed delivery for each hook that listens, noted but not sent."""
        return [self.sign(event, hook) for hook in list(self._state.hooks.values()) if event.wanted_by(hook)]

    def sign(self, event: Event, hook: Hook) -> HookDelivery:
        """One signed delivery. Also as a form, it is the JSON that is signed."""
        text = json.dumps(event.payload, ensure_ascii=False, indent=2).encode("utf-8", "replace")
        form, guid = hook.content_type == "form", str(uuid.uuid4())
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        headers |= {"User-Agent": "Go-http-client/1.1"} | self._headers(event, guid, hook.secret, text)
        if hook.authorization:
            headers["Authorization"] = hook.authorization
        delivery = HookDelivery(
            id=self._state.new_id(),
            guid=guid,
            event=event.name,
            payload=event.payload,
            body=urlencode({"payload": text}).encode() if form else text,
            headers=headers,
            delivered_at=self._state.now(),
            hook=hook,
        )
        self._state.deliveries[delivery.id] = delivery
        return delivery

    def _headers(self, event: Event, guid: str, secret: str, text: bytes) -> dict[str, str]:
        # Without a secret the signature headers are there and empty.
        sha1, sha256 = (signature(secret, text, name) if secret else "" for name in ("sha1", "sha256"))
        headers = {"X-Hub-Signature": f"sha1={sha1}", "X-Hub-Signature-256": f"sha256={sha256}"}
        for prefix in _PREFIXES[self._flavour]:
            headers |= {f"{prefix}-Delivery": guid, f"{prefix}-Event": event.name, f"{prefix}-Event-Type": event.type}
            if prefix != "X-GitHub":
                headers[f"{prefix}-Signature"] = sha256
        return headers

    def send(self, delivery: HookDelivery, url: str | None = None, client: httpx2.Client | None = None) -> HookDelivery:
        """One attempt, to `url` or where the hook goes; `client` may be a Starlette TestClient."""
        post(delivery, url or delivery.hook.url, client)
        return delivery

    def order(self, delivery: HookDelivery) -> None:
        """Has a delivery sent after the request that asked for it is answered."""
        self._waiting.append(delivery)

    async def send_pending(self) -> None:
        """Sends what was ordered."""
        while self._waiting:
            await anyio.to_thread.run_sync(self.send, self._waiting.pop(0))


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """The value of `X-Gitea-Signature` for a JSON payload: hexadecimal, without a prefix."""
    return hmac.new(secret.encode(), body, algorithm).hexdigest()

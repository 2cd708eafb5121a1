"""Webhooks: where they go, how they are proven, and when GitLab stops sending them (GitLab, Webhooks)."""

import base64
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import anyio.to_thread
import httpx2

from simulators.gitlab.models import Json, Namespace, Project
from simulators.gitlab.state import State
from simulators.webhooks import Delivery, encode, post

FLAGS = (
    "push_events",
    "issues_events",
    "confidential_issues_events",
    "merge_requests_events",
    "tag_push_events",
    "note_events",
    "confidential_note_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "feature_flag_events",
    "releases_events",
    "milestone_events",
    "emoji_events",
    "resource_access_token_events",
    "vulnerability_events",
)
TEMPORARY_AFTER = 4
FOR_GOOD_AFTER = 40
FIRST_BREAK = timedelta(minutes=1)
LONGEST_BREAK = timedelta(days=1)
PAYLOAD_LIMIT = 25 * 1024 * 1024
VERSION = "19.4.1-ee"


@dataclass(frozen=True)
class Event:
    """A webhook to be: the words for `X-Gitlab-Event`, the flag that asks for it, and the payload."""

    name: str
    flag: str
    payload: Json
    project: Project


@dataclass(eq=False)
class Hook:
    """A webhook of a project or group; `sent` is its log, newest last, `dropped` counts what it missed while off."""

    id: int
    owner: Project | Namespace
    url: str
    created_at: datetime
    flags: dict[str, bool]
    name: str | None = None
    description: str | None = None
    token: str | None = None
    signing_token: str | None = None
    custom_headers: dict[str, str] = field(default_factory=dict)
    verify_tls: bool = True
    branch_filter: str | None = None
    branch_strategy: str = "wildcard"
    failures: int = 0
    disabled_until: datetime | None = None
    dropped: int = 0
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: list[Delivery] = field(default_factory=list)

    def status(self, now: datetime) -> Literal["executable", "temporarily_disabled", "disabled"]:
        """What `alert_status` says."""
        if self.failures >= FOR_GOOD_AFTER:
            return "disabled"
        resting = self.disabled_until is not None and now < self.disabled_until
        return "temporarily_disabled" if resting else "executable"

    def note(self, delivery: Delivery, now: datetime) -> None:
        """Counts failures in a row; four make a break that doubles with each more, forty end it."""
        if delivery.succeeded:
            self.failures, self.disabled_until = 0, None
            return
        self.failures += 1
        if self.failures >= TEMPORARY_AFTER:
            pause = FIRST_BREAK * 2 ** min(self.failures - TEMPORARY_AFTER, 20)
            self.disabled_until = now + min(pause, LONGEST_BREAK)


class Hooks:
    """All hooks, and what is to be sent."""

    def __init__(self, state: State, instance: Callable[[], str]) -> None:
        self._state = state
        self._waiting: list[tuple[Hook, Delivery]] = []
        self._instance = instance
        self.all: dict[int, Hook] = {}

    def add(
        self,
        owner: Project | Namespace,
        url: str,
        *,
        token: str | None = None,
        signing_token: str | None = None,
        **flags: bool,
    ) -> Hook:
        """A hook; only push events are on unless `flags` say more."""
        asked = {"push_events": True, **flags}
        hook = Hook(
            id=self._state.new_id(40_000_000),
            owner=owner,
            url=url,
            created_at=self._state.now(),
            flags={name: asked.get(name, False) for name in FLAGS},
            token=token,
            signing_token=signing_token,
        )
        self.all[hook.id] = hook
        return hook

    def of(self, owner: Project | Namespace) -> list[Hook]:
        """The hooks of a project or group itself."""
        return [hook for hook in self.all.values() if hook.owner is owner]

    def for_event(self, event: Event) -> list[Hook]:
        """The hooks that want an event: the project's own, and those of the groups around it."""
        owners: tuple[Project | Namespace, ...] = (event.project, *event.project.namespace.upward())
        return [hook for owner in owners for hook in self.of(owner) if hook.flags.get(event.flag)]

    def prepare(self, hook: Hook, event: Event) -> Delivery:
        """A proven delivery, noted in the hook's log but not sent."""
        return self._prepared(hook, event.name, event.payload, None)

    def _prepared(self, hook: Hook, name: str, payload: Json, again: Delivery | None) -> Delivery:
        body = again.body if again else encode(payload)
        delivery = Delivery(
            id=self._state.new_id(90_000_000_000),
            guid=again.guid if again else str(uuid.uuid4()),
            event=name,
            payload=payload,
            body=body,
            headers={},
            delivered_at=self._state.now(),
            redelivery=again is not None,
        )
        delivery.headers = _headers(hook, delivery, self._instance())
        hook.sent.append(delivery)
        return delivery

    def order(self, event: Event) -> list[tuple[Hook, Delivery]]:
        """A delivery for each hook that wants the event and is on; for others the event is lost."""
        ordered = []
        for hook in self.for_event(event):
            if hook.status(self._state.now()) == "executable":
                delivery = self.prepare(hook, event)
                if len(delivery.body) <= PAYLOAD_LIMIT:
                    ordered.append((hook, delivery))
            else:
                hook.dropped += 1
        return ordered

    def deliver(self, event: Event, client: httpx2.Client | None = None) -> list[Delivery]:
        """Sends an event to every hook that wants it; `client` may be a Starlette TestClient."""
        with self._state.lock:
            ordered = self.order(event)
        return [self.send(hook, delivery, client) for hook, delivery in ordered]

    def send(self, hook: Hook, delivery: Delivery, client: httpx2.Client | None = None) -> Delivery:
        """One attempt; it is never made again by itself."""
        post(delivery, hook.url, client)
        with self._state.lock:
            hook.note(delivery, self._state.now())
        return delivery

    def soon(self, event: Event) -> None:
        """Orders deliveries that are sent when the request that caused them is answered."""
        self._waiting += self.order(event)

    def test_soon(self, hook: Hook, event: Event) -> None:
        """Orders one delivery whatever the hook asks for, even if it is off; success enables it again."""
        self._waiting.append((hook, self.prepare(hook, event)))

    def resend_soon(self, hook: Hook, delivery: Delivery) -> None:
        """Orders another attempt of one delivery, with the key and body of the first."""
        self._waiting.append((hook, self._prepared(hook, delivery.event, delivery.payload, delivery)))

    async def send_pending(self) -> None:
        """Sends what was ordered."""
        while self._waiting:
            hook, delivery = self._waiting.pop(0)
            await anyio.to_thread.run_sync(self.send, hook, delivery)


def signature(signing_token: str, message_id: str, timestamp: str, body: bytes) -> str:
    """One entry of `webhook-signature` (Standard Webhooks, Signature scheme)."""
    key = base64.b64decode(signing_token.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()


def _headers(hook: Hook, delivery: Delivery, instance: str) -> dict[str, str]:
    timestamp = str(int(delivery.delivered_at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"GitLab/{VERSION}",
        "Idempotency-Key": delivery.guid,
        "X-Gitlab-Event": delivery.event,
        "X-Gitlab-Webhook-UUID": hook.uuid,
        "X-Gitlab-Instance": instance,
        "X-Gitlab-Event-UUID": str(uuid.uuid4()),
        "webhook-id": delivery.guid,
        "webhook-timestamp": timestamp,
        **hook.custom_headers,
    }
    if hook.token:
        headers["X-Gitlab-Token"] = hook.token
    if hook.signing_token:
        headers["webhook-signature"] = signature(hook.signing_token, delivery.guid, timestamp, delivery.body)
    return headers


def hidden(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as the log of a hook shows them: without secrets."""
    return {name: "[REDACTED]" if name == "X-Gitlab-Token" else value for name, value in headers.items()}

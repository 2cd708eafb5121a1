"""Sends notifications, tries again what failed in passing, and switches off what keeps failing."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import anyio.to_thread
import httpx2

from simulators.azure.models import Identity, Json
from simulators.azure.payloads import payload
from simulators.azure.state import State
from simulators.azure.subscriptions import VERSIONS, ZERO, Event, Subscription, headers_of
from simulators.webhooks import Delivery, encode, post

TRANSIENT = frozenset({408, 502, 503, 504})
# Seconds between the tries of one notification; what fails after the last is an enduring failure.
RETRY_AFTER = (1, 2, 4, 8, 16, 32, 60, 60)
MAX_PROBATION_RETRIES = 7
GONE = 410


@dataclass(eq=False)
class Notification:
    """One event for one subscription, with every attempt; retries keep the id and the body.

    `result` is pending, succeeded, failed or filtered (dropped while the subscription was restricted).
    """

    id: int
    subscription: Subscription
    event: Event
    created: datetime
    result: str = "pending"
    attempts: list[Delivery] = field(default_factory=list)

    @property
    def next_try(self) -> datetime | None:
        """When a pending notification is due again."""
        if self.result != "pending" or not self.attempts:
            return None
        return self.attempts[-1].delivered_at + timedelta(seconds=RETRY_AFTER[len(self.attempts) - 1])


class Hooks:
    """All subscriptions of the organization and what was sent for them (Azure DevOps, Service hooks).

    Nothing is tried again by itself: `retry` does what is due. Without `https_only` a password is also sent over http,
    which the real host never does. `versions` are the event types that can be subscribed to; servers have fewer.
    """

    def __init__(self, state: State, *, https_only: bool = True) -> None:
        self._state = state
        self.https_only = https_only
        self.versions = VERSIONS
        self.subscriptions: dict[str, Subscription] = {}
        self.notifications: list[Notification] = []
        self._ordered: list[Callable[[], object]] = []

    def subscribe(self, fields: Json, creator: Identity) -> Subscription:
        """A new subscription; `fields` come from `read_subscription`."""
        now = self._state.now()
        subscription = Subscription(self._state.new_guid(), created_by=creator, created=now, modified=now, **fields)
        self.subscriptions[subscription.id] = subscription
        return subscription

    def publish(self, event: Event, client: httpx2.Client | None = None) -> list[Notification]:
        """One notification for each subscription that wants the event; `client` may be a Starlette TestClient."""
        with self._state.lock:
            wanting = [s for s in self.subscriptions.values() if s.listening and s.wants(event)]
            made = [self._notification(subscription, event) for subscription in wanting]
        for notification in made:
            if self._may_try(notification.subscription):
                self._attempt(notification, client)
            else:
                notification.result = "filtered"
        return made

    def retry(self, client: httpx2.Client | None = None) -> list[Notification]:
        """Tries again what is due by now; gives what was tried."""
        now = self._state.now()
        with self._state.lock:
            due = [n for n in self.notifications if n.next_try is not None and n.next_try <= now]
        for notification in due:
            self._attempt(notification, client)
        return due

    def prepare(self, event: Event, subscription: Subscription) -> Delivery:
        """A delivery (`headers`, `body`) that a test posts by itself."""
        with self._state.lock:
            return self._delivery(self._notification(subscription, event))

    def test(self, event: Event, subscription: Subscription, client: httpx2.Client | None = None) -> Delivery:
        """What the button "Test" sends: constant ids, and a subscription id of zeros."""
        button = Subscription(
            ZERO,
            subscription.event_type,
            subscription.resource_version,
            subscription.publisher_inputs,
            subscription.consumer_inputs,
            subscription.created_by,
            subscription.created,
            subscription.modified,
        )
        delivery = self._delivery(Notification(1, button, event, self._state.now()))
        return post(delivery, subscription.url, client)

    def order(self, action: Callable[[], object]) -> None:
        """Something to send when the request that asked for it is answered."""
        self._ordered.append(action)

    async def send_ordered(self) -> None:
        """Does what was ordered."""
        while self._ordered:
            await anyio.to_thread.run_sync(self._ordered.pop(0))

    def _notification(self, subscription: Subscription, event: Event) -> Notification:
        subscription.last_notification += 1
        notification = Notification(subscription.last_notification, subscription, event, self._state.now())
        self.notifications.append(notification)
        return notification

    def _delivery(self, notification: Notification) -> Delivery:
        subscription = notification.subscription
        content = payload(notification.event, subscription, notification.id)
        return Delivery(
            id=notification.id,
            guid=f"{subscription.id}/{notification.id}",
            event=notification.event.type,
            payload=content,
            body=encode(content),
            headers=self._headers(subscription),
            delivered_at=self._state.now(),
            redelivery=bool(notification.attempts),
        )

    def _headers(self, subscription: Subscription) -> dict[str, str]:
        inputs = subscription.consumer_inputs
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "VSServices/19.250.0 (NetStandard; Linux)",
            **headers_of(inputs),
        }
        user, password = inputs.get("basicAuthUsername", ""), inputs.get("basicAuthPassword", "")
        hidden = self.https_only and urlsplit(subscription.url).scheme != "https"
        if (user or password) and not hidden:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        return headers

    def _attempt(self, notification: Notification, client: httpx2.Client | None) -> None:
        delivery = self._delivery(notification)
        post(delivery, notification.subscription.url, client)
        with self._state.lock:
            notification.attempts.append(delivery)
            self._judge(notification, delivery)

    def _judge(self, notification: Notification, delivery: Delivery) -> None:
        subscription = notification.subscription
        if delivery.succeeded:
            notification.result = "succeeded"
            subscription.probation_retries = 0
            if subscription.status == "onProbation":
                subscription.status = "enabled"
        elif delivery.status_code == GONE:
            notification.result, subscription.status = "failed", "disabledBySystem"
        elif delivery.status_code not in TRANSIENT or len(notification.attempts) > len(RETRY_AFTER):
            notification.result = "failed"
            self._restrict(subscription)

    def _restrict(self, subscription: Subscription) -> None:
        subscription.last_probation_retry = self._state.now()
        if subscription.status == "onProbation":
            subscription.probation_retries += 1
        exhausted = subscription.probation_retries >= MAX_PROBATION_RETRIES
        subscription.status = "disabledBySystem" if exhausted else "onProbation"

    def _may_try(self, subscription: Subscription) -> bool:
        """While restricted, an event is only tried after a pause that doubles each time; the pauses are a guess."""
        last = subscription.last_probation_retry
        if subscription.status != "onProbation" or last is None:
            return True
        return self._state.now() >= last + timedelta(minutes=2**subscription.probation_retries)

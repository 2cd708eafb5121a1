"""Service hook subscriptions: which events go where, and in which shape (Azure DevOps, Service hooks)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from simulators.azure.answers import bad_request
from simulators.azure.models import Identity, Json
from simulators.azure.views.common import Urls, identity_view, link, stamp

ZERO = "00000000-0000-0000-0000-000000000000"
MASK = "********"
RUN_STATE = "ms.vss-pipelines.run-state-changed-event"

# Each event with the resource versions that a subscription may ask for, the newest last.
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "git.push": ("1.0",),
    "git.pullrequest.created": ("1.0",),
    "git.pullrequest.updated": ("1.0",),
    "git.pullrequest.merged": ("1.0",),
    "ms.vss-code.git-pullrequest-comment-event": ("2.0",),
    "build.complete": ("1.0", "2.0"),
    "git.repo.renamed": ("1.0-preview.1",),
    "git.repo.deleted": ("1.0-preview.1",),
    RUN_STATE: ("5.1-preview.1",),
}
PUBLISHERS: Mapping[str, str] = {RUN_STATE: "pipelines"}
"""Of the events that do not come from "tfs"."""
SubscriptionStatus = Literal[
    "enabled", "onProbation", "disabledByUser", "disabledBySystem", "disabledByInactiveIdentity"
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: its resource in each version, and what a subscription's filters may ask of it."""

    id: str
    type: str
    created: datetime
    resources: Mapping[str, Json]
    message: str
    details: str
    containers: Json
    filters: Mapping[str, str]


@dataclass(eq=False)
class Subscription:
    """One event type to one address; `probation_retries` counts the tries since it was restricted."""

    id: str
    event_type: str
    resource_version: str
    publisher_inputs: dict[str, str]
    consumer_inputs: dict[str, str]
    created_by: Identity
    created: datetime
    modified: datetime
    status: SubscriptionStatus = "enabled"
    probation_retries: int = 0
    last_probation_retry: datetime | None = None
    last_notification: int = 0

    @property
    def url(self) -> str:
        """Where its notifications go."""
        return self.consumer_inputs["url"]

    @property
    def listening(self) -> bool:
        """Whether events are still looked at for it."""
        return self.status in ("enabled", "onProbation")

    def wants(self, event: Event) -> bool:
        """Whether an event passes the filters; an empty filter takes all."""
        if event.type != self.event_type:
            return False
        for name, value in self.publisher_inputs.items():
            if value and name in event.filters and _plain(value) != _plain(event.filters[name]):
                return False
        return True


def read_subscription(body: Json, versions: Mapping[str, tuple[str, ...]], old: Subscription | None = None) -> Json:
    """The fields of Subscription that a request sets; 400 for what no consumer or publisher takes.

    A masked password, as it is read back, leaves the old one in place.
    """
    event_type = str(body.get("eventType"))
    wanted = {
        "publisherId": publisher_of(event_type),
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
    }
    for name, value in wanted.items():
        if body.get(name) != value:
            raise bad_request(f"{name} must be {value}.", "SubscriptionInputException")
    version = _version(event_type, body.get("resourceVersion"), versions)
    consumer = _strings(body.get("consumerInputs"))
    if urlsplit(consumer.get("url", "")).scheme not in ("http", "https") or not urlsplit(consumer["url"]).netloc:
        raise bad_request("The consumer input url must be an absolute address.", "SubscriptionInputException")
    if old is not None and consumer.get("basicAuthPassword") == MASK:
        consumer["basicAuthPassword"] = old.consumer_inputs.get("basicAuthPassword", "")
    headers_of(consumer)
    return {
        "event_type": event_type,
        "resource_version": version,
        "publisher_inputs": _strings(body.get("publisherInputs")),
        "consumer_inputs": consumer,
    }


def publisher_of(event_type: str) -> str:
    """Who publishes an event."""
    return PUBLISHERS.get(event_type, "tfs")


def _version(event_type: str, asked: object, versions: Mapping[str, tuple[str, ...]]) -> str:
    """The resource version; it is no client's fault to ask for one that newer hosts have."""
    for version in reversed(versions.get(event_type, ())):
        if asked in (None, "", version):
            return version
    problem = f"{event_type} has no resource version {asked}."
    if event_type not in versions:
        problem = f"The event type {event_type} is not known."
    refusal = bad_request(problem, "SubscriptionInputException")
    refusal.violation = asked not in VERSIONS.get(event_type, ())
    raise refusal


def headers_of(consumer_inputs: Mapping[str, str]) -> dict[str, str]:
    """The header lines (`Key:Value`) of the consumer input `httpHeaders`; 400 for a line that is none."""
    headers = {}
    for line in consumer_inputs.get("httpHeaders", "").splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and not (colon and name.strip()):
            raise bad_request("httpHeaders takes one Key:Value a line.", "SubscriptionInputException")
        if line.strip():
            headers[name.strip()] = value.strip()
    return headers


def subscription_view(urls: Urls, subscription: Subscription) -> Json:
    """hooks.Subscription; the password is masked."""
    own = f"{urls.collection}/_apis/hooks/subscriptions/{subscription.id}"
    consumer = dict(subscription.consumer_inputs)
    if consumer.get("basicAuthPassword"):
        consumer["basicAuthPassword"] = MASK
    view: Json = {
        "id": subscription.id,
        "url": own,
        "status": subscription.status,
        "publisherId": publisher_of(subscription.event_type),
        "eventType": subscription.event_type,
        "subscriber": None,
        "resourceVersion": subscription.resource_version,
        "eventDescription": subscription.event_type,
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "actionDescription": f"To host {urlsplit(subscription.url).netloc}",
        "probationRetries": subscription.probation_retries,
        "createdBy": identity_view(urls, subscription.created_by),
        "createdDate": stamp(subscription.created),
        "modifiedBy": identity_view(urls, subscription.created_by),
        "modifiedDate": stamp(subscription.modified),
        "publisherInputs": subscription.publisher_inputs,
        "consumerInputs": consumer,
        "_links": {"self": link(own), "notifications": link(f"{own}/notifications")},
    }
    if subscription.last_probation_retry is not None:
        view["lastProbationRetryDate"] = stamp(subscription.last_probation_retry)
    return view


def _strings(inputs: object) -> dict[str, str]:
    values = inputs if isinstance(inputs, dict) else {}
    if not all(isinstance(value, str) for value in values.values()):
        raise bad_request("Inputs of a subscription are strings.", "SubscriptionInputException")
    return dict(values)


def _plain(value: str) -> str:
    return value.lower().removeprefix("refs/heads/")

"""Service hooks: what has Azure DevOps send us its events (Azure DevOps REST, Service Hooks Subscriptions)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from providers.azure.client import Client
from providers.azure.pulls import get_repository
from providers.azure.webhooks import COMMENT, HEADER, RUN_STATE
from providers.errors import NotFound, ProviderError, Rejected
from providers.payloads import Json, child, items, word
from providers.values import Hook, Repository

USER = "agnox"
CONSUMER = {"consumerId": "webHooks", "consumerActionId": "httpRequest"}

_PROBLEMS = {
    "onProbation": "deliveries failed, so Azure DevOps sends fewer of them until one succeeds",
    "disabledByUser": "it was switched off by a person",
    "disabledBySystem": "Azure DevOps switched it off after too many failed deliveries",
    "disabledByInactiveIdentity": "Azure DevOps switched it off since the person who made it is gone",
}


@dataclass(frozen=True, slots=True)
class Event:
    """What we want to hear of; a fixed version keeps its payload as we know it."""

    type: str
    version: str = "1.0"
    inputs: Mapping[str, str] = field(default_factory=dict)
    per_repository: bool = True
    """Whether its subscription can be narrowed to one repository."""
    publisher: str = "tfs"
    optional: bool = False
    """Whether we get along without it, for whatever reason the server refuses it."""


# Updates are told by kind: a push brings a new head, the other tells who abandons or reactivates.
EVENTS = (
    Event("git.pullrequest.created"),
    Event("git.pullrequest.updated", inputs={"notificationType": "PushNotification"}),
    Event("git.pullrequest.updated", inputs={"notificationType": "StatusUpdateNotification"}),
    Event("git.pullrequest.merged"),
    Event(COMMENT, "2.0"),
    Event("git.push"),
    Event("build.complete", "2.0", per_repository=False),
    # That builds end is told by the one before, which says more.
    Event(RUN_STATE, "5.1-preview.1", {"runStateId": "InProgress"}, False, publisher="pipelines", optional=True),
    Event("git.repo.renamed", "1.0-preview.1", optional=True),
    Event("git.repo.deleted", "1.0-preview.1", optional=True),
)
PUBLISHERS = tuple(dict.fromkeys(event.publisher for event in EVENTS))


@dataclass(frozen=True, slots=True)
class Scope:
    """A project, or one repository of it, by their ids."""

    project: str
    repository: str = ""

    def inputs(self, event: Event) -> dict[str, str]:
        narrowed = {"repository": self.repository} if self.repository and event.per_repository else {}
        return {"projectId": self.project, **narrowed, **event.inputs}


async def ensure_hooks(client: Client, place: str, url: str, secret: str) -> list[Hook]:
    """Makes a subscription for each event, or sets right the one that leads to `url`; of several the first stays.

    The secret is written anew each time, since nobody can read whether it is still the same. Events that the server
    does not know are passed over; after any other failure the subscriptions that were made are gone again.
    """
    scope = await _scope(client, place)
    present = await _leading_to(client, scope, url)
    made: list[Hook] = []
    refused: Rejected | None = None
    try:
        for event in EVENTS:
            try:
                made.append(await _ensure(client, scope, event, url, secret, present))
            except Rejected as error:
                if not event.optional and await _knows(client, event):
                    raise
                refused = error
    except ProviderError:
        with suppress(ProviderError):
            await _undo(client, scope, url, present)
        raise
    if refused is not None and not made:
        raise refused
    return made


async def hooks(client: Client, place: str, url: str) -> list[Hook]:
    return [_hook(each) for each in await subscriptions_to(client, place, url)]


async def subscriptions_to(client: Client, place: str, url: str) -> list[Json]:
    """Lists the subscriptions on `place` that lead to `url`, as the host words them."""
    return await _leading_to(client, await _scope(client, place), url)


async def enable(client: Client, subscription: Json) -> None:
    """Switches a subscription on; the password, which is given masked, stays what it was."""
    names = ("id", "publisherId", "eventType", "resourceVersion", "consumerId", "consumerActionId")
    body: dict[str, Any] = {name: subscription[name] for name in names if name in subscription}
    body |= {name: dict(child(subscription, name)) for name in ("publisherInputs", "consumerInputs")}
    body["status"] = "enabled"
    await client(lambda sdk: sdk.service_hooks.replace_subscription(body, body["id"]))


async def remove_hooks(client: Client, place: str, url: str) -> None:
    for each in await _leading_to(client, await _scope(client, place), url):
        await _delete(client, word(each, "id"))


async def _ensure(client: Client, scope: Scope, event: Event, url: str, secret: str, present: list[Json]) -> Hook:
    wanted = scope.inputs(event)
    matching = [each for each in present if word(each, "eventType") == event.type and _same(each, wanted)]
    for duplicate in matching[1:]:
        await _delete(client, word(duplicate, "id"))
    body: dict[str, Any] = {
        "publisherId": event.publisher,
        **CONSUMER,
        "eventType": event.type,
        "resourceVersion": event.version,
        "publisherInputs": wanted,
        "consumerInputs": {"url": url, **_proof(url, secret)},
    }
    if not matching:
        return _hook(await client(lambda sdk: sdk.service_hooks.create_subscription(body)))
    kept = word(matching[0], "id")
    body |= {"id": kept, "status": "enabled"}
    return _hook(await client(lambda sdk: sdk.service_hooks.replace_subscription(body, kept)))


def _proof(url: str, secret: str) -> dict[str, str]:
    """Has the secret sent as a password, which nobody can read back; over http only a header is sent."""
    if urlsplit(url).scheme == "https":
        return {"basicAuthUsername": USER, "basicAuthPassword": secret}
    return {"httpHeaders": f"{HEADER.title()}:{secret}"}


async def _knows(client: Client, event: Event) -> bool:
    """Whether the server has an event in our version; who does not tell has all of them."""
    try:
        listed = items(await client(lambda sdk: sdk.service_hooks.list_event_types(event.publisher)))
    except ProviderError:
        return True
    versions = [each.get("supportedResourceVersions") for each in listed if word(each, "id") == event.type]
    return not listed or any(not isinstance(each, list) or event.version in each for each in versions)


async def _undo(client: Client, scope: Scope, url: str, present: list[Json]) -> None:
    """Deletes what was not there before, even if we did not hear of its making."""
    before = {word(each, "id") for each in present}
    for each in await _leading_to(client, scope, url):
        if word(each, "id") not in before:
            await _delete(client, word(each, "id"))


async def _scope(client: Client, named: str) -> Scope:
    """Finds the project, or the repository in it. Raises Rejected when it is neither."""
    named = named.strip("/ ")
    try:
        if "/" not in named and named not in ("", ".", ".."):
            return Scope(word(await client(lambda sdk: sdk.core.get_project(named)), "id").lower())
        found = await get_repository(client, Repository(named, named))
    except NotFound as unknown:
        raise Rejected(f"{named!r} is no place for service hooks: expected PROJECT or PROJECT/REPOSITORY") from unknown
    project, _, repository = found.id.partition("/")
    return Scope(project, repository)


async def _leading_to(client: Client, scope: Scope, url: str) -> list[Json]:
    answer = await client(
        lambda sdk: sdk.service_hooks.list_subscriptions(
            consumer_id=CONSUMER["consumerId"], consumer_action_id=CONSUMER["consumerActionId"]
        )
    )
    return [
        each
        for each in items(answer)
        if word(each, "publisherId") in PUBLISHERS
        and word(child(each, "consumerInputs"), "url") == url
        and word(child(each, "publisherInputs"), "projectId").lower() == scope.project
        and _narrowed_to(each) in (scope.repository, *("" for event in EVENTS if _whole_project(event, each)))
    ]


def _narrowed_to(subscription: Json) -> str:
    return word(child(subscription, "publisherInputs"), "repository").lower()


def _whole_project(event: Event, subscription: Json) -> bool:
    return not event.per_repository and event.type == word(subscription, "eventType")


def _same(subscription: Json, wanted: Mapping[str, str]) -> bool:
    """Compares what narrows a subscription; the host adds inputs that are empty."""
    given = child(subscription, "publisherInputs")
    names = ("repository", "notificationType")
    return all(word(given, name).lower() == wanted.get(name, "").lower() for name in names)


def _hook(subscription: Json) -> Hook:
    status = word(subscription, "status") or "enabled"
    return Hook(
        id=word(subscription, "id"),
        url=word(child(subscription, "consumerInputs"), "url"),
        events=(word(subscription, "eventType"),),
        active=status in ("enabled", "onProbation"),
        problem=_PROBLEMS.get(status, "" if status == "enabled" else f"its status is {status}"),
    )


async def _delete(client: Client, subscription: str) -> None:
    try:
        await client(lambda sdk: sdk.service_hooks.delete_subscription(subscription))
    except NotFound:
        return

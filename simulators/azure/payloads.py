"""The body of a notification, as a subscription wants it (Azure DevOps, Service hooks events)."""

from html import escape

from simulators.azure.models import Json
from simulators.azure.subscriptions import Event, Subscription, publisher_of
from simulators.azure.views.common import stamp

_MINIMAL = ("id", "pullRequestId", "pushId", "url")


def payload(event: Event, subscription: Subscription, notification_id: int) -> Json:
    """The envelope with the resource in the version that was asked for."""
    inputs = subscription.consumer_inputs
    return {
        "subscriptionId": subscription.id,
        "notificationId": notification_id,
        "id": event.id,
        "eventType": event.type,
        "publisherId": publisher_of(event.type),
        "message": _message(event.message, inputs.get("messagesToSend", "")),
        "detailedMessage": _message(event.details, inputs.get("detailedMessagesToSend", "")),
        "resource": _resource(event.resources[subscription.resource_version], inputs.get("resourceDetailsToSend", "")),
        "resourceVersion": subscription.resource_version,
        "resourceContainers": event.containers,
        "createdDate": stamp(event.created),
    }


def _message(text: str, wanted: str) -> Json | None:
    forms = {"text": text, "html": escape(text, quote=False), "markdown": text}
    chosen = wanted.lower() or "all"
    if chosen == "none":
        return None
    return forms if chosen == "all" else {chosen: forms[chosen]} if chosen in forms else forms


def _resource(resource: Json, wanted: str) -> Json | None:
    chosen = wanted.lower()
    if chosen == "none":
        return None
    if chosen == "minimal":
        return {name: resource[name] for name in _MINIMAL if name in resource}
    return resource

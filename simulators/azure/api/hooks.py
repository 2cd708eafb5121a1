"""Service hook subscriptions and their notifications (Azure DevOps REST, Hooks)."""

from simulators.answers import Answer
from simulators.azure.answers import access_denied, bad_request, no_project, not_found
from simulators.azure.hooks import Notification
from simulators.azure.models import Json
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.samples import sample
from simulators.azure.subscriptions import ZERO, Subscription, publisher_of, read_subscription, subscription_view
from simulators.azure.views.common import stamp

SUBSCRIPTIONS = "_apis/hooks/subscriptions"
ONE = f"{SUBSCRIPTIONS}/{{subscriptionId}}"


def _list(call: ApiCall) -> Answer:
    shown = [subscription_view(call.urls, subscription) for subscription in call.hooks.subscriptions.values()]
    filters = ("publisherId", "eventType", "consumerId", "consumerActionId")
    return listed([view for view in shown if all(call.query.get(name) in (None, view[name]) for name in filters)])


def _create(call: ApiCall) -> Answer:
    fields = read_subscription(call.body, call.hooks.versions)
    _demand_administrator(call, fields)
    return Answer(subscription_view(call.urls, call.hooks.subscribe(fields, call.actor)))


def _get(call: ApiCall) -> Answer:
    return Answer(subscription_view(call.urls, _known(call)))


def _replace(call: ApiCall) -> Answer:
    subscription = _known(call)
    fields = read_subscription(call.body, call.hooks.versions, subscription)
    _demand_administrator(call, fields)
    for name, value in fields.items():
        setattr(subscription, name, value)
    if call.body.get("status") in ("enabled", "disabledByUser"):
        subscription.status, subscription.probation_retries = call.body["status"], 0
    subscription.modified = call.state.now()
    return Answer(subscription_view(call.urls, subscription))


def _delete(call: ApiCall) -> Answer:
    subscription = _known(call)
    _demand_administrator(call, {"publisher_inputs": subscription.publisher_inputs})
    del call.hooks.subscriptions[subscription.id]
    return Answer(None, 204)


def _notifications(call: ApiCall) -> Answer:
    subscription = _known(call)
    own = [notification for notification in call.hooks.notifications if notification.subscription is subscription]
    if (result := call.query.get("result")) is not None:
        own = [notification for notification in own if notification.result == result]
    newest = sorted(own, key=lambda notification: -notification.id)[: call.count("maxResults", 100, 1_000)]
    return listed([_view(notification) for notification in newest])


def _test(call: ApiCall) -> Answer:
    """The button "Test": a constant payload, sent after this answer."""
    details = call.body.get("details") or {}
    publisher = publisher_of(str(details.get("eventType")))
    wanted = {"publisherId": publisher, "consumerId": "webHooks", "consumerActionId": "httpRequest", **details}
    fields = read_subscription(wanted, call.hooks.versions)
    now = call.state.now()
    button = Subscription(ZERO, created_by=call.actor, created=now, modified=now, **fields)
    event = sample(button.event_type, call.urls)
    call.hooks.order(lambda: call.hooks.test(event, button))
    return Answer(_view(Notification(1, button, event, now)))


def _event_types(call: ApiCall) -> Answer:
    publisher = call.asked.arguments["publisherId"].lower()
    known = {name: list(each) for name, each in call.hooks.versions.items() if publisher_of(name) == publisher}
    if not known:
        raise not_found("PublisherNotFoundException", "The publisher was not found.")
    return listed(
        [{"publisherId": publisher, "id": name, "supportedResourceVersions": each} for name, each in known.items()]
    )


def _known(call: ApiCall) -> Subscription:
    subscription = call.hooks.subscriptions.get(call.asked.arguments["subscriptionId"].lower())
    if subscription is None:
        raise not_found("SubscriptionNotFoundException", "The subscription was not found.")
    return subscription


def _demand_administrator(call: ApiCall, fields: Json) -> None:
    """Subscriptions are edited by administrators of their project (Service hooks, Permissions)."""
    wanted = fields["publisher_inputs"].get("projectId", "")
    project = call.state.project(wanted) if wanted else None
    if wanted and project is None:
        raise no_project(wanted)
    if project is None:
        raise bad_request("The publisher input projectId is missing.", "SubscriptionInputException")
    if call.world.group("Project Administrators", project) not in call.state.groups_of(call.actor):
        raise access_denied(call.actor, "Edit subscriptions")


def _view(notification: Notification) -> Json:
    subscription, done = notification.subscription, notification.result != "pending"
    attempt = notification.attempts[-1] if notification.attempts else None
    return {
        "id": notification.id,
        "subscriptionId": subscription.id,
        "eventId": notification.event.id,
        "status": "completed" if done else "queued",
        "result": notification.result,
        "createdDate": stamp(notification.created),
        "modifiedDate": stamp(attempt.delivered_at if attempt else notification.created),
        "details": {
            "eventType": subscription.event_type,
            "publisherId": publisher_of(subscription.event_type),
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "requestAttempts": len(notification.attempts),
            "errorMessage": attempt.status if attempt and not attempt.succeeded else None,
        },
    }


ROUTES = (
    Route("GET", SUBSCRIPTIONS, _list),
    Route("POST", SUBSCRIPTIONS, _create),
    Route("GET", ONE, _get),
    Route("PUT", ONE, _replace),
    Route("DELETE", ONE, _delete),
    Route("GET", f"{ONE}/notifications", _notifications),
    Route("POST", "_apis/hooks/testnotifications", _test),
    Route("GET", "_apis/hooks/publishers/{publisherId}/eventtypes", _event_types),
)

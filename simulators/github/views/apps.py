"""The app, its installations and its webhook deliveries."""

from simulators.github.models import App, Installation, Json
from simulators.github.views.common import Urls, account_view, maybe_stamp, node_id, stamp
from simulators.webhooks import Delivery


def app_view(urls: Urls, app: App) -> Json:
    """integration."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("A", app.id),
        "owner": account_view(urls, app.owner),
        "name": app.name,
        "description": "",
        "external_url": "https://example.com/agnox",
        "html_url": f"{urls.html}/apps/{app.slug}",
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }


def installation_view(urls: Urls, app: App, installation: Installation) -> Json:
    """installation."""
    account = installation.account
    kind = "organizations" if account.type == "Organization" else "users"
    return {
        "id": installation.id,
        "account": account_view(urls, account),
        "repository_selection": installation.selection,
        "access_tokens_url": f"{urls.api}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{urls.api}/installation/repositories",
        "html_url": f"{urls.html}/{kind}/{account.login}/settings/installations/{installation.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": dict(installation.permissions),
        "events": list(installation.events),
        "created_at": stamp(installation.created_at),
        "updated_at": stamp(installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": account_view(urls, account) if installation.suspended_at else None,
        "suspended_at": maybe_stamp(installation.suspended_at),
    }


def delivery_view(delivery: Delivery, *, full: bool) -> Json:
    """hook-delivery, or hook-delivery-item without request and response."""
    view: Json = {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": stamp(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": round(delivery.duration, 2),
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.payload.get("action"),
        "installation_id": (delivery.payload.get("installation") or {}).get("id"),
        "repository_id": (delivery.payload.get("repository") or {}).get("id"),
        "throttled_at": None,
    }
    if full:
        view["url"] = ""
        view["request"] = {"headers": dict(delivery.headers), "payload": delivery.payload}
        view["response"] = {"headers": dict(delivery.response_headers), "payload": delivery.response_body}
    return view

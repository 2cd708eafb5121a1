"""Hooks, their logs, and tokens; what is secret is never shown."""

from datetime import datetime

from simulators.gitlab.credentials import Token
from simulators.gitlab.hooks import Hook, hidden
from simulators.gitlab.models import Json, Namespace
from simulators.gitlab.views.common import maybe_stamp, stamp
from simulators.webhooks import Delivery


def hook_view(hook: Hook, now: datetime) -> Json:
    """API_Entities_ProjectHook, or that of a group."""
    owner = "group_id" if isinstance(hook.owner, Namespace) else "project_id"
    return {
        "id": hook.id,
        "url": hook.url,
        "name": hook.name,
        "description": hook.description,
        "created_at": stamp(hook.created_at),
        **hook.flags,
        "repository_update_events": False,
        "enable_ssl_verification": hook.verify_tls,
        "alert_status": hook.status(now),
        "disabled_until": maybe_stamp(hook.disabled_until),
        "url_variables": [],
        "push_events_branch_filter": hook.branch_filter,
        "branch_filter_strategy": hook.branch_strategy,
        "custom_webhook_template": None,
        "custom_headers": [{"key": name} for name in hook.custom_headers],
        "token_present": hook.token is not None,
        "signing_token_present": hook.signing_token is not None,
        owner: hook.owner.id,
    }


def hook_event_view(hook: Hook, delivery: Delivery) -> Json:
    """One line of a hook's log (GitLab REST, Project webhooks, events)."""
    return {
        "id": delivery.id,
        "url": hook.url,
        "trigger": delivery.event.lower().replace(" ", "_").replace("_hook", "_hooks"),
        "request_headers": hidden(delivery.headers),
        "request_data": delivery.payload,
        "response_headers": delivery.response_headers,
        "response_body": delivery.response_body,
        "execution_duration": delivery.duration,
        "response_status": str(delivery.status_code) if delivery.status_code else "internal error",
    }


def token_view(token: Token, now: datetime) -> Json:
    """API_Entities_PersonalAccessToken, also for the tokens of projects and groups."""
    return {
        "id": token.id,
        "name": token.name,
        "revoked": token.revoked,
        "created_at": stamp(token.created_at),
        "description": None,
        "scopes": list(token.scopes),
        "user_id": token.user.id,
        "last_used_at": stamp(now),
        "active": not token.revoked and not token.expired(now),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }

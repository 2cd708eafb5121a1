"""Who is calling, with which token, and on which version (GitLab REST, Users, Personal access tokens, Metadata)."""

from datetime import date, timedelta

from simulators.answers import Answer
from simulators.gitlab.answers import Denied, Malformed
from simulators.gitlab.hooks import VERSION
from simulators.gitlab.routes import ApiCall, Route
from simulators.gitlab.views.common import stamp, user_view
from simulators.gitlab.views.hooks import token_view

LONGEST_LIFE = timedelta(days=400)


def _user(call: ApiCall) -> Answer:
    if not any(call.token.allows(scope) for scope in ("read_api", "read_user")):
        raise Denied(
            "The request requires higher privileges than provided by the access token.", "insufficient_scope", 403
        )
    user = call.user
    return Answer(user_view(call.urls, user) | {"bot": user.bot, "created_at": stamp(user.created_at)})


def _token(call: ApiCall) -> Answer:
    if call.token.kind == "oauth":
        raise Denied("401 Unauthorized")
    return Answer(token_view(call.token, call.state.now()) | {"last_used_ips": []})


def _rotate(call: ApiCall) -> Answer:
    if not any(call.token.allows(scope) for scope in ("api", "self_rotate")):
        raise Denied(
            "The request requires higher privileges than provided by the access token.", "insufficient_scope", 403
        )
    if call.token.kind == "oauth":
        raise Denied("401 Unauthorized")
    today = call.state.now().date()
    try:
        ends = date.fromisoformat(call.body["expires_at"]) if "expires_at" in call.body else None
    except ValueError:
        raise Malformed("expires_at is invalid") from None
    if ends is not None and not today < ends <= today + LONGEST_LIFE:
        raise Malformed("expires_at is not within the allowed life of a token")
    new = call.host.credentials.rotate(call.token, ends)
    return Answer(token_view(new, call.state.now()) | {"token": new.value})


def _version(call: ApiCall) -> Answer:
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return Answer({"version": VERSION, "revision": "a1b2c3d4e5f", "kas": kas, "enterprise": True})


def _oauth(call: ApiCall) -> Answer:
    if call.body.get("grant_type") != "refresh_token":
        raise Denied("The authorization grant type is not supported.", "unsupported_grant_type", 400)
    return Answer(call.host.credentials.refresh(call.body), headers={"cache-control": "no-store"})


ROUTES = (
    Route("GET /user", _user, scope="any"),
    Route("GET /personal_access_tokens/self", _token, scope="any"),
    Route("POST /personal_access_tokens/self/rotate", _rotate, scope="any"),
    Route("POST /projects/{id}/access_tokens/self/rotate", _rotate, scope="any"),
    Route("GET /version", _version, scope="any"),
    Route("GET /metadata", _version, scope="any"),
    Route("POST /oauth/token", _oauth, anyone=True),
)

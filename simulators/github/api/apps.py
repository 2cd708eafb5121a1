"""The app, its installations, their tokens, and webhook deliveries (GitHub REST, Apps)."""

from simulators.answers import Answer
from simulators.github.answers import Refusal, not_found
from simulators.github.models import Installation, Json, Repository
from simulators.github.routes import ApiCall, Route
from simulators.github.views.apps import app_view, delivery_view, installation_view
from simulators.github.views.common import repository_view, stamp
from simulators.webhooks import Delivery


def _app(call: ApiCall) -> Answer:
    app = next(iter(call.state.apps.values()))
    count = sum(not installation.deleted for installation in call.state.installations.values())
    return Answer({**app_view(call.urls, app), "client_id": app.client_id, "installations_count": count})


def _installations(call: ApiCall) -> Answer:
    living = [i for i in call.state.installations.values() if not i.deleted]
    return call.paged(living, lambda i: _show(call, i))


def _installation(call: ApiCall) -> Answer:
    return Answer(_show(call, _living(call)))


def _installation_of_repository(call: ApiCall) -> Answer:
    installation = call.state.installation_of(call.repository)
    if installation is None:
        raise not_found()
    return Answer(_show(call, installation))


def _installation_of_account(call: ApiCall) -> Answer:
    login = call.arguments.get("org") or call.arguments["username"]
    for installation in call.state.installations.values():
        if not installation.deleted and installation.account.login.lower() == login.lower():
            return Answer(_show(call, installation))
    raise not_found()


def _create_token(call: ApiCall) -> Answer:
    installation = _living(call)
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    permissions = dict(installation.permissions)
    wanted = call.body.get("permissions")
    if wanted is not None:
        ranks = ("read", "write", "admin")
        for name, level in wanted.items():
            if name not in permissions or ranks.index(level) > ranks.index(permissions[name]):
                raise Refusal(422, "The permissions requested are not granted to this installation.")
        permissions = {**wanted, "metadata": "read"}
    chosen = _chosen(call, installation)
    token = call.credentials.issue(
        installation, permissions, frozenset(r.id for r in chosen) if chosen is not None else None
    )
    content: Json = {
        "token": token.token,
        "expires_at": stamp(token.expires_at),
        "permissions": permissions,
        "repository_selection": "selected" if chosen is not None else installation.selection,
    }
    if chosen is not None:
        content["repositories"] = [repository_view(call.urls, repository) for repository in chosen]
    return Answer(content, 201)


def _chosen(call: ApiCall, installation: Installation) -> list[Repository] | None:
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and ids is None:
        return None
    reachable = [r for r in call.state.repositories.values() if installation.covers(r)]
    chosen = [r for r in reachable if r.name in (names or ()) or r.id in (ids or ())]
    if len(chosen) != len({*(names or ()), *(ids or ())}) or not chosen:
        raise Refusal(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return chosen


def _revoke_token(call: ApiCall) -> Answer:
    call.credentials.revoke(call.installation.token)
    return Answer(status=204)


def _accessible(call: ApiCall) -> Answer:
    covered = [r for r in call.state.repositories.values() if call.installation.covers(r)]
    answer = call.paged(covered, lambda r: repository_view(call.urls, r), "repositories")
    answer.content["repository_selection"] = call.installation.installation.selection
    return answer


def _hook_config(call: ApiCall) -> Answer:
    config = {"content_type": "json", "insecure_ssl": "0", "secret": "********"}
    return Answer(config | ({"url": call.deliveries.url} if call.deliveries.url else {}))


def _update_hook_config(call: ApiCall) -> Answer:
    call.deliveries.url = call.body.get("url", call.deliveries.url)
    call.deliveries.secret = call.body.get("secret", call.deliveries.secret)
    return _hook_config(call)


def _deliveries(call: ApiCall) -> Answer:
    newest = sorted(call.state.deliveries.values(), key=lambda delivery: -delivery.id)
    if call.query.get("status") in ("success", "failure"):
        newest = [d for d in newest if (d.status == "OK") == (call.query["status"] == "success")]
    size = min(int(call.query.get("per_page", 30)), 100)
    if call.query.get("cursor"):
        newest = [d for d in newest if d.id < int(call.query["cursor"])]
    link = {}
    if len(newest) > size:
        link = {"link": f'<{call.url}?per_page={size}&cursor={newest[size - 1].id}>; rel="next"'}
    return Answer([delivery_view(d, full=False) for d in newest[:size]], headers=link)


def _delivery(call: ApiCall) -> Answer:
    return Answer(delivery_view(_known_delivery(call), full=True))


def _redeliver(call: ApiCall) -> Answer:
    call.deliveries.redeliver_soon(_known_delivery(call))
    return Answer({}, 202)


def _show(call: ApiCall, installation: Installation) -> Json:
    return installation_view(call.urls, next(iter(call.state.apps.values())), installation)


def _living(call: ApiCall) -> Installation:
    installation = call.state.installations.get(call.number("installation_id"))
    if installation is None or installation.deleted:
        raise not_found()
    return installation


def _known_delivery(call: ApiCall) -> Delivery:
    delivery = call.state.deliveries.get(call.number("delivery_id"))
    if delivery is None:
        raise not_found()
    return delivery


ROUTES = (
    Route("apps/get-authenticated", _app, who="app"),
    Route("apps/list-installations", _installations, who="app"),
    Route("apps/get-installation", _installation, who="app"),
    Route("apps/get-repo-installation", _installation_of_repository, who="app"),
    Route("apps/get-org-installation", _installation_of_account, who="app"),
    Route("apps/get-user-installation", _installation_of_account, who="app"),
    Route("apps/create-installation-access-token", _create_token, who="app"),
    Route("apps/get-webhook-config-for-app", _hook_config, who="app"),
    Route("apps/update-webhook-config-for-app", _update_hook_config, who="app"),
    Route("apps/list-webhook-deliveries", _deliveries, who="app"),
    Route("apps/get-webhook-delivery", _delivery, who="app"),
    Route("apps/redeliver-webhook-delivery", _redeliver, who="app"),
    Route("apps/revoke-installation-access-token", _revoke_token),
    Route("apps/list-repos-accessible-to-installation", _accessible),
)

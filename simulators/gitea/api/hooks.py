"""A repository's webhooks (routers/api/v1/utils/hook.go)."""

from simulators.answers import Answer
from simulators.gitea.answers import NotFound
from simulators.gitea.models import Hook, Json, Right
from simulators.gitea.routes import Call, Route
from simulators.gitea.rules import WORDS, check_content_type, check_new_hook, chosen
from simulators.gitea.views.common import stamp


def hook_view(hook: Hook) -> Json:
    """Hook; the secret is never told."""
    return {
        "id": hook.id,
        "type": "gitea",
        "branch_filter": hook.branch_filter,
        "config": {"content_type": hook.content_type, "url": hook.url},
        "events": list(hook.events),
        "authorization_header": hook.authorization,
        "active": hook.active,
        "updated_at": stamp(hook.updated_at),
        "created_at": stamp(hook.created_at),
    }


def _list(call: Call) -> Answer:
    return call.paged(call.state.hooks_of(call.repository), hook_view, links=False)


def _create(call: Call) -> Answer:
    check_new_hook(call.body)
    body, config = call.body, call.body["config"]
    if body["type"] not in ("gitea", "gogs"):
        call.note(f"a hook of type {body['type']} sends another payload than Gitea's")
    hook = call.host.world.add_hook(
        call.repository,
        config["url"],
        secret=config.get("secret", ""),
        events=_words(call),
        content_type=config["content_type"],
    )
    # A hook is asleep unless it is told to be active.
    hook.active = body.get("active", False)
    hook.branch_filter, hook.authorization = body.get("branch_filter", ""), body.get("authorization_header", "")
    return Answer(hook_view(hook), 201)


def _edit(call: Call) -> Answer:
    hook, body, config = _known(call), call.body, call.body.get("config") or {}
    check_content_type(config)
    if "secret" in config:
        call.note("a hook's secret cannot be changed by PATCH, and nothing says so")
    hook.url = config.get("url", hook.url)
    hook.content_type = config.get("content_type", hook.content_type)
    # What is not sent again is reset: without events only push is left.
    hook.events = chosen(_words(call))
    hook.branch_filter, hook.authorization = body.get("branch_filter", ""), body.get("authorization_header", "")
    hook.active = body.get("active", hook.active)
    hook.updated_at = call.state.now()
    return Answer(hook_view(hook))


def _words(call: Call) -> list[str]:
    words: list[str] = call.body.get("events") or []
    if unknown := [word for word in words if word.lower() not in WORDS]:
        call.note(f"no event is called {', '.join(unknown)}")
    return words


def _get(call: Call) -> Answer:
    return Answer(hook_view(_known(call)))


def _delete(call: Call) -> Answer:
    del call.state.hooks[_known(call).id]
    return Answer(status=204)


def _test(call: Call) -> Answer:
    """A push that moved nothing, for a hook that listens to pushes."""
    hook, repository = _known(call), call.repository
    branch = call.asked.query.get("ref", repository.default_branch).removeprefix("refs/heads/")
    if branch not in repository.branches:
        raise NotFound
    event = call.host.events.push(repository, branch, repository.branches[branch], call.actor)
    if "push" in hook.events and hook.active:
        call.host.deliveries.order(call.host.deliveries.sign(event, hook))
    return Answer(status=204)


def _known(call: Call) -> Hook:
    hook = call.state.hooks.get(call.number("id"))
    if hook is None or hook.repository is not call.repository:
        raise NotFound
    return hook


_HOOKS = "/api/v1/repos/{owner}/{repo}/hooks"
ROUTES = (
    Route("repoListHooks", f"GET {_HOOKS}", _list, right=Right.ADMIN, token=True),
    Route("repoCreateHook", f"POST {_HOOKS}", _create, right=Right.ADMIN, token=True),
    Route("repoGetHook", f"GET {_HOOKS}/{{id}}", _get, right=Right.ADMIN, token=True),
    Route("repoEditHook", f"PATCH {_HOOKS}/{{id}}", _edit, right=Right.ADMIN, token=True),
    Route("repoDeleteHook", f"DELETE {_HOOKS}/{{id}}", _delete, right=Right.ADMIN, token=True),
    Route("repoTestHook", f"POST {_HOOKS}/{{id}}/tests", _test, right=Right.ADMIN, token=True),
)

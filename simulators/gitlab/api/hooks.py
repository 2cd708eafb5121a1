"""Webhooks of projects and groups, their logs, tests and resends (GitLab REST, Project and Group webhooks)."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from simulators.answers import Answer, Refusal
from simulators.gitlab.answers import Malformed, Throttled, not_found
from simulators.gitlab.hooks import FLAGS, Event, Hook
from simulators.gitlab.models import Namespace, Project
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.views.hooks import hook_event_view, hook_view
from simulators.webhooks import Delivery

MAX_HEADERS = 20


def _list(call: ApiCall) -> Answer:
    return call.paged(call.host.hooks.of(_owner(call)), lambda hook: hook_view(hook, call.state.now()))


def _get(call: ApiCall) -> Answer:
    return Answer(hook_view(_known(call), call.state.now()))


def _create(call: ApiCall) -> Answer:
    _check(call.body, call.text("url"))
    hook = call.host.hooks.add(_owner(call), call.body["url"])
    _change(hook, call.body, signs=call.state.signs_webhooks)
    return Answer(hook_view(hook, call.state.now()), 201)


def _update(call: ApiCall) -> Answer:
    hook = _known(call)
    _check(call.body, call.body.get("url", hook.url))
    _change(hook, call.body, signs=call.state.signs_webhooks)
    return Answer(hook_view(hook, call.state.now()))


def _delete(call: ApiCall) -> Answer:
    del call.host.hooks.all[_known(call).id]
    return Answer(status=204)


def _events(call: ApiCall) -> Answer:
    hook, wanted = _known(call), call.query.get("status", "")

    def matches(delivery: Delivery) -> bool:
        classes = {2: "successful", 4: "client_failure", 5: "server_failure"}
        code = str(delivery.status_code)
        return wanted in ("", code, classes.get(delivery.status_code // 100, "server_failure"))

    # What is not sent yet is in no log.
    log = [delivery for delivery in hook.sent[::-1] if delivery.status_code and matches(delivery)]
    return call.paged(log, lambda delivery: hook_event_view(hook, delivery))


def _resend(call: ApiCall) -> Answer:
    hook = _known(call)
    delivery = next((d for d in hook.sent if d.id == call.number("hook_log_id")), None)
    if delivery is None:
        raise not_found()
    key, now = f"{hook.owner.id} {call.user.id}", call.state.now()
    if not call.host.resend_limit.spend(key, now):
        raise Throttled(call.host.resend_limit.headers(key, now))
    call.host.hooks.resend_soon(hook, delivery)
    return Answer({"message": "201 Created"}, 201)


def _test(call: ApiCall) -> Answer:
    hook, trigger = _known(call), call.asked.arguments["trigger"]
    sample = _SAMPLES.get(trigger)
    event = sample(call) if sample else None
    if event is None:
        raise Refusal(422, f"Ensure the project has what {trigger} tells of.")
    # A test is sent whatever the hook asks for, and even if it is disabled: one that succeeds enables it again.
    call.host.hooks.test_soon(hook, event)
    return Answer({"message": "201 Created"}, 201)


def _sample_push(call: ApiCall) -> Event | None:
    project = call.project
    head = project.branches[project.default_branch]
    before = next(iter(project.commits[head].parents), "0" * 40)
    return call.host.events.push(project, project.default_branch, before, head, call.user)


def _sample_note(call: ApiCall) -> Event | None:
    notes = [note for request in call.state.requests_of(call.project) for note in call.state.notes_of(request)]
    said = [note for note in notes if not note.system]
    return call.host.events.note(said[-1]) if said else None


def _sample_request(call: ApiCall) -> Event | None:
    requests = call.state.requests_of(call.project)
    return call.host.events.merge_request("update", requests[0]) if requests else None


def _sample_pipeline(call: ApiCall) -> Event | None:
    pipelines = call.state.pipelines_of(call.project)
    return call.host.events.pipeline(pipelines[0]) if pipelines else None


_SAMPLES: Mapping[str, Callable[[ApiCall], Event | None]] = {
    "push_events": _sample_push,
    "note_events": _sample_note,
    "merge_requests_events": _sample_request,
    "pipeline_events": _sample_pipeline,
}


def _owner(call: ApiCall) -> Project | Namespace:
    return call.group if call.asked.template.removeprefix("/api/v4").startswith("/groups/") else call.project


def _known(call: ApiCall) -> Hook:
    hook = call.host.hooks.all.get(call.number("hook_id"))
    if hook is None or hook.owner is not _owner(call):
        raise not_found()
    return hook


def _check(body: Mapping[str, Any], url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise Malformed("Invalid url given", 422)
    if len(body.get("custom_headers") or ()) > MAX_HEADERS:
        raise Malformed("custom_headers: only 20 are allowed", 422)
    if (token := body.get("signing_token")) is not None and not _signs(token):
        raise Malformed("Invalid signing token given", 422)


def _signs(token: str) -> bool:
    """Whether it is `whsec_` and the base64 of 32 bytes."""
    try:
        key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    return token.startswith("whsec_") and len(key) == 32


def _change(hook: Hook, body: Mapping[str, Any], *, signs: bool) -> None:
    hook.flags |= {name: str(body[name]).lower() == "true" for name in FLAGS if name in body}
    hook.url = body.get("url", hook.url)
    hook.name, hook.description = body.get("name", hook.name), body.get("description", hook.description)
    hook.token = body.get("token", hook.token) or None
    if signs:
        hook.signing_token = body.get("signing_token", hook.signing_token) or None
    hook.verify_tls = str(body.get("enable_ssl_verification", hook.verify_tls)).lower() == "true"
    hook.branch_filter = body.get("push_events_branch_filter", hook.branch_filter)
    hook.branch_strategy = body.get("branch_filter_strategy", hook.branch_strategy)
    if "custom_headers" in body:
        hook.custom_headers = {header["key"]: header["value"] for header in body["custom_headers"]}


_on = below("/projects/{id}", level=Level.MAINTAINER, always=True)
_in = below("/groups/{id}", level=Level.OWNER, always=True)
ROUTES = (
    *(make("GET /hooks", _list) for make in (_on, _in)),
    *(make("POST /hooks", _create) for make in (_on, _in)),
    *(make("GET /hooks/{hook_id}", _get) for make in (_on, _in)),
    *(make("PUT /hooks/{hook_id}", _update) for make in (_on, _in)),
    *(make("DELETE /hooks/{hook_id}", _delete) for make in (_on, _in)),
    *(make("GET /hooks/{hook_id}/events", _events) for make in (_on, _in)),
    *(make("POST /hooks/{hook_id}/events/{hook_log_id}/resend", _resend) for make in (_on, _in)),
    _on("POST /hooks/{hook_id}/test/{trigger}", _test),
)

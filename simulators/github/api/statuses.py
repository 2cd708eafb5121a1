"""Commit statuses (GitHub REST, Commit statuses)."""

from simulators.answers import Answer
from simulators.github.answers import Refusal
from simulators.github.models import Status
from simulators.github.routes import ApiCall, Route
from simulators.github.rules import check_status
from simulators.github.views.checks import status_view
from simulators.github.views.common import repository_view

MAX_STATUSES = 1_000


def _create(call: ApiCall) -> Answer:
    check_status(call.body)
    sha, body = call.commit.sha, call.body
    context = body.get("context", "default")
    same = [s for s in call.state.statuses_on(call.repository, sha) if s.context.lower() == context.lower()]
    if len(same) >= MAX_STATUSES:
        raise Refusal(422, "Validation Failed: This SHA and context has reached the maximum number of statuses.")
    status = Status(
        id=call.state.new_id(30_000_000_000),
        repository=call.repository,
        sha=sha,
        state=body["state"],
        context=context,
        description=body.get("description"),
        target_url=body.get("target_url"),
        creator=call.actor,
        created_at=call.state.now(),
    )
    call.state.statuses.append(status)
    return Answer(status_view(call.urls, status), 201)


def _list(call: ApiCall) -> Answer:
    statuses = call.state.statuses_on(call.repository, call.commit.sha)
    return call.paged(statuses, lambda status: status_view(call.urls, status))


def _combined(call: ApiCall) -> Answer:
    sha = call.commit.sha
    latest = call.state.latest_statuses(call.repository, sha)
    states = {status.state for status in latest}
    worst = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    answer = call.paged(latest, lambda status: status_view(call.urls, status), "statuses")
    url = f"{call.urls.repo(call.repository)}/commits/{sha}"
    more = {"state": worst, "sha": sha, "repository": repository_view(call.urls, call.repository)}
    return Answer({**answer.content, **more, "commit_url": url, "url": f"{url}/status"}, headers=answer.headers)


ROUTES = (
    Route("repos/create-commit-status", _create, ("statuses",), "write", person="write"),
    Route("repos/list-commit-statuses-for-ref", _list, ("statuses",), person="read"),
    Route("repos/get-combined-status-for-ref", _combined, ("statuses",), person="read"),
)

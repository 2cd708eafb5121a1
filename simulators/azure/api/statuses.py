"""Statuses of pull requests, of their iterations, and of commits (Azure DevOps REST, Git)."""

from simulators.answers import Answer
from simulators.azure.answers import AzureRefusal, bad_request, not_found
from simulators.azure.api.pulls import PULL, known_iteration
from simulators.azure.api.repositories import ONE
from simulators.azure.models import Json, Status
from simulators.azure.permissions import CONTRIBUTE, PULL_REQUEST_CONTRIBUTE
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.rules import check_status, properties
from simulators.azure.views.git import status_view

STATUSES = f"{PULL}/statuses"
OF_ITERATION = f"{PULL}/iterations/{{iterationId}}/statuses"
OF_COMMIT = f"{ONE}/commits/{{commitId}}/statuses"
_READ = ("vso.code", "vso.code_status")
_WRITE = ("vso.code_status", "vso.code_write")


def _create(call: ApiCall) -> Answer:
    return Answer(_view(call, _add(call, call.body.get("iterationId"))))


def _create_on_iteration(call: ApiCall) -> Answer:
    return Answer(_view(call, _add(call, known_iteration(call).id)))


def _add(call: ApiCall, iteration_id: int | None) -> Status:
    body, pull = call.body, call.pull
    check_status(body)
    if iteration_id is not None and not 1 <= iteration_id <= len(pull.iterations):
        raise bad_request(f"There is no iteration {iteration_id}.", "GitPullRequestIterationNotFoundException")
    genre, name = body["context"].get("genre"), body["context"]["name"]
    for policy in call.state.policies:
        named = policy.repository is pull.repository and (policy.genre, policy.name) == (genre, name)
        if named and policy.reset and iteration_id is None:
            # The wording and the type of this answer are not published.
            message = "A status for a policy with reset conditions must be posted on an iteration."
            raise AzureRefusal(400, "GitPullRequestStatusIterationRequiredException", message)
    status = _read(call, max((status.id for status in pull.statuses), default=0) + 1, iteration_id)
    pull.statuses.append(status)
    return status


def _list(call: ApiCall) -> Answer:
    return listed([_view(call, status) for status in call.pull.statuses])


def _list_of_iteration(call: ApiCall) -> Answer:
    iteration = known_iteration(call)
    return listed([_view(call, status) for status in call.pull.statuses if status.iteration_id == iteration.id])


def _get(call: ApiCall) -> Answer:
    return Answer(_view(call, _known(call, call.number("statusId"))))


def _delete(call: ApiCall) -> Answer:
    call.pull.statuses.remove(_known(call, call.number("statusId")))
    return Answer(None)


def _update(call: ApiCall) -> Answer:
    """A JSON patch (RFC 6902) that can only remove."""
    patch = call.asked.body
    if not isinstance(patch, list) or not patch:
        raise bad_request("The body is a JSON patch document.")
    doomed = []
    for operation in patch:
        number = str(operation.get("path", "")).removeprefix("/")
        if operation.get("op") != "remove" or not number.isdecimal():
            raise bad_request("Statuses can only be removed, by the path /<id>.")
        doomed.append(_known(call, int(number)))
    for status in doomed:
        call.pull.statuses.remove(status)
    return Answer(None)


def _create_on_commit(call: ApiCall) -> Answer:
    check_status(call.body)
    commit = call.commit
    statuses = call.state.commit_statuses.setdefault((call.repository.id, commit.sha), [])
    status = _read(call, len(statuses) + 1, None)
    statuses.append(status)
    return Answer(_commit_view(call, status))


def _list_of_commit(call: ApiCall) -> Answer:
    statuses = call.state.commit_statuses.get((call.repository.id, call.commit.sha), [])
    if call.flag("latestOnly"):
        statuses = list({(status.genre, status.name): status for status in statuses}.values())
    start, size = call.count("skip", 0, 1_000_000), call.count("top", 1_000, 1_000)
    return listed([_commit_view(call, status) for status in statuses[start : start + size]])


def _read(call: ApiCall, number: int, iteration_id: int | None) -> Status:
    body, context = call.body, call.body["context"]
    return Status(
        id=number,
        state=body["state"],
        genre=context.get("genre"),
        name=context["name"],
        description=body.get("description"),
        target_url=body.get("targetUrl"),
        creator=call.actor,
        created=call.state.now(),
        iteration_id=iteration_id,
        properties=properties(body.get("properties"), {}),
    )


def _known(call: ApiCall, number: int) -> Status:
    status = next((status for status in call.pull.statuses if status.id == number), None)
    if status is None:
        raise not_found("GitPullRequestStatusNotFoundException", f"The pull request status {number} was not found.")
    return status


def _view(call: ApiCall, status: Status) -> Json:
    return status_view(call.urls, status, f"{call.urls.pull(call.pull)}/statuses")


def _commit_view(call: ApiCall, status: Status) -> Json:
    return status_view(call.urls, status, f"{call.urls.repository(call.repository)}/commits/{call.commit.sha}/statuses")


ROUTES = (
    Route("GET", STATUSES, _list, _READ),
    Route("POST", STATUSES, _create, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("PATCH", STATUSES, _update, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", f"{STATUSES}/{{statusId}}", _get, _READ),
    Route("DELETE", f"{STATUSES}/{{statusId}}", _delete, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", OF_ITERATION, _list_of_iteration, _READ),
    Route("POST", OF_ITERATION, _create_on_iteration, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", OF_COMMIT, _list_of_commit, _READ),
    Route("POST", OF_COMMIT, _create_on_commit, _WRITE, CONTRIBUTE),
)

"""Commit statuses (routers/api/v1/repo/status.go)."""

from simulators.answers import Answer
from simulators.gitea.answers import Broken
from simulators.gitea.models import Json, Right, Status
from simulators.gitea.routes import Call, Route
from simulators.gitea.rules import check_status
from simulators.gitea.views.common import repository_view
from simulators.gitea.views.git import status_view

# From the worst; error counts as failure in a combined status (modules/structs/commit_status.go).
_WORST = ("error", "failure", "warning", "pending", "success")
_NONE: Json = {
    "state": "",
    "sha": "",
    "total_count": 0,
    "statuses": None,
    "repository": None,
    "commit_url": "",
    "url": "",
}


def _create(call: Call) -> Answer:
    check_status(call.body)
    commit = call.state.commit(call.repository, call.asked.arguments["sha"])
    if commit is None:
        # What git does not find is an internal error here, not 404.
        raise Broken
    texts = {name: call.body.get(name, "").strip() for name in ("context", "description", "target_url")}
    status = call.host.world.add_status(call.repository, commit.sha, call.body["state"], user=call.actor.login, **texts)
    return Answer(status_view(call.urls, status), 201)


def _list(call: Call) -> Answer:
    query, statuses = call.asked.query, call.state.statuses_on(call.repository, _sha(call))
    statuses = [status for status in statuses if query.get("state", status.state) == status.state]
    # "leastindex" has the highest index first, and "highestindex" the lowest: so it is in Gitea.
    if query.get("sort") in ("oldest", "leastupdate", "highestindex"):
        statuses.reverse()
    return call.paged(statuses, lambda status: status_view(call.urls, status))


def _combined(call: Call) -> Answer:
    sha = _sha(call)
    latest = call.state.latest_statuses(call.repository, sha)
    if not latest:
        return Answer(_NONE)
    page = call.paged(latest, lambda status: status_view(call.urls, status), links=False)
    return Answer(
        {
            "state": _worst(latest),
            "sha": sha,
            "total_count": len(page.content),
            "statuses": page.content,
            "repository": repository_view(call.urls, call.repository, call.right),
            "commit_url": "",
            "url": "",
        },
        headers=page.headers,
    )


def _worst(statuses: list[Status]) -> str:
    found = min((status.state for status in statuses), key=_WORST.index)
    return "failure" if found == "error" else found


def _sha(call: Call) -> str:
    """A ref that names no commit is taken as a sha that has no statuses."""
    ref = call.asked.arguments.get("ref") or call.asked.arguments["sha"]
    commit = call.state.commit(call.repository, ref)
    return commit.sha if commit else ref


_REPO = "/api/v1/repos/{owner}/{repo}"
ROUTES = (
    Route("repoCreateStatus", f"POST {_REPO}/statuses/{{sha}}", _create, right=Right.WRITE, token=True),
    Route("repoListStatuses", f"GET {_REPO}/statuses/{{sha}}", _list),
    Route("repoListStatusesByRef", f"GET {_REPO}/commits/{{ref}}/statuses", _list),
    Route("repoGetCombinedStatusByRef", f"GET {_REPO}/commits/{{ref}}/status", _combined),
)

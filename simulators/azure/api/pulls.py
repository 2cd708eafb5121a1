"""Pull requests, their iterations and changed files (Azure DevOps REST, Git)."""

from simulators.answers import Answer
from simulators.azure.answers import bad_request, no_pull_request, not_found
from simulators.azure.api.repositories import ONE
from simulators.azure.models import Iteration, Json, PullRequest
from simulators.azure.permissions import READ
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.trees import changes
from simulators.azure.views.git import (
    change_view,
    commit_reference,
    commit_view,
    full_pull_view,
    iteration_view,
    pull_view,
    reviewer_view,
)

PULL = f"{ONE}/pullRequests/{{pullRequestId}}"
_CODE = ("vso.code",)
_MAX_CHANGES = 2_000
_STATUSES = ("active", "abandoned", "completed", "all", "notSet")


def _list(call: ApiCall) -> Answer:
    return _search(call, call.state.pulls_of(call.repository))


def _list_in_project(call: ApiCall) -> Answer:
    readable = [p for p in call.state.pulls.values() if call.state.may(call.actor, p.repository, READ)]
    pulls = [pull for pull in readable if call.project in (None, pull.repository.project)]
    return _search(call, sorted(pulls, key=lambda pull: -pull.id))


def _search(call: ApiCall, pulls: list[PullRequest]) -> Answer:
    def wanted(name: str) -> str:
        return call.query.get(f"searchCriteria.{name}", "").lower()

    status = call.query.get("searchCriteria.status", "active")
    if status not in _STATUSES:
        raise bad_request(f"{status} is not a status of pull requests.")
    asked = {
        "status": "" if status == "all" else "active" if status == "notSet" else status,
        "sourceRefName": wanted("sourceRefName"),
        "targetRefName": wanted("targetRefName"),
        "creatorId": wanted("creatorId"),
        "sourceRepositoryId": wanted("sourceRepositoryId"),
        "repositoryId": wanted("repositoryId"),
    }

    def matches(pull: PullRequest) -> bool:
        facts = {
            "status": pull.status,
            "sourceRefName": pull.source_ref.lower(),
            "targetRefName": pull.target_ref.lower(),
            "creatorId": pull.created_by.id,
            "sourceRepositoryId": pull.source_repository.id,
            "repositoryId": pull.repository.id,
        }
        reviewer = wanted("reviewerId")
        reviews = not reviewer or reviewer in [each.identity.id for each in pull.reviewers]
        return reviews and all(value in ("", facts[name]) for name, value in asked.items())

    found = [pull for pull in pulls if matches(pull)]
    start, size = call.count("$skip", 0, 1_000_000), call.count("$top", 101, 1_000)
    return listed([pull_view(call.urls, pull) for pull in found[start : start + size]])


def _get(call: ApiCall) -> Answer:
    view = full_pull_view(call.urls, call.pull)
    if call.flag("includeCommits"):
        view["commits"] = _commit_views(call, call.pull)
    return Answer(view)


def _by_id(call: ApiCall) -> Answer:
    pull = call.state.pulls.get(call.number("pullRequestId"))
    if pull is None or call.project not in (None, pull.repository.project):
        raise no_pull_request()
    if not call.state.may(call.actor, pull.repository, READ):
        raise no_pull_request()
    return Answer(full_pull_view(call.urls, pull))


def _query(call: ApiCall) -> Answer:
    queries = call.body.get("queries") or []
    results = [
        {sha: found for sha in query.get("items") or [] if (found := _of_commit(call, query, sha))} for query in queries
    ]
    return Answer({"queries": queries, "results": results})


def _of_commit(call: ApiCall, query: Json, sha: str) -> list[Json]:
    """`commit` only knows what was merged; the head of an open pull request is not found by it."""
    pulls = call.state.pulls_of(call.repository)
    if query.get("type") == "lastMergeCommit":
        found = [pull for pull in pulls if pull.merge_sha == sha]
    else:
        merged = [pull for pull in pulls if pull.status == "completed"]
        found = [pull for pull in merged if sha in [iteration.source_sha for iteration in pull.iterations]]
    return [pull_view(call.urls, pull) for pull in found]


def _commits(call: ApiCall) -> Answer:
    return listed(_commit_views(call, call.pull))


def _commit_views(call: ApiCall, pull: PullRequest) -> list[Json]:
    repository, views, sha = pull.repository, list[Json](), pull.head
    while sha in repository.commits and sha != pull.iterations[-1].common_sha:
        commit = repository.commits[sha]
        views.append(commit_view(call.urls, repository, commit))
        sha = commit.parents[0] if commit.parents else ""
    return views


def _reviewers(call: ApiCall) -> Answer:
    return listed([reviewer_view(call.urls, call.pull, reviewer) for reviewer in call.pull.reviewers])


def _iterations(call: ApiCall) -> Answer:
    return listed([_iteration_view(call, iteration) for iteration in call.pull.iterations])


def _iteration(call: ApiCall) -> Answer:
    return Answer(_iteration_view(call, known_iteration(call)))


def _iteration_view(call: ApiCall, iteration: Iteration) -> Json:
    view = iteration_view(call.urls, call.pull, iteration)
    if call.flag("includeCommits"):
        view["commits"] = [commit_reference(call.urls, call.repository, iteration.source_sha)]
    return view


def _changes(call: ApiCall) -> Answer:
    pull, iteration = call.pull, known_iteration(call)
    against = call.count("$compareTo", 0, 1_000_000)
    if against > iteration.id:
        raise bad_request(f"Iteration {against} is later than iteration {iteration.id}.")
    base = pull.iterations[against - 1].source_sha if against else iteration.common_sha
    commits = pull.repository.commits
    found = changes(commits[base].tree, commits[iteration.source_sha].tree)
    start, size = call.count("$skip", 0, 1_000_000), call.count("$top", 100, _MAX_CHANGES)
    page = found[start : start + size]
    content: Json = {
        "changeEntries": [change_view(pull, change, start + at + 1) for at, change in enumerate(page)],
        "nextSkip": 0,
        "nextTop": 0,
    }
    if start + size < len(found):
        content |= {"nextSkip": start + size, "nextTop": min(size, len(found) - start - size)}
    return Answer(content)


def known_iteration(call: ApiCall) -> Iteration:
    """The iteration of the path."""
    number = call.number("iterationId")
    if not 1 <= number <= len(call.pull.iterations):
        raise not_found("GitPullRequestIterationNotFoundException", f"Iteration {number} does not exist.")
    return call.pull.iterations[number - 1]


ROUTES = (
    Route("GET", f"{ONE}/pullrequests", _list, _CODE),
    Route("GET", f"{ONE}/pullrequests/{{pullRequestId}}", _get, _CODE),
    Route("GET", "{project}/_apis/git/pullrequests", _list_in_project, _CODE),
    Route("GET", "{project}/_apis/git/pullrequests/{pullRequestId}", _by_id, _CODE),
    Route("POST", f"{ONE}/pullrequestquery", _query, _CODE),
    Route("GET", f"{PULL}/commits", _commits, _CODE),
    Route("GET", f"{PULL}/reviewers", _reviewers, _CODE),
    Route("GET", f"{PULL}/iterations", _iterations, _CODE),
    Route("GET", f"{PULL}/iterations/{{iterationId}}", _iteration, _CODE),
    Route("GET", f"{PULL}/iterations/{{iterationId}}/changes", _changes, _CODE),
)

"""Commits, their statuses and merge requests (GitLab REST, Commits)."""

from simulators.answers import Answer, Refusal
from simulators.gitlab import statuses
from simulators.gitlab.models import Json
from simulators.gitlab.requests import MergeRequest
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.runs import Job
from simulators.gitlab.views.common import commit_view
from simulators.gitlab.views.requests import short_request_view
from simulators.gitlab.views.runs import short_pipeline_view, status_view


def _get(call: ApiCall) -> Answer:
    commit, project = call.commit, call.project
    last = next((p for p in call.state.pipelines_of(project) if p.sha == commit.sha), None)
    view: Json = commit_view(call.urls, project, commit) | {
        "stats": {"additions": 0, "deletions": 0, "total": 0},
        "status": last.status if last else None,
        "project_id": project.id,
        "last_pipeline": short_pipeline_view(call.urls, last) if last else None,
    }
    return Answer(view)


def _requests(call: ApiCall) -> Answer:
    sha, state = call.commit.sha, call.query.get("state", "all")

    def holds(request: MergeRequest) -> bool:
        return state in ("all", request.state) and any(commit.sha == sha for commit in request.commits)

    found = [request for request in call.state.requests_of(call.project) if holds(request)]
    return call.paged(found, lambda request: short_request_view(call.urls, call.state, request))


def _statuses(call: ApiCall) -> Answer:
    query, sha = call.query, call.commit.sha
    everything = query.get("all", "") in ("true", "1")

    def wanted(job: Job) -> bool:
        return (
            (everything or not job.retried)
            and query.get("name", job.name) == job.name
            and query.get("stage", job.stage) == job.stage
            and query.get("ref", job.ref) == job.ref
            and query.get("pipeline_id", str(job.pipeline.id)) == str(job.pipeline.id)
        )

    jobs = [job for p in call.state.pipelines_of(call.project) if p.sha == sha for job in p.jobs if wanted(job)]
    key = (lambda job: (job.pipeline.id, job.id)) if query.get("order_by") == "pipeline_id" else (lambda job: job.id)
    jobs.sort(key=key, reverse=query.get("sort", "asc") == "desc")
    return call.paged(jobs, lambda job: status_view(call.urls, job))


def _post_status(call: ApiCall) -> Answer:
    asked = dict(call.body)
    if asked.get("pipeline_id") is not None:
        asked["pipeline_id"] = int(asked["pipeline_id"])
    if asked.get("state") not in statuses.STATES:
        raise Refusal(400, "400 Bad request - state does not have a valid value", violation=True)
    statuses.check(asked)
    landed = statuses.post(call.state, call.project, call.commit.sha, call.user, asked)
    if landed.changed:
        call.host.hooks.soon(call.host.events.pipeline(landed.job.pipeline))
    return Answer(status_view(call.urls, landed.job), 201)


_on = below("/projects/{id}")
ROUTES = (
    _on("GET /repository/commits/{sha}", _get),
    _on("GET /repository/commits/{sha}/merge_requests", _requests),
    _on("GET /repository/commits/{sha}/statuses", _statuses),
    _on("POST /statuses/{sha}", _post_status, level=Level.DEVELOPER, always=True),
)

"""Merge requests, their diffs, versions, commits and pipelines (GitLab REST, Merge requests)."""

from simulators.answers import Answer
from simulators.gitlab.answers import Malformed
from simulators.gitlab.models import Project
from simulators.gitlab.requests import MergeRequest
from simulators.gitlab.reruns import follow
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.runs import Pipeline
from simulators.gitlab.views.common import commit_view
from simulators.gitlab.views.requests import diff_view, request_view, short_request_view, version_view
from simulators.gitlab.views.runs import pipeline_view, short_pipeline_view


def _list(call: ApiCall) -> Answer:
    query = call.query
    iids = {value for name, value in call.asked.query.multi_items() if name in ("iids", "iids[]")}

    def wanted(request: MergeRequest) -> bool:
        source = str(request.source.id) if request.source else ""
        return (
            query.get("state", "all") in ("all", request.state)
            and query.get("source_branch", request.source_branch) == request.source_branch
            and query.get("target_branch", request.target_branch) == request.target_branch
            and query.get("source_project_id", source) == source
            and (not iids or str(request.iid) in iids)
        )

    found = [request for request in call.state.requests_of(call.project) if wanted(request)]
    key = "updated_at" if query.get("order_by") == "updated_at" else "created_at"
    found.sort(key=lambda r: (getattr(r, key), r.iid), reverse=query.get("sort", "desc") == "desc")
    return call.paged(found, lambda request: short_request_view(call.urls, call.state, request))


def _get(call: ApiCall) -> Answer:
    return Answer(request_view(call.urls, call.state, call.request))


def _diffs(call: ApiCall) -> Answer:
    return call.paged(call.request.files, diff_view)


def _versions(call: ApiCall) -> Answer:
    request = call.request
    return call.paged(request.versions[::-1], lambda version: version_view(request, version))


def _commits(call: ApiCall) -> Answer:
    project = call.request.source or call.request.project
    return call.paged(call.request.commits[::-1], lambda commit: commit_view(call.urls, project, commit))


def _pipelines(call: ApiCall) -> Answer:
    found = call.state.pipelines_for(call.request)
    return call.paged(found, lambda pipeline: short_pipeline_view(call.urls, pipeline))


def _run(call: ApiCall) -> Answer:
    if call.request.state != "opened":
        raise Malformed("The merge request is not open", violation=False)
    pipeline = call.host.world.add_merge_request_pipeline(
        call.request, merged_results=_on_merge(call), status="pending", project=_builder(call)
    )
    follow(call.state, pipeline)
    pipeline.asked.append("all")
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _last(call: ApiCall) -> Pipeline | None:
    own = (p for p in call.state.pipelines_for(call.request) if p.source == "merge_request_event")
    return next(own, None)


def _on_merge(call: ApiCall) -> bool:
    last = _last(call)
    return last is not None and not last.ref.endswith("/head")


def _builder(call: ApiCall) -> Project:
    """A fork's merge request is built where it was built before, else where it goes to."""
    last = _last(call)
    return last.project if last is not None else call.project


_on = below("/projects/{id}")
ROUTES = (
    _on("GET /merge_requests", _list),
    _on("GET /merge_requests/{merge_request_iid}", _get),
    _on("GET /merge_requests/{merge_request_iid}/diffs", _diffs),
    _on("GET /merge_requests/{merge_request_iid}/versions", _versions),
    _on("GET /merge_requests/{merge_request_iid}/commits", _commits),
    _on("GET /merge_requests/{merge_request_iid}/pipelines", _pipelines),
    _on("POST /merge_requests/{merge_request_iid}/pipelines", _run, level=Level.DEVELOPER, always=True),
)

"""Pipelines, their jobs and test reports (GitLab REST, Pipelines and Jobs)."""

from simulators.answers import Answer
from simulators.gitlab.answers import not_found
from simulators.gitlab.models import Commit
from simulators.gitlab.reruns import cancel, follow, retry_failed
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.runs import Pipeline
from simulators.gitlab.testreports import test_report
from simulators.gitlab.views.runs import bridge_view, job_view, pipeline_view, short_pipeline_view

_FILTERS = ("status", "ref", "sha", "source")


def _list(call: ApiCall) -> Answer:
    wanted = {name: call.query[name] for name in _FILTERS if name in call.query}
    found = [p for p in call.state.pipelines_of(call.project) if all(getattr(p, n) == v for n, v in wanted.items())]
    if "source" not in wanted:
        # Children are left out of the list unless they are asked for (GitLab REST, Pipelines).
        found = [pipeline for pipeline in found if pipeline.source != "parent_pipeline"]
    found.sort(key=lambda pipeline: pipeline.id, reverse=call.query.get("sort", "desc") == "desc")
    return call.paged(found, lambda pipeline: short_pipeline_view(call.urls, pipeline))


def _get(call: ApiCall) -> Answer:
    pipeline = _known(call)
    return Answer(pipeline_view(call.urls, pipeline) | {"name": pipeline.name})


def _jobs(call: ApiCall) -> Answer:
    retried = call.query.get("include_retried", "") in ("true", "1")
    # Statuses of other systems are no jobs, though their pipelines are pipelines; bridges are listed apart.
    own = [job for job in _known(call).jobs if not job.external and job.child is None]
    jobs = [job for job in own if retried or not job.retried]
    return call.paged(jobs, lambda job: job_view(call.urls, job))


def _bridges(call: ApiCall) -> Answer:
    bridges = [job for job in _known(call).latest if job.child is not None]
    return call.paged(bridges, lambda job: bridge_view(call.urls, job))


def _report(call: ApiCall) -> Answer:
    return Answer(test_report(_known(call)))


def _retry(call: ApiCall) -> Answer:
    pipeline = _known(call)
    pipeline.asked.append("failed")
    retry_failed(call.state, pipeline, call.user)
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _cancel(call: ApiCall) -> Answer:
    pipeline = _known(call)
    cancel(call.state, pipeline)
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _create(call: ApiCall) -> Answer:
    ref = call.text("ref")
    commit: Commit | None = call.project.commits.get(call.project.branches.get(ref, ""))
    if commit is None:
        raise not_found("Reference")
    pipeline = call.host.world.add_pipeline(call.project, commit.sha, ref, source="api", status="pending")
    follow(call.state, pipeline)
    pipeline.asked.append("all")
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _known(call: ApiCall) -> Pipeline:
    pipeline = call.state.pipelines.get(call.number("pipeline_id"))
    if pipeline is None or pipeline.project is not call.project:
        raise not_found()
    return pipeline


_on = below("/projects/{id}")
_ONE = "/pipelines/{pipeline_id}"
ROUTES = (
    _on("GET /pipelines", _list),
    _on(f"GET {_ONE}", _get),
    _on(f"GET {_ONE}/jobs", _jobs),
    _on(f"GET {_ONE}/bridges", _bridges),
    _on(f"GET {_ONE}/test_report", _report),
    _on(f"POST {_ONE}/retry", _retry, level=Level.DEVELOPER, always=True),
    _on(f"POST {_ONE}/cancel", _cancel, level=Level.DEVELOPER, always=True),
    _on("POST /pipeline", _create, level=Level.DEVELOPER, always=True),
)

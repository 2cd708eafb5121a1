"""Pipelines and their jobs (GitLab REST, Pipelines and Jobs)."""

from simulators.answers import Answer
from simulators.gitlab.answers import not_found
from simulators.gitlab.models import Commit
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.runs import Job, Pipeline
from simulators.gitlab.views.runs import job_view, pipeline_view, short_pipeline_view

_FILTERS = ("status", "ref", "sha", "source")


def _list(call: ApiCall) -> Answer:
    wanted = {name: call.query[name] for name in _FILTERS if name in call.query}
    found = [p for p in call.state.pipelines_of(call.project) if all(getattr(p, n) == v for n, v in wanted.items())]
    found.sort(key=lambda pipeline: pipeline.id, reverse=call.query.get("sort", "desc") == "desc")
    return call.paged(found, lambda pipeline: short_pipeline_view(call.urls, pipeline))


def _get(call: ApiCall) -> Answer:
    return Answer(pipeline_view(call.urls, _known(call)) | {"name": None})


def _jobs(call: ApiCall) -> Answer:
    retried = call.query.get("include_retried", "") in ("true", "1")
    # Statuses of other systems are no jobs, though their pipelines are pipelines.
    jobs = [job for job in _known(call).jobs if not job.external and (retried or not job.retried)]
    return call.paged(jobs, lambda job: job_view(call.urls, job))


def _retry(call: ApiCall) -> Answer:
    pipeline, now = _known(call), call.state.now()
    for old in [job for job in pipeline.latest if not job.external and job.status in ("failed", "canceled")]:
        old.retried = True
        number = call.state.new_id(12_000_000_000)
        pipeline.jobs.append(Job(number, pipeline, old.name, old.stage, call.user, now, "pending", ref=old.ref))
    pipeline.updated_at = now
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _create(call: ApiCall) -> Answer:
    ref = call.text("ref")
    commit: Commit | None = call.project.commits.get(call.project.branches.get(ref, ""))
    if commit is None:
        raise not_found("Reference")
    pipeline = call.host.world.add_pipeline(call.project, commit.sha, ref, source="api", status="pending")
    call.host.hooks.soon(call.host.events.pipeline(pipeline))
    return Answer(pipeline_view(call.urls, pipeline), 201)


def _known(call: ApiCall) -> Pipeline:
    pipeline = call.state.pipelines.get(call.number("pipeline_id"))
    if pipeline is None or pipeline.project is not call.project:
        raise not_found()
    return pipeline


_on = below("/projects/{id}")
ROUTES = (
    _on("GET /pipelines", _list),
    _on("GET /pipelines/{pipeline_id}", _get),
    _on("GET /pipelines/{pipeline_id}/jobs", _jobs),
    _on("POST /pipelines/{pipeline_id}/retry", _retry, level=Level.DEVELOPER, always=True),
    _on("POST /pipeline", _create, level=Level.DEVELOPER, always=True),
)

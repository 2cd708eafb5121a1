"""Jobs: their logs, what they kept, and running them again (GitLab REST, Jobs; Job artifacts)."""

from simulators.answers import Answer, Refusal
from simulators.gitlab.answers import forbidden, not_found
from simulators.gitlab.reruns import RETRYABLE, retry_job
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.runs import Job
from simulators.gitlab.storage import stored
from simulators.gitlab.testreports import archive
from simulators.gitlab.traces import trace
from simulators.gitlab.views.runs import job_view


def _get(call: ApiCall) -> Answer:
    return Answer(job_view(call.urls, _known(call)))


def _trace(call: ApiCall) -> Answer:
    return Answer(trace(_known(call)), headers={"content-type": "text/plain"})


def _artifacts(call: ApiCall) -> Answer:
    packed = archive(_known(call))
    if not packed:
        raise not_found()
    if call.state.stores_elsewhere:
        return Answer(None, 302, {"location": stored(call.urls, _known(call))})
    return Answer(packed, headers={"content-type": "application/octet-stream"})


def _retry(call: ApiCall) -> Answer:
    job = _known(call)
    if job.retried or job.status not in RETRYABLE:
        raise forbidden("Job is not retryable")
    job.pipeline.asked.append(job.name)
    new = retry_job(call.state, job, call.user)
    call.host.hooks.soon(call.host.events.pipeline(new.pipeline))
    return Answer(job_view(call.urls, new), 201)


def _known(call: ApiCall) -> Job:
    number = call.number("job_id")
    found = (job for pipeline in call.state.pipelines_of(call.project) for job in pipeline.jobs if job.id == number)
    job = next(found, None)
    if job is None or job.external:
        raise Refusal(404, "404 Not found")
    return job


_on = below("/projects/{id}")
ROUTES = (
    _on("GET /jobs/{job_id}", _get),
    _on("GET /jobs/{job_id}/trace", _trace),
    _on("GET /jobs/{job_id}/artifacts", _artifacts),
    _on("POST /jobs/{job_id}/retry", _retry, level=Level.DEVELOPER, always=True),
)

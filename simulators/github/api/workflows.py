"""Workflow runs, their jobs, logs and artifacts (GitHub REST, Actions)."""

from simulators.answers import Answer
from simulators.github import workflows
from simulators.github.actions import Job, WorkflowRun
from simulators.github.answers import Refusal, not_found
from simulators.github.routes import ApiCall, Route
from simulators.github.storage import store
from simulators.github.views.workflows import artifact_view, job_view, run_view


def _list(call: ApiCall) -> Answer:
    wanted = call.query
    runs = [
        run
        for run in reversed(call.state.workflow_runs.values())
        if run.repository is call.repository
        and wanted.get("head_sha", run.sha) == run.sha
        and wanted.get("branch", run.branch) == run.branch
        and wanted.get("event", run.event) == run.event
        and wanted.get("status", run.status) in (run.status, run.conclusion)
    ]
    return call.paged(runs, lambda run: run_view(call.urls, call.state, run), "workflow_runs")


def _get(call: ApiCall) -> Answer:
    return Answer(run_view(call.urls, call.state, _run(call)))


def _jobs(call: ApiCall) -> Answer:
    run = _run(call)
    jobs = run.jobs if call.query.get("filter") == "all" else run.latest()
    return call.paged(jobs, lambda job: job_view(call.urls, run, job), "jobs")


def _log(call: ApiCall) -> Answer:
    _, job = _job(call)
    if job.conclusion == "skipped":
        raise not_found()
    if job.log is None:
        raise Refusal(410, "Server Error")
    return Answer(status=302, headers={"location": store(call, job.log, "text/plain; charset=utf-8")})


def _artifacts(call: ApiCall) -> Answer:
    run = _run(call)
    found = [a for a in reversed(run.artifacts) if call.query.get("name", a.name) == a.name]
    return call.paged(found, lambda artifact: artifact_view(call.urls, run, artifact), "artifacts")


def _archive(call: ApiCall) -> Answer:
    wanted = call.number("artifact_id")
    runs = [run for run in call.state.workflow_runs.values() if run.repository is call.repository]
    artifact = next((a for run in runs for a in run.artifacts if a.id == wanted), None)
    if artifact is None or call.arguments["archive_format"] != "zip":
        raise not_found()
    if artifact.expired:
        raise Refusal(410, "Artifact has expired")
    return Answer(status=302, headers={"location": store(call, artifact.archive, "application/zip")})


def _rerun(call: ApiCall) -> Answer:
    run = _run(call)
    workflows.refuse_old_or_running(call.state, run, "This workflow is already running")
    return _again(call, run, "all", whole=True)


def _rerun_failed(call: ApiCall) -> Answer:
    run = _run(call)
    workflows.refuse_old_or_running(call.state, run, "This workflow is already running")
    if all(job.conclusion in ("success", "skipped") for job in run.latest()):
        raise Refusal(403, "This workflow run cannot be retried")
    return _again(call, run, "failed", whole=False)


def _rerun_job(call: ApiCall) -> Answer:
    run, job = _job(call)
    running = "The workflow run containing this job is already running"
    workflows.refuse_old_or_running(call.state, run, running)
    return _again(call, run, job.name, whole=False)


def _again(call: ApiCall, run: WorkflowRun, what: str, *, whole: bool) -> Answer:
    workflows.again(call.state, run, whole=whole)
    run.asked.append(what)
    return Answer({}, 201)


def _cancel(call: ApiCall) -> Answer:
    run = _run(call)
    if run.ended:
        raise Refusal(409, "Cannot cancel a workflow run that is completed.")
    run.cancelled = run.stopped = True
    workflows.complete(call.state, run, "cancelled")
    return Answer({}, 202)


def _run(call: ApiCall) -> WorkflowRun:
    run = call.state.workflow_runs.get(call.number("run_id"))
    if run is None or run.repository is not call.repository:
        raise not_found()
    return run


def _job(call: ApiCall) -> tuple[WorkflowRun, Job]:
    found = workflows.find_job(call.state, call.repository, call.number("job_id"))
    if found is None:
        raise not_found()
    return found


_BY = ("actions",)
ROUTES = (
    Route("actions/list-workflow-runs-for-repo", _list, _BY, person="read"),
    Route("actions/get-workflow-run", _get, _BY, person="read"),
    Route("actions/list-jobs-for-workflow-run", _jobs, _BY, person="read"),
    Route("actions/download-job-logs-for-workflow-run", _log, _BY, person="read"),
    Route("actions/list-workflow-run-artifacts", _artifacts, _BY, person="read"),
    Route("actions/download-artifact", _archive, _BY, person="read"),
    Route("actions/re-run-workflow", _rerun, _BY, "write", person="write"),
    Route("actions/re-run-workflow-failed-jobs", _rerun_failed, _BY, "write", person="write"),
    Route("actions/re-run-job-for-workflow-run", _rerun_job, _BY, "write", person="write"),
    Route("actions/cancel-workflow-run", _cancel, _BY, "write", person="write"),
)

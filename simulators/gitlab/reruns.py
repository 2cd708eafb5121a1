"""Jobs and pipelines that are run again or stopped by the API (GitLab, Jobs; Pipelines)."""

from simulators.gitlab.models import User
from simulators.gitlab.runs import FINAL, Job, Pipeline
from simulators.gitlab.state import State

RETRYABLE = frozenset({"failed", "canceled", "success"})


def retry_job(state: State, old: Job, user: User) -> Job:
    """A new job in the place of one that ended."""
    pipeline = old.pipeline
    now = pipeline.tick(state.now())
    old.retried = True
    number = state.new_id(12_000_000_000)
    new = Job(number, pipeline, old.name, old.stage, user, now, "pending", ref=old.ref, allow_failure=old.allow_failure)
    pipeline.jobs.append(new)
    pipeline.updated_at = now
    return new


def retry_failed(state: State, pipeline: Pipeline, user: User) -> None:
    """What failed or was stopped runs again; where nothing did, nothing happens."""
    for old in [job for job in pipeline.own() if job.status in ("failed", "canceled")]:
        retry_job(state, old, user)


def follow(state: State, new: Pipeline) -> None:
    """Lets a new pipeline take the place of the last one of the same ref: same jobs, and the same name."""
    same = [p for p in state.pipelines_of(new.project) if p is not new]
    old = next((p for p in same if p.ref == new.ref and p.source not in ("external", "parent_pipeline")), None)
    if old is None:
        return
    new.name, new.asked, old.again = old.name, old.asked, new
    if names := [job.name for job in old.own()]:
        new.jobs.clear()
        for name in names:
            number = state.new_id(12_000_000_000)
            job = Job(number, new, name, "test", new.user, new.created_at, "pending", ref=new.ref)
            new.jobs.append(job)


def cancel(state: State, pipeline: Pipeline) -> None:
    """Stops what is under way; a pipeline that has ended stays as it is."""
    if pipeline.status in FINAL:
        return
    now = pipeline.tick(state.now())
    pipeline.cancelled, pipeline.updated_at, pipeline.bare = True, now, "canceled"
    for job in pipeline.own():
        if job.status not in FINAL:
            job.status, job.finished_at = "canceled", now

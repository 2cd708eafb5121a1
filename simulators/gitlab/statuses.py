"""Commit statuses: which pipeline takes one, and which changes of state are allowed (GitLab REST, Commits)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.answers import Refusal
from simulators.gitlab.answers import bad_request, not_found
from simulators.gitlab.models import Project, User
from simulators.gitlab.runs import FINAL, Job, Pipeline
from simulators.gitlab.state import State

_OPEN = frozenset({"created", "pending", "running"})
# The event that GitLab names in its refusal, and the states that it may start from.
_EVENTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "pending": ("enqueue", frozenset({"created"})),
    "running": ("run", frozenset({"created", "pending"})),
    "success": ("success", _OPEN),
    "failed": ("drop", _OPEN),
    "canceled": ("cancel", _OPEN),
    "skipped": ("skip", frozenset({"created", "pending"})),
}
STATES = frozenset(_EVENTS)


@dataclass(frozen=True)
class Landed:
    """Where a status came to stand; `created` if the pipeline is new, `changed` if its state is another one now."""

    job: Job
    created: bool
    changed: bool


def post(state: State, project: Project, sha: str, user: User, asked: Mapping[str, Any]) -> Landed:
    """Sets a status; 404 without a pipeline or ref for it, 400 for a change of state that is none."""
    name = asked.get("name") or asked.get("context") or "default"
    pipeline, created = _pipeline(state, project, sha, user, asked)
    before = pipeline.status
    job = _job(state, pipeline, name, asked.get("ref") or pipeline.ref, user, asked["state"])
    _move(job, asked["state"], state)
    if job not in pipeline.jobs:
        for older in pipeline.jobs:
            older.retried = older.retried or older.name == name
        pipeline.jobs.append(job)
    if created:
        state.pipelines[pipeline.id] = pipeline
    job.description = asked.get("description", job.description)
    job.target_url = asked.get("target_url", job.target_url)
    job.coverage = asked.get("coverage", job.coverage)
    pipeline.updated_at = state.now()
    return Landed(job, created, created or pipeline.status != before)


def _pipeline(state: State, project: Project, sha: str, user: User, asked: Mapping[str, Any]) -> tuple[Pipeline, bool]:
    wanted, ref = asked.get("pipeline_id"), asked.get("ref")
    found = [p for p in state.pipelines_of(project) if p.sha == sha]
    found = [p for p in found if ref in (None, p.ref) and wanted in (None, p.id)]
    if found:
        return found[0], False
    if wanted is not None:
        raise not_found("Pipeline for pipeline_id, sha and ref")
    branches = [name for name, head in project.branches.items() if _holds(project, head, sha)]
    if sha not in project.commits or not branches or (ref is not None and ref not in branches):
        raise not_found("References for commit")
    now, iid = state.now(), 1 + len(state.pipelines_of(project))
    return Pipeline(
        state.new_id(2_500_000_000), iid, project, sha, ref or branches[0], "external", user, now, now
    ), True


def _holds(project: Project, head: str, sha: str) -> bool:
    seen = [head]
    for name in seen:
        if name == sha:
            return True
        seen += [parent for parent in project.commits[name].parents if parent in project.commits and parent not in seen]
    return False


def _job(state: State, pipeline: Pipeline, name: str, ref: str, user: User, wanted: str) -> Job:
    # Statuses are found by who set them, too: another user's of the same name is retried, not changed.
    key = (name, ref, user)
    mine = next((job for job in pipeline.latest if job.external and (job.name, job.ref, job.user) == key), None)
    if mine is not None and (mine.status not in FINAL or (wanted in FINAL and state.final_is_final)):
        return mine
    number = state.new_id(12_000_000_000)
    return Job(number, pipeline, name, "external", user, state.now(), external=True, ref=ref)


def _move(job: Job, wanted: str, state: State) -> None:
    event, sources = _EVENTS[wanted]
    if job.status not in sources:
        reason = f'Status cannot transition via "{event}"'
        raise Refusal(400, f"Cannot transition status via :{event} from :{job.status} (Reason(s): {reason})")
    job.status = wanted
    if wanted == "running":
        job.started_at = state.now()
    elif wanted in FINAL:
        job.finished_at = state.now()


def check(asked: Mapping[str, Any]) -> None:
    """Lengths and the kind of link (GitLab REST, Commits, Set commit pipeline status)."""
    for part in ("name", "context", "description", "target_url"):
        if len(asked.get(part) or "") > 255:
            raise bad_request(f"{part} is too long (maximum is 255 characters)", violation=True)
    if asked.get("target_url") and not asked["target_url"].startswith(("https://", "http://")):
        raise bad_request("target_url is blocked: Only allowed schemes are http, https", violation=True)

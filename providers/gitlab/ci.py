"""Pipelines as CI runs, as hooks and REST answers tell them (GitLab Docs, Webhook events; GitLab REST, Pipelines).

Statuses, such as ours, are jobs of a pipeline too and change what it amounts to: how a run is comes from the jobs of
GitLab's own runners. A job that may fail does not count. Times are in whole seconds, since hooks tell no more.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from providers.gitlab.payloads import moment
from providers.payloads import Json, child, number, word
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.text import one_line
from providers.values import Repository

NOT_READ = frozenset({"external", "parent_pipeline"})
"""Sources of pipelines that only statuses made, and of those that are read with the one that started them."""
FOR_REQUEST = "merge_request_event"

_STATES: Mapping[str, RunState] = {
    "created": RunState.QUEUED,
    "waiting_for_resource": RunState.QUEUED,
    "preparing": RunState.QUEUED,
    "pending": RunState.QUEUED,
    "scheduled": RunState.QUEUED,
    "success": RunState.ENDED,
    "failed": RunState.ENDED,
    "canceled": RunState.ENDED,
    "skipped": RunState.ENDED,
    "manual": RunState.ENDED,
}
_OUTCOMES: Mapping[str, RunOutcome] = {
    "success": RunOutcome.PASSED,
    "failed": RunOutcome.FAILED,
    "canceled": RunOutcome.CANCELLED,
    "skipped": RunOutcome.SKIPPED,
    "manual": RunOutcome.WAITING,
}
# The first that a job has is its pipeline's.
_WORST = (RunOutcome.UNKNOWN, RunOutcome.FAILED, RunOutcome.CANCELLED, RunOutcome.WAITING, RunOutcome.PASSED)
_CAUSES: Mapping[str, RunCause] = {FOR_REQUEST: RunCause.PULL_REQUEST, "push": RunCause.PUSH}
_NAMES: Mapping[str, str] = {
    FOR_REQUEST: "Merge request pipeline",
    "schedule": "Scheduled pipeline",
    "pipeline": "Downstream pipeline",
}
_TIMES = ("created_at", "started_at", "finished_at")
_REF = re.compile(r"refs/merge-requests/(\d{1,18})/(?:head|merge|train)")
_NAME_LIMIT = 255


def outcome_of(job: Json) -> RunOutcome:
    """Reads how a job ended; one that may fail or wait for a person counts as passed."""
    found = _OUTCOMES.get(word(job, "status"), RunOutcome.UNKNOWN)
    forgiven = job.get("allow_failure") is True and found not in (RunOutcome.UNKNOWN, RunOutcome.SKIPPED)
    return RunOutcome.PASSED if forgiven else found


def began_by(job: Json, end: datetime) -> bool:
    """Whether a job was there at a time, to the second; one that runs again is made anew."""
    made = _second(word(job, "created_at"))
    return made is None or made <= end


def request_number(pipeline: Json) -> int:
    """The merge request that a pipeline was made for, as its ref tells; 0 for none."""
    found = _REF.fullmatch(word(pipeline, "ref"))
    return int(found[1]) if found else 0


def explained(pipeline: Json, builds: Sequence[Json]) -> bool:
    """Whether a pipeline's state follows from its jobs, without bridges to other pipelines and statuses of others."""
    state = _STATES.get(word(pipeline, "status"), RunState.RUNNING)
    if not builds or not _over(builds):
        return True
    return state is RunState.ENDED and _together(builds) is _OUTCOMES[word(pipeline, "status")]


def ci_run(
    pipeline: Json,
    builds: Sequence[Json],
    bridges: Sequence[Json] | None,
    where: Repository,
    request: Json,
    *,
    built_in: Repository,
    default_branch: str = "",
) -> CiRun | None:
    """Reads a pipeline with the newest try of its jobs; None when it lacks what identifies it.

    `bridges` is None when it is not known which there are. `where` is the repository that the run is told of, and
    `built_in` where it is, which may be a fork; `request` is the merge request that the pipeline was made for.
    """
    sha, owner = word(pipeline, "sha"), built_in.id
    if not word(pipeline, "id") or not sha:
        return None
    state, outcome, at = _standing(pipeline, builds, bridges)
    here = word(request, "target_project_id") in ("", where.id)
    asked = number(request, "iid") or request_number(pipeline)
    home = word(request, "source_project_id") or owner
    branch = _branch(pipeline, request)
    tag = pipeline.get("tag") is True
    source = None if home == where.id else Repository(home, built_in.path if home == owner else "")
    plain = not asked and not tag and source is None
    return CiRun(
        id=word(pipeline, "id") if owner == where.id else f"{owner}/{word(pipeline, 'id')}",
        name=_name(pipeline, request, branch),
        sha=sha,
        state=state,
        outcome=outcome,
        attempt=0,
        cause=RunCause.OTHER if tag else _CAUSES.get(word(pipeline, "source"), RunCause.OTHER),
        branch=branch,
        source=source,
        numbers=(asked,) if asked and here else (),
        default_branch=(branch == default_branch if default_branch else None) if plain else False,
        url=word(pipeline, "web_url") or word(pipeline, "url"),
        started_at=_second(word(pipeline, "created_at")),
        updated_at=at,
        unheard=True,
    )


def _standing(
    pipeline: Json, builds: Sequence[Json], bridges: Sequence[Json] | None
) -> tuple[RunState, RunOutcome, datetime | None]:
    """How far it is, how it ended, and since when.

    While a status of others is under way the pipeline is not over, though its jobs are; nor does it end as they do.
    """
    status = word(pipeline, "status")
    state, outcome = _STATES.get(status, RunState.RUNNING), _OUTCOMES.get(status, RunOutcome.UNKNOWN)
    latest = _latest(builds) or _second(word(pipeline, "created_at"))
    ended = _second(word(pipeline, "finished_at")) or latest
    if not builds:
        return state, outcome, ended if state is RunState.ENDED else latest
    if explained(pipeline, builds):
        return state, outcome, latest
    stages = pipeline.get("stages")
    if bridges is None and not (isinstance(stages, list) and "external" in stages):
        # A bridge, of which hooks do not tell.
        return state, outcome, ended if state is RunState.ENDED else latest
    together = _together(builds)
    if not bridges or _together([*builds, *bridges]) is together:
        return RunState.ENDED, together, latest
    if not _over(bridges):
        return RunState.RUNNING, RunOutcome.UNKNOWN, latest
    return RunState.ENDED, _together([*builds, *bridges]), ended


def _over(jobs: Sequence[Json]) -> bool:
    return all(outcome_of(job) is not RunOutcome.UNKNOWN for job in jobs)


def _together(jobs: Sequence[Json]) -> RunOutcome:
    found = {outcome_of(job) for job in jobs}
    return next((each for each in _WORST if each in found), RunOutcome.SKIPPED)


def _latest(jobs: Sequence[Json]) -> datetime | None:
    """The newest thing that happened: a job that runs again is made anew, so no time goes back."""
    return max((at for job in jobs for name in _TIMES if (at := _second(word(job, name)))), default=None)


def _second(text: str) -> datetime | None:
    found = moment(text)
    return found.astimezone(UTC).replace(microsecond=0) if found else None


def _branch(pipeline: Json, request: Json) -> str:
    ref = word(request, "source_branch") or word(pipeline, "ref").removeprefix("refs/heads/")
    return "" if pipeline.get("tag") is True or ref.startswith("refs/") else ref


def _name(pipeline: Json, request: Json, branch: str) -> str:
    """What `workflow:name` says, unless it names what differs from run to run (GitLab CI/CD YAML, workflow:name)."""
    given = one_line(word(pipeline, "name"), _NAME_LIMIT)
    numbers = [f"[#!]{word(pipeline, 'iid')}", f"[#!]{word(request, 'iid')}", word(pipeline, "id")]
    texts = [branch, word(pipeline, "sha"), word(pipeline, "sha")[:8], word(request, "title")]
    varying = [*(each for each in numbers if each[-1:] not in ("", "]")), *map(re.escape, filter(None, texts))]
    if given and not any(re.search(rf"(?<!\w){each}(?!\w)", given) for each in varying):
        return given
    return _NAMES.get(word(pipeline, "source"), "Pipeline")


def downstream(bridge: Json) -> Json:
    """The pipeline that a bridge started; empty where it started none."""
    return child(bridge, "downstream_pipeline")

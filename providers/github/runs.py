"""Workflow runs of GitHub Actions as CI runs (GitHub REST, Workflow runs; Webhook events, workflow_run)."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from providers.payloads import Json, child, items, number, word
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.shapes import repository
from providers.text import one_line
from providers.values import Repository

QUEUE = "gh-readonly-queue/"
"""Where branches of a merge queue begin (GitHub Docs, Managing a merge queue)."""
OWN_MAKING = frozenset({"check_run", "check_suite", "status"})
"""Events by which a verdict starts a workflow: read again, its run would make the next verdict."""
OF_NO_COMMIT = frozenset(
    {"discussion", "discussion_comment", "fork", "gollum", "issue_comment", "issues", "watch", "workflow_run"}
)
"""Events that anybody can cause and that build no commit: their runs stand on the default branch, but say nothing of it
(GitHub Docs, Events that trigger workflows)."""

NAME = 200
"""Characters of a name that others gave."""

_STATES: Mapping[str, RunState] = {"completed": RunState.ENDED, "in_progress": RunState.RUNNING}
_OUTCOMES: Mapping[str, RunOutcome] = {
    "success": RunOutcome.PASSED,
    "neutral": RunOutcome.PASSED,
    "failure": RunOutcome.FAILED,
    "timed_out": RunOutcome.FAILED,
    "startup_failure": RunOutcome.FAILED,
    "cancelled": RunOutcome.CANCELLED,
    "stale": RunOutcome.CANCELLED,
    "skipped": RunOutcome.SKIPPED,
    "action_required": RunOutcome.WAITING,
}
_CAUSES: Mapping[str, RunCause] = {
    "pull_request": RunCause.PULL_REQUEST,
    "pull_request_target": RunCause.PULL_REQUEST,
    "push": RunCause.PUSH,
    "merge_group": RunCause.MERGE_QUEUE,
}


def workflow_run(data: Json, where: Repository, default_branch: str = "") -> CiRun | None:
    """Reads a workflow run of `where`; None when it lacks what identifies it or tells of no commit."""
    event, sha = word(data, "event"), word(data, "head_sha")
    if not word(data, "id") or not sha or event in OWN_MAKING | OF_NO_COMMIT:
        return None
    source, branch = _source(data, where), word(data, "head_branch")
    return CiRun(
        id=word(data, "id"),
        name=one_line(word(data, "name"), NAME) or PurePosixPath(word(data, "path")).stem or "workflow",
        sha=sha,
        state=state_of(data),
        outcome=outcome_of(data),
        attempt=number(data, "run_attempt") or 1,
        cause=_CAUSES.get(event, RunCause.OTHER),
        branch=branch,
        source=source,
        numbers=numbers(data, where),
        default_branch=is_default(branch, default_branch, source),
        url=word(data, "html_url"),
        started_at=moment(data, "run_started_at") or moment(data, "created_at"),
        updated_at=moment(data, "updated_at"),
    )


def state_of(data: Json) -> RunState:
    """`requested`, `waiting` and `pending` are queued too (GitHub REST, Checks)."""
    return _STATES.get(word(data, "status"), RunState.QUEUED)


def outcome_of(data: Json) -> RunOutcome:
    if word(data, "status") == "waiting":
        return RunOutcome.WAITING
    return _OUTCOMES.get(word(data, "conclusion"), RunOutcome.UNKNOWN)


def numbers(data: Json, where: Repository) -> tuple[int, ...]:
    """Pull requests of `where` only: those of other repositories may be named too."""
    named = items(data.get("pull_requests"))
    own = [pull for pull in named if word(child(pull, "base", "repo"), "id") in ("", where.id)]
    return tuple(number(pull, "number") for pull in own if number(pull, "number"))


def is_default(branch: str, default_branch: str, source: Repository | None = None) -> bool | None:
    if not default_branch or not branch:
        return None
    return branch == default_branch and source is None


def moment(data: Json, name: str) -> datetime | None:
    """Reads a time; None when it is missing, odd or without a zone."""
    try:
        found = datetime.fromisoformat(word(data, name))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _source(data: Json, where: Repository) -> Repository | None:
    if "head_repository" in data and data["head_repository"] is None:
        # The fork is gone.
        return Repository("", "")
    head = repository(child(data, "head_repository"))
    return None if head.id in ("", where.id) else head

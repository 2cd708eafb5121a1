"""Check suites of other apps as CI runs (GitHub REST, Check suites; Webhook events, check_suite)."""

from providers.github.runs import NAME, moment, numbers, outcome_of, state_of
from providers.payloads import Json, child, number, word
from providers.runs import CiRun, RunCause
from providers.text import one_line
from providers.values import Repository

PREFIX = "suite:"
"""Of the ids of such runs, which tells them from workflow runs."""
ACTIONS = "github-actions"
"""The slug of GitHub's own app, whose suites are its workflow runs once more."""


def suite_run(data: Json, where: Repository, own_app: str, page: str = "") -> CiRun | None:
    """Reads a check suite; None for those of GitHub Actions and of our own app, and for empty ones.

    GitHub makes a suite for each app that could have checks: one without a check run waits for nothing. No suite tells
    of which repository its branch is, so that a fork's could be taken for ours: none is of the default branch. `page`
    is the address of the repository.
    """
    app, suite_id, sha = child(data, "app"), word(data, "id"), word(data, "head_sha")
    if not suite_id or not sha or word(app, "slug") == ACTIONS or not word(app, "id") or word(app, "id") == own_app:
        return None
    if "latest_check_runs_count" in data and not number(data, "latest_check_runs_count"):
        return None
    branch, named = word(data, "head_branch"), numbers(data, where)
    return CiRun(
        id=f"{PREFIX}{suite_id}",
        name=one_line(word(app, "name") or word(app, "slug"), NAME) or "checks",
        sha=sha,
        state=state_of(data),
        outcome=outcome_of(data),
        attempt=0,
        cause=RunCause.PULL_REQUEST if named else RunCause.OTHER,
        branch=branch,
        numbers=named,
        default_branch=False,
        url=f"{page}/commit/{sha}/checks?check_suite_id={suite_id}" if page else "",
        started_at=moment(data, "created_at"),
        updated_at=moment(data, "updated_at"),
    )


def suite_id(run_id: str) -> str:
    """Gives the id of the check suite behind a run; empty for workflow runs."""
    return run_id.removeprefix(PREFIX) if run_id.startswith(PREFIX) else ""

"""Commit statuses as GitHub and Gitea take them (GitHub REST, Commit statuses; Gitea API, repoCreateStatus)."""

from collections.abc import Mapping

from providers.report import Check, Verdict
from providers.text import cut

# Both know nothing between passed and failed that a branch protection lets through, and flaky failures should pass.
STATES: Mapping[Verdict, str] = {
    Verdict.PENDING: "pending",
    Verdict.RUNNING: "pending",
    Verdict.PASSED: "success",
    Verdict.FAILED: "failure",
    Verdict.UNSTABLE: "success",
    Verdict.ERROR: "error",
    Verdict.CANCELLED: "error",
}


def status_body(check: Check, limit: int) -> dict[str, str]:
    """Writes a status with the check's name as its context, of which the newest counts; `limit` is the title's."""
    body = {"state": STATES[check.verdict], "context": check.name, "description": cut(check.title, limit)}
    return body | ({"target_url": check.details_url} if check.details_url else {})

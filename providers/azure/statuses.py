"""Statuses of pull requests and of commits (Azure DevOps REST, Pull Request Statuses; Statuses)."""

from typing import Any

from providers.azure.client import Client
from providers.azure.iterations import Iterations
from providers.azure.naming import place
from providers.payloads import number, word
from providers.report import Check, Verdict
from providers.text import cut
from providers.values import Revision, Slot, Written

GENRE = "agnox"
DESCRIPTION_LIMIT = 255
"""Characters; the host's own pages show fewer and its documentation names no limit."""
ADDRESS_LIMIT = 2000

# A policy is satisfied by `succeeded` and `notApplicable`; flaky failures must not block, a run without a result must.
_STATES = {
    Verdict.PENDING: "pending",
    Verdict.RUNNING: "pending",
    Verdict.PASSED: "succeeded",
    Verdict.FAILED: "failed",
    Verdict.UNSTABLE: "succeeded",
    Verdict.ERROR: "error",
    Verdict.CANCELLED: "error",
}


async def put_status(client: Client, iterations: Iterations, revision: Revision, check: Check, slot: Slot) -> Written:
    """Adds a status to the push that brought the revision, of which the newest with its name counts.

    Without the push's number it would stay green over later pushes. A revision without pull request gets the commit's.
    """
    where, body, sha = place(revision.repository), _body(check), revision.sha
    if revision.number is None:
        answer = await client(lambda sdk: sdk.git.create_commit_status(body, sha, where.repository, where.project))
        return Written(word(answer, "id"), check.details_url)
    pull = revision.number
    iteration = _remembered(slot.state, sha) or (await iterations.of_head(revision.repository, pull, sha)).id
    body["iterationId"] = iteration
    answer = await client(lambda sdk: sdk.git.create_pull_request_status(body, where.repository, pull, where.project))
    return Written(str(number(answer, "id")), check.details_url, f"{iteration}@{sha}")


def _remembered(state: str, sha: str) -> int:
    iteration, _, of = state.partition("@")
    return int(iteration) if of == sha and iteration.isdecimal() else 0


def _body(check: Check) -> dict[str, Any]:
    body: dict[str, Any] = {
        "state": _STATES[check.verdict],
        "description": cut(check.title, DESCRIPTION_LIMIT),
        "context": {"genre": GENRE, "name": check.name},
    }
    if check.details_url.startswith(("https://", "http://")) and len(check.details_url) <= ADDRESS_LIMIT:
        body["targetUrl"] = check.details_url
    return body

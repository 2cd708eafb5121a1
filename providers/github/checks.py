"""Check runs and commit statuses (GitHub REST, Checks; Commit statuses)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.errors import NotFound, ProviderError
from providers.github.client import Client, names
from providers.payloads import child, number, word
from providers.report import Action, Annotation, Check, Verdict
from providers.statuses import status_body
from providers.text import one_line
from providers.values import Revision, Slot, Written

AT_ONCE = 50
"""Annotations in a request; each request appends to those there are."""
DESCRIPTION_LIMIT = 140

# For a required check `neutral` counts as passed, as flaky failures should; a run without a result must not pass.
_CONCLUSIONS = {
    Verdict.PASSED: "success",
    Verdict.FAILED: "failure",
    Verdict.UNSTABLE: "neutral",
    Verdict.ERROR: "failure",
    Verdict.CANCELLED: "cancelled",
}

_RUNS = "/repos/{owner}/{repo}/check-runs"
_RUN = "/repos/{owner}/{repo}/check-runs/{id}"
_FIND = "/repos/{owner}/{repo}/commits/{sha}/check-runs{?check_name,app_id,filter,per_page}"


async def put_check(client: Client, app_id: str, revision: Revision, check: Check, key: str, slot: Slot) -> Written:
    """Creates or updates our check run; `state` counts the annotations that stand there.

    Sent annotations can't be changed or taken back, so only those beyond the count go out.
    """
    where = names(revision.repository)
    run_id, sent = slot.id, int(slot.state) if slot.id and slot.state.isdecimal() else 0
    if slot.unsure:
        run_id, sent = await _look(client, app_id, revision, check, key, slot)
    body = _body(check, key)
    answer: Any = None
    if run_id:
        try:
            answer = await client.write("PATCH", _RUN, where | {"id": run_id}, _part(body, check, sent))
        except NotFound:
            sent = 0
    if answer is None:
        answer = await client.write("POST", _RUNS, where, _part(body, check, sent) | {"head_sha": revision.sha})
    sent += len(check.annotations[sent : sent + AT_ONCE])
    written = Written(word(answer, "id"), word(answer, "html_url"), str(sent))
    try:
        while sent < len(check.annotations):
            more = {"output": _part(body, check, sent)["output"]}
            await client.write("PATCH", _RUN, where | {"id": written.id}, more)
            sent += len(check.annotations[sent : sent + AT_ONCE])
            written = replace(written, state=str(sent))
    except ProviderError as error:
        error.written = written
        raise
    return written


async def put_status(client: Client, revision: Revision, check: Check) -> Written:
    """Sets the commit status with the check's name as its context; the newest one counts."""
    body = status_body(check, DESCRIPTION_LIMIT)
    variables = names(revision.repository) | {"sha": revision.sha}
    answer = await client.write("POST", "/repos/{owner}/{repo}/statuses/{sha}", variables, body)
    return Written(word(answer, "id"), check.details_url)


async def _look(client: Client, app_id: str, revision: Revision, check: Check, key: str, slot: Slot) -> tuple[str, int]:
    """Finds what an earlier write left: the check run's id and how many annotations it has."""
    where = names(revision.repository)
    if slot.id:
        try:
            run = await client.get(_RUN, where | {"id": slot.id})
        except NotFound:
            return "", 0
        return slot.id, number(child(run, "output"), "annotations_count")
    query = {"sha": revision.sha, "check_name": check.name, "app_id": app_id, "filter": "all", "per_page": "100"}
    async for run in client.pages(_FIND, where | query, "check_runs"):
        if word(run, "external_id") == key and word(child(run, "app"), "id") == app_id:
            return word(run, "id"), number(child(run, "output"), "annotations_count")
    return "", 0


def _body(check: Check, key: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": check.name,
        "external_id": key,
        "details_url": check.details_url,
        "started_at": check.started_at,
        "completed_at": check.completed_at if check.verdict.finished else "",
        "output": {"title": check.title, "summary": check.summary} | ({"text": check.text} if check.text else {}),
        "actions": [_action(action) for action in check.actions[:3]],
    }
    if check.verdict.finished:
        body |= {"status": "completed", "conclusion": _CONCLUSIONS[check.verdict]}
    else:
        body["status"] = "queued" if check.verdict is Verdict.PENDING else "in_progress"
    return {name: value for name, value in body.items() if value != ""}


def _part(body: Mapping[str, Any], check: Check, sent: int) -> dict[str, Any]:
    """Adds the next annotations to a body."""
    following = [_annotation(remark) for remark in check.annotations[sent : sent + AT_ONCE]]
    output = {**body["output"], "annotations": following} if following else body["output"]
    return {**body, "output": output}


def _annotation(remark: Annotation) -> dict[str, Any]:
    data = {
        "path": remark.path,
        "start_line": remark.start_line,
        "end_line": max(remark.start_line, remark.end_line),
        "annotation_level": remark.level.value,
        "title": remark.title,
        "message": remark.message,
        "raw_details": remark.details,
    }
    return {name: value for name, value in data.items() if value != ""}


def _action(action: Action) -> dict[str, str]:
    return {
        "identifier": action.identifier[:20],
        "label": one_line(action.label, 20),
        "description": one_line(action.description, 40),
    }

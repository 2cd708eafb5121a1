"""Commit statuses: the verdict as a job of the pipeline (GitLab REST, Commits, Set commit pipeline status)."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from providers.errors import Forbidden, NotFound, ProviderError
from providers.gitlab.client import Client, place
from providers.gitlab.failures import Raced, WrongState
from providers.gitlab.pipelines import Target, find_branch, find_pipeline, home
from providers.payloads import Json, child, number, word
from providers.report import Check, Verdict
from providers.text import cut
from providers.values import Revision, Slot, Written

TEXT_LIMIT = 255
STATE_LIMIT = 400

_STATES = {
    Verdict.PENDING: "pending",
    Verdict.RUNNING: "running",
    Verdict.PASSED: "success",
    Verdict.FAILED: "failed",
    Verdict.UNSTABLE: "success",
    Verdict.ERROR: "failed",
    Verdict.CANCELLED: "canceled",
}
_FINAL = frozenset({"success", "failed", "canceled", "skipped"})
# What is under way can't go back, and says nothing new by being said again.
_COVERED = frozenset({("pending", "pending"), ("running", "running"), ("running", "pending")})

Pause = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on the host: where, under which id, in which state; `state` is empty when that is not known."""

    head: str
    target: Target
    id: str = ""
    state: str = ""

    def dump(self) -> str:
        """Writes it down; empty when a branch's name makes it too long to be kept."""
        at = self.target
        sha = at.sha if at.sha != self.head else ""
        parts = [self.head, at.project, sha, at.pipeline, at.ref, self.id, self.state, int(not at.own)]
        text = json.dumps(parts, separators=(",", ":"))
        return text if len(text) <= STATE_LIMIT else ""

    @classmethod
    def load(cls, text: str, head: str) -> "Standing | None":
        """Reads what `dump` wrote for this head; None for anything else."""
        try:
            known, project, sha, pipeline, ref, status_id, state, foreign = json.loads(text)
        except (ValueError, TypeError):
            return None
        found = cls(head, Target(project, sha or head, pipeline, ref, not foreign), status_id, state)
        return found if known == head else None


async def put_status(client: Client, revision: Revision, check: Check, slot: Slot, pause: Pause) -> Written:
    """Sets the status in the pipeline that the merge request waits for; `pause` waits a moment after a race.

    A status that came before that pipeline moves there; `slot.unsure` also says that a newer one may be there. What was
    said but is not known where any more (an id without state) is looked for, too: telling it again would make the
    pipeline run again, of which its hook tells, and so on.
    """
    before = Standing.load(slot.state, revision.sha)
    if before is None:
        standing = await _located(client, revision)
    elif before.target.own and not slot.unsure:
        standing = before
    else:
        standing = await _moved(client, revision, before)
    if slot.unsure or (slot.id and not slot.state):
        standing, said = await _look(client, check, standing)
        if (standing.state, said) == (_STATES[check.verdict], _said(check)):
            return _receipt(standing, check)
    written = await _said_somewhere(client, revision, check, standing, pause)
    if before is not None and before.target != standing.target:
        await _leave(client, check, before)
    return written


async def _located(client: Client, revision: Revision) -> Standing:
    target = await find_pipeline(client, revision)
    return Standing(revision.sha, target or await find_branch(client, revision))


async def _moved(client: Client, revision: Revision, before: Standing) -> Standing:
    target = await find_pipeline(client, revision)
    if target is None:
        return before
    if target.pipeline == before.target.pipeline:
        return replace(before, target=replace(before.target, own=target.own))
    return Standing(revision.sha, target)


async def _leave(client: Client, check: Check, before: Standing) -> None:
    """Ends what was left running where nobody waits for it; not ending it does little harm."""
    if before.state in ("pending", "running"):
        with suppress(ProviderError):
            await client.post(before.target.path, _body(check, before.target, "canceled"))


async def _look(client: Client, check: Check, standing: Standing) -> tuple[Standing, str]:
    """Reads the state that an earlier write may have left, and its words."""
    target = standing.target
    query: dict[str, str | int] = {"name": _name(check), "sort": "desc"}
    if target.pipeline:
        query["pipeline_id"] = target.pipeline
    elif target.ref:
        query["ref"] = target.ref
    path = place("projects", target.project, "repository", "commits", target.sha, "statuses")
    try:
        found = await client.pages(path, query, most=1)
    except NotFound:
        found = []
    newest = max(found, key=lambda each: number(each, "id"), default=None)
    if newest is None:
        return replace(standing, id="", state=""), ""
    return replace(standing, id=word(newest, "id"), state=word(newest, "status")), word(newest, "description")


async def _said_somewhere(
    client: Client, revision: Revision, check: Check, standing: Standing, pause: Pause
) -> Written:
    """Looks for another place when the pipeline was deleted meanwhile."""
    try:
        return await _say(client, check, standing, pause)
    except NotFound as gone:
        if not standing.target.pipeline:
            raise _lacking(revision, standing, gone) from gone
    standing = await _located(client, revision)
    try:
        return await _say(client, check, standing, pause)
    except NotFound as gone:
        raise _lacking(revision, standing, gone) from gone


async def _say(client: Client, check: Check, standing: Standing, pause: Pause) -> Written:
    wanted = _STATES[check.verdict]
    if (standing.state, wanted) in _COVERED:
        return _receipt(standing, check)
    try:
        standing = await _post(client, check, standing, wanted, pause)
    except WrongState as refused:
        standing = await _after_refusal(client, check, standing, wanted, refused, pause)
    return _receipt(standing, check)


async def _after_refusal(
    client: Client, check: Check, standing: Standing, step: str, refused: WrongState, pause: Pause
) -> Standing:
    """Somebody else, or we ourselves unheard, changed the state: sees what it is and goes on from there."""
    found, said = await _look(client, check, standing)
    if (found.state, step) in _COVERED or (found.state, said) == (step, _said(check)):
        return found
    if found.state not in _FINAL or step not in _FINAL:
        raise refused
    # Most versions make a new entry when another end is told (GitLab, commit_statuses.rb); some want it begun again.
    begun = await _post(client, check, found, "running", pause)
    try:
        return await _post(client, check, begun, step, pause)
    except ProviderError as error:
        error.written = _receipt(begun, check)
        raise


async def _post(client: Client, check: Check, standing: Standing, state: str, pause: Pause) -> Standing:
    """Makes one write, and one more when it collided with another."""
    target, body = standing.target, _body(check, standing.target, state)
    try:
        answer = child(await client.post(target.path, body))
    except Raced:
        await pause()
        answer = child(await client.post(target.path, body))
    return _learned(standing, state, answer)


def _learned(standing: Standing, state: str, answer: Json) -> Standing:
    """Keeps the pipeline that GitLab chose or made, where its version tells the id."""
    target, told = standing.target, word(answer, "pipeline_id")
    chosen_by_host = not target.pipeline and bool(told)
    return replace(
        standing,
        target=replace(target, pipeline=told, ref="") if chosen_by_host else target,
        id=word(answer, "id") or standing.id,
        state=word(answer, "status") or state,
    )


def _body(check: Check, target: Target, state: str) -> dict[str, Any]:
    body: dict[str, Any] = {"state": state, "name": _name(check), "description": _said(check)}
    if target.pipeline:
        body["pipeline_id"] = int(target.pipeline)
    elif target.ref:
        body["ref"] = target.ref
    if len(check.details_url) <= TEXT_LIMIT and check.details_url.startswith(("https://", "http://")):
        body["target_url"] = check.details_url
    return body


def _name(check: Check) -> str:
    return cut(check.name, TEXT_LIMIT)


def _said(check: Check) -> str:
    return cut(check.title, TEXT_LIMIT)


def _receipt(standing: Standing, check: Check) -> Written:
    return Written(standing.id or standing.target.sha, check.details_url, standing.dump())


def _lacking(revision: Revision, standing: Standing, error: NotFound) -> ProviderError:
    """What is missing in a fork is hidden from us rather than not there."""
    if standing.target.project == home(revision):
        return error
    return Forbidden(f"the commit is in a fork that takes no status from us ({error})")

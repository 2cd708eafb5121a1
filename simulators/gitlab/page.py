"""What the page of a merge request shows, and what its forms do."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from simulators.gitlab.emoji import EMOJI
from simulators.gitlab.host import Host
from simulators.gitlab.markdown import DIALECT
from simulators.gitlab.models import User
from simulators.gitlab.requests import Discussion, MergeRequest, Note
from simulators.gitlab.runs import FINAL, Job, Pipeline
from simulators.page import (
    Button,
    Check,
    Look,
    Mark,
    NotThere,
    Person,
    PullLine,
    PullPage,
    Remark,
    Thread,
    Tone,
    Webhook,
)

_MARKS: Mapping[str, Mark] = {
    "success": "success",
    "failed": "failure",
    "running": "running",
    "pending": "running",
    "created": "running",
    "canceled": "skipped",
    "skipped": "skipped",
}
_TONES: Mapping[str, Tone] = {"opened": "open", "closed": "closed", "merged": "merged", "locked": "closed"}


class Pages:
    """A simulated GitLab behind the pages."""

    look = Look(
        name="GitLab",
        address="/{project:path}/-/merge_requests/{iid:int}",
        accent="#6e49cb",
        pull="merge request",
        sign="!",
        check="pipeline",
    )

    def __init__(self, host: Host) -> None:
        self._host = host

    def pulls(self) -> Sequence[PullLine]:
        """All merge requests."""
        with self._host.state.lock:
            living = [project for project in self._host.state.projects.values() if not project.deleted]
            return [_line(request) for project in living for request in self._host.state.requests_of(project)]

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        """One merge request as it is now."""
        with self._host.state.lock:
            return self._page(self._request(place), viewer)

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        """Somebody comments or replies; quick actions are carried out."""
        state = self._host.state
        with state.lock:
            request = self._request(place)
            user, before = self._viewer(viewer, request), (request.state, request.draft, request.title)
            if thread is None:
                note = self._host.writer.start(request, user, body).note
            else:
                note = self._host.writer.reply(self._thread(request, thread), user, body).note
            events = [self._host.events.note(note)] if note is not None else []
            if (request.state, request.draft, request.title) != before:
                events.append(self._host.events.merge_request(_action(before[0], request), request, user))
        for event in events:
            self._host.hooks.deliver(event)

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        """Somebody resolves a thread, or opens it again."""
        with self._host.state.lock:
            request = self._request(place)
            thread, user = self._thread(request, target), self._viewer(viewer, request)
            if button not in ("resolve", "unresolve") or thread.individual:
                raise NotThere
            for note in thread.notes:
                note.resolved_by = user if button == "resolve" else None

    def _page(self, request: MergeRequest, viewer: str) -> PullPage:
        state, user = self._host.state, self._viewer(viewer, request)
        gone = request.source is None
        owner = f"{request.source.full_path}:" if request.from_fork and request.source else ""
        sent = [d for hook in self._host.hooks.all.values() for d in hook.sent]
        last = max(sent, key=lambda delivery: delivery.id, default=None)
        hooks = list(self._host.hooks.all.values())
        pipelines = [p for p in state.pipelines_for(request) if request.sha in (p.sha, p.source_sha)]
        return PullPage(
            project=request.project.full_path,
            number=request.iid,
            title=request.title,
            author=_person(request.author),
            state=request.state.title(),
            tone="draft" if request.draft and request.state == "opened" else _TONES[request.state],
            opened_at=request.created_at,
            head=f"{owner}{request.source_branch}",
            base=request.target_branch,
            sha=request.sha,
            commits=len(request.commits),
            viewer=_person(user),
            people=[_person(one) for one in state.users.values() if not one.bot],
            body=DIALECT.render(request.description) if request.description else None,
            origin="(the fork was deleted)" if gone else "",
            role=request.project.level_of(user).name.lower(),
            threads=[_thread_shown(thread) for thread in state.discussions_of(request)],
            checks=[check for pipeline in pipelines for check in _checks(pipeline)],
            files=[file.diff for file in request.files],
            webhook=Webhook(last.event, last.status_code) if last else None,
            webhook_url=hooks[0].url if hooks else None,
        )

    def _request(self, place: Mapping[str, Any]) -> MergeRequest:
        project = self._host.state.project(str(place["project"]))
        request = self._host.state.merge_requests.get((project.id, place["iid"])) if project else None
        if request is None:
            raise NotThere
        return request

    def _thread(self, request: MergeRequest, name: str) -> Discussion:
        thread = self._host.state.discussions.get(name)
        if thread is None or thread.merge_request is not request or not thread.notes:
            raise NotThere
        return thread

    def _viewer(self, username: str, request: MergeRequest) -> User:
        return self._host.state.user(username) or request.author


def _action(before: str, request: MergeRequest) -> Literal["reopen", "close", "merge", "update"]:
    if request.state == before:
        return "update"
    actions: Mapping[str, Literal["reopen", "close", "merge"]] = {
        "opened": "reopen",
        "closed": "close",
        "merged": "merge",
    }
    return actions[request.state]


def _line(request: MergeRequest) -> PullLine:
    return PullLine(
        url=f"/{request.project.full_path}/-/merge_requests/{request.iid}",
        project=request.project.full_path,
        number=request.iid,
        title=request.title,
        author=_person(request.author),
        state=request.state.title(),
        tone=_TONES[request.state],
    )


def _person(user: User) -> Person:
    return Person(user.username, user.name, user.id, user.bot)


def _thread_shown(thread: Discussion) -> Thread:
    first = thread.notes[0]
    resolved = not thread.individual and all(note.resolved_by for note in thread.notes if note.resolvable)
    word = "" if thread.individual else "Resolved" if resolved else "Open"
    button = Button("unresolve", "Reopen thread") if resolved else Button("resolve", "Resolve thread")
    return Thread(
        id=thread.id,
        remarks=[_remark(note) for note in thread.notes],
        status=word,
        settled=resolved,
        anchor=_anchor(first),
        replies=not first.system,
        buttons=() if thread.individual else (button,),
    )


def _anchor(note: Note) -> str:
    if note.position is None:
        return ""
    line = note.position["new_line"] or note.position["old_line"]
    return f"{note.position['new_path']}, line {line}" if line else str(note.position["new_path"])


def _remark(note: Note) -> Remark:
    counts: dict[str, int] = {}
    for award in note.awards:
        counts[EMOJI[award.name]] = counts.get(EMOJI[award.name], 0) + 1
    return Remark(
        id=f"note_{note.id}",
        author=_person(note.author),
        body=DIALECT.render(note.body),
        at=note.created_at,
        edited=note.updated_at != note.created_at,
        label="activity" if note.system else "internal" if note.internal else "",
        reactions=counts,
    )


def _checks(pipeline: Pipeline) -> list[Check]:
    place = "" if pipeline.source == "external" else f" in pipeline {pipeline.iid}"
    return [
        _check(job, place, [old for old in pipeline.jobs if old.retried and old.name == job.name])
        for job in pipeline.latest
    ]


def _check(job: Job, place: str, older: Sequence[Job]) -> Check:
    return Check(
        id=f"job-{job.id}",
        name=f"{job.name}{place}",
        state=job.status,
        mark=_MARKS[job.status],
        title=job.description or "",
        url=job.target_url or "",
        started_at=job.started_at,
        finished_at=job.finished_at if job.status in FINAL else None,
        older=[_check(old, place, ()) for old in reversed(older)],
        folds=bool(older),
    )

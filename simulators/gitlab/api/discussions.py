"""Threads of merge requests (GitLab REST, Discussions)."""

from simulators.answers import Answer
from simulators.gitlab.answers import Malformed, forbidden, not_found
from simulators.gitlab.api.writing import announce, checked_body, known, only_commands, own, spend, told
from simulators.gitlab.positions import placed
from simulators.gitlab.requests import Discussion, Note
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.views.requests import discussion_view, note_view
from simulators.gitlab.writing import NoteType


def _list(call: ApiCall) -> Answer:
    threads = [thread for thread in call.state.discussions_of(call.request) if _seen(call, thread)]
    return call.paged(threads, lambda thread: discussion_view(call.urls, thread))


def _get(call: ApiCall) -> Answer:
    return Answer(discussion_view(call.urls, _thread(call)))


def _create(call: ApiCall) -> Answer:
    request, body = call.request, checked_body(call)
    asked = call.body.get("position")
    position = placed(request, asked) if asked is not None else None
    spend(call)
    kind: NoteType = "DiffNote" if position else "DiscussionNote"
    written = call.host.writer.start(request, call.user, body, type_=kind, position=position)
    note = told(call, written)
    if note is None:
        return only_commands(written)
    announce(call, note)
    return Answer(discussion_view(call.urls, note.discussion), 201)


def _resolve(call: ApiCall) -> Answer:
    thread = _thread(call)
    if thread.notes[0].type is None:
        raise not_found()
    _demand_resolver(call)
    _set_resolved(call, thread.notes, _flag(call))
    return Answer(discussion_view(call.urls, thread))


def _reply(call: ApiCall) -> Answer:
    thread, body = _thread(call), checked_body(call)
    spend(call)
    written = call.host.writer.reply(thread, call.user, body)
    note = told(call, written)
    if note is None:
        return only_commands(written)
    announce(call, note)
    return Answer(note_view(call.urls, note), 201)


def _update(call: ApiCall) -> Answer:
    _thread(call)
    if ("body" in call.body) == ("resolved" in call.body):
        raise Malformed("body, resolved are mutually exclusive, exactly one parameter must be provided")
    if "resolved" in call.body:
        note = known(call)
        _demand_resolver(call)
        _set_resolved(call, [note], _flag(call))
        return Answer(note_view(call.urls, note))
    note, body = own(call), checked_body(call)
    told(call, call.host.writer.edit(note, body))
    announce(call, note, new=False)
    return Answer(note_view(call.urls, note))


def _delete(call: ApiCall) -> Answer:
    _thread(call)
    note = known(call)
    if note.author is not call.user and call.project.level_of(call.user) < Level.MAINTAINER:
        raise forbidden()
    note.discussion.notes.remove(note)
    return Answer(status=204)


def _seen(call: ApiCall, thread: Discussion) -> bool:
    caller = call.asked.caller
    return not thread.notes[0].internal or (caller is not None and call.project.level_of(caller.user) >= Level.REPORTER)


def _thread(call: ApiCall) -> Discussion:
    thread = call.state.discussions.get(call.asked.arguments["discussion_id"])
    if thread is None or thread.merge_request is not call.request or not thread.notes or not _seen(call, thread):
        raise not_found("Discussion")
    return thread


def _demand_resolver(call: ApiCall) -> None:
    """The author of the merge request, or Developer and above (GitLab, Resolve a thread)."""
    if call.request.author is not call.user and call.project.level_of(call.user) < Level.DEVELOPER:
        raise forbidden()


def _flag(call: ApiCall) -> bool:
    value = call.body.get("resolved", call.query.get("resolved"))
    if value is None:
        raise Malformed("resolved is missing")
    return str(value).lower() in ("true", "1")


def _set_resolved(call: ApiCall, notes: list[Note], resolved: bool) -> None:
    for note in notes:
        if note.resolvable:
            note.resolved_by = call.user if resolved else None


_on = below("/projects/{id}")
_ALL = "/merge_requests/{merge_request_iid}/discussions"
_ONE = f"{_ALL}/{{discussion_id}}"
ROUTES = (
    _on(f"GET {_ALL}", _list),
    _on(f"POST {_ALL}", _create),
    _on(f"GET {_ONE}", _get),
    _on(f"PUT {_ONE}", _resolve),
    _on(f"POST {_ONE}/notes", _reply),
    _on(f"PUT {_ONE}/notes/{{note_id}}", _update),
    _on(f"DELETE {_ONE}/notes/{{note_id}}", _delete),
)

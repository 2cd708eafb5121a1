"""Notes of merge requests and emoji under them (GitLab REST, Notes and Emoji reactions)."""

from simulators.answers import Answer, Refusal
from simulators.gitlab.answers import bad_request, forbidden, not_found
from simulators.gitlab.api.writing import announce, checked_body, known, only_commands, own, spend, told
from simulators.gitlab.emoji import EMOJI
from simulators.gitlab.requests import Award, Note
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, below
from simulators.gitlab.views.requests import award_view, note_view


def _list(call: ApiCall) -> Answer:
    caller, query = call.asked.caller, call.query
    insider = caller is not None and call.project.level_of(caller.user) >= Level.REPORTER
    activity = query.get("activity_filter", "all_notes")

    def wanted(note: Note) -> bool:
        kinds = ("all_notes", "only_activity" if note.system else "only_comments")
        return activity in kinds and (insider or not note.internal)

    notes = [note for note in call.state.notes_of(call.request) if wanted(note)]
    key = "updated_at" if query.get("order_by") == "updated_at" else "created_at"
    notes.sort(key=lambda note: (getattr(note, key), note.id), reverse=query.get("sort", "desc") == "desc")
    return call.paged(notes, lambda note: note_view(call.urls, note))


def _create(call: ApiCall) -> Answer:
    request, body = call.request, checked_body(call)
    internal = str(call.body.get("internal", False)).lower() == "true"
    if internal and call.project.level_of(call.user) < Level.REPORTER:
        raise forbidden()
    spend(call)
    written = call.host.writer.start(request, call.user, body, internal=internal)
    note = told(call, written)
    if note is None:
        return only_commands(written)
    announce(call, note)
    return Answer(note_view(call.urls, note), 201)


def _get(call: ApiCall) -> Answer:
    return Answer(note_view(call.urls, known(call)))


def _update(call: ApiCall) -> Answer:
    note, body = own(call), checked_body(call)
    told(call, call.host.writer.edit(note, body))
    announce(call, note, new=False)
    return Answer(note_view(call.urls, note))


def _delete(call: ApiCall) -> Answer:
    note = known(call)
    if note.author is not call.user and call.project.level_of(call.user) < Level.MAINTAINER:
        raise forbidden()
    note.discussion.notes.remove(note)
    return Answer(status=204)


def _awards(call: ApiCall) -> Answer:
    note = known(call)
    return call.paged(note.awards, lambda award: award_view(call.urls, note, award))


def _award(call: ApiCall) -> Answer:
    note, name = known(call), call.text("name")
    if name not in EMOJI:
        raise bad_request("Award Emoji Name is not a valid emoji name", violation=True)
    if note.system:
        raise not_found()
    if any(award.name == name and award.user is call.user for award in note.awards):
        raise Refusal(404, "404 Award Emoji Name has already been taken Not Found")
    award = Award(call.state.new_id(30_000_000), name, call.user, call.state.now())
    note.awards.append(award)
    return Answer(award_view(call.urls, note, award), 201)


def _unaward(call: ApiCall) -> Answer:
    note = known(call)
    award = next((award for award in note.awards if award.id == call.number("award_id")), None)
    if award is None:
        raise not_found()
    if award.user is not call.user:
        raise Refusal(401, "401 Unauthorized")
    note.awards.remove(award)
    return Answer(status=204)


_on = below("/projects/{id}")
_ONE = "/merge_requests/{merge_request_iid}/notes/{note_id}"
ROUTES = (
    _on("GET /merge_requests/{merge_request_iid}/notes", _list),
    _on("POST /merge_requests/{merge_request_iid}/notes", _create),
    _on(f"GET {_ONE}", _get),
    _on(f"PUT {_ONE}", _update),
    _on(f"DELETE {_ONE}", _delete),
    _on(f"GET {_ONE}/award_emoji", _awards),
    _on(f"POST {_ONE}/award_emoji", _award),
    _on(f"DELETE {_ONE}/award_emoji/{{award_id}}", _unaward),
)

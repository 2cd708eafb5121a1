"""What all ways of writing a note have in common: limits, rights, and what a careless text sets off."""

from simulators.answers import Answer, Refusal
from simulators.contract import Violation
from simulators.gitlab.answers import Malformed, bad_request, forbidden, not_found
from simulators.gitlab.requests import Note
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall
from simulators.gitlab.writing import Written

NOTE_LIMIT = 1_000_000


def checked_body(call: ApiCall) -> str:
    """The text of a note: neither blank nor too long, and whole characters only."""
    body = call.text("body")
    if not body.strip():
        raise bad_request('Note {:note=>["can\'t be blank"]}', violation=True)
    if len(body) > NOTE_LIMIT:
        raise bad_request(f'Note {{:note=>["is too long (maximum is {NOTE_LIMIT} characters)"]}}', violation=True)
    if "\0" in body or any(0xD800 <= ord(char) <= 0xDFFF for char in body):
        raise Malformed("body is not valid UTF-8 text")
    return body


def spend(call: ApiCall) -> None:
    """Notes have a limit of their own, with a body that is JSON (GitLab, Rate limit on note creation)."""
    if not call.host.note_limit.spend(call.user.username, call.state.now()):
        told = "This endpoint has been requested too many times. Try again later."
        raise _TooMany(429, told)


def told(call: ApiCall, written: Written) -> Note | None:
    """Notes each effect as a violation: what a client writes must set nothing off."""
    for effect in written.effects:
        problem = (
            f"the note runs {effect.text}" if effect.kind == "quick_action" else f"the note notifies {effect.text}"
        )
        call.host.violate(Violation(call.asked.method, call.asked.path, problem))
    return written.note


def only_commands(written: Written) -> Answer:
    """202: every line was a quick action and no note was made."""
    ran = [effect.text for effect in written.effects if effect.kind == "quick_action"]
    return Answer({"commands_changes": {}, "summary": [f"Ran {line}" for line in ran]}, 202)


def announce(call: ApiCall, note: Note, *, new: bool = True) -> None:
    """Sends the Note Hook, also for the notes of bots."""
    call.host.hooks.soon(call.host.events.note(note, "create" if new else "update"))


def known(call: ApiCall) -> Note:
    """The note of the path; internal ones are seen from Reporter on (GitLab, Internal notes)."""
    number = call.number("note_id")
    note = next((note for note in call.state.notes_of(call.request) if note.id == number), None)
    caller = call.asked.caller
    insider = caller is not None and call.project.level_of(caller.user) >= Level.REPORTER
    if note is None or (note.internal and not insider):
        raise not_found("Note")
    return note


def own(call: ApiCall) -> Note:
    """The same, if it may be changed: only the author edits a note, and nobody what GitLab itself wrote."""
    note = known(call)
    if note.system or note.author is not call.user:
        raise forbidden()
    return note


class _TooMany(Refusal):
    def answer(self) -> Answer:
        return Answer({"message": {"error": self.message}}, self.status, self.headers)

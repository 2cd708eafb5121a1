"""Writing a note: quick actions run, people are notified, and the rest is kept (GitLab, Quick actions)."""

from dataclasses import dataclass, field
from typing import Literal

from simulators.gitlab.markdown import mentions
from simulators.gitlab.models import Json, User
from simulators.gitlab.quickactions import extract, run
from simulators.gitlab.requests import Discussion, Effect, MergeRequest, Note
from simulators.gitlab.state import State

NoteType = Literal["DiffNote", "DiscussionNote"] | None


@dataclass(frozen=True)
class Written:
    """What became of a text: `note` is None when nothing but quick actions was in it."""

    note: Note | None
    effects: list[Effect] = field(default_factory=list)


class Writer:
    """Puts notes into the conversation of merge requests."""

    def __init__(self, state: State) -> None:
        self._state = state

    def start(
        self,
        request: MergeRequest,
        author: User,
        body: str,
        *,
        type_: NoteType = None,
        position: Json | None = None,
        internal: bool = False,
    ) -> Written:
        """A note of its own, or with a `type_` the first one of a thread."""
        thread = Discussion(self._state.new_sha(), request, individual=type_ is None)
        return self._write(thread, author, body, type_, position=position, internal=internal)

    def reply(self, thread: Discussion, author: User, body: str) -> Written:
        """One more note of a thread; a single note becomes a thread by it."""
        first = thread.notes[0]
        thread.individual = False
        first.type = first.type or "DiscussionNote"
        return self._write(thread, author, body, first.type, position=first.position, internal=first.internal)

    def edit(self, note: Note, body: str) -> Written:
        """New words for a note; quick actions run once more, and people who are new in it are notified."""
        before = set(mentions(note.body))
        kept, effects = self._carry_out(note.merge_request, note.author, body)
        note.body, note.updated_at = kept, self._state.now()
        new = [effect for effect in effects if effect.kind != "mention" or effect.text not in before]
        self._state.effects += new
        return Written(note, new)

    def system(self, request: MergeRequest, author: User, body: str) -> Note:
        """A line of the activity."""
        thread, now = Discussion(self._state.new_sha(), request, individual=True), self._state.now()
        note = Note(self._state.new_id(3_000_000_000), thread, author, body, now, now, system=True)
        thread.notes.append(note)
        self._state.discussions[thread.id] = thread
        return note

    def _write(
        self, thread: Discussion, author: User, body: str, type_: NoteType, *, position: Json | None, internal: bool
    ) -> Written:
        kept, effects = self._carry_out(thread.merge_request, author, body)
        self._state.effects += effects
        if not kept.strip():
            return Written(None, effects)
        now = self._state.now()
        note = Note(
            id=self._state.new_id(3_000_000_000),
            discussion=thread,
            author=author,
            body=kept,
            created_at=now,
            updated_at=now,
            type=type_,
            position=position,
            internal=internal,
        )
        thread.notes.append(note)
        self._state.discussions[thread.id] = thread
        return Written(note, effects)

    def _carry_out(self, request: MergeRequest, author: User, body: str) -> tuple[str, list[Effect]]:
        kept, actions = extract(body)
        for action in actions:
            run(self._state, request, author, action)
        ran = [Effect("quick_action", action.line, author, request) for action in actions]
        return kept, ran + [Effect("mention", name, author, request) for name in mentions(kept)]

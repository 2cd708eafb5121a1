"""Our one comment on a merge request, and emoji on those of others (GitLab REST, Notes; Discussions; Emoji reactions).

A discussion is a note that people have to resolve; both are written by the address of the note.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from providers.errors import Forbidden, NotFound, ProviderError, Unavailable
from providers.gitlab.client import Client, project
from providers.gitlab.failures import Taken
from providers.gitlab.identity import Me
from providers.gitlab.markup import DIALECT
from providers.gitlab.payloads import account, moment
from providers.payloads import Json, child, items, word
from providers.values import Comment, CommentRef, Reaction, Repository, Slot, Written

_EMOJI = {Reaction.SEEN: "eyes", Reaction.DONE: "thumbsup", Reaction.CONFUSED: "confused"}
_NOTES = {"sort": "asc", "order_by": "created_at", "activity_filter": "only_comments"}


class Style(StrEnum):
    """As what we comment."""

    NOTE = "note"
    DISCUSSION = "discussion"


@dataclass(frozen=True, slots=True)
class _Place:
    """A comment of ours; `discussion` is empty where there is nothing to resolve."""

    note: str
    discussion: str = ""
    resolved: bool = False

    def dump(self) -> str:
        return f"{self.discussion} {'resolved' if self.resolved else 'open'}" if self.discussion else ""

    @classmethod
    def of(cls, slot: Slot) -> "_Place":
        discussion, _, state = slot.state.partition(" ")
        return cls(slot.id, discussion, state == "resolved")


class Comments:
    """The comments of one connection."""

    def __init__(self, client: Client, me: Me, style: Style) -> None:
        self._client = client
        self._me = me
        self._style = style

    async def put_comment(
        self, repository: Repository, number: int, body: str, slot: Slot, *, resolved: bool
    ) -> Written:
        """Edits our comment by its id, else finds it by its marker, else adds it; of several the oldest stays."""
        if not body.startswith(DIALECT.marker):
            body = f"{DIALECT.marker}\n{body}"
        thread = project(repository, "merge_requests", number)
        known = _Place.of(slot)
        if known.note and (known.discussion or self._style is Style.NOTE) and await self._edit(thread, known, body):
            # What was unheard of may have been the resolving, so it is said again.
            place = known if not slot.unsure else _Place(known.note, known.discussion, not resolved)
        else:
            place = await self._found(thread, body) or await self._added(thread, body)
        written = Written(place.note, self._url(repository, number, place.note), place.dump())
        if not place.discussion or place.resolved is resolved:
            return written
        try:
            await self._client.put(f"{thread}/discussions/{place.discussion}", {"resolved": resolved})
        except ProviderError as error:
            error.written = written
            raise
        return Written(written.id, written.url, _Place(place.note, place.discussion, resolved).dump())

    async def react(self, comment: CommentRef, reaction: Reaction) -> None:
        """Adds an emoji; GitLab refuses one that is there already."""
        path = project(comment.repository, "merge_requests", comment.number, "notes", comment.id, "award_emoji")
        try:
            await self._client.post(path, {"name": _EMOJI[reaction]})
        except Taken:
            return

    async def get_comment(self, comment: CommentRef) -> Comment:
        path = project(comment.repository, "merge_requests", comment.number, "notes", comment.id)
        answer = child(await self._client.get(path))
        if not word(answer, "id"):
            raise Unavailable(f"GitLab's answer for note {comment.id} is not a note")
        return Comment(
            ref=comment,
            author=account(child(answer, "author")),
            body=word(answer, "body"),
            edited=_edited(answer),
            own=await self._me.wrote(answer),
            created_at=moment(word(answer, "created_at")),
        )

    async def _edit(self, thread: str, place: _Place, body: str) -> bool:
        """Tells whether the note is still there and still ours; another user's can't be edited."""
        try:
            await self._client.put(f"{thread}/notes/{place.note}", {"body": body})
        except (NotFound, Forbidden):
            return False
        return True

    async def _found(self, thread: str, body: str) -> _Place | None:
        """Takes the oldest of our comments, rids it of its duplicates and makes it say `body`."""
        ours = [place async for place in self._ours(thread)]
        for duplicate in ours[1:]:
            try:
                await self._client.delete(f"{thread}/notes/{duplicate.note}")
            except NotFound:
                continue
        return ours[0] if ours and await self._edit(thread, ours[0], body) else None

    async def _ours(self, thread: str) -> AsyncIterator[_Place]:
        """Finds comments that begin with our marker and are ours; people can write a marker, too."""
        for discussion, note in await self._notes(thread):
            if word(note, "body").startswith(DIALECT.marker) and await self._me.wrote(note):
                resolvable = note.get("resolvable") is True
                yield _Place(word(note, "id"), discussion if resolvable else "", note.get("resolved") is True)

    async def _notes(self, thread: str) -> list[tuple[str, Json]]:
        """Lists notes, oldest first, with their discussion where that is of use."""
        if self._style is Style.NOTE:
            return [("", note) for note in await self._client.pages(f"{thread}/notes", _NOTES)]
        found = await self._client.pages(f"{thread}/discussions")
        return [(word(each, "id"), note) for each in found for note in items(each.get("notes"))[:1]]

    async def _added(self, thread: str, body: str) -> _Place:
        if self._style is Style.NOTE:
            return _Place(word(child(await self._client.post(f"{thread}/notes", {"body": body})), "id"))
        answer = child(await self._client.post(f"{thread}/discussions", {"body": body}))
        note = next(iter(items(answer.get("notes"))), {})
        return _Place(word(note, "id"), word(answer, "id"))

    def _url(self, repository: Repository, number: int, note: str) -> str:
        if not repository.path:
            return ""
        return f"{self._client.web_url}/{repository.path}/-/merge_requests/{number}#note_{note}"


def _edited(note: Json) -> bool:
    """An edit shows by its time; a moment of difference is GitLab's own work on a new note."""
    made, changed = moment(word(note, "created_at")), moment(word(note, "updated_at"))
    return made is not None and changed is not None and (changed - made).total_seconds() > 1

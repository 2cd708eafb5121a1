"""Our one comment on a pull request, a thread of its own, and the comments of others (Azure DevOps REST, Threads)."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from providers.azure.client import Client
from providers.azure.markup import DIALECT
from providers.azure.naming import Place, page, place
from providers.azure.payloads import TEXT, first_comment, properties
from providers.azure.payloads import comment as read_comment
from providers.errors import Forbidden, NotFound, ProviderError, Rejected
from providers.payloads import Json, child, items, number, word
from providers.values import Comment, CommentRef, Reaction, Repository, Slot, Written

KEY = "Agnox.Key"
"""The property that our threads carry."""
SUMMARY = "summary"
ACTIVE = "active"


async def put_comment(client: Client, repository: Repository, pull: int, body: str, slot: Slot, status: str) -> Written:
    """Edits our comment by its id, else finds its thread, else starts one; of several the oldest stays.

    Nobody edits another's comment: one that we wrote with another credential is left behind, its thread closed.
    `status` is the thread's, and `state` remembers it, so that an edit alone is one call.
    """
    where = place(repository)
    if not body.startswith(DIALECT.marker):
        body = f"{DIALECT.marker}\n{body}"
    url = page(client.organization.base_url, repository, pull)
    refused: ProviderError | None = None
    if slot.id:
        try:
            return await _edit(
                client, where, pull, replace(slot, state="" if slot.unsure else slot.state), body, status, url
            )
        except (NotFound, Rejected, Forbidden) as error:
            # What is gone is 404 or 400, depending on the version; and so is what can't be said at all.
            refused = error
    marked = [each for each in await threads(client, where, pull) if _marked(each)]
    ours = sorted([each for each in marked if await by_us(client, each)], key=_age)
    if refused is not None and slot.id in [_slot(each).id for each in ours]:
        raise refused
    for duplicate in ours[1:]:
        await _discard(client, where, pull, duplicate)
    if ours:
        written = await _edit(client, where, pull, _slot(ours[0]), body, status, url)
    else:
        written = await _start(client, where, pull, body, status, url)
    for each in marked:
        if isinstance(refused, Forbidden) and _slot(each).id == slot.id:
            await _leave(client, where, pull, each)
    return written


async def _start(client: Client, where: Place, pull: int, body: str, status: str, url: str) -> Written:
    thread = {
        "comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}],
        "status": status,
        "properties": mark(SUMMARY),
    }
    answer = await client(lambda sdk: sdk.git.create_thread(thread, where.repository, pull, where.project))
    return Written(_slot(answer).id, _discussion(url, answer), status)


async def get_comment(client: Client, comment: CommentRef) -> Comment:
    """Reads a comment; the host's own words, such as of a vote, are none."""
    where, (thread, one) = place(comment.repository), _ids(comment)
    data = await client(lambda sdk: sdk.git.get_comment(where.repository, comment.number, thread, one, where.project))
    if data.get("isDeleted") is True or (word(data, "commentType") or "text") not in TEXT:
        raise NotFound(f"comment {comment.id} is deleted or was never said by anybody")
    return read_comment(data, comment, await client.us())


async def react(client: Client, comment: CommentRef, reaction: Reaction) -> None:
    """Likes a comment, which is all there is; doing it twice leaves one like (Azure DevOps REST, Comment Likes)."""
    if reaction is not Reaction.SEEN:
        return
    where, (thread, one) = place(comment.repository), _ids(comment)
    await client(lambda sdk: sdk.git.create_like(where.repository, comment.number, thread, one, where.project))


def mark(value: str) -> dict[str, Any]:
    """Writes the property by which a thread is found again."""
    return {KEY: {"$type": "System.String", "$value": value}}


async def set_status(client: Client, where: Place, pull: int, thread: int, status: str) -> None:
    await client(lambda sdk: sdk.git.update_thread({"status": status}, where.repository, pull, thread, where.project))


async def threads(client: Client, where: Place, pull: int) -> list[Json]:
    """Lists all threads of a pull request, which come without pages."""
    return items(await client(lambda sdk: sdk.git.get_threads(where.repository, pull, where.project)))


async def by_us(client: Client, thread: Json) -> bool:
    """Tells our threads from those of people who planted our marker."""
    return word(child(first_comment(thread), "author"), "id").lower() == await client.us()


def _marked(thread: Json) -> bool:
    said = word(first_comment(thread), "content")
    key = properties(thread).get(KEY)
    return bool(said) and (key == SUMMARY or (key is None and said.startswith(DIALECT.marker)))


def _age(thread: Json) -> int:
    return number(thread, "id")


async def _edit(client: Client, where: Place, pull: int, slot: Slot, body: str, status: str, url: str) -> Written:
    thread, one = _numbers(slot.id)
    answer = await client(
        lambda sdk: sdk.git.update_comment({"content": body}, where.repository, pull, thread, one, where.project)
    )
    if answer.get("isDeleted") is True:
        raise NotFound(f"comment {slot.id} is deleted")
    written = Written(slot.id, f"{url}?discussionId={thread}", status)
    if slot.state != status:
        try:
            await set_status(client, where, pull, thread, status)
        except ProviderError as error:
            error.written = replace(written, state=slot.state)
            raise
    return written


async def _discard(client: Client, where: Place, pull: int, thread: Json) -> None:
    """Closes a thread and then empties it: an empty one can't be closed any more, and would block for ever."""
    found, one = _numbers(_slot(thread).id)
    try:
        await set_status(client, where, pull, found, "closed")
        await client(lambda sdk: sdk.git.delete_comment(where.repository, pull, found, one, where.project))
    except NotFound:
        return


async def _leave(client: Client, where: Place, pull: int, thread: Json) -> None:
    """Closes a thread whose comment can't be changed any more, lest it block for ever; an open one does little harm."""
    if word(thread, "status") == ACTIVE:
        with suppress(ProviderError):
            await set_status(client, where, pull, number(thread, "id"), "closed")


def _slot(thread: Json) -> Slot:
    first = first_comment(thread)
    return Slot(f"{number(thread, 'id')}/{number(first, 'id') or 1}", word(thread, "status"))


def _discussion(url: str, thread: Json) -> str:
    return f"{url}?discussionId={number(thread, 'id')}"


def _ids(ref: CommentRef) -> tuple[int, int]:
    return _numbers(ref.id)


def _numbers(comment_id: str) -> tuple[int, int]:
    thread, _, one = comment_id.partition("/")
    if not (thread.isdecimal() and one.isdecimal() and comment_id.isascii() and len(comment_id) < 40):
        raise NotFound(f"{comment_id!r} is not the id of a comment: expected thread/comment")
    return int(thread), int(one)

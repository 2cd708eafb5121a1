"""Our one comment on a pull request, and reactions to comments of others (GitHub REST, Issue comments; Reactions)."""

from collections.abc import Awaitable, Callable
from typing import Any

from providers.errors import NotFound, Unavailable
from providers.github.client import Client, names
from providers.github.markup import DIALECT
from providers.github.payloads import account
from providers.payloads import child, word
from providers.values import Comment, CommentKind, CommentRef, Reaction, Repository, Slot, Written

_LIST = "/repos/{owner}/{repo}/issues/{number}/comments{?per_page}"
_ADD = "/repos/{owner}/{repo}/issues/{number}/comments"
_ONE = "/repos/{owner}/{repo}/issues/comments/{id}"
_READ = {
    CommentKind.CONVERSATION: _ONE,
    CommentKind.REVIEW: "/repos/{owner}/{repo}/pulls/comments/{id}",
}
_REACTIONS = {
    CommentKind.CONVERSATION: "/repos/{owner}/{repo}/issues/comments/{id}/reactions",
    CommentKind.REVIEW: "/repos/{owner}/{repo}/pulls/comments/{id}/reactions",
}
_CONTENTS = {Reaction.SEEN: "eyes", Reaction.DONE: "+1", Reaction.CONFUSED: "confused"}


class Author:
    """Tells our own comments from those of people who planted our marker.

    `login` is asked only when a comment does not name the app that wrote it.
    """

    def __init__(self, app_id: str, login: Callable[[], Awaitable[str]]) -> None:
        self._app_id = app_id
        self._login = login

    async def wrote(self, comment: Any) -> bool:
        app = child(comment, "performed_via_github_app")
        if self._app_id and app:
            return word(app, "id") == self._app_id
        user = child(comment, "user")
        if self._app_id and word(user, "type") != "Bot":
            return False
        return word(user, "login") == await self._login()


async def put_comment(
    client: Client, author: Author, repository: Repository, number: int, body: str, slot: Slot
) -> Written:
    """Edits our comment by its id, else finds it by its marker, else adds it; of several the oldest stays."""
    where = names(repository)
    if not body.startswith(DIALECT.marker):
        body = f"{DIALECT.marker}\n{body}"
    if slot.id:
        try:
            return await _edit(client, repository, slot.id, body)
        except NotFound:
            pass
    ours = await _find(client, author, repository, number)
    for duplicate in ours[1:]:
        try:
            await client.write("DELETE", _ONE, where | {"id": duplicate})
        except NotFound:
            continue
    if ours:
        return await _edit(client, repository, ours[0], body)
    answer = await client.write("POST", _ADD, where | {"number": str(number)}, {"body": body})
    return Written(word(answer, "id"), word(answer, "html_url"))


async def react(client: Client, comment: CommentRef, reaction: Reaction) -> None:
    """Adds a reaction; GitHub answers 200 when it is there already."""
    variables = names(comment.repository) | {"id": comment.id}
    await client.write("POST", _REACTIONS[comment.kind], variables, {"content": _CONTENTS[reaction]})


async def get_comment(client: Client, author: Author, comment: CommentRef) -> Comment:
    answer = child(await client.get(_READ[comment.kind], names(comment.repository) | {"id": comment.id}))
    if not word(answer, "id"):
        raise Unavailable(f"GitHub's answer for comment {comment.id} is not a comment")
    return Comment(
        ref=comment,
        author=account(child(answer, "user")),
        body=word(answer, "body"),
        edited=word(answer, "updated_at") != word(answer, "created_at"),
        own=await author.wrote(answer),
    )


async def _edit(client: Client, repository: Repository, comment_id: str, body: str) -> Written:
    answer = await client.write("PATCH", _ONE, names(repository) | {"id": comment_id}, {"body": body})
    return Written(word(answer, "id") or comment_id, word(answer, "html_url"))


async def _find(client: Client, author: Author, repository: Repository, number: int) -> list[str]:
    """Lists our comments, oldest first as GitHub does."""
    variables = names(repository) | {"number": str(number), "per_page": "100"}
    return [
        word(comment, "id")
        async for comment in client.pages(_LIST, variables)
        if word(comment, "body").startswith(DIALECT.marker) and await author.wrote(comment)
    ]

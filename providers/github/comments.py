"""Our one comment on a pull request, and reactions to comments of others (GitHub REST, Issue comments; Reactions)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from providers.errors import Unavailable
from providers.github.client import Client, names
from providers.github.markup import DIALECT
from providers.github.payloads import account
from providers.github.runs import moment
from providers.payloads import child, word
from providers.shapes import REACTIONS
from providers.values import Comment, CommentKind, CommentRef, Reaction, Repository, Written

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


class GithubConversation:
    """The comments of one pull request, as `put_sticky` wants them."""

    def __init__(self, client: Client, author: Author, repository: Repository, number: int) -> None:
        self._client = client
        self._author = author
        self._where = names(repository)
        self._number = str(number)

    async def ours(self) -> Sequence[str]:
        """GitHub lists the oldest first."""
        variables = self._where | {"number": self._number, "per_page": "100"}
        return [
            word(comment, "id")
            async for comment in self._client.pages(_LIST, variables)
            if word(comment, "body").startswith(DIALECT.marker) and await self._author.wrote(comment)
        ]

    async def add(self, body: str) -> Written:
        answer = await self._client.write("POST", _ADD, self._where | {"number": self._number}, {"body": body})
        return Written(word(answer, "id"), word(answer, "html_url"))

    async def edit(self, comment_id: str, body: str) -> Written:
        answer = await self._client.write("PATCH", _ONE, self._where | {"id": comment_id}, {"body": body})
        return Written(word(answer, "id") or comment_id, word(answer, "html_url"))

    async def delete(self, comment_id: str) -> None:
        await self._client.write("DELETE", _ONE, self._where | {"id": comment_id})


async def react(client: Client, comment: CommentRef, reaction: Reaction) -> None:
    """Adds a reaction; GitHub answers 200 when it is there already."""
    variables = names(comment.repository) | {"id": comment.id}
    await client.write("POST", _REACTIONS[comment.kind], variables, {"content": REACTIONS[reaction]})


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
        created_at=moment(answer, "created_at"),
    )

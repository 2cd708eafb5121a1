"""Our one comment on a pull request, and reactions to comments of others (Gitea API, issueGetComments)."""

from collections.abc import Sequence
from datetime import datetime

from providers.errors import Forbidden, NotFound
from providers.gitea.client import Client, repo
from providers.gitea.failures import Broken
from providers.gitea.identity import Me
from providers.gitea.markup import DIALECT
from providers.gitea.payloads import account, in_utc
from providers.gitea.pulls import get_pull_request
from providers.payloads import Json, child, items, word
from providers.shapes import REACTIONS
from providers.values import Comment, CommentRef, Reaction, Repository, Written


class GiteaConversation:
    """The comments of one pull request, as `put_sticky` wants them."""

    def __init__(self, client: Client, me: Me, repository: Repository, number: int) -> None:
        self._client = client
        self._me = me
        self._repository = repository
        self._number = number
        self._all = repo(repository, "issues", number, "comments")

    async def ours(self) -> Sequence[str]:
        """Gitea lists all comments at once, oldest first."""
        return [
            word(comment, "id")
            for comment in await self._list()
            if word(comment, "body").startswith(DIALECT.marker) and await self._me.wrote(comment)
        ]

    async def add(self, body: str) -> Written:
        answer = child(await self._client.write("POST", self._all, {"body": body}))
        return Written(word(answer, "id"), word(answer, "html_url"))

    async def edit(self, comment_id: str, body: str) -> Written:
        answer = child(await self._client.write("PATCH", self._one(comment_id), {"body": body}))
        return Written(word(answer, "id") or comment_id, word(answer, "html_url"))

    async def delete(self, comment_id: str) -> None:
        await self._client.write("DELETE", self._one(comment_id))

    async def _list(self) -> list[Json]:
        try:
            return items(await self._client.get(self._all))
        except Broken:
            # So 1.23 answers for a pull request that it does not have: then this says so.
            await get_pull_request(self._client, self._repository, self._number)
            raise

    def _one(self, comment_id: str) -> str:
        return repo(self._repository, "issues", "comments", comment_id)


async def react(client: Client, comment: CommentRef, reaction: Reaction) -> None:
    """Adds a reaction; there already is fine, and so is that the instance does not allow this one."""
    path = repo(comment.repository, "issues", "comments", comment.id, "reactions")
    try:
        await client.write("POST", path, {"content": REACTIONS[reaction]})
    except Forbidden as refused:
        if "not an allowed reaction" not in str(refused):
            raise


async def get_comment(client: Client, me: Me, comment: CommentRef) -> Comment:
    """An id of something else in the conversation, as of a review, is answered with nothing."""
    answer = child(await client.get(repo(comment.repository, "issues", "comments", comment.id)))
    if not word(answer, "id"):
        raise NotFound(f"{comment.id} is not a comment on Gitea")
    written = in_utc(word(answer, "created_at"))
    return Comment(
        ref=comment,
        author=account(child(answer, "user")),
        body=word(answer, "body"),
        edited=word(answer, "updated_at") != word(answer, "created_at"),
        own=await me.wrote(answer),
        created_at=datetime.fromisoformat(written) if written else None,
    )

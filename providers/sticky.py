"""The one comment of ours on a pull request, where comments are made, edited and deleted one by one."""

from collections.abc import Sequence
from typing import Protocol

from providers.errors import Forbidden, NotFound
from providers.values import Slot, Written


class Conversation(Protocol):
    """The comments of one pull request."""

    async def ours(self) -> Sequence[str]:
        """Finds our sticky comments by marker and author; gives their ids, oldest first."""
        ...

    async def add(self, body: str) -> Written: ...

    async def edit(self, comment_id: str, body: str) -> Written: ...

    async def delete(self, comment_id: str) -> None: ...


async def put_sticky(conversation: Conversation, marker: str, body: str, slot: Slot) -> Written:
    """Edits our comment by its id, else finds it by its marker, else adds it; of several the oldest stays."""
    if not body.startswith(marker):
        body = f"{marker}\n{body}"
    if slot.id:
        try:
            return await conversation.edit(slot.id, body)
        except (NotFound, Forbidden):
            # It is gone, or not ours any more since our credential is another account's.
            pass
    ours = await conversation.ours()
    for duplicate in ours[1:]:
        try:
            await conversation.delete(duplicate)
        except NotFound:
            continue
    return await conversation.edit(ours[0], body) if ours else await conversation.add(body)

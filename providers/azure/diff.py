"""Where in the diff of a push a line stands (Azure DevOps REST, Iteration Changes; Items)."""

from typing import Any

from providers.azure.client import Client
from providers.azure.iterations import Iteration
from providers.azure.lines import ChangedLines, changed_lines
from providers.azure.naming import Place
from providers.azure.pulls import changes, path_of
from providers.errors import NotFound, Rejected
from providers.payloads import Json, number, word

MOST_FILES = 20
"""Files whose lines are looked up; two calls each."""
MOST_CHARACTERS = 1_000_000
_NOTHING = ChangedLines({})


class Diff:
    """One push against the commit that it is compared with; read as far as it is asked for."""

    def __init__(self, client: Client, where: Place, pull: int, iteration: Iteration) -> None:
        self._client = client
        self._where = where
        self._pull = pull
        self._iteration = iteration
        self._changes: dict[str, Json] | None = None
        self._lines: dict[str, ChangedLines] = {}

    async def context(self, path: str, start: int, end: int) -> dict[str, Any] | None:
        """Gives the fields that tie a thread to lines; None when the first of them is not a changed one."""
        if self._changes is None:
            listed = changes(self._client, self._where, self._pull, self._iteration.id)
            self._changes = {path_of(each): each async for each in listed}
        change = self._changes.get(path)
        lines = await self._touched(path, change) if change is not None else _NOTHING
        if change is None or start not in lines:
            return None
        # A range that runs out of the changed lines would show where nothing changed.
        last = next((line for line in range(end, start, -1) if line in lines), start) if end - start < 1000 else start
        return {
            "threadContext": {
                "filePath": f"/{path}",
                "rightFileStart": {"line": start, "offset": 1},
                "rightFileEnd": {"line": last, "offset": max(lines.widths[last], 1)},
            },
            "pullRequestThreadContext": {
                "changeTrackingId": number(change, "changeTrackingId"),
                "iterationContext": {
                    "firstComparingIteration": self._iteration.id,
                    "secondComparingIteration": self._iteration.id,
                },
            },
        }

    async def _touched(self, path: str, change: Json) -> ChangedLines:
        if path not in self._lines:
            self._lines[path] = await self._compare(path, change) if len(self._lines) < MOST_FILES else _NOTHING
        return self._lines[path]

    async def _compare(self, path: str, change: Json) -> ChangedLines:
        kinds = word(change, "changeType").lower()
        if "delete" in kinds and "undelete" not in kinds:
            return _NOTHING
        after = await self._text(path, self._iteration.head_sha)
        origin = (word(change, "originalPath") or word(change, "sourceServerItem")).removeprefix("/") or path
        before = "" if "add" in kinds else await self._text(origin, self._iteration.base_sha)
        if after is None or before is None:
            return _NOTHING
        return changed_lines(before, after)

    async def _text(self, path: str, sha: str) -> str | None:
        """Reads a file; None when it is not there, not text, or too long to be compared."""
        where = self._where
        try:
            item = await self._client(
                lambda sdk: sdk.git.get_item(
                    where.repository, f"/{path}", where.project, version_descriptor=sdk.at(sha), include_content=True
                )
            )
        except (NotFound, Rejected):
            return None
        content = item.get("content")
        return content if isinstance(content, str) and len(content) <= MOST_CHARACTERS else None

"""Our remarks on lines of the diff: threads that follow their lines from push to push (Azure DevOps REST, Threads)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from providers.azure.client import Client
from providers.azure.comments import ACTIVE, KEY, by_us, mark, set_status, threads
from providers.azure.diff import Diff
from providers.azure.iterations import Iterations
from providers.azure.markup import AzureDialect, render_remark
from providers.azure.naming import Place, place
from providers.azure.payloads import properties
from providers.errors import Forbidden, NotFound, ProviderError, Rejected
from providers.payloads import Json, number, word
from providers.report import Annotation, Level
from providers.values import Revision, Slot, Written

NAME = "remarks"
STATE_LIMIT = 400
HEAD = 12
"""Characters of the sha that are remembered."""
_PREFIX = "remark:"
_GONE = "fixed"
"""How a thread ends whose remark is true no more; `closed` are those that stand and ask for nothing."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A remark of ours as it stands on the host."""

    id: int
    status: str


@dataclass(frozen=True, slots=True)
class Memory:
    """The threads by what they say, 0 for remarks that lie outside the diff of `sha`."""

    sha: str = ""
    threads: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, state: str) -> "Memory | None":
        """Reads what `write` wrote; None when it did not fit."""
        sha, found, listed = state.partition(":")
        if not found:
            return None
        pairs = (pair.partition("=") for pair in listed.split(",") if pair)
        return cls(sha, {digest: int(thread) if thread.isdecimal() else 0 for digest, _, thread in pairs})

    def write(self) -> str:
        pairs = (f"{digest}={thread or ''}" for digest, thread in self.threads.items())
        text = f"{self.sha}:{','.join(pairs)}"
        return text if len(text) <= STATE_LIMIT else ""

    def lacks(self, digest: str, sha: str) -> bool:
        return digest not in self.threads or (not self.threads[digest] and self.sha != sha[:HEAD])


async def put_remarks(
    client: Client,
    iterations: Iterations,
    dialect: AzureDialect,
    revision: Revision,
    remarks: Sequence[Annotation],
    slot: Slot,
) -> Written:
    """Starts a thread for each new remark and ends those of remarks that are gone; what stands is left alone.

    A thread that a person resolved is not opened again while its remark stays the same.
    """
    if revision.number is None:
        raise Rejected("remarks need a pull request")
    wanted = {_digest(remark, render_remark(remark, dialect)): remark for remark in remarks}
    memory = Memory.read(slot.state) if slot.id and not slot.unsure else None
    if memory is None and not (wanted or slot.id or slot.unsure):
        return Written("", state="")
    work = _Work(client, place(revision.repository), revision.number)
    try:
        if memory is None:
            memory = Memory(
                "", {digest: each.id for digest, each in (await work.look()).items() if each.status != _GONE}
            )
        standing = await work.end(
            [(digest, thread) for digest, thread in memory.threads.items() if digest not in wanted], memory
        )
        missing = {digest: remark for digest, remark in wanted.items() if memory.lacks(digest, revision.sha)}
        if missing:
            diff = Diff(
                client,
                work.where,
                revision.number,
                await iterations.of_head(revision.repository, revision.number, revision.sha),
            )
            for digest, remark in missing.items():
                standing[digest] = await work.start(digest, remark, render_remark(remark, dialect), diff)
    except ProviderError as error:
        error.written = Written(NAME)
        raise
    return Written(NAME, state=Memory(revision.sha[:HEAD], standing).write())


class _Work:
    """The calls of one update; the threads are read once, and only if need be."""

    def __init__(self, client: Client, where: Place, pull: int) -> None:
        self._client = client
        self.where = where
        self._pull = pull
        self._ours: dict[str, Thread] | None = None

    async def look(self) -> dict[str, Thread]:
        if self._ours is None:
            marked = [each for each in await threads(self._client, self.where, self._pull) if _marked(each)]
            self._ours = {
                _marked(each): Thread(number(each, "id"), word(each, "status"))
                for each in marked
                if await by_us(self._client, each)
            }
        return self._ours

    async def end(self, gone: list[tuple[str, int]], memory: Memory) -> dict[str, int]:
        """Ends threads; gives those that stay."""
        for _, thread in gone:
            if not thread:
                continue
            try:
                await set_status(self._client, self.where, self._pull, thread, _GONE)
            except NotFound:
                # Somebody deleted it.
                continue
            except Forbidden:
                # We may have started it as somebody else, before our credential was replaced.
                if thread in [each.id for each in (await self.look()).values()]:
                    raise
        ended = {digest for digest, _ in gone}
        return {digest: thread for digest, thread in memory.threads.items() if digest not in ended}

    async def start(self, digest: str, remark: Annotation, body: str, diff: Diff) -> int:
        """Opens a thread again or starts it; gives its number, 0 when its lines are not in the diff."""
        status = ACTIVE if remark.level is Level.FAILURE else "closed"
        before = (await self.look()).get(digest)
        if before is not None:
            if before.status != status:
                await set_status(self._client, self.where, self._pull, before.id, status)
            return before.id
        context = await diff.context(remark.path, remark.start_line, remark.end_line)
        if context is None:
            return 0
        thread = {
            "comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}],
            "status": status,
            "properties": mark(_PREFIX + digest),
            **context,
        }
        where, pull = self.where, self._pull
        answer = await self._client(lambda sdk: sdk.git.create_thread(thread, where.repository, pull, where.project))
        return number(answer, "id")


def _marked(thread: Json) -> str:
    key = properties(thread).get(KEY, "")
    return key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else ""


def _digest(remark: Annotation, body: str) -> str:
    said = f"{remark.path}\n{remark.start_line}\n{remark.end_line}\n{remark.level}\n{body}"
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:10]

"""The output of an execution while it is under way: written by whoever runs it, read by any process."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.analysis.masks import strip_ansi
from bot.domain.cycle import CycleState
from bot.domain.ids import is_id
from bot.domain.masking import mask
from bot.store.log_chunks import add_chunk, chunks_after, last_chunks
from bot.store.models import Execution, TestCycle
from bot.usecases.caller import Caller
from bot.usecases.errors import Missing
from bot.usecases.services import Services

PIECE = 65_536
"""Characters of one piece; of longer ones the end is taken."""
KEEP = 2_000_000
"""Characters of one execution that are kept at a time: the newest."""
READ = 16
"""Pieces that one look gives."""
_WRITERS = 5
"""How often a piece is tried again whose place another writer took."""
_OPEN = (CycleState.PENDING, CycleState.RUNNING)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a live log found.

    `position` is where the next look begins, in characters from the start; `missed` how many before `text` are gone
    already; `ended` that nothing more will come.
    """

    text: str
    position: int
    missed: int = 0
    ended: bool = False


async def append(services: Services, execution_id: str, text: str) -> bool:
    """Adds output at the end; False when the execution is not under way, and nothing was added.

    What has the shape of a secret is masked here; secrets that are known must be masked before. Lines must be whole:
    half a secret is recognised by nobody.
    """
    text = strip_ansi(mask(text))
    if len(text) > PIECE:
        text = f"[agnox: {len(text) - PIECE} characters of the output are left out here]\n{text[-PIECE:]}"
    for _ in range(_WRITERS):
        try:
            async with services.database.write() as session:
                execution = await session.get(Execution, execution_id)
                if execution is None or execution.state not in _OPEN:
                    return False
                if text:
                    await add_chunk(session, execution, text, keep=KEEP, now=services.clock())
        except IntegrityError:
            continue
        return True
    return False


async def find_log(services: Services, caller: Caller, execution_id: str) -> str:
    """Gives the id of an execution that the caller may read. Raises Missing."""
    mine = [Execution.id == execution_id, TestCycle.organization_id == caller.organization_id]
    if caller.project_id is not None:
        mine.append(TestCycle.project_id == caller.project_id)
    if is_id(execution_id):
        async with services.database.read() as session:
            found = await session.scalar(
                select(Execution.id).join(TestCycle, TestCycle.id == Execution.cycle_id).where(*mine)
            )
        if found is not None:
            return found
    raise Missing("there is no such execution")


async def find_page_log(services: Services, page_key: str, execution_id: str) -> str:
    """Gives the id of an execution of the cycle that a page key opens. Raises Missing."""
    query = select(Execution.id).join(TestCycle, TestCycle.id == Execution.cycle_id)
    async with services.database.read() as session:
        found = await session.scalar(query.where(TestCycle.page_key == page_key, Execution.id == execution_id))
    if found is None:
        raise Missing("there is no such execution")
    return found


async def look(services: Services, execution_id: str, position: int) -> Look:
    """Reads on from a position; 0 is the start."""
    async with services.database.read() as session:
        # The state first: what is written before the end is then seen before the end is told.
        state = await session.scalar(select(Execution.state).where(Execution.id == execution_id))
        chunks = await chunks_after(session, execution_id, position, limit=READ)
    if not chunks:
        return Look("", position, ended=state not in _OPEN)
    first = chunks[0]
    text = "".join(chunk.text for chunk in chunks)[max(0, position - first.begin) :]
    return Look(text, chunks[-1].end, missed=max(0, first.begin - position))


async def tail(session: AsyncSession, execution_id: str, *, lines: int) -> tuple[str, int]:
    """Gives the newest lines and the position behind them."""
    chunks = await last_chunks(session, execution_id, limit=READ)
    text = "".join(chunk.text for chunk in chunks)
    return "".join(text.splitlines(keepends=True)[-lines:]), chunks[-1].end if chunks else 0

"""Threads: bounded, with an end, and left behind cleanly."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from providers.errors import NotFound, Unavailable
from providers.sdk.threads import Lane, Threads, in_loop, seconds_left

pytestmark = pytest.mark.anyio

PATIENCE = 10.0
who: ContextVar[str] = ContextVar("who", default="")


def not_found() -> None:
    raise NotFound("no such thing")


def slow() -> None:
    raise TimeoutError("the SDK's own")


async def soon(event: threading.Event) -> None:
    """Waits for a thread without holding up the loop."""
    assert await asyncio.to_thread(event.wait, PATIENCE)


class Blocker:
    """Work that goes on until it is let go, and says what it saw then."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.ended = threading.Event()
        self.seen: BaseException | float | None = None

    def __call__(self) -> None:
        self.begun.set()
        self.let_go.wait(PATIENCE)
        try:
            self.seen = seconds_left()
        except Unavailable as error:
            self.seen = error
        self.ended.set()


async def test_results_errors_and_context_travel(threads: Threads) -> None:
    who.set("tenant 7")
    assert await threads.run(Lane(), lambda: (who.get(), threading.current_thread() is threading.main_thread())) == (
        "tenant 7",
        False,
    )
    with pytest.raises(NotFound, match="no such thing"):
        await threads.run(Lane(), not_found)
    with pytest.raises(TimeoutError, match="the SDK's own"):
        await threads.run(Lane(), slow)


async def test_a_call_has_an_end_and_its_place_is_free_when_the_thread_ends(threads: Threads) -> None:
    lane, blocker = Lane(1), Blocker()
    with pytest.raises(Unavailable, match=r"Acme did not answer within 0\.05 s"):
        await threads.run(lane, blocker, seconds=0.05)
    with pytest.raises(Unavailable, match=r"within 0\.06 s"):
        await threads.run(lane, lambda: None, seconds=0.06)
    blocker.let_go.set()
    await soon(blocker.ended)
    assert isinstance(blocker.seen, Unavailable)
    assert await threads.run(lane, lambda: 7, seconds=PATIENCE) == 7


async def test_a_thread_that_was_left_makes_no_more_requests(threads: Threads) -> None:
    lane, blocker = Lane(1), Blocker()
    task = asyncio.create_task(threads.run(lane, blocker))
    await soon(blocker.begun)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    blocker.let_go.set()
    await soon(blocker.ended)
    assert isinstance(blocker.seen, Unavailable)
    assert await threads.run(lane, seconds_left, seconds=PATIENCE) <= PATIENCE


async def test_what_was_cancelled_before_it_began_never_runs() -> None:
    threads, lane, blocker, ran = Threads("Acme", 1), Lane(2), Blocker(), []
    first = asyncio.create_task(threads.run(lane, blocker))
    await soon(blocker.begun)
    second = asyncio.create_task(threads.run(lane, lambda: ran.append("second")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    blocker.let_go.set()
    await first
    await threads.run(lane, lambda: ran.append("third"))
    await threads.run(lane, lambda: ran.append("fourth"))
    assert ran == ["third", "fourth"]
    await threads.aclose()


async def test_one_connection_that_hangs_leaves_threads_to_others(threads: Threads) -> None:
    hanging, blockers = Lane(), [Blocker() for _ in range(20)]
    tasks = [asyncio.create_task(threads.run(hanging, blocker)) for blocker in blockers]
    await soon(blockers[3].begun)
    assert await threads.run(Lane(), lambda: "free") == "free"
    assert not blockers[4].begun.is_set()
    for blocker in blockers:
        blocker.let_go.set()
    await asyncio.gather(*tasks)


async def test_a_thread_asks_the_loop(threads: Threads) -> None:
    loop = asyncio.get_running_loop()

    async def where() -> tuple[bool, str]:
        return asyncio.get_running_loop() is loop, who.get()

    async def fails() -> None:
        raise NotFound("there")

    who.set("tenant 8")
    assert await threads.run(Lane(), lambda: in_loop(where)) == (True, "tenant 8")
    with pytest.raises(NotFound, match="there"):
        await threads.run(Lane(), lambda: in_loop(fails))
    with pytest.raises(RuntimeError, match="only a thread of Threads"):
        in_loop(where)


async def test_what_the_loop_began_is_done_to_its_end(threads: Threads) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def renew() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    task = asyncio.create_task(threads.run(Lane(), lambda: in_loop(renew)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asyncio.wait_for(done.wait(), PATIENCE)


async def test_closed_threads_take_no_calls(threads: Threads) -> None:
    lane = Lane(1)
    await threads.aclose()
    for _ in range(2):
        with pytest.raises(Unavailable, match="calls to Acme have ended"):
            await threads.run(lane, lambda: None)


async def test_what_waits_when_all_ends_never_runs() -> None:
    threads, blocker, ran = Threads("Acme", 1), Blocker(), []
    first = asyncio.create_task(threads.run(Lane(), blocker))
    await soon(blocker.begun)
    second = asyncio.create_task(threads.run(Lane(), lambda: ran.append("second")))
    await asyncio.sleep(0)
    await threads.aclose()
    blocker.let_go.set()
    await first
    with pytest.raises(Unavailable, match="calls to Acme have ended"):
        await second
    assert ran == []

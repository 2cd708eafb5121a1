"""Synchronous calls in threads: bounded in number and in time."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar

from providers.errors import Unavailable

T = TypeVar("T")
P = ParamSpec("P")

SIZE = 16
SHARE = 4
SECONDS = 60.0


class _Call:
    """One call: who waits for it, until when, and what is to be done when nobody does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self.ends = time.monotonic() + seconds
        self.given_up = False
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    def when_given_up(self, action: Callable[[], None]) -> None:
        with self._lock:
            if not self.given_up:
                self._actions.append(action)
                return
        action()

    def finish(self) -> None:
        with self._lock:
            self._actions.clear()

    def give_up(self) -> None:
        with self._lock:
            self.given_up = True
            actions = list(self._actions)
            self._actions.clear()
        for action in actions:
            action()


_call: ContextVar[_Call | None] = ContextVar("call", default=None)


class Lane:
    """A connection's share of the threads, so that a host that hangs holds up its own calls only."""

    def __init__(self, width: int = SHARE) -> None:
        self._places = asyncio.Semaphore(width)

    async def enter(self) -> None:
        await self._places.acquire()

    def leave(self) -> None:
        self._places.release()


class Threads:
    """The threads of one kind of host, `size` at most; `host` is its name for people."""

    def __init__(self, host: str, size: int = SIZE) -> None:
        self._host = host
        self._executor = ThreadPoolExecutor(size, thread_name_prefix=host)
        self._closed = False

    async def run(self, lane: Lane, work: Callable[[], T], *, seconds: float = SECONDS) -> T:
        """Runs `work` in a thread and gives what it gives.

        Raises Unavailable after `seconds`, waiting for a free thread included. A caller that goes, for whatever
        reason, leaves the thread behind: its place is free again when `work` returns, which it does soon, since its
        sockets are cut and `seconds_left` raises at its next request.
        """
        loop = asyncio.get_running_loop()
        call = _Call(loop, seconds)
        try:
            async with asyncio.timeout(seconds) as limit:
                await lane.enter()
                return await asyncio.wrap_future(self._submit(loop, lane, call, work))
        except TimeoutError:
            if not limit.expired():
                raise
            raise Unavailable(f"{self._host} did not answer within {seconds:g} s") from None
        finally:
            call.give_up()

    async def aclose(self) -> None:
        """Takes no more calls; those under way end at their next request."""
        self._closed = True
        self._executor.shutdown(wait=False)

    def _submit(self, loop: asyncio.AbstractEventLoop, lane: Lane, call: _Call, work: Callable[[], T]) -> "Future[T]":
        context = copy_context()
        context.run(_call.set, call)
        try:
            future = self._executor.submit(context.run, self._unless_over, call, work)
        except RuntimeError as error:
            lane.leave()
            raise Unavailable(f"the calls to {self._host} have ended") from error
        future.add_done_callback(lambda _: _tell(loop, lane.leave))
        return future

    def _unless_over(self, call: _Call, work: Callable[[], T]) -> T:
        if self._closed or call.given_up:
            raise Unavailable(f"the calls to {self._host} have ended")
        try:
            return work()
        finally:
            call.finish()


def seconds_left() -> float:
    """Tells a thread how long its caller still waits. Raises Unavailable when nobody does."""
    call = _call.get()
    if call is None:
        return SECONDS
    left = call.ends - time.monotonic()
    if left <= 0 or call.given_up:
        raise Unavailable("the call took too long and was given up")
    return left


def when_given_up(action: Callable[[], None]) -> None:
    """Has `action` done, in another thread, if the caller goes before the calling thread's work has ended."""
    call = _call.get()
    if call is not None:
        call.when_given_up(action)


def in_loop(work: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Has the event loop do `work` while the calling thread waits; it is done to its end even if the caller goes.

    Raises Unavailable when the caller goes first.
    """
    call = _call.get()
    if call is None:
        raise RuntimeError("only a thread of Threads has an event loop to ask")
    left = seconds_left()
    if call.loop.is_closed():
        raise Unavailable("the event loop has ended")
    future = asyncio.run_coroutine_threadsafe(work(*args, **kwargs), call.loop)
    try:
        return future.result(left)
    except TimeoutError:
        if future.done():
            raise
        raise Unavailable("the call took too long and was given up") from None


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    # A thread that was left behind may outlive the loop.
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)

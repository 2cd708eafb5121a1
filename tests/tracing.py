"""Coverage looks at the bot and the providers; threads where neither runs are not worth its time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import aiosqlite.core
import pytest

import simulators.serving

P = ParamSpec("P")
T = TypeVar("T")


def untraced(function: Callable[P, T]) -> Callable[P, T]:
    """Has a thread's own function run without being traced."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        sys.settrace(None)
        return function(*args, **kwargs)

    return run


@contextmanager
def untraced_threads() -> Iterator[None]:
    """Traces no server in a thread, which nearly all are simulated hosts, and no connection to SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulators.serving._Server, "run", untraced(simulators.serving._Server.run))
        patch.setattr(aiosqlite.core, "_connection_worker_thread", untraced(aiosqlite.core._connection_worker_thread))
        yield

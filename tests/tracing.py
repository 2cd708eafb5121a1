"""Coverage looks at the bot and the providers; threads where neither runs are not worth its time."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import aiosqlite.core
import pytest

import simulators.serving

P = ParamSpec("P")
T = TypeVar("T")

FIRST = "github"
HOST_AND_DATABASE = ("host", "database_kind")


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


@contextmanager
def untraced_here() -> Iterator[None]:
    """Stops tracing in this thread, and in those that begin meanwhile."""
    here, there = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(here)
        threading.settrace(there)


def shows_no_lines(item: pytest.Item) -> bool:
    """Tells of a test that what it runs is in processes of its own, or is seen on SQLite, or on GitHub, as well."""
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    if folder == "e2e":
        return True
    params = getattr(getattr(item, "callspec", None), "params", {})
    if folder != "store" and params.get("database_kind") == "postgresql":
        return True
    # What is a host's own is looked at in the tests of providers.
    return params.get("host", FIRST) != FIRST and FIRST in _hosts(item)


def _hosts(item: pytest.Item) -> set[str]:
    marks = (mark.args for mark in item.iter_markers("parametrize"))
    return {host for names, values in marks if names == HOST_AND_DATABASE for host, _ in values}
